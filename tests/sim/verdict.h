// Verdict: the first contradiction that a checker finds.
#pragma once
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

namespace millrace::sim {

class Verdict {
 public:
  template <class... Args>
  void violated(fmt::format_string<Args...> format, Args&&... args) {
    if (!what_) what_ = fmt::format(format, std::forward<Args>(args)...);
  }
  const std::optional<std::string>& what() const { return what_; }
  bool bad() const { return what_.has_value(); }

 private:
  std::optional<std::string> what_;
};

}  // namespace millrace::sim
