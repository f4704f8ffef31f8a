// Series: everything that is measured about one thing: a queue, a shard, a registered consumer.
//
// Lives in its lane's Table (table.h), touched on that lane's core only. Adding a sample costs a few nanoseconds: no
// lock, no hashing, no allocation but for the first sample of a metric and the first one of a minute.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/time.h"
#include "metrics/history.h"
#include "metrics/metric.h"
#include "metrics/statistic.h"

namespace millrace::metrics {

// Since the series was made, which is after the start of the server.
struct Total {
  std::uint64_t sum = 0;
  std::uint64_t count = 0;  // of samples
  std::uint64_t last = 0;
  bool operator==(const Total&) const = default;
};

class Series {
 public:
  Series(Kind kind, std::string key, std::size_t& history_bytes);
  ~Series();
  Series(const Series&) = delete;
  Series& operator=(const Series&) = delete;

  Kind kind() const { return kind_; }
  const std::string& key() const { return key_; }

  // One sample. `now` is Lane::now(). The metric is one of this kind.
  void add(Metric metric, std::uint64_t value, Time now) {
    const auto index = static_cast<std::size_t>(metric) - first_of(kind_);
    check(index < count_of(kind_), "a series takes the metrics of its kind");
    if (now >= minute_end_) begin_minute(now);
    if (places_[index] == nowhere) place(index);
    Cell& cell = cells_[places_[index]];
    cell.statistic.add(value);
    cell.total.sum += value;
    ++cell.total.count;
    cell.total.last = value;
  }

  // Whether the metric was ever counted.
  bool has(Metric metric) const { return find(metric) != nullptr; }
  Total total(Metric metric) const;
  // The buckets that begin in [from, to), in order, the one of the running minute too. Older ones span five minutes.
  void read(Metric metric, Minute from, Minute to, const std::function<void(const Bucket&)>& take) const;
  // The minute of the latest sample of any metric.
  Minute latest() const { return minute_; }

  // --- for the Table ---
  void age(Minute now);
  void drop_history(Minute before);
  Minute oldest_history() const { return history_.oldest(); }
  std::uint32_t pins = 0;

 private:
  static constexpr std::uint8_t nowhere = 0xFF;
  struct Cell {
    Statistic statistic;  // of the running minute
    Total total;
  };

  const Cell* find(Metric metric) const;
  void place(std::size_t index);
  void begin_minute(Time now);
  void count_bytes(std::size_t before);

  const Kind kind_;
  const std::string key_;
  std::size_t& history_bytes_;  // of all series of the table
  Time minute_end_{};
  Minute minute_{};
  std::array<std::uint8_t, metrics_of_kind_max> places_;  // in cells_, by metric
  std::vector<Cell> cells_;                               // of the metrics that were ever counted
  History history_;
};

}  // namespace millrace::metrics
