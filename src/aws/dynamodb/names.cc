#include "aws/dynamodb/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::aws::dynamodb {
namespace {

constexpr std::string_view arn_prefix = "arn:";
constexpr std::size_t name_min = 3;
constexpr std::size_t name_max = 255;

bool is_name_text(std::string_view name) {
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  });
}

Failure constraint(std::string_view value, std::string_view parameter, std::string_view rule) {
  return invalid(
      fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must {}", value,
                  parameter, rule));
}

Failure bad_arn(std::string_view arn) { return invalid(fmt::format("Invalid ResourceArn: Invalid TableArn: {}", arn)); }

}  // namespace

std::string table_arn(const Caller& caller, std::string_view table) {
  return fmt::format("arn:aws:dynamodb:{}:{}:table/{}", caller.region, caller.account, table);
}

Outcome<void> check_new_name(std::string_view name, std::string_view parameter) {
  if (!is_name_text(name)) {
    return refuse(constraint(name, parameter, "satisfy regular expression pattern: [a-zA-Z0-9_.-]+"));
  }
  if (name.size() < name_min) {
    return refuse(constraint(name, parameter, fmt::format("have length greater than or equal to {}", name_min)));
  }
  if (name.size() > name_max) {
    return refuse(constraint(name, parameter, fmt::format("have length less than or equal to {}", name_max)));
  }
  return {};
}

Outcome<std::string> resolve_table(const std::string& given, const Caller& caller) {
  if (given.starts_with(arn_prefix)) return resolve_arn(given, caller);
  if (auto ok = check_new_name(given, "tableName"); !ok) return refuse(std::move(ok.error()));
  return given;
}

Outcome<std::string> resolve_arn(const std::string& given, const Caller& caller) {
  // arn:PARTITION:dynamodb:REGION:ACCOUNT:table/NAME
  std::string_view parts[6];
  std::string_view left = given;
  for (auto& part : parts) {
    const auto colon = &part == &parts[5] ? std::string_view::npos : left.find(':');
    part = left.substr(0, colon);
    left = colon == std::string_view::npos ? std::string_view() : left.substr(colon + 1);
  }
  constexpr std::string_view resource = "table/";
  if (parts[0] != "arn" || parts[2] != "dynamodb" || !parts[5].starts_with(resource)) return refuse(bad_arn(given));
  std::string name(parts[5].substr(resource.size()));
  if (name.size() < name_min || name.size() > name_max || !is_name_text(name)) return refuse(bad_arn(given));
  if (parts[3] != caller.region || parts[4] != caller.account) return refuse(no_such_resource());
  return name;
}

}  // namespace millrace::aws::dynamodb
