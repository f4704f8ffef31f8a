#include "aws/sqs/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "aws/sqs/errors.h"
#include "aws/sqs/json_text.h"
#include "codec/json_writer.h"

namespace millrace::aws::sqs {
namespace {

namespace dom = simdjson::dom;

// Actions that AddPermission gives away, and those that only the owner of a queue has.
constexpr std::array<std::string_view, 9> shared_actions{
    "*",           "ChangeMessageVisibility",    "DeleteMessage", "GetQueueAttributes",
    "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue",    "ReceiveMessage",
    "SendMessage"};
constexpr std::array<std::string_view, 11> owner_actions{
    "AddPermission", "CancelMessageMoveTask", "CreateQueue",          "DeleteQueue",        "ListMessageMoveTasks",
    "ListQueues",    "RemovePermission",      "SetQueueAttributes",   "StartMessageMoveTask", "TagQueue",
    "UntagQueue"};
constexpr std::array<std::string_view, 3> policy_members{"Version", "Id", "Statement"};
constexpr std::array<std::string_view, 2> policy_versions{"2008-10-17", "2012-10-17"};

bool contains(const auto& list, std::string_view value) { return std::ranges::find(list, value) != list.end(); }

bool is_statement(dom::element element) {
  dom::object statement;
  if (element.get(statement) != simdjson::SUCCESS) return false;
  std::string_view effect;
  if (statement["Effect"].get(effect) != simdjson::SUCCESS || (effect != "Allow" && effect != "Deny")) return false;
  const auto has = [&](std::string_view name) { return statement[name].error() == simdjson::SUCCESS; };
  return (has("Action") || has("NotAction")) && (has("Resource") || has("NotResource"));
}

// Statements as compact text, with their labels.
struct Statement {
  std::string label;
  std::string text;
};

std::vector<Statement> statements_of(dom::object policy) {
  std::vector<Statement> result;
  const auto add = [&](dom::element element) {
    std::string_view label;
    (void)element["Sid"].get(label);
    result.push_back({std::string(label), simdjson::minify(element)});
  };
  dom::element all;
  if (policy["Statement"].get(all) != simdjson::SUCCESS) return result;
  dom::array list;
  if (all.get(list) == simdjson::SUCCESS) {
    for (const dom::element each : list) add(each);
  } else {
    add(all);
  }
  return result;
}

// Everything of the policy but its statements stays as it is.
std::string with_statements(dom::object policy, const std::vector<Statement>& statements) {
  std::string text = "{";
  const auto name = [&](std::string_view key) {
    if (text.size() > 1) text += ',';
    codec::write_json_string(key, text);
    text += ':';
  };
  for (const auto [key, value] : policy) {
    if (key == "Statement") continue;
    name(key);
    text += simdjson::minify(value);
  }
  name("Statement");
  text += '[';
  for (const auto& each : statements) {
    if (text.back() != '[') text += ',';
    text += each.text;
  }
  return text + "]}";
}

// One value stands alone, several in a list.
template <class Write>
void write_one_or_list(std::span<const std::string> values, std::string& out, Write write) {
  if (values.size() != 1) out += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ',';
    codec::write_json_string(write(values[i]), out);
  }
  if (values.size() != 1) out += ']';
}

std::string statement_text(const Permission& permission, const QueueName& queue) {
  std::string text = "{\"Sid\":";
  codec::write_json_string(permission.label, text);
  text += ",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":";
  write_one_or_list(permission.accounts, text,
                    [](const std::string& account) { return fmt::format("arn:aws:iam::{}:root", account); });
  text += "},\"Action\":";
  write_one_or_list(permission.actions, text, [](const std::string& action) { return fmt::format("SQS:{}", action); });
  text += ",\"Resource\":";
  codec::write_json_string(queue.arn(), text);
  return text + '}';
}

bool is_label(std::string_view label, std::size_t max) {
  return label.size() <= max && std::ranges::all_of(label, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

}  // namespace

Outcome<void> check_policy(const std::string& text) {
  const auto bad = [] { return refuse(invalid_attribute("Policy")); };
  const JsonText json(text);
  dom::object policy;
  if (!json.object(policy)) return bad();
  for (const auto [key, value] : policy) {
    if (!contains(policy_members, key)) return bad();
  }
  std::string_view version;
  if (policy["Version"].get(version) == simdjson::SUCCESS && !contains(policy_versions, version)) return bad();
  dom::element statement;
  if (policy["Statement"].get(statement) != simdjson::SUCCESS) return bad();
  dom::array list;
  if (statement.get(list) != simdjson::SUCCESS) return is_statement(statement) ? Outcome<void>() : bad();
  if (list.size() == 0) return bad();
  if (list.size() > aws_limits.statements_max) {
    return refuse(Failure{&errors::over_limit,
                          fmt::format("{} statements were found in the submitted policy, max allowed is {}", list.size(),
                                      aws_limits.statements_max)});
  }
  for (const dom::element each : list) {
    if (!is_statement(each)) return bad();
  }
  return {};
}

Outcome<void> check_permission(const Permission& permission, const Limits& limits) {
  if (permission.label.empty()) return refuse(missing_parameter("Label"));
  if (!is_label(permission.label, limits.label_max)) {
    return refuse(invalid_value(permission.label, "Label",
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
  Statement statement{std::string(permission.label), statement_text(permission, queue)};
  if (policy.empty()) {
    std::string text = "{\"Version\":\"2008-10-17\",\"Id\":";
    codec::write_json_string(queue.arn() + "/SQSDefaultPolicy", text);
    return text + ",\"Statement\":[" + statement.text + "]}";
  }
  const JsonText json(policy);
  dom::object object;
  if (!json.object(object)) return refuse(invalid_attribute("Policy"));
  auto statements = statements_of(object);
  for (const auto& each : statements) {
    if (each.label != statement.label) continue;
    if (each.text == statement.text) return policy;
    return refuse(invalid_value(permission.label, "Label", "Already exists."));
  }
  if (statements.size() >= limits.statements_max) {
    return refuse(Failure{&errors::over_limit, fmt::format("{} Statements were found, maximum allowed is {}.",
                                                           statements.size() + 1, limits.statements_max)});
  }
  statements.push_back(std::move(statement));
  return with_statements(object, statements);
}

Outcome<std::string> remove_permission(const std::string& policy, std::string_view label) {
  if (policy.empty()) return refuse(invalid_value(label, "Label", "can't find label."));
  const JsonText json(policy);
  dom::object object;
  if (!json.object(object)) return refuse(invalid_attribute("Policy"));
  auto statements = statements_of(object);
  const auto removed = std::erase_if(statements, [&](const Statement& each) { return each.label == label; });
  if (removed == 0) return refuse(invalid_value(label, "Label", "can't find label on existing policy."));
  if (statements.empty()) return std::string();
  return with_statements(object, statements);
}

}  // namespace millrace::aws::sqs
