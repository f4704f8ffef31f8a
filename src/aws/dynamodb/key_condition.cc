#include "aws/dynamodb/key_condition.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/dynamodb/keys.h"

namespace millrace::aws::dynamodb {
namespace {

using Kind = Condition::Kind;

Failure not_supported() { return invalid("Query key condition not supported"); }

// Flattens a conjunction.
Outcome<void> collect(const Condition& condition, std::vector<const Condition*>& out) {
  if (condition.kind == Kind::conjunction) {
    for (const auto& part : condition.conditions) {
      if (auto ok = collect(part, out); !ok) return ok;
    }
    return {};
  }
  switch (condition.kind) {
    case Kind::equal:
    case Kind::less:
    case Kind::less_or_equal:
    case Kind::greater:
    case Kind::greater_or_equal:
    case Kind::between:
    case Kind::begins_with: break;
    default:
      return refuse(
          invalid(fmt::format("Invalid operator used in KeyConditionExpression: {}", name_of(condition.kind))));
  }
  out.push_back(&condition);
  return {};
}

// "NAME operator value": the attribute's name; nothing for other forms.
const std::string* attribute_of(const Condition& condition) {
  const auto& first = condition.operands.front();
  if (first.kind != Operand::Kind::path || first.path.steps.size() != 1) return nullptr;
  for (std::size_t i = 1; i < condition.operands.size(); ++i) {
    if (condition.operands[i].kind != Operand::Kind::value) return nullptr;
  }
  return &first.path.attribute();
}

// "value operator NAME" means the same the other way around.
Condition turned(const Condition& condition) {
  if (condition.operands.size() != 2 || condition.operands[0].kind != Operand::Kind::value ||
      condition.kind == Kind::begins_with) {
    return condition;
  }
  Condition out = condition;
  std::swap(out.operands[0], out.operands[1]);
  switch (condition.kind) {
    case Kind::less: out.kind = Kind::greater; break;
    case Kind::less_or_equal: out.kind = Kind::greater_or_equal; break;
    case Kind::greater: out.kind = Kind::less; break;
    case Kind::greater_or_equal: out.kind = Kind::less_or_equal; break;
    default: break;
  }
  return out;
}

Outcome<void> check_types(const Condition& condition, const KeyAttribute& key) {
  for (std::size_t i = 1; i < condition.operands.size(); ++i) {
    const Value& value = condition.operands[i].value;
    if (value.type() != key.type) {
      return refuse(invalid_values("Condition parameter type does not match schema type"));
    }
    const auto* text = value.as<std::string>();
    const auto* binary = value.as<Binary>();
    if ((text != nullptr && text->empty()) || (binary != nullptr && binary->bytes.empty())) {
      return refuse(invalid(fmt::format(
          "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
          "{} value. Key: {}",
          text != nullptr ? "string" : "binary", key.name)));
    }
  }
  return {};
}

std::string with(const std::string& prefix, const Value& value) {
  std::string out = prefix;
  append_key_value(value, out);
  return out;
}

KeyRange narrowed(const std::string& prefix, const Condition& condition) {
  const Value& value = condition.operands[1].value;
  switch (condition.kind) {
    case Kind::equal: return {with(prefix, value), behind(with(prefix, value))};
    case Kind::less: return {prefix, with(prefix, value)};
    case Kind::less_or_equal: return {prefix, behind(with(prefix, value))};
    case Kind::greater: return {behind(with(prefix, value)), behind(prefix)};
    case Kind::greater_or_equal: return {with(prefix, value), behind(prefix)};
    case Kind::between: return {with(prefix, value), behind(with(prefix, condition.operands[2].value))};
    default: {
      const std::string begin = prefix + key_value_prefix(value);
      return {begin, behind(begin)};
    }
  }
}

const Path* key_path(const Operand& operand, const KeySchema& keys) {
  if (operand.kind == Operand::Kind::path && keys.has(operand.path.attribute())) return &operand.path;
  for (const auto& inner : operand.operands) {
    if (const Path* found = key_path(inner, keys)) return found;
  }
  return nullptr;
}

}  // namespace

Outcome<KeyRange> key_range(const Condition& condition, const Source& source) {
  const KeySchema& keys = source.keys();
  std::vector<const Condition*> parts;
  if (auto ok = collect(condition, parts); !ok) return refuse(std::move(ok.error()));
  std::optional<Condition> hash;
  std::optional<Condition> range;
  for (const auto* part : parts) {
    const Condition straight = turned(*part);
    const std::string* name = attribute_of(straight);
    if (name == nullptr) return refuse(not_supported());
    if (*name == keys.hash.name) {
      if (hash) {
        return refuse(invalid("KeyConditionExpressions must only contain one condition per key"));
      }
      hash = straight;
    } else if (keys.range && *name == keys.range->name) {
      if (range) return refuse(invalid("KeyConditionExpressions must only contain one condition per key"));
      range = straight;
    } else if (hash && range) {
      return refuse(invalid("Conditions can be of length 1 or 2 only"));
    } else {
      const auto& missing = !hash && parts.back() == part ? keys.hash.name
                            : keys.range                  ? keys.range->name
                                                          : keys.hash.name;
      return refuse(invalid(fmt::format("Query condition missed key schema element: {}", missing)));
    }
  }
  if (!hash) return refuse(invalid(fmt::format("Query condition missed key schema element: {}", keys.hash.name)));
  if (hash->kind != Kind::equal) return refuse(not_supported());
  if (auto ok = check_types(*hash, keys.hash); !ok) return refuse(std::move(ok.error()));
  const std::string prefix = with(source.prefix(), hash->operands[1].value);
  if (!range) return KeyRange{prefix, behind(prefix)};
  if (auto ok = check_types(*range, *keys.range); !ok) return refuse(std::move(ok.error()));
  if (range->kind == Kind::begins_with && keys.range->type == ValueType::N) return refuse(not_supported());
  return narrowed(prefix, *range);
}

Outcome<void> check_filter(const Condition& filter, const KeySchema& keys, bool older) {
  for (const auto& part : filter.conditions) {
    if (auto ok = check_filter(part, keys, older); !ok) return ok;
  }
  for (const auto& operand : filter.operands) {
    if (const Path* path = key_path(operand, keys)) {
      return refuse(invalid(fmt::format("{} can only contain non-primary key attributes: Primary key attribute: {}",
                                        older ? "QueryFilter" : "Filter Expression", path->attribute())));
    }
  }
  return {};
}

}  // namespace millrace::aws::dynamodb
