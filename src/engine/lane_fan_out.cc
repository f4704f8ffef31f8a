// Fan-out, live: who receives a record, here and on other lanes.
#include <algorithm>
#include <map>

#include "base/check.h"
#include "engine/lane.h"

namespace millrace::engine {

std::size_t Lane::fan_bytes_max() const {
  constexpr std::size_t head = 64;
  return journal_->entry_bytes_max() - head - fan_target_bytes;
}

Place Lane::place_of(std::string_view key) {
  const LaneId lane = courier_.lane_of(key);
  return {.lane = lane, .here = lane == id_ ? find(key) : nullptr};
}

void Lane::fan_out(const FanOut& fan) {
  FanEntry entry{
      .now = now(), .source = fan.source, .change_type = fan.change_type, .change = fan.change, .record = fan.record};
  entry.local.reserve(fan.targets.size());
  std::map<LaneId, Parcel> parcels;
  for (std::size_t i = 0; i < fan.targets.size(); ++i) {
    read_ahead(fan.targets, i, [](const FanTarget& target) { return target.place.here; });
    const auto& target = fan.targets[i];
    if (target.place.lane != id_) {
      parcels[target.place.lane].targets.push_back({.key = target.key, .note = target.note, .head = target.head});
      continue;
    }
    const Partition* here = target.place.here;
    entry.local.push_back({.partition = here != nullptr ? here->id() : fan.source,
                           .seq = here != nullptr ? here->backlog().next() : RecordSeq{},
                           .returned = here == nullptr,
                           .note = target.note,
                           .head = target.head});
  }
  std::vector<std::string> encoded;
  encoded.reserve(parcels.size());
  for (auto& [lane, parcel] : parcels) {
    parcel.source = fan.source;
    encoded.push_back(encode_parcel(parcel));
    entry.remote.push_back({.lane = lane, .number = next_number(lane), .parcel = encoded.back()});
  }
  append_fan(entry);
}

// Targets that do not exist here go back, in a parcel of their own.
void Lane::take_parcel(LaneId source, const HandoffItem& item) {
  Parcel parcel;
  check(decode_parcel(item.body.bytes, parcel), "the source has journaled this");
  FanEntry entry{.from = source, .number = item.number, .now = now(), .record = item.record};
  Parcel missing{.source = parcel.source, .returning = true};
  for (const auto& target : parcel.targets) {
    const Partition* here = parcel.returning ? find(parcel.source) : find(target.key);
    if (here != nullptr) {
      entry.local.push_back({.partition = here->id(),
                             .seq = parcel.returning ? RecordSeq{} : here->backlog().next(),
                             .returned = parcel.returning,
                             .note = target.note,
                             .head = target.head});
    } else if (!parcel.returning) {
      missing.targets.push_back({.key = {}, .note = target.note, .head = target.head});
    }
  }
  std::string back;
  if (!missing.targets.empty()) {
    back = encode_parcel(missing);
    entry.remote.push_back({.lane = source, .number = next_number(source), .parcel = back});
  }
  append_fan(entry);
}

void Lane::append_fan(const FanEntry& entry) {
  append_own(EntryType::fan_out, encode_fan_entry(entry));
  for (const auto& remote : entry.remote) send_when_durable(remote.lane);
  // By id: whoever hears of it may remove another.
  for (const auto& local : entry.local) {
    if (Partition* target = find(local.partition)) target->changed();
  }
}

}  // namespace millrace::engine
