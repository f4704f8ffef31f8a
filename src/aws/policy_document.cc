#include "aws/policy_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "codec/json_value.h"

namespace millrace::aws {
namespace {

using codec::JsonMember;
using codec::JsonValue;

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

void collect_actions(const JsonValue& statement, std::vector<std::string>& into) {
  const JsonValue* const actions = statement.find("Action");
  if (actions == nullptr) return;
  if (actions->string() != nullptr) into.push_back(*actions->string());
  if (actions->array() == nullptr) return;
  for (const auto& each : *actions->array()) {
    if (each.string() != nullptr) into.push_back(*each.string());
  }
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

JsonValue json_of(const PolicyStatement& statement) {
  JsonValue principal{JsonValue::Object{{"AWS", one_or_list(statement.accounts, [](const std::string& account) {
                                           return fmt::format("arn:aws:iam::{}:root", account);
                                         })}}};
  return {JsonValue::Object{
      {"Sid", {std::string(statement.label)}},
      {"Effect", {std::string("Allow")}},
      {"Principal", std::move(principal)},
      {"Action", one_or_list(statement.actions,
                             [&](const std::string& action) { return std::string(statement.action_prefix) + action; })},
      {"Resource", {statement.resource}},
  }};
}

}  // namespace

std::optional<PolicyFacts> read_policy(const std::string& text) {
  const auto policy = codec::parse_json(text);
  if (!policy || policy->object() == nullptr) return std::nullopt;
  for (const auto& [name, value] : *policy->object()) {
    if (!contains(policy_members, name)) return std::nullopt;
  }
  const JsonValue* const version = policy->find("Version");
  if (version != nullptr && (version->string() == nullptr || !contains(policy_versions, *version->string()))) {
    return std::nullopt;
  }
  const JsonValue* const statements = policy->find("Statement");
  if (statements == nullptr) return std::nullopt;
  const std::span<const JsonValue> list =
      statements->array() != nullptr ? std::span(*statements->array()) : std::span(statements, 1);
  if (list.empty() || !std::ranges::all_of(list, is_statement)) return std::nullopt;
  PolicyFacts facts{.statements = list.size()};
  for (const auto& each : list) collect_actions(each, facts.actions);
  return facts;
}

std::string make_policy(std::string_view id, const PolicyStatement& statement) {
  return text_of({JsonValue::Object{
      {"Version", {std::string("2008-10-17")}},
      {"Id", {std::string(id)}},
      {"Statement", {JsonValue::Array{json_of(statement)}}},
  }});
}

std::expected<std::string, PolicyError> add_statement(const std::string& policy, const PolicyStatement& statement,
                                                      std::size_t statements_max) {
  auto json = codec::parse_json(policy);
  if (!json || json->object() == nullptr) return std::unexpected(PolicyError::malformed);
  auto& statements = statements_of(*json);
  JsonValue added = json_of(statement);
  for (const auto& each : statements) {
    if (label_of(each) == statement.label) {
      return std::unexpected(each == added ? PolicyError::repeated : PolicyError::exists);
    }
  }
  if (statements.size() >= statements_max) return std::unexpected(PolicyError::too_many);
  statements.push_back(std::move(added));
  return text_of(*json);
}

std::expected<std::string, PolicyError> remove_statement(const std::string& policy, std::string_view label) {
  auto json = codec::parse_json(policy);
  if (!json || json->object() == nullptr) return std::unexpected(PolicyError::malformed);
  auto& statements = statements_of(*json);
  const auto removed = std::erase_if(statements, [&](const JsonValue& each) { return label_of(each) == label; });
  if (removed == 0) return std::unexpected(PolicyError::not_found);
  return statements.empty() ? std::string() : text_of(*json);
}

}  // namespace millrace::aws
