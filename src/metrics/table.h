// Table: all series of a lane. Owned by engine::Lane, used on its core only; readers ask every lane and put the answers
// together (aws/gather.h). It outlives the state that a lane throws away after a failed write.
//
// Nothing here is stored: totals and history begin anew with the server, as Prometheus expects of counters.
#pragma once
#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "metrics/series.h"

namespace millrace::metrics {

// Keeps a series from being forgotten. Whoever counts often holds one: engine::Partition::series() does it for partitions.
class SeriesRef {
 public:
  SeriesRef() = default;
  explicit SeriesRef(Series& series) : series_(&series) { ++series.pins; }
  SeriesRef(SeriesRef&& other) noexcept : series_(std::exchange(other.series_, nullptr)) {}
  SeriesRef& operator=(SeriesRef&& other) noexcept {
    std::swap(series_, other.series_);
    return *this;
  }
  ~SeriesRef() {
    if (series_ != nullptr) --series_->pins;
  }
  explicit operator bool() const { return series_ != nullptr; }
  Series& operator*() const { return *series_; }
  Series* operator->() const { return series_; }

 private:
  Series* series_ = nullptr;
};

class Table {
 public:
  // What comes beyond is counted in one series for all, which nobody sees.
  static constexpr std::size_t series_max = 100'000;
  // Of all histories; beyond it the oldest stretches go first, earlier than History::kept says.
  static constexpr std::size_t history_bytes_max = 64u << 20;
  // A table is swept in this many calls.
  static constexpr std::size_t sweep_rounds = 60;

  Table() = default;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // The series of this thing, made if there is none. Costs a lookup: hold on to it where it is used often.
  SeriesRef open(Kind kind, std::string_view key);
  const Series* find(Kind kind, std::string_view key) const;
  // In the order of kinds and keys, those whose key begins with `prefix`.
  void each(Kind kind, std::string_view prefix, const std::function<void(const Series&)>& visit) const;
  std::size_t size() const { return series_.size(); }
  std::size_t history_bytes() const { return history_bytes_; }

  // Once a second: a part of the series ages; those that nobody holds and that have no samples left are forgotten.
  void sweep(Time now);

 private:
  struct Name {
    Kind kind{};
    std::string key;
    auto operator<=>(const Name&) const = default;
  };
  using Map = std::map<Name, std::unique_ptr<Series>>;

  bool make_room();
  void shed_history();

  std::size_t history_bytes_ = 0;  // before the series, which count down when they go
  Map series_;
  std::array<std::unique_ptr<Series>, kinds> overflow_;
  Name swept_;
};

}  // namespace millrace::metrics
