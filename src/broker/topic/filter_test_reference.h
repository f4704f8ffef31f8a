// For tests and the fuzzer: filter policies evaluated as they are written, value by value, without anything of the
// compiled form; and random policies and messages of few different values, so that many match.
//
// It knows what the generator makes: no name twice on a path, addresses of IPv4, numbers of few digits.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "broker/topic/filter_policy.h"
#include "codec/json_value.h"

namespace millrace::broker::reference {

using codec::JsonValue;

using Flat = std::map<std::string, std::vector<JsonValue>>;

inline void flatten(const JsonValue& value, const std::string& path, Flat& out) {
  if (const auto* object = value.object()) {
    for (const auto& [name, each] : *object) flatten(each, path.empty() ? name : path + "." + name, out);
  } else if (const auto* array = value.array()) {
    for (const auto& each : *array) flatten(each, path, out);
  } else {
    out[path].push_back(value);
  }
}

inline bool is_number(const JsonValue& value) { return value.integer() != nullptr || value.number() != nullptr; }
inline double number_of(const JsonValue& value) {
  return value.integer() ? static_cast<double>(*value.integer()) : *value.number();
}

inline bool equal(const JsonValue& a, const JsonValue& b) {
  return is_number(a) && is_number(b) ? number_of(a) == number_of(b) : a == b;
}

inline std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

inline bool like(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] != '*') return !text.empty() && text[0] == pattern[0] && like(pattern.substr(1), text.substr(1));
  for (std::size_t skipped = 0; skipped <= text.size(); ++skipped) {
    if (like(pattern.substr(1), text.substr(skipped))) return true;
  }
  return false;
}

inline bool in_network(const std::string& network, const std::string& address) {
  unsigned a[4], b[4], bits = 0;
  char more = 0;
  if (std::sscanf(network.c_str(), "%u.%u.%u.%u/%u", &a[0], &a[1], &a[2], &a[3], &bits) != 5) return false;
  if (std::sscanf(address.c_str(), "%u.%u.%u.%u%c", &b[0], &b[1], &b[2], &b[3], &more) != 4) return false;
  const auto joined = [](const unsigned(&part)[4]) { return part[0] << 24 | part[1] << 16 | part[2] << 8 | part[3]; };
  return bits == 0 || (joined(a) >> (32 - bits)) == (joined(b) >> (32 - bits));
}

// Others are no numbers to numeric.
constexpr double number_max = 5e9;

inline bool in_ranges(const JsonValue::Array& terms, double value) {
  for (std::size_t i = 0; i < terms.size(); i += 2) {
    const std::string& op = *terms[i].string();
    const double bound = number_of(terms[i + 1]);
    if (op == "="    ? value != bound
        : op == "<"  ? value >= bound
        : op == "<=" ? value > bound
        : op == ">"  ? value <= bound
                     : value < bound) {
      return false;
    }
  }
  return true;
}

inline bool meets(const JsonValue& condition, const JsonValue& value);

// The operand of anything-but, as the conditions that must not be met.
inline bool meets_any(const JsonValue& operand, const JsonValue& value) {
  if (const auto* array = operand.array()) {
    return std::ranges::any_of(*array, [&](const JsonValue& each) { return meets_any(each, value); });
  }
  if (const auto* object = operand.object(); object && object->front().value.array()) {
    return std::ranges::any_of(*object->front().value.array(), [&](const JsonValue& each) {
      return meets({JsonValue::Object{{object->front().name, each}}}, value);
    });
  }
  return meets(operand, value);
}

inline bool meets(const JsonValue& condition, const JsonValue& value) {
  const auto* object = condition.object();
  if (object == nullptr) return equal(condition, value);
  const auto& [op, operand] = object->front();
  if (op == "anything-but") return !meets_any(operand, value);
  if (op == "numeric") {
    return is_number(value) && std::abs(number_of(value)) <= number_max &&
           in_ranges(*operand.array(), number_of(value));
  }
  if (op == "exists") return !value.is_null() && !(value.string() && value.string()->empty());
  if (value.string() == nullptr) return false;
  const std::string& text = *value.string();
  const std::string& wanted = *operand.string();
  if (op == "prefix") return text.starts_with(wanted);
  if (op == "suffix") return text.ends_with(wanted);
  if (op == "equals-ignore-case") return lower(text) == lower(wanted);
  if (op == "wildcard") return like(wanted, text);
  return in_network(wanted, text);
}

inline bool meets_one(const JsonValue::Array& conditions, const Flat& message, const std::string& path) {
  const auto found = message.find(path);
  return std::ranges::any_of(conditions, [&](const JsonValue& condition) {
    if (condition == JsonValue{JsonValue::Object{{"exists", {false}}}})
      return found == message.end() && !message.empty();
    if (found == message.end()) return false;
    return std::ranges::any_of(found->second, [&](const JsonValue& value) { return meets(condition, value); });
  });
}

inline bool matches(const JsonValue& policy, const Flat& message, const std::string& path = "") {
  return std::ranges::all_of(*policy.object(), [&](const codec::JsonMember& member) {
    if (member.name == "$or") {
      return std::ranges::any_of(*member.value.array(),
                                 [&](const JsonValue& each) { return matches(each, message, path); });
    }
    const std::string below = path.empty() ? member.name : path + "." + member.name;
    if (member.value.object()) return matches(member.value, message, below);
    return meets_one(*member.value.array(), message, below);
  });
}

// --- random ones ---

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
  bool one_in(std::size_t count) { return below(count) == 0; }

  std::string policy(FilterScope scope) {
    free_names_ = {"a", "b", "c", "d", "e", "f", "g"};
    return object(1 + below(3), scope == FilterScope::body ? 2 : 0, 2);
  }

  // Of scalars and arrays of scalars when it is to become attributes.
  std::string message(FilterScope scope) {
    std::string out = "{";
    std::vector<std::string_view> names = {"a", "b", "c", "d", "e", "f", "g"};
    std::ranges::shuffle(names, random_);
    for (std::size_t i = below(names.size() + 1); i > 0; --i) {
      if (out.size() > 1) out += ',';
      out += quoted(names[i - 1]) + ':' + member(scope == FilterScope::body ? 3 : 0);
    }
    return out + "}";
  }

  std::string scalar() {
    switch (below(8)) {
      case 0: return "null";
      case 1: return one_in(2) ? "true" : "false";
      case 2:
      case 3:
      case 4: return number();
      default: return quoted(word());
    }
  }

 private:
  template <class List>
  auto pick(const List& list) {
    return list[below(std::size(list))];
  }

  static std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

  std::string_view word() {
    static constexpr std::string_view words[] = {"",   "a",   "ab",  "abc", "b",        "ba",       "bab",      "AB",
                                                 "Ab", "aBc", "cab", "é",   "10.0.0.1", "10.0.1.7", "10.1.0.1", "bcc"};
    return pick(words);
  }

  std::string number() {
    static constexpr std::string_view numbers[] = {"0",    "1",  "2",   "3",    "-1",           "-2.5",  "1.5",
                                                   "2.25", "10", "1e1", "1000", "123456789012", "0.001", "-0"};
    return std::string(pick(numbers));
  }

  // Within the range in which numbers are compared.
  std::string bound(int from, int to) {
    return std::to_string(from + static_cast<int>(below(static_cast<std::size_t>(to - from))));
  }

  std::string member(int depth) {
    if (depth > 0 && one_in(3)) {
      std::string out = "{";
      for (const auto* name : {"a", "b", "c"}) {
        if (one_in(2)) continue;
        if (out.size() > 1) out += ',';
        out += quoted(name) + ':' + member(depth - 1);
      }
      return out + "}";
    }
    if (!one_in(4)) return scalar();
    std::string out = "[";
    for (std::size_t i = below(one_in(20) ? 40 : 4); i > 0; --i) {
      if (out.size() > 1) out += ',';
      out += depth > 0 ? member(depth - 1) : scalar();
    }
    return out + "]";
  }

  std::string object(std::size_t names, int depth, int ors) {
    std::string out = "{";
    const auto separate = [&] {
      if (out.size() > 1) out += ',';
    };
    if (ors > 0 && free_names_.size() > 3 && one_in(4)) {
      out += "\"$or\":[" + object(1, depth, ors - 1) + "," + object(1 + below(2), depth, ors - 1) + "]";
    }
    for (; names > 0 && !free_names_.empty(); --names) {
      const std::size_t which = below(free_names_.size());
      const std::string name = free_names_[which];
      free_names_.erase(free_names_.begin() + static_cast<std::ptrdiff_t>(which));
      separate();
      out += quoted(name) + ':';
      if (depth > 0 && one_in(3)) {
        const auto outer = std::exchange(free_names_, {"a", "b", "c"});
        out += object(1 + below(2), depth - 1, ors - 1);
        free_names_ = outer;
      } else {
        out += conditions();
      }
    }
    if (out.size() == 1) out += "\"none\":" + conditions();
    return out + "}";
  }

  std::string conditions() {
    std::string out = "[" + condition();
    for (std::size_t i = below(3); i > 0; --i) out += "," + condition();
    return out + "]";
  }

  std::string texts() {
    if (one_in(2)) return quoted(filled());
    return "[" + quoted(filled()) + "," + quoted(filled()) + "]";
  }
  std::string_view filled() {
    const auto one = word();
    return one.empty() ? "ab" : one;
  }
  std::string pattern() {
    std::string out;
    for (std::size_t i = 1 + below(5); i > 0; --i) {
      out += one_in(3) && !out.ends_with('*') ? '*' : pick(std::string_view("abcB"));
    }
    return out;
  }

  std::string anything_but() {
    switch (below(7)) {
      case 0: return quoted(word());
      case 1: return number();
      case 2: return "[" + quoted(word()) + "," + quoted(word()) + "]";
      case 3: return "[" + number() + "," + number() + "]";
      case 4: return "{\"prefix\":" + texts() + "}";
      case 5: return one_in(2) ? "{\"suffix\":" + texts() + "}" : "{\"equals-ignore-case\":" + texts() + "}";
      default: return "{\"wildcard\":" + quoted(pattern()) + "}";
    }
  }

  std::string numeric() {
    static constexpr std::string_view one[] = {"=", "<", "<=", ">", ">="}, lower[] = {">", ">="}, upper[] = {"<", "<="};
    if (one_in(2)) return "[" + quoted(pick(one)) + "," + bound(-3, 12) + "]";
    return "[" + quoted(pick(lower)) + "," + bound(-3, 2) + "," + quoted(pick(upper)) + "," + bound(2, 12) + "]";
  }

  std::string condition() {
    switch (below(14)) {
      case 0: return "{\"prefix\":" + quoted(word()) + "}";
      case 1: return "{\"suffix\":" + quoted(word()) + "}";
      case 2: return "{\"equals-ignore-case\":" + quoted(word()) + "}";
      case 3: return "{\"wildcard\":" + quoted(pattern()) + "}";
      case 4: return "{\"exists\":true}";
      case 5: return "{\"exists\":false}";
      case 6: return "{\"anything-but\":" + anything_but() + "}";
      case 7: return "{\"cidr\":\"10." + std::to_string(below(2)) + ".0.0/" + std::to_string(below(33)) + "\"}";
      case 8:
      case 9: return "{\"numeric\":" + numeric() + "}";
      default: return scalar();
    }
  }

  std::mt19937_64 random_;
  std::vector<std::string> free_names_;
};

}  // namespace millrace::broker::reference
