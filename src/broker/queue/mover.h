// Mover: carries out a queue's move task: message after message to another queue, at a rate, until none is ready.
//
// What it has done is in the queue's state (each message counts itself when it leaves), so after a restart a new mover
// goes on where the old one stopped. Live only; owned by its queue.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "broker/queue/reader.h"
#include "broker/queue/types.h"

namespace millrace::broker {

class Queue;

class Mover {
 public:
  // A step moves a tenth of a second's share; without a rate, this many messages.
  static constexpr Duration step_interval{100};
  static constexpr std::uint32_t step_messages_max = 500;
  // Until the next look when the lane lets nothing leave: the disk is full, or the destination takes nothing.
  static constexpr Duration hindered_interval{1000};

  explicit Mover(Queue& queue) : queue_(queue), alive_(std::make_shared<int>()) {}

  // Does the next step soon, if there is a task to work on.
  void wake();

 private:
  void step();
  std::vector<Seq> ready_ones(std::size_t count_max) const;
  void move_next();
  void move_one(Seq seq, const Result<RecordRef>& record);
  void finish(MoveStatus status, std::string failure);
  bool working() const;
  void again();
  void again(Duration after);

  Queue& queue_;
  bool scheduled_ = false;
  bool busy_ = false;
  double allowance_ = 0;   // messages that the rate allows now
  std::vector<Seq> left_;  // of the present step, last first
  std::shared_ptr<int> alive_;
};

}  // namespace millrace::broker
