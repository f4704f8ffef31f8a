// Decimal: a number of DynamoDB. Up to 38 significant digits, magnitudes from 1E-130 to 9.99E+125, compared and added
// exactly. Kept without leading and trailing zeros, so that equal numbers are equal objects.
#pragma once
#include <compare>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::aws::dynamodb {

enum class DecimalError : std::uint8_t { not_a_number, too_precise, overflow, underflow };

class Decimal {
 public:
  static constexpr int digits_max = 38;
  static constexpr int exponent_max = 126;   // of the form 0.d1d2… × 10^exponent: 9.99E+125
  static constexpr int exponent_min = -129;  // 1E-130

  Decimal() = default;
  explicit Decimal(std::int64_t number);
  // "-12.50", "+1e3", ".5".
  static std::expected<Decimal, DecimalError> parse(std::string_view text);

  // Plain notation without an exponent: "-12.5", "1000", "0.001".
  std::string text() const;
  // Nothing when it has a fraction or is too large.
  std::optional<std::int64_t> whole() const;

  std::expected<Decimal, DecimalError> plus(const Decimal& other) const;
  std::expected<Decimal, DecimalError> minus(const Decimal& other) const;
  Decimal negated() const;

  std::strong_ordering operator<=>(const Decimal& other) const;
  bool operator==(const Decimal& other) const = default;

  // Bytes that sort as the numbers do, none of them a prefix of another's.
  void append_ordered(std::string& out) const;
  // Reads one from the start of `from` and moves past it; nothing when that is not one.
  static std::optional<Decimal> read_ordered(std::string_view& from);

  // The bytes that DynamoDB counts for it.
  std::size_t size() const;

 private:
  // From digits that may have zeros at both ends.
  static std::expected<Decimal, DecimalError> made(int sign, std::string_view digits, int exponent);

  int sign_ = 0;  // -1, 0, 1
  int exponent_ = 0;
  std::string digits_;  // '0' to '9', the first and the last not '0'; empty: zero
};

}  // namespace millrace::aws::dynamodb
