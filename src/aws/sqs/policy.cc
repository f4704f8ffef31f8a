#include "aws/sqs/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "aws/sqs/errors.h"
#include "codec/json_value.h"
#include "codec/json_writer.h"

namespace millrace::aws::sqs {
namespace {

using codec::JsonMember;
using codec::JsonValue;

// Actions that AddPermission gives away, and those that only the owner of a queue has.
constexpr std::array<std::string_view, 9> shared_actions{
    "*",           "ChangeMessageVisibility",    "DeleteMessage", "GetQueueAttributes",
    "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue",    "ReceiveMessage",
    "SendMessage"};
constexpr std::array<std::string_view, 11> owner_actions{
    "AddPermission", "CancelMessageMoveTask", "CreateQueue",        "DeleteQueue",          "ListMessageMoveTasks",
    "ListQueues",    "RemovePermission",      "SetQueueAttributes", "StartMessageMoveTask", "TagQueue",
    "UntagQueue"};
constexpr std::array<std::string_view, 3> policy_members{"Version", "Id", "Statement"};
constexpr std::array<std::string_view, 2> policy_versions{"2008-10-17", "2012-10-17"};

bool contains(const auto& list, std::string_view value) { return std::ranges::find(list, value) != list.end(); }

bool is_statement(const JsonValue& statement) {
  const JsonValue* const effect = statement.find("Effect");
  if (effect == nullptr || effect->string() == nullptr) return false;
  if (*effect->string() != "Allow" && *effect->string() != "Deny") return false;
  const auto has = [&](std::string_view name) { return statement.find(name) != nullptr; };
  return (has("Action") || has("NotAction")) && (has("Resource") || has("NotResource"));
}

std::string_view label_of(const JsonValue& statement) {
  const JsonValue* const label = statement.find("Sid");
  return label != nullptr && label->string() != nullptr ? std::string_view(*label->string()) : std::string_view();
}

// The member, which is made when it is missing.
JsonValue& member(JsonValue::Object& object, std::string_view name) {
  const auto at = std::ranges::find(object, name, &JsonMember::name);
  if (at != object.end()) return at->value;
  return object.emplace_back(std::string(name), JsonValue{}).value;
}

// The statements of a policy as a list, also when one stands alone.
JsonValue::Array& statements_of(JsonValue& policy) {
  JsonValue& all = member(std::get<JsonValue::Object>(policy.data), "Statement");
  if (all.array() == nullptr) {
    JsonValue::Array list;
    if (!all.is_null()) list.push_back(std::move(all));
    all.data = std::move(list);
  }
  return std::get<JsonValue::Array>(all.data);
}

std::string text_of(const JsonValue& value) {
  std::string text;
  codec::write_json(value, text);
  return text;
}

// One value stands alone, several in a list.
template <class Write>
JsonValue one_or_list(std::span<const std::string> values, Write write) {
  if (values.size() == 1) return {write(values.front())};
  JsonValue::Array list;
  for (const auto& value : values) list.push_back({write(value)});
  return {std::move(list)};
}

JsonValue statement_of(const Permission& permission, const QueueName& queue) {
  JsonValue principal{JsonValue::Object{{"AWS", one_or_list(permission.accounts, [](const std::string& account) {
                                           return fmt::format("arn:aws:iam::{}:root", account);
                                         })}}};
  return {JsonValue::Object{
      {"Sid", {std::string(permission.label)}},
      {"Effect", {std::string("Allow")}},
      {"Principal", std::move(principal)},
      {"Action", one_or_list(permission.actions, [](const std::string& action) { return "SQS:" + action; })},
      {"Resource", {queue.arn()}},
  }};
}

bool is_label(std::string_view label, std::size_t max) {
  return label.size() <= max && std::ranges::all_of(label, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

}  // namespace

Outcome<void> check_policy(const std::string& text) {
  const auto bad = [] { return refuse(invalid_attribute("Policy")); };
  const auto policy = codec::parse_json(text);
  if (!policy || policy->object() == nullptr) return bad();
  for (const auto& [name, value] : *policy->object()) {
    if (!contains(policy_members, name)) return bad();
  }
  const JsonValue* const version = policy->find("Version");
  if (version != nullptr && (version->string() == nullptr || !contains(policy_versions, *version->string())))
    return bad();
  const JsonValue* const statements = policy->find("Statement");
  if (statements == nullptr) return bad();
  if (statements->array() == nullptr) return is_statement(*statements) ? Outcome<void>() : bad();
  const auto& list = *statements->array();
  if (list.empty()) return bad();
  if (list.size() > aws_limits.statements_max) {
    return refuse(
        Failure{&errors::over_limit, fmt::format("{} statements were found in the submitted policy, max allowed is {}",
                                                 list.size(), aws_limits.statements_max)});
  }
  for (const auto& each : list) {
    if (!is_statement(each)) return bad();
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
  JsonValue statement = statement_of(permission, queue);
  if (policy.empty()) {
    return text_of({JsonValue::Object{
        {"Version", {std::string("2008-10-17")}},
        {"Id", {queue.arn() + "/SQSDefaultPolicy"}},
        {"Statement", {JsonValue::Array{std::move(statement)}}},
    }});
  }
  auto json = codec::parse_json(policy);
  if (!json || json->object() == nullptr) return refuse(invalid_attribute("Policy"));
  auto& statements = statements_of(*json);
  for (const auto& each : statements) {
    if (label_of(each) != permission.label) continue;
    if (each == statement) return policy;
    return refuse(invalid_value(permission.label, "Label", "Already exists."));
  }
  if (statements.size() >= limits.statements_max) {
    return refuse(Failure{&errors::over_limit, fmt::format("{} Statements were found, maximum allowed is {}.",
                                                           statements.size() + 1, limits.statements_max)});
  }
  statements.push_back(std::move(statement));
  return text_of(*json);
}

Outcome<std::string> remove_permission(const std::string& policy, std::string_view label) {
  if (policy.empty()) return refuse(invalid_value(label, "Label", "can't find label."));
  auto json = codec::parse_json(policy);
  if (!json || json->object() == nullptr) return refuse(invalid_attribute("Policy"));
  auto& statements = statements_of(*json);
  const auto removed = std::erase_if(statements, [&](const JsonValue& each) { return label_of(each) == label; });
  if (removed == 0) return refuse(invalid_value(label, "Label", "can't find label on existing policy."));
  if (statements.empty()) return std::string();
  return text_of(*json);
}

}  // namespace millrace::aws::sqs
