// Delivery status logs: a line of JSON in the server's own log for deliveries that ended, where a topic's attributes ask for
// it (HTTPSuccessFeedbackSampleRate and its like). The members are those that CloudWatch Logs shows.
#pragma once
#include <string>

#include "aws/sns/deliver/ended.h"
#include "engine/lane.h"

namespace millrace::aws::sns::deliver {

// {"notification": {…}, "delivery": {…}, "status": "SUCCESS"}
std::string render_status(env::Core& core, const Ended& ended, Time published);

void log_status(engine::Lane& lane, const Ended& ended);

}  // namespace millrace::aws::sns::deliver
