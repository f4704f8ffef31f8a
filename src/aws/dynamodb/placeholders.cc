#include "aws/dynamodb/placeholders.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/dynamodb/limits.h"

namespace millrace::aws::dynamodb {
namespace {

bool is_placeholder(std::string_view text, char first) {
  return text.size() > 1 && text.front() == first && std::ranges::all_of(text.substr(1), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

Outcome<void> check_placeholder(std::string_view text, char first, std::string_view parameter) {
  if (text.size() > placeholder_bytes_max) {
    return refuse(invalid(fmt::format(
        "{} contains invalid key: The expression attribute map contains a key that is too long; size of key: {}",
        parameter, text.size())));
  }
  if (is_placeholder(text, first)) return {};
  return refuse(invalid(fmt::format("{} contains invalid key: Syntax error; key: \"{}\"", parameter, text)));
}

template <class Map>
Outcome<void> check_all_used(const Map& map, std::string_view parameter) {
  std::string unused;
  for (const auto& [placeholder, entry] : map) {
    if (entry.used) continue;
    if (!unused.empty()) unused += ", ";
    unused += placeholder;
  }
  if (unused.empty()) return {};
  return refuse(invalid(fmt::format("Value provided in {} unused in expressions: keys: {{{}}}", parameter, unused)));
}

template <class Map>
auto* use(Map& map, std::string_view placeholder) {
  const auto at = map.find(placeholder);
  if (at == map.end()) return static_cast<decltype(&at->second.content)>(nullptr);
  at->second.used = true;
  return &at->second.content;
}

}  // namespace

Outcome<void> Placeholders::add_name(std::string_view placeholder, std::string name) {
  if (auto ok = check_placeholder(placeholder, '#', "ExpressionAttributeNames"); !ok) return ok;
  names_.insert_or_assign(std::string(placeholder), Entry<std::string>{std::move(name)});
  return {};
}

Outcome<void> Placeholders::add_value(std::string_view placeholder, Value value) {
  if (auto ok = check_placeholder(placeholder, ':', "ExpressionAttributeValues"); !ok) return ok;
  values_.insert_or_assign(std::string(placeholder), Entry<Value>{std::move(value)});
  return {};
}

const std::string* Placeholders::name(std::string_view placeholder) { return use(names_, placeholder); }
const Value* Placeholders::value(std::string_view placeholder) { return use(values_, placeholder); }

Outcome<void> Placeholders::check_used() const {
  if (auto ok = check_all_used(names_, "ExpressionAttributeNames"); !ok) return ok;
  return check_all_used(values_, "ExpressionAttributeValues");
}

}  // namespace millrace::aws::dynamodb
