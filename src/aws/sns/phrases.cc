#include "aws/sns/phrases.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/sns/errors.h"

namespace millrace::aws::sns {
namespace {

using Kind = codec::Violation::Kind;

// "Tags.2.Key" is 'tags.2.member.key' to the service: members begin in lower case, and those of an entry of a list or map
// are said to be its member's. Members and entries alternate.
std::string member_of(std::string_view path) {
  std::string text;
  for (bool member = true; !path.empty(); member = !member) {
    const auto dot = std::min(path.find('.'), path.size());
    if (!text.empty()) text += member ? ".member." : ".";
    const auto at = text.size();
    text += path.substr(0, dot);
    path.remove_prefix(std::min(dot + 1, path.size()));
    if (member && text[at] >= 'A' && text[at] <= 'Z') text[at] = static_cast<char>(text[at] - 'A' + 'a');
  }
  return text;
}

Failure phrase_missing(const codec::Violation& violation, const Call& call) {
  const std::string_view path = violation.path;
  if (path == "Name" && call.action->operation().name == "CreateTopic") return invalid("Topic Name");
  if (path == "TopicArn" || path == "SubscriptionArn" || path == "Token") {
    return invalid(path, "no value for required parameter");
  }
  return null_member(member_of(path));
}

Failure phrase_rule(const codec::Violation& violation) {
  const auto& rule = violation.rule;
  std::string constraint;
  if (violation.kind == Kind::not_in_set) {
    std::string values;
    for (const auto each : rule.one_of) values += fmt::format("{}{}", values.empty() ? "" : ", ", each);
    constraint = fmt::format("Member must satisfy enum value set: [{}]", values);
  } else if (violation.kind == Kind::too_short) {
    constraint = fmt::format("Member must have length greater than or equal to {}", rule.min);
  } else if (violation.kind == Kind::too_long) {
    constraint = fmt::format("Member must have length less than or equal to {}", rule.max);
  } else {
    constraint = fmt::format("Member must have value between {} and {}", rule.min, rule.max);
  }
  return validation(fmt::format("'{}'", violation.value), member_of(violation.path), constraint);
}

}  // namespace

Failure phrase(const codec::Violation& violation, const Call& call) {
  switch (violation.kind) {
    case Kind::missing: return phrase_missing(violation, call);
    case Kind::out_of_range:
    case Kind::not_in_set:
    case Kind::too_short: return phrase_rule(violation);
    case Kind::too_long:
      if (violation.path.empty()) return {&errors::request_entity_too_large, "The request is too large."};
      return phrase_rule(violation);
    case Kind::wrong_type:
    case Kind::malformed: break;
  }
  if (violation.path.empty()) return {&errors::malformed_input, "The request cannot be read."};
  return {&errors::malformed_input, fmt::format("The value of {} cannot be read.", violation.query_path)};
}

}  // namespace millrace::aws::sns
