#include "aws/dynamodb/expiry.h"

#include <chrono>
#include <set>
#include <vector>

#include "aws/dynamodb/item_codec.h"
#include "aws/dynamodb/keys.h"
#include "aws/dynamodb/limits.h"
#include "aws/dynamodb/store.h"
#include "base/bytes.h"
#include "base/check.h"

namespace millrace::aws::dynamodb {
namespace {

// What expired longer ago than this is taken for a mistake and kept, as the service does.
constexpr std::int64_t expiry_age_max_s = 5ll * 365 * 24 * 3600;

bool is_expired(const Attributes& item, const std::string& attribute, std::int64_t now_s) {
  const auto at = item.find(attribute);
  if (at == item.end()) return false;
  const auto* number = at->second.as<Decimal>();
  return number != nullptr && *number <= Decimal(now_s) && *number > Decimal(now_s - expiry_age_max_s);
}

void expire_items(const Tables& tables, const TableSchema& table, std::int64_t now_s, Writes& writes) {
  const std::string prefix = items_prefix(table.number);
  const auto& entries = tables.entries();
  for (auto at = entries.lower_bound(prefix); at != entries.end() && at->first.starts_with(prefix); ++at) {
    if (writes.size() >= expiry_batch) return;
    const auto item = decode_item(at->second);
    check(item.has_value(), "a stored item is readable");
    if (!is_expired(*item, table.expiry_attribute, now_s)) continue;
    add_writes(table, at->first.substr(prefix.size()), &*item, nullptr, writes);
  }
}

// True when there are tokens left.
bool expire_tokens(const Tables& tables, Time now, Writes& writes) {
  bool left = false;
  const auto& entries = tables.entries();
  const std::string prefix(1, token_mark);
  for (auto at = entries.lower_bound(prefix); at != entries.end() && at->first.starts_with(prefix); ++at) {
    if (from_ms(ByteReader(at->second).i64()) + token_kept > now) {
      left = true;
    } else {
      writes.push_back({at->first, std::nullopt});
    }
  }
  return left;
}

// Adds what belongs to a table, or to an index, that does not exist (any more): an interrupted removal leaves such entries.
// `known` has the beginnings of keys of what exists: a mark and numbers. Those are visited one by one, not their entries.
void erase_strays(const Tables& tables, std::string_view first, std::size_t number_bytes,
                  const std::set<std::string, std::less<>>& known, Writes& writes) {
  const auto& entries = tables.entries();
  auto at = entries.lower_bound(first);
  while (at != entries.end() && at->first.front() == first.front() && writes.size() < expiry_batch) {
    const std::string number = at->first.substr(0, first.size() + number_bytes);
    if (known.contains(number)) {
      at = entries.lower_bound(behind(number));
    } else {
      writes.push_back({(at++)->first, std::nullopt});
    }
  }
}

}  // namespace

bool expire(engine::Lane& lane, const std::string& key) {
  Tables tables(lane, key);
  const Time now = tables.now();
  const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  Writes writes;
  bool wanted = expire_tokens(tables, now, writes);
  const std::string prefix(1, table_mark);
  std::set<std::string, std::less<>> known;
  for (auto at = tables.entries().lower_bound(prefix); at != tables.entries().end() && at->first.starts_with(prefix);
       ++at) {
    const auto table = decode_schema(at->second);
    check(table.has_value(), "a stored description of a table is readable");
    known.insert(items_prefix(table->number));
    for (const auto& index : table->indexes) known.insert(index_prefix(table->number, index.number));
    if (table->expiry_attribute.empty()) continue;
    wanted = true;
    expire_items(tables, *table, now_s, writes);
  }
  erase_strays(tables, std::string_view(&item_mark, 1), sizeof(TableSchema::number), known, writes);
  erase_strays(tables, std::string_view(&index_mark, 1), sizeof(TableSchema::number) + sizeof(IndexSchema::number),
               known, writes);
  // A failure is the next round's to try again.
  (void)tables.write(writes);
  return wanted;
}

void Expiry::visited(engine::Lane& lane) {
  const auto recoveries = lane.stats().recoveries;
  if (armed_ && recoveries_ == recoveries) return;
  armed_ = true;
  recoveries_ = recoveries;
  lane.after(expiry_interval, [this, &lane] { run(lane); });
}

void Expiry::run(engine::Lane& lane) {
  armed_ = false;
  if (!lane.serving()) return;
  std::vector<std::string> keys;
  const auto& directory = lane.directory();
  for (auto at = directory.lower_bound(world_prefix); at != directory.end() && at->first.starts_with(world_prefix);
       ++at) {
    keys.push_back(at->first);
  }
  bool wanted = false;
  for (const auto& key : keys) wanted = expire(lane, key) || wanted;
  if (wanted) visited(lane);
}

}  // namespace millrace::aws::dynamodb
