#include "aws/cloudwatch/expression.h"

#include <gtest/gtest.h>

namespace millrace::aws::cloudwatch {
namespace {

constexpr ExpressionLimits limits{.bytes_max = 2048, .depth_max = 32};

Minute at(int minute) { return Minute(metrics::Minutes(minute)); }

// Over a = 1, 2, 3 and b = 10, -, 30 (and c with no points) at the minutes 0, 1, 2.
std::expected<Value, std::string> run(std::string_view text) {
  const std::map<std::string, Value, std::less<>> values{
      {"a", Line{{at(0), 1}, {at(1), 2}, {at(2), 3}}}, {"b", Line{{at(0), 10}, {at(2), 30}}}, {"c", Line{}}};
  auto parsed = parse_expression(text, limits);
  if (!parsed) return std::unexpected(parsed.error());
  Scope scope;
  scope.find = [&](std::string_view name) -> const Value* {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : &found->second;
  };
  for (const auto& [id, value] : values) scope.metrics.emplace_back(id, std::get<Line>(value));
  scope.begin = at(0);
  scope.end = at(4);
  return evaluate(**parsed, scope);
}

Line line(std::string_view text) {
  auto value = run(text);
  EXPECT_TRUE(value.has_value()) << text << ": " << (value ? "" : value.error());
  if (!value || !std::holds_alternative<Line>(*value)) {
    ADD_FAILURE() << text << " is no series";
    return {};
  }
  return std::get<Line>(*value);
}
double number(std::string_view text) {
  auto value = run(text);
  EXPECT_TRUE(value.has_value()) << text << ": " << (value ? "" : value.error());
  if (!value || !std::holds_alternative<double>(*value)) {
    ADD_FAILURE() << text << " is no number";
    return 0;
  }
  return std::get<double>(*value);
}
std::string error(std::string_view text) {
  auto value = run(text);
  EXPECT_FALSE(value.has_value()) << text;
  return value ? "" : value.error();
}

TEST(Expression, ArithmeticHasTheUsualOrder) {
  EXPECT_EQ(number("1 + 2 * 3 - 4 / 2"), 5);
  EXPECT_EQ(number("(1 + 2) * 3"), 9);
  EXPECT_EQ(number("2 ^ 3 ^ 2"), 512);
  EXPECT_EQ(number("-2 ^ 2"), -4);
  EXPECT_EQ(number("10 - 3 - 2"), 5);
  EXPECT_EQ(number("- -1.5e1"), 15);
}

TEST(Expression, SeriesMeetWhereBothHaveAPoint) {
  EXPECT_EQ(line("a + b"), (Line{{at(0), 11}, {at(2), 33}}));
  EXPECT_EQ(line("b / a * 2"), (Line{{at(0), 20}, {at(2), 20}}));
  EXPECT_EQ(line("100 - a"), (Line{{at(0), 99}, {at(1), 98}, {at(2), 97}}));
  EXPECT_TRUE(line("a + c").empty());
  // There is no number where a division has none.
  EXPECT_EQ(line("1 / (a - 2)"), (Line{{at(0), -1}, {at(2), 1}}));
}

TEST(Expression, FunctionsOfASeriesGiveANumberOfAListASeries) {
  EXPECT_EQ(number("SUM(a)"), 6);
  EXPECT_EQ(number("AVG(b)"), 20);
  EXPECT_EQ(number("MIN(a) + MAX(b)"), 31);
  EXPECT_EQ(line("SUM([a, b])"), (Line{{at(0), 11}, {at(1), 2}, {at(2), 33}}));
  EXPECT_EQ(line("AVG([a,b])"), (Line{{at(0), 5.5}, {at(1), 2}, {at(2), 16.5}}));
  EXPECT_EQ(line("MAX(METRICS())"), line("MAX([a, b, c])"));
  EXPECT_EQ(line("SUM(METRICS(\"a\"))"), line("a"));
  EXPECT_EQ(line("SUM([a, a] * 2)"), line("a * 4"));
  EXPECT_EQ(number("DATAPOINT_COUNT(b)"), 2);
}

TEST(Expression, FillGivesAbsentPeriodsAPoint) {
  EXPECT_EQ(line("FILL(b, 0)"), (Line{{at(0), 10}, {at(1), 0}, {at(2), 30}, {at(3), 0}}));
  EXPECT_EQ(line("FILL(b, REPEAT)"), (Line{{at(0), 10}, {at(1), 10}, {at(2), 30}, {at(3), 30}}));
  EXPECT_EQ(line("FILL(b, LINEAR)"), (Line{{at(0), 10}, {at(1), 20}, {at(2), 30}}));
  EXPECT_EQ(line("FILL(c, 7)").size(), 4u);
}

TEST(Expression, ComparisonsAndChoices) {
  EXPECT_EQ(line("a > 1"), (Line{{at(0), 0}, {at(1), 1}, {at(2), 1}}));
  EXPECT_EQ(line("IF(a >= 2, a, 0)"), (Line{{at(0), 0}, {at(1), 2}, {at(2), 3}}));
  EXPECT_EQ(line("IF(a >= 2 AND a < 3, b, 100 - a)"), (Line{{at(0), 99}, {at(2), 97}}));
  EXPECT_EQ(line("IF(a == 2, 5)"), (Line{{at(1), 5}}));
  EXPECT_EQ(number("IF(1 < 2 || 0, 3, 4)"), 3);
}

TEST(Expression, RatesAndRounding) {
  EXPECT_EQ(line("DIFF(b)"), (Line{{at(2), 20}}));
  EXPECT_EQ(line("RATE(b)"), (Line{{at(2), 20.0 / 120}}));
  EXPECT_EQ(line("CEIL(a / 2)"), (Line{{at(0), 1}, {at(1), 1}, {at(2), 2}}));
  EXPECT_EQ(number("ABS(0 - 3)"), 3);
  EXPECT_EQ(number("PERIOD(a)"), 60);
}

TEST(Expression, WhatIsWrongIsSaid) {
  EXPECT_NE(error("a +").find("ends too early"), std::string::npos);
  EXPECT_NE(error("a b").find("unexpected \"b\""), std::string::npos);
  EXPECT_NE(error("(a").find("\")\" is missing"), std::string::npos);
  EXPECT_NE(error("d * 2").find("d is not the id"), std::string::npos);
  EXPECT_NE(error("SEARCH('x', 'Sum')").find("does not offer the function SEARCH"), std::string::npos);
  EXPECT_NE(error("SUM(a, b)").find("SUM takes 1"), std::string::npos);
  EXPECT_NE(error("RATE(1)").find("needs a time series"), std::string::npos);
  EXPECT_NE(error("[a] + [b]").find("two lists"), std::string::npos);
  EXPECT_NE(error("1 / 0").find("no number"), std::string::npos);
  EXPECT_NE(error("").find("ends too early"), std::string::npos);
}

TEST(Expression, DepthAndLengthAreBounded) {
  EXPECT_NE(error(std::string(200, '(') + "a" + std::string(200, ')')).find("nested"), std::string::npos);
  EXPECT_NE(error(std::string(200, '-') + "1").find("nested"), std::string::npos);
  EXPECT_NE(error(std::string(3000, ' ') + "a").find("too long"), std::string::npos);
  std::string sum = "a";
  for (int i = 0; i < 600; ++i) sum += "+a";
  EXPECT_EQ(line(sum).at(at(0)), 601);
}

TEST(Expression, WorkIsBounded) {
  const Value line = Line{{at(0), 1}, {at(1), 2}};
  std::size_t points_left = 6;
  Scope scope;
  scope.find = [&](std::string_view) { return &line; };
  scope.points_left = &points_left;
  const auto parsed = parse_expression("a + a", limits);
  EXPECT_TRUE(evaluate(**parsed, scope).has_value());
  EXPECT_EQ(points_left, 0u);
  EXPECT_EQ(evaluate(**parsed, scope).error(), "the expressions of the request are too much work");
}

TEST(Expression, NamesAreFoundOnce) {
  auto parsed = parse_expression("SUM([m1, m2, m1]) + FILL(m3, REPEAT)", limits);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(names_in(**parsed), (std::vector<std::string>{"m1", "m2", "m3"}));
  EXPECT_FALSE(uses_metrics(**parsed));
  parsed = parse_expression("2 * SUM(METRICS(\"m\"))", limits);
  EXPECT_TRUE(uses_metrics(**parsed));
  EXPECT_TRUE(names_in(**parsed).empty());
}

}  // namespace
}  // namespace millrace::aws::cloudwatch
