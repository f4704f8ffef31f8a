#include "aws/dynamodb/compile.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::aws::dynamodb {
namespace {

std::string joined(const std::vector<Given>& parameters) {
  std::string out;
  for (const auto& parameter : parameters) {
    if (!parameter.given) continue;
    if (!out.empty()) out += ", ";
    out += parameter.name;
  }
  return out;
}

// "ConditionExpression is null", "UpdateExpression and ConditionExpression are null".
std::string null_words(const std::vector<Given>& expressions) {
  std::string out;
  for (const auto& expression : expressions) {
    if (!out.empty()) out += " and ";
    out += expression.name;
  }
  return out + (expressions.size() == 1 ? " is null" : " are null");
}

bool any(const std::vector<Given>& parameters) { return std::ranges::any_of(parameters, &Given::given); }

}  // namespace

Outcome<void> check_styles(const std::vector<Given>& older, const std::vector<Given>& expressions) {
  if (!any(older) || !any(expressions)) return {};
  return refuse(invalid(
      fmt::format("Can not use both expression and non-expression parameters in the same request: Non-expression "
                  "parameters: {{{}}} Expression parameters: {{{}}}",
                  joined(older), joined(expressions))));
}

Outcome<Placeholders> read_placeholders(const NameMap* names, const ValueMap* values,
                                        const std::vector<Given>& with_names, const std::vector<Given>& with_values) {
  Placeholders out;
  if (names != nullptr && *names) {
    if (!any(with_names)) {
      return refuse(invalid("ExpressionAttributeNames can only be specified when using expressions"));
    }
    if ((*names)->empty()) return refuse(invalid("ExpressionAttributeNames must not be empty"));
    for (const auto& [placeholder, name] : **names) {
      if (auto ok = out.add_name(placeholder, name); !ok) return refuse(std::move(ok.error()));
    }
  }
  if (values != nullptr && *values) {
    if (!any(with_values)) {
      return refuse(invalid(fmt::format("ExpressionAttributeValues can only be specified when using expressions: {}",
                                        null_words(with_values))));
    }
    if ((*values)->empty()) return refuse(invalid("ExpressionAttributeValues must not be empty"));
    for (const auto& [placeholder, given] : **values) {
      auto value = value_of(given);
      if (!value) {
        auto failure = std::move(value.error());
        failure.message = fmt::format("ExpressionAttributeValues contains invalid value: {} for key {}",
                                      failure.message, placeholder);
        return refuse(std::move(failure));
      }
      if (auto ok = out.add_value(placeholder, std::move(*value)); !ok) return refuse(std::move(ok.error()));
    }
  }
  return out;
}

}  // namespace millrace::aws::dynamodb
