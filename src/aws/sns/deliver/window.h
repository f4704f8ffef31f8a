// Window: how many deliveries of one drain may be under way, and how long it rests, going by how its endpoint answers.
//
// It begins narrow. As long as it is in use each answer makes it one wider, so it doubles with each round; each failure
// halves it. From the first failure on there is a pause, four times as long after each round that failed, and none any
// more with the first answer. So a thousand dead endpoints cost a thousand calls now and then, and a quick one gets what it
// can take.
//
// Endpoints that failed together do not all come back together, since the pauses of each are longer or shorter by a part of
// its own, nor one by one, since long pauses end at the ticks of a clock: those of one tick share the journal's sync.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace millrace::aws::sns::deliver {

class Window {
 public:
  static constexpr std::size_t first_size = 2;
  static constexpr Duration first_pause{10};
  static constexpr int pause_growth = 4;
  static constexpr Duration pause_max{10'000};
  // By as much of it each pause is longer or shorter, also the longest.
  static constexpr double spread = 0.25;
  static constexpr Duration tick{45};

  // `own`: what is different from window to window, evenly.
  explicit Window(std::size_t size = first_size, std::uint64_t own = 0)
      : size_(size), stretch_(1 - spread + 2 * spread * static_cast<double>(own % parts) / parts) {}

  std::size_t size() const { return size_; }
  // How many must be free until it is worth the while to ask for more.
  std::size_t worthwhile() const { return std::max<std::size_t>(1, size_ / 4); }
  // What is left of the pause.
  Duration pause(Time now) const {
    const Duration pause(static_cast<Duration::rep>(static_cast<double>(pause_.count()) * stretch_));
    auto end = failed_ + pause;
    if (pause > 10 * tick) end += tick - end.time_since_epoch() % tick;
    return std::max(Duration{}, end - now);
  }

  void limit(std::size_t max) {
    max_ = max;
    size_ = std::min(size_, max);
  }
  // `under_way`: with the one that was answered.
  void answered(std::size_t under_way) {
    pause_ = {};
    if (under_way * 2 >= size_) size_ = std::min(size_ + 1, max_);
  }
  // One that began at `begun`: those that were under way together when the first of them failed are one round.
  void failed(Time begun, Time now) {
    size_ = std::max<std::size_t>(1, size_ / 2);
    if (pause_ > Duration{} && begun < failed_) return;
    pause_ = std::clamp(pause_ * pause_growth, first_pause, pause_max);
    failed_ = now;
  }

 private:
  static constexpr std::uint64_t parts = 1'024;

  std::size_t size_;
  double stretch_;
  std::size_t max_ = size_;
  Duration pause_{};
  Time failed_{};  // when the pause began
};

}  // namespace millrace::aws::sns::deliver
