// Ledger: the reference model of one stream of Kinesis: what its clients know, and what must follow from it.
//
// A record whose put has no certain answer may be there or not; once a reply shows it, it must stay, in its shard, under
// its sequence number. The records of a key come in the order in which they were put, over reshards.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "codec/json_value.h"
#include "sim/verdict.h"

namespace millrace::sim {

using HashKey128 = unsigned __int128;
std::string decimal(HashKey128 value);
HashKey128 parse_decimal(std::string_view text);

// All have the same number of digits.
using Sequence = std::string;

struct PutModel {
  std::uint64_t number = 0;
  std::string key;
  std::uint64_t of_key = 0;  // the how manieth of its key
  HashKey128 hash = 0;
  std::string data;
  Time issued{};
  std::uint64_t certain_since = 0;  // in the ledger's count; 0: a reply has not shown it
  std::string shard;
  Sequence sequence;
  Time arrived{};
  bool consumed = false;
};

struct ShardModel {
  std::string id;
  HashKey128 first = 0, last = 0;
  std::vector<std::string> parents;
  Sequence starting;
  std::optional<Sequence> ending;  // once closed
  std::map<Sequence, PutModel*> records;

  // The consumer that reads every shard once, parents first. Its iterator outlives the server.
  std::string iterator;  // empty: to be got
  std::optional<Sequence> checkpoint;
  bool consumed = false;
  bool at_tip = false;
  bool busy = false;
};

class Ledger {
 public:
  explicit Ledger(Verdict& verdict) : verdict_(verdict) {}

  PutModel& compose(const std::string& key, HashKey128 hash, std::size_t bytes, Time now);
  void put_answered(PutModel& record, const std::string& shard, const Sequence& sequence, Time now);

  // One page of ListShards, whole.
  void shards_listed(const codec::JsonValue& shards);
  // The open shards cover all keys once.
  void check_covered();

  struct Read {
    std::string shard;
    std::optional<Sequence> from;  // none: from the first record on
    bool inclusive = false;
    Time not_before{};        // of a reader by time
    std::uint64_t known = 0;  // the ledger's count when the iterator was asked for
    bool exact = true;        // begins at the first record there; not so at LATEST
    bool consumer = false;
  };
  std::uint64_t count() const { return count_; }
  // Checks what GetRecords gave; the last sequence number in it.
  std::optional<Sequence> given(const Read& read, const codec::JsonValue& output, Time now);

  void check_consumed();

  std::map<std::string, ShardModel>& shards() { return shards_; }
  ShardModel* shard(const std::string& id);
  std::vector<ShardModel*> open_shards();
  // Parents first: a shard that the consumer may read now; null when there is none at hand.
  bool readable(const ShardModel& shard);
  const std::vector<std::unique_ptr<PutModel>>& records() const { return records_; }
  std::uint64_t consumed() const { return consumed_; }

 private:
  void place(PutModel& record, const std::string& shard, const Sequence& sequence, Time now);
  PutModel* find(const codec::JsonValue& record);

  Verdict& verdict_;
  std::vector<std::unique_ptr<PutModel>> records_;
  std::map<std::string, std::map<std::uint64_t, PutModel*>> by_key_;  // placed ones, in the order of their puts
  std::map<std::string, std::uint64_t> of_key_;
  std::map<std::string, ShardModel> shards_;
  std::uint64_t count_ = 0;
  std::uint64_t consumed_ = 0;
};

}  // namespace millrace::sim
