#include "broker/topic/filter_value.h"

#include <algorithm>
#include <charconv>

#include "codec/numbers.h"

namespace millrace::broker {
namespace {

constexpr int fraction_digits = 6;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The parts of [+-]digits[.digits][e[+-]digits].
struct Decimal {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  int exponent = 0;
};

std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const auto digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

bool take_exponent(std::string_view& text, int& exponent) {
  text.remove_prefix(1);
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  auto digits = take_digits(text);
  if (digits.empty()) return false;
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  // Larger exponents than any number of digits in a message can undo.
  exponent = 99'999'999;
  if (digits.size() < 8) exponent = 0;
  if (digits.size() < 8 && !digits.empty()) std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (negative) exponent = -exponent;
  return true;
}

std::optional<Decimal> split(std::string_view text) {
  Decimal decimal;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    decimal.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  decimal.whole = take_digits(text);
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    decimal.fraction = take_digits(text);
  }
  if (decimal.whole.empty() && decimal.fraction.empty()) return {};
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E') && !take_exponent(text, decimal.exponent)) return {};
  if (!text.empty()) return {};
  return decimal;
}

// In millionths; nothing when it is out of range.
std::optional<std::int64_t> scaled(const Decimal& decimal) {
  const auto count = static_cast<std::int64_t>(decimal.whole.size() + decimal.fraction.size());
  // How many of the digits stand before the point once it is moved to behind the millionths.
  const std::int64_t kept = static_cast<std::int64_t>(decimal.whole.size()) + decimal.exponent + fraction_digits;
  std::int64_t number = 0;
  for (std::int64_t i = 0; i < kept; ++i) {
    if (i >= count && number == 0) break;
    const auto at = static_cast<std::size_t>(i);
    const char digit = i >= count                  ? '0'
                       : at < decimal.whole.size() ? decimal.whole[at]
                                                   : decimal.fraction[at - decimal.whole.size()];
    number = number * 10 + (digit - '0');
    if (number > filter_number_max) return {};
  }
  return decimal.negative ? -number : number;
}

// A number that is not compared as one: the same text for the same number, where it is an integer or fits a double.
void write_large(std::string_view text, std::string& digits) {
  digits.assign(text);
  double value = 0;
  const bool integer = std::ranges::all_of(text.substr(text[0] == '-' ? 1 : 0), is_digit);
  if (integer || !codec::read_double(text, value)) return;
  digits.clear();
  codec::write_double(value, digits);
}

}  // namespace

std::optional<FilterValue> filter_number(std::string_view text, std::string& digits) {
  const auto decimal = split(text);
  if (!decimal) return {};
  if (const auto number = scaled(*decimal)) return FilterValue{FilterKind::number, *number, {}};
  write_large(text, digits);
  return FilterValue{FilterKind::large_number, 0, digits};
}

FilterPath FilterPath::child(std::string_view name) const {
  FilterPath path = *this;
  if (!root_) path.state_ = filter_hashed(path.state_, '.');
  for (const char c : name) path.state_ = filter_hashed(path.state_, c);
  path.root_ = false;
  return path;
}

std::uint64_t FilterPath::id() const { return filter_mixed(state_); }

FilterAddress FilterAddress::masked(unsigned bits) const {
  FilterAddress result = *this;
  for (unsigned i = 0; i < size; ++i) {
    const unsigned kept = bits <= i * 8 ? 0 : std::min(8u, bits - i * 8);
    result.bytes[i] = static_cast<char>(static_cast<std::uint8_t>(bytes[i]) & (0xFF00u >> kept));
  }
  return result;
}

namespace {

std::optional<FilterAddress> parse_v4(std::string_view text) {
  FilterAddress address;
  address.size = 4;
  for (unsigned i = 0; i < 4; ++i) {
    const auto digits = take_digits(text);
    unsigned part = 256;
    if (!digits.empty() && digits.size() <= 3) {
      std::from_chars(digits.data(), digits.data() + digits.size(), part);
    }
    if (part > 255) return {};
    address.bytes[i] = static_cast<char>(part);
    if (i == 3) break;
    if (text.empty() || text[0] != '.') return {};
    text.remove_prefix(1);
  }
  if (!text.empty()) return {};
  return address;
}

// Groups of hexadecimal digits between colons into `out`; false when it is none or there are more than `size_max`.
bool parse_groups(std::string_view text, std::string& out, std::size_t size_max) {
  while (!text.empty()) {
    const auto group = text.substr(0, text.find(':'));
    unsigned value = 0;
    if (group.find('.') != group.npos && group.size() == text.size()) {
      const auto tail = parse_v4(group);
      if (!tail) return false;
      out.append(tail->view());
      return out.size() <= size_max;
    }
    const auto [end, error] = std::from_chars(group.data(), group.data() + group.size(), value, 16);
    if (group.empty() || group.size() > 4 || error != std::errc{} || end != group.data() + group.size()) return false;
    out.push_back(static_cast<char>(value >> 8));
    out.push_back(static_cast<char>(value & 0xFF));
    if (out.size() > size_max) return false;
    text.remove_prefix(group.size());
    if (text.empty()) return true;
    text.remove_prefix(1);
    if (text.empty()) return false;
  }
  return true;
}

std::optional<FilterAddress> parse_v6(std::string_view text) {
  FilterAddress address;
  address.size = 16;
  std::string head, tail;
  const auto gap = text.find("::");
  if (gap == text.npos) {
    if (!parse_groups(text, head, 16) || head.size() != 16) return {};
  } else {
    if (!parse_groups(text.substr(0, gap), head, 14)) return {};
    if (!parse_groups(text.substr(gap + 2), tail, 14 - head.size())) return {};
  }
  std::ranges::copy(head, address.bytes.begin());
  std::ranges::copy(tail, address.bytes.end() - static_cast<std::ptrdiff_t>(tail.size()));
  return address;
}

}  // namespace

std::optional<FilterAddress> parse_filter_address(std::string_view text) {
  return text.find(':') == text.npos ? parse_v4(text) : parse_v6(text);
}

char filter_fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string filter_folded(std::string_view text) {
  std::string folded(text);
  std::ranges::transform(folded, folded.begin(), filter_fold);
  return folded;
}

}  // namespace millrace::broker
