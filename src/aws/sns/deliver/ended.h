// Ended: an attempt that was the last one of its message, for those who count and log it.
#pragma once
#include <cstdint>
#include <string_view>

#include "aws/sns/deliver/recipient.h"
#include "base/time.h"
#include "broker/message.h"
#include "delivery/outcome.h"

namespace millrace::aws::sns::deliver {

struct Ended {
  std::string_view key;  // of the queue that was drained
  const Recipient& recipient;
  const broker::Message& message;
  std::uint32_t attempts = 0;
  Time begun{};  // the last one
  const delivery::Outcome& outcome;

  bool delivered() const { return outcome.kind == delivery::Outcome::Kind::delivered; }
};

}  // namespace millrace::aws::sns::deliver
