// MetricStore: the custom metrics of an account in a region, in a broker::Table. docs/format/cloudwatch.md has its entries.
//
// The running hour has an entry for each minute of a metric; an hour that is over is one entry. So a call writes little
// however long metrics are kept, and what is kept costs little. Storing also tidies: it packs the hours of the metrics
// that it touches, and looks at a few others for what has become too old.
//
// On the lane of the table only; made for one visit.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/cloudwatch/limits.h"
#include "aws/cloudwatch/summary.h"
#include "base/result.h"
#include "broker/table/table.h"
#include "metrics/statistic.h"

namespace millrace::aws::cloudwatch {

using metrics::Minute;
using metrics::Minutes;

struct Datum {
  std::string metric;  // to_text()
  Minute minute{};
  Summary values;
};

class MetricStore {
 public:
  // Metrics that a call looks at for what is too old, beside its own.
  static constexpr std::size_t swept = 20;

  MetricStore(broker::Table& table, const Limits& limits) : table_(table), limits_(limits) {}

  // All of them or none: over_limit when there would be too many metrics or the table is full; as Table::write() fails.
  // `cursor` remembers where the looking goes on.
  Result<void> put(std::span<const Datum> data, Minute now, std::string& cursor);

  // The minutes of a metric in [from, to). Not in order when late data came.
  void read(std::string_view metric, Minute from, Minute to,
            const std::function<void(Minute, const Summary&)>& take) const;
  // The metrics from the text `first` on, in order, with the minute of the latest datum, until `visit` says false.
  void each(std::string_view first, const std::function<bool(std::string_view metric, Minute latest)>& visit) const;

 private:
  struct Info {
    std::uint32_t number = 0;
    Minute latest{};
  };
  struct Counters {
    std::uint32_t last_number = 0;
    std::uint32_t metrics = 0;
  };

  const std::string* find(const std::string& key) const;
  Result<Info> open(const std::string& metric, Minute minute);
  void add(std::uint32_t number, const Datum& datum);
  void pack(std::uint32_t number, Minute now);
  // False when nothing is left of the metric.
  bool drop_old(std::uint32_t number, Minute now);
  void sweep(Minute now, std::string& cursor);
  void make_room();
  Minute oldest_kept(Minute now) const;

  broker::Table& table_;
  const Limits& limits_;
  Counters counters_;
  // What will be written, over what is there.
  std::map<std::string, std::optional<std::string>> writes_;
  std::vector<std::string> dropped_;  // those of them that are erased since they are too old
};

}  // namespace millrace::aws::cloudwatch
