#include "aws/dynamodb/update.h"

#include <algorithm>

#include "aws/dynamodb/limits.h"

namespace millrace::aws::dynamodb {
namespace {

Failure wrong_path() { return invalid("The document path provided in the update expression is invalid for update"); }
Failure wrong_operand() { return invalid("An operand in the update expression has an incorrect data type"); }
Failure missing_attribute() {
  return invalid("The provided expression refers to an attribute that does not exist in the item");
}

Failure number_failure(DecimalError error) {
  switch (error) {
    case DecimalError::overflow:
      return invalid("Number overflow. Attempting to store a number with magnitude larger than supported range");
    case DecimalError::underflow:
      return invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range");
    default: return invalid("Attempting to store more than 38 significant digits in a Number");
  }
}

Outcome<Value> value_of(const Operand& operand, const Attributes& item);

Outcome<Value> computed(const Operand& operand, const Attributes& item) {
  auto left = value_of(operand.operands[0], item);
  if (!left) return left;
  auto right = value_of(operand.operands[1], item);
  if (!right) return right;
  if (operand.kind == Operand::Kind::list_append) {
    auto* list = left->as<List>();
    auto* more = right->as<List>();
    if (list == nullptr || more == nullptr) return refuse(wrong_operand());
    list->insert(list->end(), more->begin(), more->end());
    return left;
  }
  const auto* number = left->as<Decimal>();
  const auto* other = right->as<Decimal>();
  if (number == nullptr || other == nullptr) return refuse(wrong_operand());
  const auto sum = operand.kind == Operand::Kind::plus ? number->plus(*other) : number->minus(*other);
  if (!sum) return refuse(number_failure(sum.error()));
  return Value{*sum};
}

Outcome<Value> value_of(const Operand& operand, const Attributes& item) {
  switch (operand.kind) {
    case Operand::Kind::value: return operand.value;
    case Operand::Kind::path:
      if (const Value* found = find(item, operand.path)) return *found;
      return refuse(missing_attribute());
    case Operand::Kind::if_not_exists:
      if (const Value* found = find(item, operand.path)) return *found;
      return value_of(operand.operands.front(), item);
    default: return computed(operand, item);
  }
}

// The value that holds the last step of the path; null for the item itself.
Outcome<Value*> holder_of(const Path& path, Attributes& item) {
  Value* holder = nullptr;
  for (std::size_t i = 0; i + 1 < path.steps.size(); ++i) {
    if (const auto* name = std::get_if<std::string>(&path.steps[i])) {
      auto* map = holder == nullptr ? &item : holder->as<Attributes>();
      const auto at = map == nullptr ? Attributes::iterator() : map->find(*name);
      if (map == nullptr || at == map->end()) return refuse(wrong_path());
      holder = &at->second;
    } else {
      auto* list = holder->as<List>();
      const auto index = std::get<std::uint32_t>(path.steps[i]);
      if (list == nullptr || index >= list->size()) return refuse(wrong_path());
      holder = &(*list)[index];
    }
  }
  return holder;
}

Outcome<void> set(const Path& path, Value value, Attributes& item) {
  auto holder = holder_of(path, item);
  if (!holder) return refuse(std::move(holder.error()));
  if (const auto* name = std::get_if<std::string>(&path.steps.back())) {
    auto* map = *holder == nullptr ? &item : (*holder)->as<Attributes>();
    if (map == nullptr) return refuse(wrong_path());
    map->insert_or_assign(*name, std::move(value));
    return {};
  }
  auto* list = (*holder)->as<List>();
  if (list == nullptr) return refuse(wrong_path());
  const auto index = std::get<std::uint32_t>(path.steps.back());
  if (index < list->size()) {
    (*list)[index] = std::move(value);
  } else {
    list->push_back(std::move(value));
  }
  return {};
}

Outcome<void> remove(const Path& path, Attributes& item) {
  auto holder = holder_of(path, item);
  if (!holder) return refuse(std::move(holder.error()));
  if (const auto* name = std::get_if<std::string>(&path.steps.back())) {
    auto* map = *holder == nullptr ? &item : (*holder)->as<Attributes>();
    if (map == nullptr) return refuse(wrong_path());
    map->erase(*name);
    return {};
  }
  auto* list = (*holder)->as<List>();
  if (list == nullptr) return refuse(wrong_path());
  const auto index = std::get<std::uint32_t>(path.steps.back());
  if (index < list->size()) list->erase(list->begin() + index);
  return {};
}

template <class Set>
void unite(Set& set, const Set& more) {
  Set all;
  std::ranges::set_union(set.members, more.members, std::back_inserter(all.members));
  set = std::move(all);
}

template <class Set>
void subtract(Set& set, const Set& less) {
  Set rest;
  std::ranges::set_difference(set.members, less.members, std::back_inserter(rest.members));
  set = std::move(rest);
}

// Calls `act` with both as sets of the same type; false when they are not.
template <class Act>
bool as_sets(Value& value, const Value& other, Act act) {
  const auto both = [&]<class Set>(Set* left, const Set* right) {
    if (left == nullptr || right == nullptr) return false;
    act(*left, *right);
    return true;
  };
  return both(value.as<StringSet>(), other.as<StringSet>()) || both(value.as<NumberSet>(), other.as<NumberSet>()) ||
         both(value.as<BinarySet>(), other.as<BinarySet>());
}

Outcome<void> add(const Update::Change& change, Attributes& item) {
  const Value* found = find(item, change.path);
  if (found == nullptr) return set(change.path, change.value, item);
  Value value = *found;
  if (const auto* number = value.as<Decimal>()) {
    const auto* more = change.value.as<Decimal>();
    if (more == nullptr) return refuse(wrong_operand());
    const auto sum = number->plus(*more);
    if (!sum) return refuse(number_failure(sum.error()));
    value = Value{*sum};
  } else if (auto* list = value.as<List>(); list != nullptr && change.value.as<List>() != nullptr) {
    // Only AttributeUpdates can say this.
    const auto& more = *change.value.as<List>();
    list->insert(list->end(), more.begin(), more.end());
  } else if (!as_sets(value, change.value, [](auto& left, const auto& right) { unite(left, right); })) {
    return refuse(wrong_operand());
  }
  return set(change.path, std::move(value), item);
}

Outcome<void> take_away(const Update::Change& change, Attributes& item) {
  const Value* found = find(item, change.path);
  if (found == nullptr) return {};
  Value value = *found;
  bool empty = false;
  if (!as_sets(value, change.value, [&](auto& left, const auto& right) {
        subtract(left, right);
        empty = left.members.empty();
      })) {
    return refuse(wrong_operand());
  }
  return empty ? remove(change.path, item) : set(change.path, std::move(value), item);
}

}  // namespace

Outcome<void> apply(const Update& update, Attributes& item) {
  std::vector<Update::Change> sets;
  for (const auto& assignment : update.sets) {
    auto value = value_of(assignment.operand, item);
    if (!value) return refuse(std::move(value.error()));
    sets.push_back({assignment.path, std::move(*value)});
  }
  // What is beyond the end of a list is appended in the order of the indexes, and removed from the end on.
  std::ranges::sort(sets, {}, [](const auto& change) -> const auto& { return change.path.steps; });
  for (auto& change : sets) {
    if (auto ok = set(change.path, std::move(change.value), item); !ok) return ok;
  }
  for (const auto& change : update.adds) {
    if (auto ok = add(change, item); !ok) return ok;
  }
  for (const auto& change : update.deletes) {
    if (auto ok = take_away(change, item); !ok) return ok;
  }
  auto removes = update.removes;
  std::ranges::sort(removes, std::greater{}, &Path::steps);
  for (const auto& path : removes) {
    if (auto ok = remove(path, item); !ok) return ok;
  }
  return {};
}

}  // namespace millrace::aws::dynamodb
