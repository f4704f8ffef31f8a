// Receipt handles as operations use them: checked for their form at home, and against the queue on its lane.
#pragma once
#include <string>

#include "aws/failure.h"
#include "broker/queue/queue.h"
#include "engine/lane.h"

namespace millrace::aws::sqs {

// Present, and made here.
Outcome<void> check_handle(const std::string& handle);
// The receipt, if it is one of this queue.
Outcome<broker::Receipt> receipt_for(engine::Lane& lane, broker::Queue& queue, const std::string& handle);

}  // namespace millrace::aws::sqs
