#include "metrics/series.h"

#include <utility>

namespace millrace::metrics {

Series::Series(Kind kind, std::string key, std::size_t& history_bytes)
    : kind_(kind), key_(std::move(key)), history_bytes_(history_bytes) {
  places_.fill(nowhere);
}

Series::~Series() { history_bytes_ -= history_.bytes(); }

const Series::Cell* Series::find(Metric metric) const {
  const auto index = static_cast<std::size_t>(metric) - first_of(kind_);
  check(index < count_of(kind_), "a series has the metrics of its kind");
  return places_[index] == nowhere ? nullptr : &cells_[places_[index]];
}

Total Series::total(Metric metric) const {
  const Cell* const cell = find(metric);
  return cell == nullptr ? Total{} : cell->total;
}

void Series::place(std::size_t index) {
  places_[index] = static_cast<std::uint8_t>(cells_.size());
  // One by one: most series count a handful of metrics, and there may be tens of thousands of them.
  cells_.reserve(cells_.size() + 1);
  cells_.emplace_back();
}

void Series::count_bytes(std::size_t before) {
  history_bytes_ -= before;
  history_bytes_ += history_.bytes();
}

// The running minute is over: it goes into the history.
void Series::begin_minute(Time now) {
  std::array<Measured, metrics_of_kind_max> measured;
  std::size_t count = 0;
  for (std::uint8_t index = 0; index < count_of(kind_); ++index) {
    if (places_[index] == nowhere) continue;
    auto& statistic = cells_[places_[index]].statistic;
    if (statistic.count > 0) measured[count++] = {.metric = index, .statistic = std::exchange(statistic, {})};
  }
  const auto before = history_.bytes();
  history_.append(minute_, std::span(measured).first(count));
  count_bytes(before);
  minute_ = minute_of(now);
  minute_end_ = minute_ + Minutes(1);
}

void Series::read(Metric metric, Minute from, Minute to, const std::function<void(const Bucket&)>& take) const {
  const Cell* const cell = find(metric);
  if (cell == nullptr) return;
  history_.read(static_cast<std::uint8_t>(static_cast<std::size_t>(metric) - first_of(kind_)), from, to, take);
  if (cell->statistic.count > 0 && minute_ >= from && minute_ < to) {
    take({.start = minute_, .statistic = cell->statistic});
  }
}

void Series::age(Minute now) {
  const auto before = history_.bytes();
  history_.age(now);
  count_bytes(before);
}

void Series::drop_history(Minute before_minute) {
  const auto before = history_.bytes();
  history_.drop(before_minute);
  count_bytes(before);
}

}  // namespace millrace::metrics
