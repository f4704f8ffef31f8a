#include "aws/kinesis/phrases.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/kinesis/errors.h"

namespace millrace::aws::kinesis {
namespace {

using Kind = codec::Violation::Kind;

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// A leading capital, or several of them, becomes small: StreamARN is streamARN.
std::string lowered(std::string_view part) {
  std::string text(part);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

Failure null_value(std::string_view member) {
  return validation(fmt::format(
      "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null", member));
}

Failure phrase_type(const codec::Violation& violation) {
  const std::string_view found = violation.value;
  std::string message;
  if (violation.expected == "structure" || violation.expected == "list" || violation.expected == "map") {
    message = found == "object" ? "Start of structure or map found where not expected."
                                : "Unexpected token found where a structure, map or list was expected.";
  } else if (found == "object") {
    message = "Start of structure or map found where not expected.";
  } else if (found == "array") {
    message = "Unrecognized collection type class java.lang.String";
  } else {
    const std::string_view token = found == "true"     ? "TRUE_VALUE"
                                   : found == "false"  ? "FALSE_VALUE"
                                   : found == "number" ? "NUMBER_VALUE"
                                                       : "STRING_VALUE";
    const std::string_view target = violation.expected == "integer"     ? "an Integer"
                                    : violation.expected == "long"      ? "a Long"
                                    : violation.expected == "boolean"   ? "a Boolean"
                                    : violation.expected == "blob"      ? "a ByteBuffer"
                                    : violation.expected == "timestamp" ? "a Timestamp"
                                                                        : "a String";
    message = fmt::format("{} can not be converted to {}", token, target);
  }
  return {&errors::serialization_exception, std::move(message)};
}

std::string joined(std::span<const std::string_view> values) {
  std::string text;
  for (const auto value : values) text += fmt::format("{}{}", text.empty() ? "" : ", ", value);
  return text;
}

// Lengths below one are written that way by the service, too.
std::string bound(const codec::Violation& violation) {
  switch (violation.kind) {
    case Kind::too_short: return fmt::format("Member must have length greater than or equal to {}", violation.rule.min);
    case Kind::too_long: return fmt::format("Member must have length less than or equal to {}", violation.rule.max);
    case Kind::not_in_set:
      return fmt::format("Member must satisfy enum value set: [{}]", joined(violation.rule.one_of));
    default: return {};
  }
}

Failure phrase_range(const codec::Violation& violation, std::string_view member) {
  const bool low = !violation.value.empty() &&
                   (violation.value.front() == '-' || (violation.rule.min > 0 && violation.value.size() <= 19 &&
                                                       std::stoll(violation.value) < violation.rule.min));
  if (low) {
    return constraint(violation.value, member,
                      fmt::format("Member must have value greater than or equal to {}", violation.rule.min));
  }
  return constraint(violation.value, member,
                    fmt::format("Member must have value less than or equal to {}", violation.rule.max));
}

// How the service writes a member that is empty.
std::string_view empty_value(std::string_view path, const Call& call) {
  const auto& fields = call.action->operation().input->fields;
  const auto field = std::ranges::find(fields, path, &codec::Field::name);
  if (field == fields.end()) return {};
  return field->type->kind == codec::Kind::list ? "[]" : field->type->kind == codec::Kind::map ? "{}" : "";
}

}  // namespace

std::string member_of(std::string_view path) {
  std::string member;
  while (!path.empty()) {
    const auto part = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    if (!member.empty()) member += '.';
    member += is_number(part) ? fmt::format("{}.member", part) : lowered(part);
  }
  return member;
}

Failure phrase(const codec::Violation& violation, const Call& call) {
  const auto member = member_of(violation.path);
  switch (violation.kind) {
    case Kind::missing: return null_value(member);
    case Kind::wrong_type: return phrase_type(violation);
    case Kind::out_of_range: return phrase_range(violation, member);
    case Kind::malformed:
      return {&errors::serialization_exception,
              violation.path.empty() ? std::string() : fmt::format("{} can not be read", violation.path)};
    case Kind::too_long:
      if (violation.path.empty()) return {&errors::request_entity_too_large_exception, "The request is too large."};
      break;
    case Kind::too_short:
    case Kind::not_in_set: break;
  }
  return constraint(violation.value.empty() ? empty_value(violation.path, call) : std::string_view(violation.value),
                    member, bound(violation));
}

}  // namespace millrace::aws::kinesis
