// Reshard: which shards end and begin when a stream is split, merged or scaled evenly. Pure: it works on entries of the
// catalog and changes nothing else.
//
// Scaling goes by splits and merges, since a shard has at most two parents. What such a step leaves behind between a
// parent and its grandchildren is a passing shard: it is closed before anything is put into it.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "aws/kinesis/catalog_entries.h"

namespace millrace::aws::kinesis {

class Reshard {
 public:
  // `shards`: all of the stream, in any order.
  Reshard(const std::vector<ShardEntry>& shards, std::uint32_t next_number, Time now);

  // `at` is inside the range of an open shard and not its first key.
  void split(std::uint32_t number, HashKey at);
  // Two open shards whose ranges touch.
  void merge(std::uint32_t number, std::uint32_t adjacent);
  // As many open shards as `target`, all of the same width.
  void scale(std::uint32_t target);

  std::uint32_t next_number() const { return next_number_; }
  // What is to be written into the catalog.
  std::vector<ShardEntry> changed() const;

 private:
  ShardEntry& retire(std::uint32_t number);
  std::uint32_t add(HashRange range, std::uint32_t parent, std::optional<std::uint32_t> adjacent, Time after);

  std::map<std::uint32_t, ShardEntry> all_;
  std::map<HashKey, std::uint32_t> live_;  // by their first key
  std::map<std::uint32_t, bool> changed_;
  std::uint32_t next_number_;
  Time now_;
};

}  // namespace millrace::aws::kinesis
