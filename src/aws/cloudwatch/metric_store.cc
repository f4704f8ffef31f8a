#include "aws/cloudwatch/metric_store.h"

#include <vector>

namespace millrace::aws::cloudwatch {
namespace {

constexpr Minutes hour{60};
constexpr std::string_view counters_key = "n";
constexpr char metric_mark = 'm';
constexpr char minute_mark = 'b';
constexpr char hour_mark = 'h';

Minute hour_of(Minute minute) { return minute - minute.time_since_epoch() % hour; }

void add_big_endian(std::uint32_t value, std::string& out) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
}
std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes.substr(0, 4)) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

constexpr std::size_t bucket_key_bytes = 9;
std::string bucket_key(char mark, std::uint32_t number, Minute start) {
  std::string key(1, mark);
  add_big_endian(number, key);
  add_big_endian(static_cast<std::uint32_t>(start.time_since_epoch().count()), key);
  return key;
}
// The start that is in a key of a minute or an hour; nothing when the key is of another metric or kind.
std::optional<Minute> start_in(std::string_view key, char mark, std::uint32_t number) {
  if (key.size() != bucket_key_bytes || key[0] != mark || big_endian(key.substr(1)) != number) return std::nullopt;
  return Minute(Minutes(static_cast<std::int32_t>(big_endian(key.substr(5)))));
}

std::string metric_key(std::string_view metric) { return std::string(1, metric_mark) + std::string(metric); }

// The minutes of an hour by their number in it.
using Hour = std::map<std::uint8_t, Summary>;

void decode_hour(std::string_view bytes, Hour& into) {
  ByteReader in(bytes);
  while (in.remaining() > 0) {
    const auto minute = in.u8();
    Summary summary;
    if (!summary.decode(in)) return;
    into[minute].merge(summary);
  }
}

std::string encode_hour(const Hour& minutes) {
  std::string bytes;
  ByteWriter out(bytes);
  for (const auto& [minute, summary] : minutes) {
    out.u8(minute);
    summary.encode(out);
  }
  return bytes;
}

}  // namespace

const std::string* MetricStore::find(const std::string& key) const {
  const auto written = writes_.find(key);
  if (written != writes_.end()) return written->second ? &*written->second : nullptr;
  return table_.find(key);
}

Result<MetricStore::Info> MetricStore::open(const std::string& metric, Minute minute) {
  const auto key = metric_key(metric);
  Info info{.number = 0, .latest = minute};
  if (const auto* value = find(key)) {
    ByteReader in(*value);
    info.number = in.u32();
    const Minute latest(Minutes(static_cast<std::int32_t>(in.u32())));
    if (latest >= minute) {
      info.latest = latest;
      return info;
    }
  } else {
    if (counters_.metrics >= limits_.metrics_max) {
      return fail(ErrorCode::over_limit, "there are " + std::to_string(counters_.metrics) + " metrics already");
    }
    info.number = ++counters_.last_number;
    ++counters_.metrics;
  }
  auto& value = writes_[key].emplace();
  ByteWriter out(value);
  out.u32(info.number);
  out.u32(static_cast<std::uint32_t>(info.latest.time_since_epoch().count()));
  return info;
}

void MetricStore::add(std::uint32_t number, const Datum& datum) {
  const auto key = bucket_key(minute_mark, number, datum.minute);
  Summary summary;
  if (const auto* value = find(key)) {
    ByteReader in(*value);
    if (!summary.decode(in)) summary = Summary();
  }
  summary.merge(datum.values);
  auto& value = writes_[key].emplace();
  ByteWriter out(value);
  summary.encode(out);
}

// One hour at most: as many as become old.
void MetricStore::pack(std::uint32_t number, Minute now) {
  const auto& entries = table_.entries();
  auto at = entries.lower_bound(bucket_key(minute_mark, number, Minute{}));
  std::optional<Minute> first;
  for (; at != entries.end(); ++at) {
    first = start_in(at->first, minute_mark, number);
    // Those that this call has dropped already do not count.
    if (!first || find(at->first) != nullptr) break;
  }
  if (at == entries.end() || !first || hour_of(*first) >= hour_of(now)) return;
  const auto key = bucket_key(hour_mark, number, hour_of(*first));
  Hour minutes;
  if (const auto* value = find(key)) decode_hour(*value, minutes);
  for (; at != entries.end(); ++at) {
    const auto start = start_in(at->first, minute_mark, number);
    if (!start || hour_of(*start) != hour_of(*first)) break;
    const auto* value = find(at->first);
    Summary summary;
    ByteReader in(value != nullptr ? *value : std::string_view());
    if (value != nullptr && summary.decode(in)) {
      minutes[static_cast<std::uint8_t>((*start - hour_of(*start)).count())].merge(summary);
    }
    writes_[at->first] = std::nullopt;
  }
  writes_[key] = encode_hour(minutes);
}

Minute MetricStore::oldest_kept(Minute now) const {
  const bool nearly_full = table_.bytes() > broker::Table::bytes_max / 4 * 3;
  return now - std::chrono::duration_cast<Minutes>(nearly_full ? limits_.kept_short : limits_.kept);
}

bool MetricStore::drop_old(std::uint32_t number, Minute now) {
  const auto& entries = table_.entries();
  const Minute oldest = oldest_kept(now);
  bool some_left = false;
  for (const char mark : {minute_mark, hour_mark}) {
    const Minutes span = mark == hour_mark ? hour : Minutes(1);
    for (auto at = entries.lower_bound(bucket_key(mark, number, Minute{})); at != entries.end(); ++at) {
      const auto start = start_in(at->first, mark, number);
      if (!start) break;
      if (*start + span > oldest) {
        some_left = true;
        break;
      }
      writes_[at->first] = std::nullopt;
      dropped_.push_back(at->first);
    }
  }
  return some_left;
}

void MetricStore::sweep(Minute now, std::string& cursor) {
  const auto& entries = table_.entries();
  auto at = entries.upper_bound(cursor.empty() ? std::string(1, metric_mark) : cursor);
  for (std::size_t i = 0; i < swept; ++i, ++at) {
    if (at == entries.end() || at->first[0] != metric_mark) return cursor.clear();
    cursor = at->first;
    const bool touched = writes_.contains(cursor);
    ByteReader in(at->second);
    const auto number = in.u32();
    const bool some_left = drop_old(number, now);
    if (some_left) pack(number, now);
    if (some_left || touched) continue;
    const Minute latest(Minutes(static_cast<std::int32_t>(in.u32())));
    if (latest >= oldest_kept(now)) continue;
    writes_[cursor] = std::nullopt;
    --counters_.metrics;
  }
}

Result<void> MetricStore::put(std::span<const Datum> data, Minute now, std::string& cursor) {
  writes_.clear();
  dropped_.clear();
  counters_ = {};
  if (const auto* value = table_.find(counters_key)) {
    ByteReader in(*value);
    counters_.last_number = in.u32();
    counters_.metrics = in.u32();
  }
  for (const auto& datum : data) {
    auto info = open(datum.metric, datum.minute);
    if (!info) return pass(info);
    add(info->number, datum);
    pack(info->number, now);
  }
  sweep(now, cursor);
  auto& counters = writes_[std::string(counters_key)].emplace();
  ByteWriter out(counters);
  out.u32(counters_.last_number);
  out.u32(counters_.metrics);
  std::vector<broker::TableWrite> writes;
  writes.reserve(writes_.size());
  for (auto& [key, value] : writes_) writes.push_back({key, std::move(value)});
  auto written = table_.write(writes);
  if (!written && written.error().code == ErrorCode::over_limit) make_room();
  return written;
}

// What was found too old goes all the same, so that there is room again some time.
void MetricStore::make_room() {
  std::vector<broker::TableWrite> writes;
  for (auto& key : dropped_) writes.push_back({std::move(key), std::nullopt});
  if (!writes.empty()) (void)table_.write(writes);
}

void MetricStore::read(std::string_view metric, Minute from, Minute to,
                       const std::function<void(Minute, const Summary&)>& take) const {
  const auto* info = table_.find(metric_key(metric));
  if (info == nullptr) return;
  const auto number = ByteReader(*info).u32();
  const auto& entries = table_.entries();
  for (auto at = entries.lower_bound(bucket_key(hour_mark, number, hour_of(from))); at != entries.end(); ++at) {
    const auto start = start_in(at->first, hour_mark, number);
    if (!start || *start >= to) break;
    Hour minutes;
    decode_hour(at->second, minutes);
    for (const auto& [minute, summary] : minutes) {
      const Minute when = *start + Minutes(minute);
      if (when >= from && when < to) take(when, summary);
    }
  }
  for (auto at = entries.lower_bound(bucket_key(minute_mark, number, from)); at != entries.end(); ++at) {
    const auto start = start_in(at->first, minute_mark, number);
    if (!start || *start >= to) break;
    ByteReader in(at->second);
    if (Summary summary; summary.decode(in)) take(*start, summary);
  }
}

void MetricStore::each(std::string_view first, const std::function<bool(std::string_view, Minute)>& visit) const {
  const auto& entries = table_.entries();
  for (auto at = entries.lower_bound(metric_key(first)); at != entries.end() && at->first[0] == metric_mark; ++at) {
    ByteReader in(at->second);
    in.u32();
    if (!visit(std::string_view(at->first).substr(1), Minute(Minutes(static_cast<std::int32_t>(in.u32()))))) return;
  }
}

}  // namespace millrace::aws::cloudwatch
