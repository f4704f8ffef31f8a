// Rate: so many a second, as a token bucket that holds one second's worth. Not stored: a restart fills it.
#pragma once
#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace millrace::aws::sns::deliver {

class Rate {
 public:
  // How many may go now. `per_second` is 1 and more, and may differ from call to call.
  std::int64_t available(std::int64_t per_second, Time now) {
    const std::int64_t full = per_second * 1000;
    const std::int64_t passed = std::clamp<std::int64_t>((now - filled_).count(), 0, 1000);
    thousandths_ = std::min(full, thousandths_ + passed * per_second);
    filled_ = now;
    return thousandths_ / 1000;
  }
  void take(std::int64_t count) { thousandths_ -= count * 1000; }
  // Until there is one.
  Duration wait(std::int64_t per_second) const {
    return Duration(std::max<std::int64_t>(0, (1000 - thousandths_ + per_second - 1) / per_second));
  }

 private:
  std::int64_t thousandths_ = 0;
  Time filled_{};  // long ago: full at first
};

}  // namespace millrace::aws::sns::deliver
