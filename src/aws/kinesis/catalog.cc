#include "aws/kinesis/catalog.h"

#include <algorithm>
#include <charconv>

namespace millrace::aws::kinesis {
namespace {

constexpr std::string_view catalogs_prefix = "kinesis/";
constexpr std::string_view shards_prefix = "h/";

std::uint32_t number_in(std::string_view key) {
  std::uint32_t number = 0;
  const auto digits = key.substr(key.rfind('/') + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

}  // namespace

Catalog::Catalog(engine::Lane& lane, std::string key) : lane_(lane), key_(std::move(key)) {}

template <class Visit>
void Catalog::each(const std::string& prefix, std::string_view first, Visit visit) const {
  const broker::Table* const all = table();
  if (all == nullptr) return;
  const auto& entries = all->entries();
  for (auto at = entries.lower_bound(prefix + std::string(first)); at != entries.end(); ++at) {
    if (!at->first.starts_with(prefix) || !visit(std::string_view(at->first), std::string_view(at->second))) return;
  }
}

std::optional<StreamEntry> Catalog::stream(std::string_view name) const {
  const broker::Table* const all = table();
  const std::string* const value = all == nullptr ? nullptr : all->find(stream_entry_key(name));
  return value == nullptr ? std::nullopt : decode_stream(*value);
}

std::string Catalog::stream_of_id(std::string_view id) const {
  const broker::Table* const all = table();
  const std::string* const value = all == nullptr ? nullptr : all->find(id_entry_key(id));
  return value == nullptr ? std::string() : *value;
}

std::optional<ShardEntry> Catalog::shard(std::string_view stream, std::uint32_t number) const {
  const broker::Table* const all = table();
  const std::string* const value = all == nullptr ? nullptr : all->find(shard_entry_key(stream, number));
  auto entry = value == nullptr ? std::nullopt : decode_shard(*value);
  if (entry) entry->number = number;
  return entry;
}

std::vector<ShardEntry> Catalog::shards(std::string_view stream) const {
  std::vector<ShardEntry> result;
  each(shard_entry_prefix(stream), {}, [&](std::string_view key, std::string_view value) {
    if (auto entry = decode_shard(value)) {
      entry->number = number_in(key);
      result.push_back(*entry);
    }
    return true;
  });
  return result;
}

std::optional<ConsumerEntry> Catalog::consumer(std::string_view stream, std::string_view name) const {
  const broker::Table* const all = table();
  const std::string* const value = all == nullptr ? nullptr : all->find(consumer_entry_key(stream, name));
  auto entry = value == nullptr ? std::nullopt : decode_consumer(*value);
  if (entry) entry->name = name;
  return entry;
}

std::vector<ConsumerEntry> Catalog::consumers(std::string_view stream) const {
  std::vector<ConsumerEntry> result;
  const auto prefix = consumer_entry_prefix(stream);
  each(prefix, {}, [&](std::string_view key, std::string_view value) {
    if (auto entry = decode_consumer(value)) {
      entry->name = key.substr(prefix.size());
      result.push_back(std::move(*entry));
    }
    return true;
  });
  return result;
}

AccountEntry Catalog::account() const {
  const broker::Table* const all = table();
  const std::string* const value = all == nullptr ? nullptr : all->find(account_entry_key);
  return value == nullptr ? AccountEntry{} : decode_account(*value).value_or(AccountEntry{});
}

std::vector<std::string> Catalog::streams(std::string_view after, std::size_t count_max) const {
  std::vector<std::string> names;
  const std::string prefix(stream_entries_prefix);
  each(prefix, after, [&](std::string_view key, std::string_view) {
    const auto name = key.substr(prefix.size());
    if (name > after) names.emplace_back(name);
    return names.size() < count_max;
  });
  return names;
}

Catalog::Totals Catalog::totals() const {
  Totals totals;
  each(std::string(shards_prefix), {}, [&](std::string_view, std::string_view value) {
    const auto entry = decode_shard(value);
    const bool counts = entry && (entry->state == ShardState::open || entry->state == ShardState::planned);
    totals.open_shards += counts ? 1 : 0;
    return true;
  });
  each(std::string(stream_entries_prefix), {}, [&](std::string_view, std::string_view value) {
    const auto entry = decode_stream(value);
    totals.on_demand_streams += entry && entry->mode == StreamMode::on_demand ? 1 : 0;
    return true;
  });
  return totals;
}

void Catalog::put(std::string_view stream, const StreamEntry& entry) {
  writes_.push_back({stream_entry_key(stream), encode(entry)});
}

void Catalog::put(std::string_view stream, const ShardEntry& entry) {
  writes_.push_back({shard_entry_key(stream, entry.number), encode(entry)});
}

void Catalog::put(std::string_view stream, const ConsumerEntry& entry) {
  writes_.push_back({consumer_entry_key(stream, entry.name), encode(entry)});
}

void Catalog::put(const AccountEntry& entry) { writes_.push_back({std::string(account_entry_key), encode(entry)}); }

void Catalog::put_id(std::string_view id, std::string_view stream) {
  writes_.push_back({id_entry_key(id), std::string(stream)});
}

void Catalog::erase(std::string key) { writes_.push_back({std::move(key), std::nullopt}); }

void Catalog::erase_stream(std::string_view stream, const StreamEntry& entry) {
  const auto erase_all = [this](std::string_view key, std::string_view) {
    erase(std::string(key));
    return true;
  };
  each(shard_entry_prefix(stream), {}, erase_all);
  each(consumer_entry_prefix(stream), {}, erase_all);
  erase(id_entry_key(entry.id));
  erase(stream_entry_key(stream));
}

Result<void> Catalog::commit() {
  if (writes_.empty()) return {};
  broker::Table* all = table();
  const bool grows = std::ranges::any_of(writes_, [](const auto& write) { return write.value.has_value(); });
  if (all == nullptr) {
    if (!grows) return {};
    if (auto room = lane_.admits_new(); !room) return room;
    all = broker::open_table(lane_, key_);
  }
  if (all == nullptr) return fail(ErrorCode::conflict, "the catalog's key is taken");
  auto written = all->write(writes_);
  writes_.clear();
  return written;
}

std::vector<std::string> catalogs_of(const engine::Lane& lane) {
  std::vector<std::string> keys;
  const auto& directory = lane.directory();
  for (auto at = directory.lower_bound(catalogs_prefix); at != directory.end(); ++at) {
    if (!at->first.starts_with(catalogs_prefix)) break;
    // A shard's key has more parts.
    if (std::ranges::count(at->first, '/') == 2) keys.push_back(at->first);
  }
  return keys;
}

StreamName stream_of(std::string_view catalog_key, std::string_view stream) {
  catalog_key.remove_prefix(catalogs_prefix.size());
  const auto slash = catalog_key.find('/');
  return {std::string(catalog_key.substr(0, slash)), std::string(catalog_key.substr(slash + 1)), std::string(stream)};
}

}  // namespace millrace::aws::kinesis
