#include "aws/sqs/phrases.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/errors.h"
#include "aws/sqs/errors.h"

namespace millrace::aws::sqs {
namespace {

using Kind = codec::Violation::Kind;

std::string_view last_part(std::string_view path) {
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

// What the service calls a member that is missing, where that is not its name.
struct Missing {
  std::string_view path;
  std::string_view name;
};
constexpr std::array<Missing, 3> missing_names{{
    {"Actions", "ActionName"},
    {"Attributes", "Attribute.Name"},
    {"TagKeys", "TagKeys"},
}};

Failure phrase_missing(const codec::Violation& violation, const Call& call) {
  if (violation.path == "QueueName") {
    return invalid_parameter("Value for parameter QueueName is invalid. Reason: Must specify a queue name.");
  }
  if (violation.path == "Entries" && call.protocol == Protocol::query) {
    const auto& list = *std::ranges::find(call.action->operation().input->fields, "Entries", &codec::Field::name);
    return {&errors::empty_batch_request,
            fmt::format("There should be at least one {} in the request.", list.wire.query)};
  }
  for (const auto& each : missing_names) {
    if (each.path == violation.path) return missing_parameter(each.name);
  }
  // Inside a batch the service counts as the query protocol does, in both protocols.
  constexpr std::string_view visibility_entry = "ChangeMessageVisibilityBatchRequestEntry";
  std::string name = violation.path.find('.') == std::string::npos ? violation.path : violation.query_path;
  if (name.starts_with(visibility_entry)) name.replace(0, visibility_entry.size(), "ChangeMessageVisibilityBatch");
  return missing_parameter(name);
}

// Reasons for numbers out of their range: by member, and by operation where that makes a difference.
struct Range {
  std::string_view operation;  // empty: any
  std::string_view member;
  std::string_view reason;
  bool names_value = true;  // "Value 11 for parameter", else "Value for parameter"
};
constexpr std::array<Range, 9> ranges{{
    {"", "DelaySeconds", "DelaySeconds must be >= 0 and <= 900."},
    {"", "MaxNumberOfMessages", "Must be between 1 and 10, if provided."},
    {"", "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided."},
    {"ReceiveMessage", "VisibilityTimeout", "Must be >= 0 and <= 43200, if provided."},
    {"ChangeMessageVisibility", "VisibilityTimeout", "Must be between 0 and 43200."},
    {"", "VisibilityTimeout", "VisibilityTimeout must be an integer between 0 and 43200."},
    {"ListMessageMoveTasks", "MaxResults", "You must enter a number that's between 1 and 10.", false},
    {"", "MaxResults", "MaxResults must be an integer between 1 and 1000.", false},
    {"", "MaxNumberOfMessagesPerSecond", "You must enter a number that's between 1 and 500.", false},
}};

Failure phrase_range(const codec::Violation& violation, const Call& call) {
  const auto member = last_part(violation.path);
  for (const auto& each : ranges) {
    if (each.member != member) continue;
    if (!each.operation.empty() && each.operation != call.action->operation().name) continue;
    if (each.names_value) return invalid_value(violation.value, member, each.reason);
    return invalid_parameter(fmt::format("Value for parameter {} is invalid. Reason: {}", member, each.reason));
  }
  return invalid_value(violation.value, member, "It is out of range.");
}

Failure malformed(std::string message) { return {&aws::errors::malformed_input, std::move(message)}; }

Failure phrase_type(const codec::Violation& violation) {
  const std::string_view found = violation.value;
  const std::string_view expected = violation.expected;
  if (expected == "structure" || expected == "list" || expected == "map") {
    return malformed("Unexpected token found where a structure, map or list was expected.");
  }
  if (found == "object") return malformed("Start of structure or map found where not expected.");
  if (found == "array") {
    const bool in_map = violation.path.find('.') != std::string::npos;
    return malformed(in_map ? "Unrecognized collection type class java.lang.String"
                            : "Start of list found where not expected");
  }
  const std::string_view token = found == "true"     ? "TRUE_VALUE"
                                 : found == "false"  ? "FALSE_VALUE"
                                 : found == "number" ? "NUMBER_VALUE"
                                                     : "STRING_VALUE";
  const std::string_view target = expected == "integer"   ? "an Integer"
                                  : expected == "long"    ? "a Long"
                                  : expected == "boolean" ? "a Boolean"
                                                          : "a String";
  return malformed(fmt::format("{} can not be converted to {}", token, target));
}

Failure phrase_malformed(const codec::Violation& violation, const Call& call) {
  // A body that is no JSON at all gets the kind of the error and no message.
  if (violation.path.empty()) return malformed({});
  const auto member = last_part(violation.path);
  const bool number = std::ranges::any_of(ranges, [&](const Range& each) { return each.member == member; });
  if (number && call.protocol == Protocol::query) return phrase_range(violation, call);
  return invalid_value(violation.value, member, "It is malformed.");
}

}  // namespace

Failure phrase(const codec::Violation& violation, const Call& call) {
  switch (violation.kind) {
    case Kind::missing: return phrase_missing(violation, call);
    case Kind::wrong_type: return phrase_type(violation);
    case Kind::out_of_range: return phrase_range(violation, call);
    case Kind::too_long:
      if (violation.path.empty()) return {&aws::errors::request_too_large, "The request is too large."};
      break;
    case Kind::malformed: return phrase_malformed(violation, call);
    case Kind::too_short:
    case Kind::not_in_set: break;
  }
  return invalid_value(violation.value, last_part(violation.path), "It is not allowed.");
}

}  // namespace millrace::aws::sqs
