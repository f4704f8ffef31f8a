#include "metrics/table.h"

#include <algorithm>

namespace millrace::metrics {

SeriesRef Table::open(Kind kind, std::string_view key) {
  Name name{kind, std::string(key)};
  const auto at = series_.lower_bound(name);
  if (at != series_.end() && at->first == name) return SeriesRef(*at->second);
  if (series_.size() >= series_max && !make_room()) {
    auto& shared = overflow_[static_cast<std::size_t>(kind)];
    if (!shared) shared = std::make_unique<Series>(kind, std::string(), history_bytes_);
    return SeriesRef(*shared);
  }
  auto& made = series_[std::move(name)];
  made = std::make_unique<Series>(kind, std::string(key), history_bytes_);
  return SeriesRef(*made);
}

const Series* Table::find(Kind kind, std::string_view key) const {
  const auto at = series_.find(Name{kind, std::string(key)});
  return at == series_.end() ? nullptr : at->second.get();
}

void Table::each(Kind kind, std::string_view prefix, const std::function<void(const Series&)>& visit) const {
  for (auto at = series_.lower_bound(Name{kind, std::string(prefix)}); at != series_.end(); ++at) {
    if (at->first.kind != kind || !at->first.key.starts_with(prefix)) return;
    visit(*at->second);
  }
}

// Forgets the tenth of the series that nobody holds and that had samples the longest ago.
bool Table::make_room() {
  std::vector<Map::iterator> idle;
  for (auto at = series_.begin(); at != series_.end(); ++at) {
    if (at->second->pins == 0) idle.push_back(at);
  }
  if (idle.empty()) return false;
  const auto count = (idle.size() + 9) / 10;
  std::ranges::partial_sort(idle, idle.begin() + static_cast<std::ptrdiff_t>(count), {},
                            [](Map::iterator at) { return at->second->latest(); });
  for (std::size_t i = 0; i < count; ++i) series_.erase(idle[i]);
  return true;
}

void Table::sweep(Time time) {
  const Minute now = minute_of(time);
  auto at = series_.upper_bound(swept_);
  for (auto left = series_.size() / sweep_rounds + 1; left > 0 && at != series_.end(); --left) {
    swept_ = at->first;
    Series& series = *at->second;
    series.age(now);
    const bool over = series.pins == 0 && series.latest() + History::kept <= now;
    at = over ? series_.erase(at) : std::next(at);
  }
  if (at == series_.end()) swept_ = {};
  if (history_bytes_ > history_bytes_max) shed_history();
  for (const auto& shared : overflow_) {
    if (shared) shared->age(now);
  }
}

// Takes the oldest blocks of all series until a tenth of the room is free again, so that this is rare.
void Table::shed_history() {
  while (history_bytes_ > history_bytes_max / 10 * 9) {
    Minute oldest = Minute::max();
    for (const auto& [name, series] : series_) oldest = std::min(oldest, series->oldest_history());
    if (oldest == Minute::max()) return;
    for (const auto& [name, series] : series_) series->drop_history(oldest + Minutes(1));
  }
}

}  // namespace millrace::metrics
