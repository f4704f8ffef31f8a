// HashKey: the 128-bit number by which a record finds its shard: the MD5 of its partition key, or one that was given.
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::aws::kinesis {

using HashKey = unsigned __int128;
inline constexpr HashKey hash_key_max = ~HashKey{0};

HashKey hash_of(std::string_view partition_key);

// The hashes of many keys, several at once.
class KeyHasher {
 public:
  // `into` is set by finish() at the latest. The key stays until then.
  void add(std::string_view partition_key, HashKey& into);
  void finish();

 private:
  static constexpr std::size_t at_once = 8;
  std::array<std::string_view, at_once> keys_;
  std::array<HashKey*, at_once> into_{};
  std::size_t count_ = 0;
};

// Decimal, without leading zeros. Nothing when it is no number or greater than hash_key_max.
std::optional<HashKey> parse_hash_key(std::string_view text);
std::string text_of(HashKey key);

// Of the range in which a shard's keys lie, both ends included.
struct HashRange {
  HashKey first = 0;
  HashKey last = hash_key_max;
  bool contains(HashKey key) const { return key >= first && key <= last; }
  bool operator==(const HashRange&) const = default;
};

// The first key of part `index` when all keys are divided evenly among `parts`; for index == parts it wraps to 0.
HashKey uniform_start(std::uint32_t index, std::uint32_t parts);
HashRange uniform_range(std::uint32_t index, std::uint32_t parts);

}  // namespace millrace::aws::kinesis
