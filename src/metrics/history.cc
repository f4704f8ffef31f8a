#include "metrics/history.h"

#include <optional>

#include "base/bytes.h"
#include "base/check.h"

namespace millrace::metrics {
namespace {

// A record is: minutes since the block's start, which metrics follow (a bit each), and for each of them the number of
// samples, their sum, and unless there was one only, the smallest and the largest.
void encode(Minutes offset, std::span<const Measured> measured, std::string& out) {
  ByteWriter writer(out);
  writer.varint(static_cast<std::uint64_t>(offset.count()));
  std::uint32_t bits = 0;
  for (const auto& each : measured) bits |= 1u << each.metric;
  writer.varint(bits);
  for (const auto& each : measured) {
    writer.varint(each.statistic.count);
    writer.varint(each.statistic.sum);
    if (each.statistic.count == 1) continue;
    writer.varint(each.statistic.min);
    writer.varint(each.statistic.max);
  }
}

Statistic decode_statistic(ByteReader& in) {
  Statistic statistic;
  statistic.count = in.varint();
  statistic.sum = in.varint();
  const bool single = statistic.count == 1;
  statistic.min = single ? statistic.sum : in.varint();
  statistic.max = single ? statistic.sum : in.varint();
  return statistic;
}

// Calls take(offset, metric, statistic) for everything in a block.
template <class Take>
void decode(std::string_view records, Take take) {
  ByteReader in(records);
  while (in.remaining() > 0) {
    const Minutes offset(static_cast<std::int32_t>(in.varint()));
    const auto bits = static_cast<std::uint32_t>(in.varint());
    for (std::uint8_t metric = 0; metric < 32; ++metric) {
      if ((bits >> metric & 1u) != 0) take(offset, metric, decode_statistic(in));
    }
  }
  check(in.ok(), "it was packed here");
}

Minute aligned(Minute minute, Minutes span) { return minute - minute.time_since_epoch() % span; }

}  // namespace

void History::append(Minute minute, std::span<const Measured> measured) { append(hours_, hour, minute, measured); }

void History::append(std::vector<Block>& blocks, Minutes span, Minute minute, std::span<const Measured> measured) {
  if (measured.empty()) return;
  const Minute start = aligned(minute, span);
  if (blocks.empty() || blocks.back().start != start) {
    blocks.push_back({.start = start, .records = {}});
    bytes_ += sizeof(Block);
  }
  std::string& records = blocks.back().records;
  bytes_ -= records.capacity();
  encode(minute - start, measured, records);
  bytes_ += records.capacity();
}

void History::erase_front(std::vector<Block>& blocks) {
  bytes_ -= sizeof(Block) + blocks.front().records.capacity();
  blocks.erase(blocks.begin());
}

void History::fold(const Block& block) {
  std::vector<Measured> sums;
  Minute start{};
  decode(block.records, [&](Minutes offset, std::uint8_t metric, const Statistic& statistic) {
    const Minute at = aligned(block.start + offset, folded_span);
    if (at != start) {
      append(days_, day, start, sums);
      sums.clear();
      start = at;
    }
    const auto place = std::ranges::lower_bound(sums, metric, {}, &Measured::metric);
    if (place != sums.end() && place->metric == metric) {
      place->statistic.merge(statistic);
    } else {
      sums.insert(place, {.metric = metric, .statistic = statistic});
    }
  });
  append(days_, day, start, sums);
}

void History::age(Minute now) {
  while (!hours_.empty() && hours_.front().start + hour <= now - minutes_kept) {
    fold(hours_.front());
    erase_front(hours_);
  }
  while (!days_.empty() && days_.front().start + day <= now - kept) erase_front(days_);
}

void History::drop(Minute before) {
  while (!days_.empty() && days_.front().start < before) erase_front(days_);
  while (!hours_.empty() && hours_.front().start < before) erase_front(hours_);
}

Minute History::oldest() const {
  if (!days_.empty()) return days_.front().start;
  return hours_.empty() ? Minute::max() : hours_.front().start;
}

void History::read(std::uint8_t metric, Minute from, Minute to, const std::function<void(const Bucket&)>& take) const {
  const auto read_blocks = [&](const std::vector<Block>& blocks, Minutes span) {
    for (const auto& block : blocks) {
      if (block.start >= to || block.start + span <= from) continue;
      decode(block.records, [&](Minutes offset, std::uint8_t found, const Statistic& statistic) {
        const Minute at = block.start + offset;
        if (found == metric && at >= from && at < to) take({.start = at, .statistic = statistic});
      });
    }
  };
  read_blocks(days_, day);
  read_blocks(hours_, hour);
}

}  // namespace millrace::metrics
