// Whether the dead-letter queue that a RedrivePolicy names can be used: asked on that queue's lane, before the call goes
// to the source's.
#pragma once
#include <optional>

#include "aws/call.h"
#include "aws/sqs/attributes.h"
#include "aws/sqs/redrive.h"
#include "aws/sqs/service.h"

namespace millrace::aws::sqs {

// The policy among the given attributes, if there is one that is not empty.
Outcome<void> read_given_policy(const Given& given, std::optional<RedrivePolicy>& into);

// Runs `next` with the core that it runs on: at home when there is no policy, on the target's lane when the target is
// good. Ends the call otherwise. `source` and `policy` live as long as the call.
void visit_dead_letter_target(Sqs& sqs, const std::optional<RedrivePolicy>& policy, const QueueName& source,
                              CallPtr call, Callback<void(env::Core&, CallPtr)> next);

}  // namespace millrace::aws::sqs
