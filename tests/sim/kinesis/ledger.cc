#include "sim/kinesis/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "codec/text.h"
#include "env/sim/random.h"

namespace millrace::sim {
namespace {

std::string text_of(const codec::JsonValue& of, std::string_view member) {
  const auto* value = of.find(member);
  return value != nullptr && value->string() != nullptr ? *value->string() : std::string();
}

Time time_of(const codec::JsonValue& of, std::string_view member) {
  const auto* value = of.find(member);
  if (value == nullptr) return {};
  const double seconds = value->number() != nullptr ? *value->number() : static_cast<double>(*value->integer());
  return from_ms(std::llround(seconds * 1000));
}

std::string describe(const PutModel& record) {
  return fmt::format("record {} ({} of key {}, {} in {})", record.number, record.of_key, record.key, record.sequence,
                     record.shard);
}

}  // namespace

std::string decimal(HashKey128 value) {
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value > 0);
  std::ranges::reverse(digits);
  return digits;
}

HashKey128 parse_decimal(std::string_view text) {
  HashKey128 value = 0;
  for (const char digit : text) value = value * 10 + static_cast<HashKey128>(digit - '0');
  return value;
}

// --- puts ---

PutModel& Ledger::compose(const std::string& key, HashKey128 hash, std::size_t bytes, Time now) {
  auto& record = *records_.emplace_back(std::make_unique<PutModel>());
  record.number = records_.size();
  record.key = key;
  record.of_key = ++of_key_[key];
  record.hash = hash;
  record.issued = now;
  record.data = fmt::format("{}|", record.number);
  env::sim::Random random(record.number);
  while (record.data.size() < bytes) record.data += static_cast<char>('a' + random.below(26));
  return record;
}

void Ledger::put_answered(PutModel& record, const std::string& shard, const Sequence& sequence, Time now) {
  place(record, shard, sequence, now);
}

// A reply says where a record is.
void Ledger::place(PutModel& record, const std::string& shard, const Sequence& sequence, Time now) {
  if (record.certain_since != 0) {
    if (record.shard != shard || record.sequence != sequence) {
      verdict_.violated("{}: it is now {} in {}", describe(record), sequence, shard);
    }
    return;
  }
  record.certain_since = ++count_;
  record.shard = shard;
  record.sequence = sequence;
  auto& of = shards_[shard];
  of.id = shard;
  if (now < record.issued) verdict_.violated("{}: before it was put", describe(record));
  if (!of.starting.empty() && (record.hash < of.first || record.hash > of.last)) {
    verdict_.violated("{}: its hash key is not of this shard", describe(record));
  }
  if (of.ending && sequence > *of.ending) verdict_.violated("{}: behind the end of the shard", describe(record));
  const auto [at, fresh] = of.records.emplace(sequence, &record);
  if (!fresh) verdict_.violated("{}: at the place of {}", describe(record), describe(*at->second));
  if (of.consumed || (of.checkpoint && sequence <= *of.checkpoint)) {
    verdict_.violated("{}: its consumer was past it already", describe(record));
  }
  auto& siblings = by_key_[record.key];
  const auto sibling = siblings.emplace(record.of_key, &record).first;
  if (sibling != siblings.begin() && std::prev(sibling)->second->sequence >= sequence) {
    verdict_.violated("{}: not above {} of its key", describe(record), describe(*std::prev(sibling)->second));
  }
  if (std::next(sibling) != siblings.end() && std::next(sibling)->second->sequence <= sequence) {
    verdict_.violated("{}: not below {} of its key", describe(record), describe(*std::next(sibling)->second));
  }
}

// --- shards ---

ShardModel* Ledger::shard(const std::string& id) {
  const auto at = shards_.find(id);
  return at == shards_.end() ? nullptr : &at->second;
}

void Ledger::shards_listed(const codec::JsonValue& output) {
  const auto* list = output.find("Shards");
  if (list == nullptr || list->array() == nullptr) return verdict_.violated("ListShards says nothing");
  std::set<std::string> listed;
  for (const auto& each : *list->array()) {
    const std::string id = text_of(each, "ShardId");
    listed.insert(id);
    const auto& range = *each.find("HashKeyRange");
    const auto& numbers = *each.find("SequenceNumberRange");
    const auto first = parse_decimal(text_of(range, "StartingHashKey"));
    const auto last = parse_decimal(text_of(range, "EndingHashKey"));
    const auto starting = text_of(numbers, "StartingSequenceNumber");
    const auto ending = text_of(numbers, "EndingSequenceNumber");
    auto& shard = shards_[id];
    shard.id = id;
    if (shard.starting.empty()) {
      shard.first = first;
      shard.last = last;
      shard.starting = starting;
      for (const auto member : {"ParentShardId", "AdjacentParentShardId"}) {
        if (auto parent = text_of(each, member); !parent.empty()) shard.parents.push_back(parent);
      }
      for (const auto& [sequence, record] : shard.records) {
        if (record->hash < first || record->hash > last) verdict_.violated("{}: not of its shard", describe(*record));
      }
    } else if (shard.first != first || shard.last != last || shard.starting != starting) {
      verdict_.violated("{}: it has changed", id);
    }
    if (shard.ending && *shard.ending != ending)
      verdict_.violated("{}: it ended at {} and now at '{}'", id, *shard.ending, ending);
    if (ending.empty()) continue;
    shard.ending = ending;
    if (!shard.records.empty() && shard.records.rbegin()->first > ending) {
      verdict_.violated("{}: behind the end of its shard", describe(*shard.records.rbegin()->second));
    }
  }
  for (const auto& [id, shard] : shards_) {
    // One that is known from a put alone may be younger than the list.
    if (!shard.starting.empty() && !listed.contains(id)) verdict_.violated("{}: it is not listed any more", id);
  }
}

std::vector<ShardModel*> Ledger::open_shards() {
  std::vector<ShardModel*> open;
  for (auto& [id, shard] : shards_) {
    if (!shard.starting.empty() && !shard.ending) open.push_back(&shard);
  }
  std::ranges::sort(open, {}, [](const ShardModel* shard) { return shard->first; });
  return open;
}

void Ledger::check_covered() {
  HashKey128 next = 0;
  const auto open = open_shards();
  for (const auto* shard : open) {
    if (shard->first != next) return verdict_.violated("{}: a gap, or an overlap, before its hash keys", shard->id);
    next = shard->last + 1;
  }
  if (open.empty() || next != 0) verdict_.violated("the open shards do not cover all keys");
}

bool Ledger::readable(const ShardModel& shard) {
  if (shard.starting.empty() || shard.consumed || shard.busy) return false;
  return std::ranges::all_of(shard.parents, [&](const std::string& parent) {
    const auto at = shards_.find(parent);
    return at == shards_.end() || at->second.consumed;
  });
}

// --- reading ---

PutModel* Ledger::find(const codec::JsonValue& record) {
  std::string data;
  std::uint64_t number = 0;
  if (codec::base64_decode(text_of(record, "Data"), data)) {
    std::from_chars(data.data(), data.data() + data.size(), number);
  }
  if (number == 0 || number > records_.size()) {
    verdict_.violated("a record that nobody put: '{}'", data.substr(0, 40));
    return nullptr;
  }
  PutModel& put = *records_[number - 1];
  if (put.data != data) verdict_.violated("{}: its data have changed", describe(put));
  if (put.key != text_of(record, "PartitionKey")) verdict_.violated("{}: its key has changed", describe(put));
  return &put;
}

std::optional<Sequence> Ledger::given(const Read& read, const codec::JsonValue& output, Time now) {
  const auto* list = output.find("Records");
  ShardModel& shard = shards_.at(read.shard);
  std::optional<Sequence> last;
  std::set<Sequence> got;
  Time before{};
  if (list == nullptr || list->array() == nullptr) {
    verdict_.violated("{}: GetRecords gives no list", read.shard);
    return last;
  }
  for (const auto& each : *list->array()) {
    PutModel* record = find(each);
    if (record == nullptr) return last;
    const Sequence sequence = text_of(each, "SequenceNumber");
    const Time arrived = time_of(each, "ApproximateArrivalTimestamp");
    if (!read.exact && record->certain_since != 0 && record->certain_since <= read.known) {
      verdict_.violated("{}: given to a reader that began behind it", describe(*record));
    }
    place(*record, read.shard, sequence, now);
    if (record->arrived != Time{} && record->arrived != arrived)
      verdict_.violated("{}: its time has changed", describe(*record));
    record->arrived = arrived;
    if (arrived < record->issued || arrived > now)
      verdict_.violated("{}: its time is not that of its put", describe(*record));
    if (arrived < before) verdict_.violated("{}: older than the one before", describe(*record));
    if (arrived < read.not_before) verdict_.violated("{}: too old for a reader by time", describe(*record));
    if (last && sequence <= *last) verdict_.violated("{}: after {}", describe(*record), *last);
    if (read.from && (read.inclusive ? sequence < *read.from : sequence <= *read.from)) {
      verdict_.violated("{}: given to a reader from {}", describe(*record), *read.from);
    }
    if (read.consumer) {
      if (record->consumed) verdict_.violated("{}: given to its consumer twice", describe(*record));
      record->consumed = true;
      ++consumed_;
    }
    before = arrived;
    last = sequence;
    got.insert(sequence);
  }
  const auto* behind = output.find("MillisBehindLatest");
  const bool at_tip = behind != nullptr && behind->integer() != nullptr && *behind->integer() == 0;
  for (const auto& [sequence, record] : shard.records) {
    if (record->certain_since > read.known || got.contains(sequence)) continue;
    const bool in_front = read.from && (read.inclusive ? sequence < *read.from : sequence <= *read.from);
    const bool later = last ? sequence > *last : true;
    // Whose time is not known may be older.
    const bool older = read.not_before != Time{} && (record->arrived == Time{} || record->arrived < read.not_before);
    if (in_front || older || !read.exact || (later && !at_tip)) continue;
    verdict_.violated("{}: left out of a read from {} that goes to {}", describe(*record),
                      read.from.value_or("the first"), last.value_or("the tip"));
  }
  return last;
}

void Ledger::check_consumed() {
  for (const auto& record : records_) {
    if (record->certain_since != 0 && !record->consumed) {
      verdict_.violated("{}: it was acknowledged, and no consumer got it", describe(*record));
    }
  }
}

}  // namespace millrace::sim
