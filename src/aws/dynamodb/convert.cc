#include "aws/dynamodb/convert.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/dynamodb/limits.h"

namespace millrace::aws::dynamodb {
namespace {

Outcome<Decimal> number_of(const std::string& text) {
  auto number = Decimal::parse(text);
  if (number) return *number;
  switch (number.error()) {
    case DecimalError::overflow:
      return refuse(
          invalid("Number overflow. Attempting to store a number with magnitude larger than supported range"));
    case DecimalError::underflow:
      return refuse(
          invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range"));
    case DecimalError::too_precise:
      return refuse(invalid("Attempting to store more than 38 significant digits in a Number"));
    case DecimalError::not_a_number: break;
  }
  if (text.empty()) return refuse(invalid("The parameter cannot be converted to a numeric value"));
  return refuse(invalid(fmt::format("The parameter cannot be converted to a numeric value: {}", text)));
}

// Sorts, and refuses what is there twice or not there at all.
template <class Set>
Outcome<Value> set_of(Set set, std::string_view kind, std::string_view written) {
  if (set.members.empty()) return refuse(invalid_values(fmt::format("An {} set  may not be empty", kind)));
  std::ranges::sort(set.members);
  if (std::ranges::adjacent_find(set.members) != set.members.end()) {
    return refuse(invalid_values(fmt::format("Input collection {}contains duplicates.", written)));
  }
  return Value{std::move(set)};
}

Outcome<Value> string_set(const std::vector<std::string>& members) {
  std::string written;
  for (const auto& member : members) written += (written.empty() ? "[" : ", ") + member;
  return set_of(StringSet{members}, "string", written + "] ");
}

Outcome<Value> number_set(const std::vector<std::string>& members) {
  NumberSet set;
  for (const auto& member : members) {
    auto number = number_of(member);
    if (!number) return refuse(std::move(number.error()));
    set.members.push_back(*number);
  }
  return set_of(std::move(set), "number", "");
}

Outcome<Value> binary_set(const std::vector<codec::Blob>& members) {
  BinarySet set;
  for (const auto& member : members) set.members.push_back({member.bytes});
  return set_of(std::move(set), "binary", "");
}

Outcome<Value> list_of(const std::vector<ModelValue>& values) {
  List list;
  list.reserve(values.size());
  for (const auto& value : values) {
    auto inner = value_of(value);
    if (!inner) return inner;
    list.push_back(std::move(*inner));
  }
  return Value{std::move(list)};
}

struct ToModel {
  ModelValue& out;

  void operator()(const std::string& text) const { out.s = text; }
  void operator()(const Decimal& number) const { out.n = number.text(); }
  void operator()(const Binary& binary) const { out.b.emplace().bytes = binary.bytes; }
  void operator()(bool truth) const { out.bool_ = truth; }
  void operator()(Null) const { out.null = true; }
  void operator()(const StringSet& set) const { out.ss = set.members; }
  void operator()(const NumberSet& set) const {
    auto& members = out.ns.emplace();
    for (const auto& member : set.members) members.push_back(member.text());
  }
  void operator()(const BinarySet& set) const {
    auto& members = out.bs.emplace();
    for (const auto& member : set.members) members.push_back({member.bytes});
  }
  void operator()(const List& list) const {
    auto& values = out.l.emplace();
    values.reserve(list.size());
    for (const auto& value : list) values.push_back(to_model(value));
  }
  void operator()(const Attributes& map) const { out.m.emplace() = to_model(map); }
};

}  // namespace

Outcome<Value> value_of(const ModelValue& value) {
  const int given = int(value.s.has_value()) + int(value.n.has_value()) + int(value.b.has_value()) +
                    int(value.ss.has_value()) + int(value.ns.has_value()) + int(value.bs.has_value()) +
                    int(value.m.has_value()) + int(value.l.has_value()) + int(value.null.has_value()) +
                    int(value.bool_.has_value());
  if (given != 1) {
    return refuse(invalid(fmt::format("Supplied AttributeValue {}, must contain exactly one of the supported datatypes",
                                      given == 0 ? "is empty" : "has more than one datatypes set")));
  }
  if (value.s) return Value{*value.s};
  if (value.b) return Value{Binary{value.b->bytes}};
  if (value.bool_) return Value{*value.bool_};
  if (value.ss) return string_set(*value.ss);
  if (value.ns) return number_set(*value.ns);
  if (value.bs) return binary_set(*value.bs);
  if (value.l) return list_of(*value.l);
  if (value.n) {
    auto number = number_of(*value.n);
    if (!number) return refuse(std::move(number.error()));
    return Value{std::move(*number)};
  }
  if (value.null) {
    if (*value.null) return Value{Null{}};
    return refuse(invalid_values("Null attribute value types must have the value of true"));
  }
  auto map = attributes_of(*value.m);
  if (!map) return refuse(std::move(map.error()));
  return Value{std::move(*map)};
}

Outcome<Attributes> attributes_of(const ModelMap& map) {
  Attributes out;
  for (const auto& [name, value] : map) {
    if (name.size() > attribute_name_bytes_max) {
      return refuse(invalid_values("Attribute name is too large, must be less than 65536 bytes"));
    }
    auto inner = value_of(value);
    if (!inner) return refuse(std::move(inner.error()));
    if (depth_of(*inner) > nesting_max) {
      return refuse(invalid(
          "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported "
          "limit"));
    }
    // Of two with the same name the last one counts, as in the rest of a request.
    out.insert_or_assign(name, std::move(*inner));
  }
  return out;
}

ModelValue to_model(const Value& value) {
  ModelValue out;
  std::visit(ToModel{out}, value.data);
  return out;
}

ModelMap to_model(const Attributes& attributes) {
  ModelMap out;
  out.reserve(attributes.size());
  for (const auto& [name, value] : attributes) out.emplace_back(name, to_model(value));
  return out;
}

}  // namespace millrace::aws::dynamodb
