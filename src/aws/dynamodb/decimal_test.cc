#include "aws/dynamodb/decimal.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace millrace::aws::dynamodb {
namespace {

Decimal number(std::string_view text) {
  const auto parsed = Decimal::parse(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed.value_or(Decimal{});
}

std::string ordered(const Decimal& decimal) {
  std::string out;
  decimal.append_ordered(out);
  return out;
}

TEST(DecimalTest, IsWrittenPlainly) {
  const std::pair<std::string_view, std::string_view> cases[] = {{"0", "0"},           {"-0", "0"},
                                                                 {"000", "0"},         {"0e99999", "0"},
                                                                 {"1", "1"},           {"+7", "7"},
                                                                 {"-12.50", "-12.5"},  {".5", "0.5"},
                                                                 {"5.", "5"},          {"1e3", "1000"},
                                                                 {"1.25E2", "125"},    {"125e-2", "1.25"},
                                                                 {"1E-3", "0.001"},    {"0010.0100", "10.01"},
                                                                 {"100", "100"},       {"-1e+2", "-100"},
                                                                 {"0.00120", "0.0012"}};
  for (const auto& [given, written] : cases) EXPECT_EQ(number(given).text(), written) << given;
  EXPECT_EQ(number("9.99e125").text(), "999" + std::string(123, '0'));
  EXPECT_EQ(number("1e-130").text(), "0." + std::string(129, '0') + "1");
}

TEST(DecimalTest, RefusesWhatIsNoNumber) {
  for (const auto* text : {"", "-", "+", ".", "e5", "1e", "1e+", "1e+-5", "1e5.5", "1.2.3", "--1", "0x10", "NaN", "1 ",
                           " 1", "1,5", "Infinity", "1e5x"}) {
    const auto parsed = Decimal::parse(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error(), DecimalError::not_a_number) << text;
  }
}

TEST(DecimalTest, HasBounds) {
  const auto error_of = [](std::string text) { return Decimal::parse(text).error(); };
  EXPECT_TRUE(Decimal::parse(std::string(38, '9') + "e88").has_value());
  EXPECT_EQ(error_of("1e126"), DecimalError::overflow);
  EXPECT_EQ(error_of("-1e126"), DecimalError::overflow);
  EXPECT_EQ(error_of("1e99999999999999999999"), DecimalError::overflow);
  EXPECT_EQ(error_of("1e-131"), DecimalError::underflow);
  EXPECT_EQ(error_of("1e-99999999999999999999"), DecimalError::underflow);
  EXPECT_EQ(error_of(std::string(39, '1')), DecimalError::too_precise);
  EXPECT_TRUE(Decimal::parse("0" + std::string(38, '1') + "000").has_value());
}

TEST(DecimalTest, AddsExactly) {
  const std::tuple<std::string_view, std::string_view, std::string_view> cases[] = {
      {"0.1", "0.2", "0.3"},
      {"1", "-1", "0"},
      {"999", "1", "1000"},
      {"-5", "3", "-2"},
      {"5", "-3", "2"},
      {"-5", "-5.5", "-10.5"},
      {"1e20", "1", "100000000000000000001"},
      {"1000", "-0.001", "999.999"},
      {"0", "7", "7"},
      {"7", "0", "7"},
      {"1e-130", "-1e-130", "0"}};
  for (const auto& [left, right, sum] : cases) {
    EXPECT_EQ(number(left).plus(number(right)).value().text(), sum);
    EXPECT_EQ(number(right).plus(number(left)).value().text(), sum);
    EXPECT_EQ(number(sum).minus(number(left)).value(), number(right));
  }
  EXPECT_EQ(number("9.9e125").plus(number("1e124")).error(), DecimalError::overflow);
  EXPECT_EQ(number("1e100").plus(number("1")).error(), DecimalError::too_precise);
}

// Sums of whole numbers, against the machine's own arithmetic, moved to any place of the point.
TEST(DecimalTest, AddsAsTheMachineDoes) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto left = static_cast<std::int64_t>(random() >> (random() % 62 + 2)) * (random() % 2 == 0 ? 1 : -1);
    const auto right = static_cast<std::int64_t>(random() >> (random() % 62 + 2)) * (random() % 2 == 0 ? 1 : -1);
    const std::string exponent = "e" + std::to_string(static_cast<int>(random() % 200) - 100);
    const auto with = [&](std::int64_t whole) { return number(std::to_string(whole) + exponent); };
    EXPECT_EQ(with(left).plus(with(right)).value(), with(left + right)) << left << " " << right << exponent;
    EXPECT_EQ(with(left).minus(with(right)).value(), with(left - right)) << left << " " << right << exponent;
    EXPECT_EQ(with(left) <=> with(right), left <=> right);
  }
}

// The bytes sort as the numbers do, come back, and none begins with another.
TEST(DecimalTest, OrderedBytesSortAsTheNumbers) {
  std::mt19937_64 random(11);
  std::vector<Decimal> numbers = {number("0"),        number("1e-130"), number("-1e-130"), number("9.9e125"),
                                  number("-9.9e125"), number("1"),      number("1.1"),     number("10")};
  for (int i = 0; i < 1000; ++i) {
    std::string digits = std::to_string(random());
    digits.resize(1 + random() % digits.size());
    numbers.push_back(
        number((random() % 2 == 0 ? "-" : "") + digits + "e" + std::to_string(static_cast<int>(random() % 40) - 20)));
  }
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto bytes = ordered(numbers[i]);
    std::string_view left = bytes;
    EXPECT_EQ(Decimal::read_ordered(left), numbers[i]);
    EXPECT_TRUE(left.empty());
    for (std::size_t j = 0; j < i; ++j) {
      const auto other = ordered(numbers[j]);
      EXPECT_EQ(bytes <=> other, numbers[i] <=> numbers[j]) << numbers[i].text() << " " << numbers[j].text();
      if (numbers[i] != numbers[j]) EXPECT_FALSE(bytes.starts_with(other) || other.starts_with(bytes));
    }
  }
}

TEST(DecimalTest, OrderedBytesThatAreWrongAreRefused) {
  const auto bytes = ordered(number("-12.5"));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::string_view cut = std::string_view(bytes).substr(0, size);
    EXPECT_EQ(Decimal::read_ordered(cut), std::nullopt);
  }
  for (std::string wrong :
       {std::string("\4\0\1\0", 4), std::string("\3\0\x81\1\2\0", 6), std::string("\3\0\x81\2\1\0", 6),
        std::string("\3\0\x81\x0c\0", 5), std::string("\3\7\xff\2\0", 5)}) {
    std::string_view view = wrong;
    EXPECT_EQ(Decimal::read_ordered(view), std::nullopt);
  }
}

TEST(DecimalTest, WholeNumbers) {
  EXPECT_EQ(number("9223372036854775807").whole(), INT64_MAX);
  EXPECT_EQ(number("-5e2").whole(), -500);
  EXPECT_EQ(number("0").whole(), 0);
  EXPECT_EQ(number("1.5").whole(), std::nullopt);
  EXPECT_EQ(number("9223372036854775808").whole(), std::nullopt);
  EXPECT_EQ(number("1e100").whole(), std::nullopt);
  EXPECT_EQ(Decimal(-42), number("-42"));
}

TEST(DecimalTest, SizeFollowsTheDigits) {
  EXPECT_EQ(number("0").size(), 1u);
  EXPECT_EQ(number("5").size(), 2u);
  EXPECT_EQ(number("-5").size(), 3u);
  EXPECT_EQ(number("1234").size(), 3u);
  EXPECT_EQ(number(std::string(38, '9')).size(), 20u);
}

}  // namespace
}  // namespace millrace::aws::dynamodb
