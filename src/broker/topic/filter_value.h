// What filters compare: the values of events and policies, as numbers with a fixed point or as bytes, and paths.
//
// A path is the names from the root of a document to a value, joined by dots, so that "a.b" is the same path whether it
// is one name or two (the service makes no difference). It is known by a hash of 64 bits alone: two paths of the same
// hash are one path. Whoever could make two such paths could as well have used the other name.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::broker {

// Numbers are compared in millionths, from -5e9 to 5e9: the service documents five digits after the point and 1e9, its
// matcher (Event Ruler) keeps six and 5e9. Further digits are cut off.
constexpr std::int64_t filter_number_scale = 1'000'000;
constexpr std::int64_t filter_number_max = 5'000'000'000 * filter_number_scale;

// The order is that of the values of one path within an event.
enum class FilterKind : std::uint8_t { string, number, large_number, true_value, false_value, null_value };

struct FilterValue {
  FilterKind kind = FilterKind::null_value;
  std::int64_t number = 0;  // a number's, in millionths
  std::string_view text;    // a string's; of a number outside the range its digits, which are compared as they are
  auto operator<=>(const FilterValue&) const = default;
};

// A number's text, in JSON or plain. Nothing when it is none. `digits` keeps what the value points to.
std::optional<FilterValue> filter_number(std::string_view text, std::string& digits);

// FNV-1a, byte by byte, and the mix that makes all of its bits good.
constexpr std::uint64_t filter_hash_start = 0xCBF29CE484222325ull;
constexpr std::uint64_t filter_hashed(std::uint64_t state, char c) {
  return (state ^ static_cast<std::uint8_t>(c)) * 0x100000001B3ull;
}
constexpr std::uint64_t filter_mixed(std::uint64_t state) {
  state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9ull;
  state = (state ^ (state >> 27)) * 0x94D049BB133111EBull;
  return state ^ (state >> 31);
}

class FilterPath {
 public:
  FilterPath child(std::string_view name) const;
  std::uint64_t id() const;

 private:
  std::uint64_t state_ = filter_hash_start;
  bool root_ = true;
};

// An IP address in network order: 4 or 16 bytes of `bytes`.
struct FilterAddress {
  std::array<char, 16> bytes{};
  std::uint8_t size = 0;
  std::string_view view() const { return {bytes.data(), size}; }
  // With all bits behind the first `bits` cleared.
  FilterAddress masked(unsigned bits) const;
};
std::optional<FilterAddress> parse_filter_address(std::string_view text);

// What equals-ignore-case compares: the letters A to Z in lower case, all else as it is.
char filter_fold(char c);
std::string filter_folded(std::string_view text);

}  // namespace millrace::broker
