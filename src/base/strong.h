// Strong<Tag, T>: an integer that means one thing and does not turn into another by accident.
#pragma once
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace millrace {

template <class Tag, std::integral T>
class Strong {
 public:
  using value_type = T;
  constexpr Strong() = default;
  constexpr explicit Strong(T value) : value_(value) {}
  constexpr T get() const { return value_; }
  constexpr auto operator<=>(const Strong&) const = default;
  constexpr Strong next() const { return Strong(static_cast<T>(value_ + 1)); }
  constexpr Strong& operator++() {
    ++value_;
    return *this;
  }

 private:
  T value_{};
};

}  // namespace millrace

template <class Tag, class T>
struct std::hash<millrace::Strong<Tag, T>> {
  std::size_t operator()(millrace::Strong<Tag, T> id) const noexcept {
    // Ids are dense; a multiplicative mix spreads them over power-of-two tables.
    return static_cast<std::size_t>(static_cast<std::uint64_t>(id.get()) * 0x9E3779B97F4A7C15ull);
  }
};
