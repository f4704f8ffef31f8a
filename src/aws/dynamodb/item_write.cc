#include "aws/dynamodb/item_write.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/dynamodb/convert.h"
#include "aws/dynamodb/keys.h"
#include "base/check.h"

namespace millrace::aws::dynamodb {
namespace {

Outcome<void> check_paths(const Update& update, const KeySchema& keys) {
  const auto check_path = [&](const Path& path) -> Outcome<void> {
    if (!keys.has(path.attribute())) return {};
    return refuse(
        invalid_values(fmt::format("Cannot update attribute {}. This attribute is part of the key", path.attribute())));
  };
  for (const auto& set : update.sets) {
    if (auto ok = check_path(set.path); !ok) return ok;
  }
  for (const auto& path : update.removes) {
    if (auto ok = check_path(path); !ok) return ok;
  }
  for (const auto* changes : {&update.adds, &update.deletes}) {
    for (const auto& change : *changes) {
      if (auto ok = check_path(change.path); !ok) return ok;
    }
  }
  return {};
}

Failure failed_condition(const ItemWrite& write, const std::optional<Attributes>& before) {
  Failure failure = condition_failed();
  if (write.old_on_failure && before) {
    auto details = std::make_shared<models::dynamodb::ConditionalCheckFailedDetails>();
    details->item = to_model(*before);
    failure.details_shape = &models::dynamodb::ConditionalCheckFailedDetails::shape;
    failure.details = std::move(details);
  }
  return failure;
}

Outcome<Attributes> updated(const ItemWrite& write, const TableSchema& table, const std::optional<Attributes>& before,
                            const Limits& limits) {
  Attributes item = before ? *before : write.item;
  if (auto ok = apply(write.update, item); !ok) return refuse(std::move(ok.error()));
  for (const auto& [name, value] : item) {
    if (depth_of(value) > nesting_max) {
      return refuse(invalid(
          "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported "
          "limit"));
    }
  }
  if (auto ok = check_item_keys(table, item); !ok) return refuse(std::move(ok.error()));
  if (size_of(item) > limits.item_bytes_max) {
    return refuse(invalid("Item size to update has exceeded the maximum allowed size"));
  }
  return item;
}

}  // namespace

Outcome<Staged> stage(const Tables& tables, const TableSchema& table, const ItemWrite& write, const Limits& limits,
                      Writes& writes, Usage& usage) {
  const bool put = write.kind == ItemWrite::Kind::put;
  if (auto ok = put ? check_item_keys(table, write.item) : check_key(table.keys, write.item); !ok) {
    return refuse(std::move(ok.error()));
  }
  if (put && size_of(write.item) > limits.item_bytes_max) {
    return refuse(invalid("Item size has exceeded the maximum allowed size"));
  }
  if (auto ok = check_paths(write.update, table.keys); !ok) return refuse(std::move(ok.error()));
  const auto place = place_of(table.keys, write.item);
  check(place.has_value(), "a checked key has a place");
  Staged staged{.before = tables.item(table, *place), .key = key_of(table.keys, write.item)};
  if (write.condition && !holds(*write.condition, staged.before ? *staged.before : Attributes{})) {
    return refuse(failed_condition(write, staged.before));
  }
  if (write.kind == ItemWrite::Kind::check) {
    usage.add_write(table.name, staged.before ? size_of(*staged.before) : 0);
    return staged;
  }
  if (put) staged.after = write.item;
  if (write.kind == ItemWrite::Kind::update) {
    auto item = updated(write, table, staged.before, limits);
    if (!item) return refuse(std::move(item.error()));
    staged.after = std::move(*item);
  }
  const auto* before = staged.before ? &*staged.before : nullptr;
  const auto* after = staged.after ? &*staged.after : nullptr;
  add_writes(table, *place, before, after, writes);
  const std::size_t size = std::max(before != nullptr ? size_of(*before) : 0, after != nullptr ? size_of(*after) : 0);
  usage.add_write(table.name, size);
  for (const auto& index : table.indexes) {
    const bool was = before != nullptr && place_of(index.keys, *before).has_value();
    const bool is = after != nullptr && place_of(index.keys, *after).has_value();
    if (was || is) usage.add_index_write(table.name, index, size);
  }
  return staged;
}

}  // namespace millrace::aws::dynamodb
