#include "aws/sqs/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/policy_document.h"
#include "aws/sqs/errors.h"

namespace millrace::aws::sqs {
namespace {

// Actions that AddPermission gives away, and those that only the owner of a queue has.
constexpr std::array<std::string_view, 9> shared_actions{
    "*",           "ChangeMessageVisibility",    "DeleteMessage", "GetQueueAttributes",
    "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue",    "ReceiveMessage",
    "SendMessage"};
constexpr std::array<std::string_view, 11> owner_actions{
    "AddPermission", "CancelMessageMoveTask", "CreateQueue",        "DeleteQueue",          "ListMessageMoveTasks",
    "ListQueues",    "RemovePermission",      "SetQueueAttributes", "StartMessageMoveTask", "TagQueue",
    "UntagQueue"};
bool contains(const auto& list, std::string_view value) { return std::ranges::find(list, value) != list.end(); }

PolicyStatement statement_of(const Permission& permission, const QueueName& queue) {
  return {permission.label, permission.accounts, permission.actions, "SQS:", queue.arn()};
}

bool is_label(std::string_view label, std::size_t max) {
  return label.size() <= max && std::ranges::all_of(label, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

}  // namespace

Outcome<void> check_policy(const std::string& text) {
  const auto policy = read_policy(text);
  if (!policy) return refuse(invalid_attribute("Policy"));
  if (policy->statements > aws_limits.statements_max) {
    return refuse(
        Failure{&errors::over_limit, fmt::format("{} statements were found in the submitted policy, max allowed is {}",
                                                 policy->statements, aws_limits.statements_max)});
  }
  return {};
}

Outcome<void> check_permission(const Permission& permission, const Limits& limits) {
  if (permission.label.empty()) return refuse(missing_parameter("Label"));
  if (!is_label(permission.label, limits.label_max)) {
    return refuse(
        invalid_value(permission.label, "Label",
                      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"));
  }
  if (permission.accounts.empty()) return refuse(missing_parameter("AWSAccountIds"));
  if (permission.actions.empty()) return refuse(missing_parameter("ActionName"));
  for (const auto& account : permission.accounts) {
    if (!is_account(account)) {
      return refuse(invalid_value(account, "PrincipalId", "Unable to verify."));
    }
  }
  if (permission.actions.size() > limits.actions_max) {
    return refuse(Failure{&errors::over_limit, fmt::format("{} Actions were found, maximum allowed is {}.",
                                                           permission.actions.size(), limits.actions_max)});
  }
  for (const auto& action : permission.actions) {
    if (contains(shared_actions, action)) continue;
    const auto shown = fmt::format("SQS:{}", action);
    if (contains(owner_actions, action)) {
      return refuse(invalid_value(shown, "ActionName", "Only the queue owner is allowed to invoke this action."));
    }
    return refuse(
        invalid_value(shown, "ActionName", "Please refer to the appropriate WSDL for a list of valid actions. "));
  }
  return {};
}

Outcome<std::string> add_permission(const std::string& policy, const Permission& permission, const QueueName& queue,
                                    const Limits& limits) {
  const auto statement = statement_of(permission, queue);
  if (policy.empty()) return make_policy(queue.arn() + "/SQSDefaultPolicy", statement);
  auto added = add_statement(policy, statement, limits.statements_max);
  if (added) return std::move(*added);
  switch (added.error()) {
    case PolicyError::repeated: return policy;
    case PolicyError::exists: return refuse(invalid_value(permission.label, "Label", "Already exists."));
    case PolicyError::too_many:
      return refuse(Failure{&errors::over_limit, fmt::format("{} Statements were found, maximum allowed is {}.",
                                                             limits.statements_max + 1, limits.statements_max)});
    case PolicyError::malformed:
    case PolicyError::not_found: break;
  }
  return refuse(invalid_attribute("Policy"));
}

Outcome<std::string> remove_permission(const std::string& policy, std::string_view label) {
  if (policy.empty()) return refuse(invalid_value(label, "Label", "can't find label."));
  auto rest = remove_statement(policy, label);
  if (rest) return std::move(*rest);
  if (rest.error() != PolicyError::not_found) return refuse(invalid_attribute("Policy"));
  return refuse(invalid_value(label, "Label", "can't find label on existing policy."));
}

}  // namespace millrace::aws::sqs
