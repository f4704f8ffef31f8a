// History: the statistics of one series in the minutes that are over, packed.
//
// A minute in which nothing was counted costs nothing; one in which a metric was counted costs a few bytes for it. The
// last hours are kept by the minute, what is older by five minutes, and after `kept` nothing. Blocks of an hour (of
// minutes) and of a day (of five minutes) are folded and dropped whole. Owned by its Series.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "metrics/statistic.h"

namespace millrace::metrics {

// One metric of a series, by its place among those of its kind.
struct Measured {
  std::uint8_t metric = 0;
  Statistic statistic;
};

class History {
 public:
  // By the minute for at least this long, then by five minutes.
  static constexpr Minutes minutes_kept{180};
  static constexpr Minutes folded_span{5};
  static constexpr Minutes kept{15 * 24 * 60};

  // `minute` is later than every one before. `measured` is in the order of the metrics.
  void append(Minute minute, std::span<const Measured> measured);
  // Folds and drops what has become old.
  void age(Minute now);
  // Drops the blocks that begin before `before`.
  void drop(Minute before);

  // The buckets of a metric that begin in [from, to), in order.
  void read(std::uint8_t metric, Minute from, Minute to, const std::function<void(const Bucket&)>& take) const;

  // Of memory, about.
  std::size_t bytes() const { return bytes_; }
  // The start of the oldest block; Minute::max() when empty.
  Minute oldest() const;

 private:
  struct Block {
    Minute start{};
    std::string records;
  };
  static constexpr Minutes hour{60};
  static constexpr Minutes day{24 * 60};

  void append(std::vector<Block>& blocks, Minutes span, Minute minute, std::span<const Measured> measured);
  void fold(const Block& block);
  void erase_front(std::vector<Block>& blocks);

  std::vector<Block> hours_;
  std::vector<Block> days_;
  std::size_t bytes_ = 0;
};

}  // namespace millrace::metrics
