// Queue policies: checked for their form and kept as text. What they permit is decided by a later step of the
// pipeline; here they are only edited, by AddPermission and RemovePermission.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "aws/sqs/limits.h"
#include "aws/sqs/names.h"

namespace millrace::aws::sqs {

// The form of a Policy attribute: versions, members, statements.
Outcome<void> check_policy(const std::string& text);

struct Permission {
  std::string_view label;
  std::span<const std::string> accounts;
  std::span<const std::string> actions;
};
// Label and actions by themselves.
Outcome<void> check_permission(const Permission& permission, const Limits& limits);
// The policy with one statement more. `policy` is empty when the queue has none.
Outcome<std::string> add_permission(const std::string& policy, const Permission& permission, const QueueName& queue,
                                    const Limits& limits);
// The policy without the statement; empty when none is left.
Outcome<std::string> remove_permission(const std::string& policy, std::string_view label);

}  // namespace millrace::aws::sqs
