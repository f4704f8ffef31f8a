#include "aws/dynamodb/decimal.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/check.h"

namespace millrace::aws::dynamodb {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Bounds an exponent of the input long before it could overflow an int.
constexpr int exponent_read_max = 100'000;

// The first byte of the ordered form.
constexpr char negative_mark = 1;
constexpr char zero_mark = 2;
constexpr char positive_mark = 3;

// Digits as numbers at the places from `low` on, the lowest first, so that two numbers can be added place by place.
struct Places {
  int low = 0;
  std::string digits;
};

}  // namespace

Decimal::Decimal(std::int64_t number) { *this = *parse(std::to_string(number)); }

std::expected<Decimal, DecimalError> Decimal::made(int sign, std::string_view digits, int exponent) {
  const auto first = digits.find_first_not_of('0');
  if (first == std::string_view::npos) return Decimal{};
  digits.remove_prefix(first);
  exponent -= static_cast<int>(first);
  digits = digits.substr(0, digits.find_last_not_of('0') + 1);
  if (exponent > exponent_max) return std::unexpected(DecimalError::overflow);
  if (exponent < exponent_min) return std::unexpected(DecimalError::underflow);
  if (digits.size() > digits_max) return std::unexpected(DecimalError::too_precise);
  Decimal out;
  out.sign_ = sign;
  out.exponent_ = exponent;
  out.digits_ = digits;
  return out;
}

std::expected<Decimal, DecimalError> Decimal::parse(std::string_view text) {
  int sign = 1;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    if (text.front() == '-') sign = -1;
    text.remove_prefix(1);
  }
  std::string digits;
  int exponent = 0;
  bool point = false;
  std::size_t at = 0;
  for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && !point)); ++at) {
    if (text[at] == '.') {
      point = true;
      continue;
    }
    digits.push_back(text[at]);
    if (!point) ++exponent;
  }
  if (digits.empty()) return std::unexpected(DecimalError::not_a_number);
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return std::unexpected(DecimalError::not_a_number);
    auto written = text.substr(at + 1);
    if (written.starts_with('+') && !written.starts_with("+-")) written.remove_prefix(1);
    int given = 0;
    const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), given);
    if (end != written.data() + written.size() || written.empty()) return std::unexpected(DecimalError::not_a_number);
    if (error == std::errc::result_out_of_range)
      given = written.starts_with('-') ? -exponent_read_max : exponent_read_max;
    else if (error != std::errc())
      return std::unexpected(DecimalError::not_a_number);
    exponent += std::clamp(given, -exponent_read_max, exponent_read_max);
  }
  return made(sign, digits, exponent);
}

std::string Decimal::text() const {
  if (sign_ == 0) return "0";
  std::string out = sign_ < 0 ? "-" : "";
  const int count = static_cast<int>(digits_.size());
  if (exponent_ <= 0) {
    out += "0." + std::string(static_cast<std::size_t>(-exponent_), '0') + digits_;
  } else if (exponent_ >= count) {
    out += digits_ + std::string(static_cast<std::size_t>(exponent_ - count), '0');
  } else {
    out += digits_.substr(0, static_cast<std::size_t>(exponent_)) + "." +
           digits_.substr(static_cast<std::size_t>(exponent_));
  }
  return out;
}

std::optional<std::int64_t> Decimal::whole() const {
  if (sign_ == 0) return 0;
  if (exponent_ < static_cast<int>(digits_.size()) || exponent_ > 19) return std::nullopt;
  const std::string written = text();
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), out);
  if (error != std::errc() || end != written.data() + written.size()) return std::nullopt;
  return out;
}

Decimal Decimal::negated() const {
  Decimal out = *this;
  out.sign_ = -sign_;
  return out;
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  if (sign_ != other.sign_) return sign_ <=> other.sign_;
  auto magnitude = exponent_ <=> other.exponent_;
  // Without trailing zeros the order of the digits' text is the numbers' order.
  if (magnitude == 0) magnitude = digits_ <=> other.digits_;
  return sign_ < 0 ? 0 <=> magnitude : magnitude;
}

std::expected<Decimal, DecimalError> Decimal::minus(const Decimal& other) const { return plus(other.negated()); }

std::expected<Decimal, DecimalError> Decimal::plus(const Decimal& other) const {
  if (sign_ == 0) return other;
  if (other.sign_ == 0) return *this;
  const auto low_of = [](const Decimal& number) { return number.exponent_ - static_cast<int>(number.digits_.size()); };
  const int low = std::min(low_of(*this), low_of(other));
  const int high = std::max(exponent_, other.exponent_);
  // From the lowest place to one above the highest, for a carry; at most a few hundred.
  std::string left(static_cast<std::size_t>(high - low + 1), '\0');
  std::string right = left;
  const auto spread = [low](const Decimal& number, std::string& places) {
    for (std::size_t i = 0; i < number.digits_.size(); ++i) {
      places[static_cast<std::size_t>(number.exponent_ - low - 1) - i] = static_cast<char>(number.digits_[i] - '0');
    }
  };
  spread(*this, left);
  spread(other, right);
  int sign = sign_;
  const bool subtract = sign_ != other.sign_;
  if (subtract && std::ranges::lexicographical_compare(left.rbegin(), left.rend(), right.rbegin(), right.rend())) {
    left.swap(right);
    sign = other.sign_;
  }
  int carry = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const int place = left[i] + (subtract ? -right[i] : right[i]) + carry;
    carry = place < 0 ? -1 : place / 10;
    left[i] = static_cast<char>(place - carry * 10);
  }
  check(carry == 0, "the highest place takes the carry");
  std::string digits(left.rbegin(), left.rend());
  for (char& digit : digits) digit = static_cast<char>(digit + '0');
  return made(sign, digits, high + 1);
}

// Mark, exponent (biased, big-endian), each digit plus one, zero. Behind the mark a negative number has all bits
// inverted.
void Decimal::append_ordered(std::string& out) const {
  if (sign_ == 0) {
    out.push_back(zero_mark);
    return;
  }
  out.push_back(sign_ < 0 ? negative_mark : positive_mark);
  const auto from = static_cast<std::ptrdiff_t>(out.size());
  const auto biased = static_cast<unsigned>(exponent_ - exponent_min);
  out.push_back(static_cast<char>(biased >> 8));
  out.push_back(static_cast<char>(biased & 0xFF));
  for (const char digit : digits_) out.push_back(static_cast<char>(digit - '0' + 1));
  out.push_back('\0');
  if (sign_ < 0)
    std::transform(out.begin() + from, out.end(), out.begin() + from, [](char c) { return static_cast<char>(~c); });
}

std::optional<Decimal> Decimal::read_ordered(std::string_view& from) {
  if (from.empty()) return std::nullopt;
  const char mark = from.front();
  from.remove_prefix(1);
  if (mark == zero_mark) return Decimal{};
  if (mark != negative_mark && mark != positive_mark) return std::nullopt;
  const auto next = [&]() -> int {
    if (from.empty()) return -1;
    const auto byte = static_cast<unsigned char>(mark == negative_mark ? ~from.front() : from.front());
    from.remove_prefix(1);
    return byte;
  };
  const int upper = next();
  const int lower = next();
  if (upper < 0 || lower < 0) return std::nullopt;
  std::string digits;
  for (;;) {
    const int byte = next();
    if (byte < 0 || byte > 10) return std::nullopt;
    if (byte == 0) break;
    digits.push_back(static_cast<char>('0' + byte - 1));
  }
  const auto out = made(mark == negative_mark ? -1 : 1, digits, upper * 256 + lower + exponent_min);
  if (!out || out->digits_ != digits) return std::nullopt;
  return *out;
}

// A byte for two digits, counted in pairs from the point on, one for the exponent, and one for a sign.
std::size_t Decimal::size() const {
  if (sign_ == 0) return 1;
  const auto count = static_cast<int>(digits_.size());
  const bool odd_start = exponent_ % 2 != 0;
  const int pairs = (count + (odd_start ? 1 : 0) + 1) / 2;
  return static_cast<std::size_t>(pairs) + 1 + (sign_ < 0 ? 1 : 0);
}

}  // namespace millrace::aws::dynamodb
