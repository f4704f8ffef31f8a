// Delivery status logs: a line of JSON in the server's own log for deliveries that ended, where a topic's attributes ask for
// it (HTTPSuccessFeedbackSampleRate and its like). The members are those that CloudWatch Logs shows.
#pragma once
#include <string>
#include <string_view>

#include "aws/sns/deliver/ended.h"
#include "delivery/money.h"
#include "engine/lane.h"

namespace millrace::aws::sns::deliver {

// {"notification": {…}, "delivery": {…}, "status": "SUCCESS"}
std::string render_status(env::Core& core, const Ended& ended, Time published);

void log_status(engine::Lane& lane, const Ended& ended);

// The same of a text message, about which the account's settings decide (sms_report.h).
struct SmsEnded {
  broker::MessageId id{};
  std::string topic_arn;  // empty: it was published to the phone directly
  Time published{};
  Duration dwell{};
  std::string phone;
  std::string type;    // Promotional or Transactional
  bool tried = false;  // the gateway has answered; otherwise it was not asked, and nothing was paid
  std::size_t parts = 0;
  delivery::MicroUsd price;  // of all of them
  std::string response;
  bool delivered = false;
};
std::string render_status(const SmsEnded& ended);

// What is logged, as one line.
void log_line(std::string_view line);

}  // namespace millrace::aws::sns::deliver
