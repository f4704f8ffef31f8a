// Handlers: what an operation of SQS is made of.
//
// Handler<Op> holds input and output. Most operations concern one queue and are a QueueHandler<Op>: checked at home
// (prepare), done in one visit to the queue's lane (act), and finished at home (complete) once everything they did or
// saw is durable.
#pragma once
#include <string>

#include "aws/lane_action.h"
#include "aws/sqs/errors.h"
#include "aws/sqs/names.h"
#include "aws/sqs/service.h"
#include "broker/queue/queues.h"
#include "engine/engine.h"

namespace millrace::aws::sqs {

namespace op = models::sqs::op;

template <class Op, class Base = Action>
class Handler : public Base {
 public:
  explicit Handler(Sqs& sqs) : sqs_(sqs) {}
  const codec::Operation& operation() const final { return Op::info; }
  void* input() final { return &in_; }
  const void* output() const final { return &out_; }

 protected:
  Sqs& sqs_;
  typename Op::input in_;
  typename Op::output out_;
};

// The flow of an operation on one queue, without its types.
class QueueAction : public LaneAction {
 public:
  void handle(CallPtr call) override;

 protected:
  virtual Sqs& service() = 0;
  virtual const std::string& queue_url() const = 0;
  // At home: checks what can be checked without the queue, and computes what is costly.
  virtual Outcome<void> prepare(Call& /*call*/) { return {}; }
  // At home, after prepare: goes to the lane. Overridden by operations that visit other lanes first.
  virtual void start(CallPtr call) { visit(std::move(call)); }
  // On the lane.
  virtual Outcome<void> act(engine::Lane& lane, broker::Queue& queue) = 0;
  // What is said when the queue is not there.
  virtual Failure not_found() const { return queue_does_not_exist(); }
  // Goes to the queue's lane, from home or from another core, and calls at_lane() there.
  void visit(CallPtr call);
  void visit(env::Core& from, CallPtr call);
  // On the lane: finds the queue, acts, waits until that is durable, goes home.
  virtual void at_lane(engine::Lane& lane, CallPtr call);

  QueueName queue_;
  std::string key_;
};

template <class Op>
class QueueHandler : public Handler<Op, QueueAction> {
 public:
  using Handler<Op, QueueAction>::Handler;

 protected:
  Sqs& service() final { return this->sqs_; }
  const std::string& queue_url() const override {
    if constexpr (requires { this->in_.queue_url; }) {
      return this->in_.queue_url;
    } else {
      return this->in_.queue_name;  // CreateQueue and GetQueueUrl, which replace handle()
    }
  }
};

// Refuses a call that comes faster than a FIFO queue takes them. `group` counts at high throughput only.
Outcome<void> check_rate(Sqs& sqs, engine::Lane& lane, const broker::Queue& queue, Rated operation,
                         std::string_view group = {});

}  // namespace millrace::aws::sqs
