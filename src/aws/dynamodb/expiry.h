// Expiry: deletes in the background what is past its time: items of tables with a TTL attribute, the tokens of
// transactions, and what an interrupted removal of a table or index has left.
//
// One for each lane, used on the lane's core only. It sleeps until an operation has visited the lane, and as long as
// there is nothing that could expire.
#pragma once
#include <cstdint>
#include <string>

#include "engine/lane.h"

namespace millrace::aws::dynamodb {

class Expiry {
 public:
  // An operation has been here: there may be something to do later.
  void visited(engine::Lane& lane);

 private:
  void run(engine::Lane& lane);

  bool armed_ = false;
  std::uint64_t recoveries_ = 0;  // of the lane when the timer was set: a recovery takes timers away
};

// One step over the tables of one account: false when nothing there can expire.
bool expire(engine::Lane& lane, const std::string& key);

}  // namespace millrace::aws::dynamodb
