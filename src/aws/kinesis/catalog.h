// Catalog: the table of an account in a region, as entries. Made for one visit to the catalog's lane and not kept.
//
// Writes are staged and committed together, so that a control operation happens as a whole or not at all.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/kinesis/catalog_entries.h"
#include "aws/kinesis/names.h"
#include "broker/table/table.h"
#include "engine/lane.h"

namespace millrace::aws::kinesis {

class Catalog {
 public:
  Catalog(engine::Lane& lane, std::string key);

  engine::Lane& lane() const { return lane_; }
  const std::string& key() const { return key_; }

  std::optional<StreamEntry> stream(std::string_view name) const;
  // Empty when there is no such id.
  std::string stream_of_id(std::string_view id) const;
  std::optional<ShardEntry> shard(std::string_view stream, std::uint32_t number) const;
  // In the order of their numbers.
  std::vector<ShardEntry> shards(std::string_view stream) const;
  std::optional<ConsumerEntry> consumer(std::string_view stream, std::string_view name) const;
  std::vector<ConsumerEntry> consumers(std::string_view stream) const;
  AccountEntry account() const;
  // Names from `after` on (exclusive), in order; at most `count_max`.
  std::vector<std::string> streams(std::string_view after, std::size_t count_max) const;

  struct Totals {
    std::uint32_t open_shards = 0;  // with those that are being made
    std::uint32_t on_demand_streams = 0;
  };
  Totals totals() const;

  void put(std::string_view stream, const StreamEntry& entry);
  void put(std::string_view stream, const ShardEntry& entry);
  void put(std::string_view stream, const ConsumerEntry& entry);
  void put(const AccountEntry& entry);
  void put_id(std::string_view id, std::string_view stream);
  void erase(std::string key);
  // With its shards and consumers.
  void erase_stream(std::string_view stream, const StreamEntry& entry);
  bool changed() const { return !writes_.empty(); }
  // Everything staged, or nothing.
  Result<void> commit();

 private:
  broker::Table* table() const { return broker::find_table(lane_, key_); }
  template <class Visit>
  void each(const std::string& prefix, std::string_view first, Visit visit) const;

  engine::Lane& lane_;
  std::string key_;
  std::vector<broker::TableWrite> writes_;
};

// The names of all catalogs of a lane.
std::vector<std::string> catalogs_of(const engine::Lane& lane);
// "kinesis/REGION/ACCOUNT" and a stream in it.
StreamName stream_of(std::string_view catalog_key, std::string_view stream);

}  // namespace millrace::aws::kinesis
