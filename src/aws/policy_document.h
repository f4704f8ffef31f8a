// Access policies as documents: whether their form is right, and edits of their statements. What they permit is decided by
// a later step of the pipeline.
#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::aws {

struct PolicyFacts {
  std::size_t statements = 0;
  std::vector<std::string> actions;  // of all statements
};
// Nothing when the form is wrong: versions, members, statements with their effect, action and resource.
std::optional<PolicyFacts> read_policy(const std::string& text);

// What AddPermission makes a statement of.
struct PolicyStatement {
  std::string_view label;
  std::span<const std::string> accounts;
  std::span<const std::string> actions;
  std::string_view action_prefix;  // "SQS:"
  std::string resource;
};

enum class PolicyError : std::uint8_t {
  malformed,  // the policy is no JSON object
  exists,     // another statement has the label
  repeated,   // the very same statement is there
  too_many,   // it would have more statements than it may
  not_found,  // no statement has the label
};

// A policy with that statement alone.
std::string make_policy(std::string_view id, const PolicyStatement& statement);
std::expected<std::string, PolicyError> add_statement(const std::string& policy, const PolicyStatement& statement,
                                                      std::size_t statements_max);
// Empty when no statement is left.
std::expected<std::string, PolicyError> remove_statement(const std::string& policy, std::string_view label);

}  // namespace millrace::aws
