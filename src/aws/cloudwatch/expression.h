// Expression: the metric math of GetMetricData.
//
//   a / b * 100, FILL(m1, 0), SUM(METRICS()), IF(a > b, a, 0), SUM([a, b])
//
// A value is a number, a series, or a list of series. Operators work number by number, on series where both have a point.
// Parsed first, so that a bad request is refused before anything is read; then evaluated over what the metrics gave.
#pragma once
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "metrics/statistic.h"

namespace millrace::aws::cloudwatch {

using metrics::Minute;
using Line = std::map<Minute, double>;  // a series of points
using Lines = std::vector<Line>;
using Value = std::variant<double, Line, Lines>;

struct Node {
  enum class Kind : std::uint8_t { number, name, list, call, operation };
  Kind kind = Kind::number;
  double number = 0;
  std::string text;  // of a name; of a function; of an operator
  std::vector<std::unique_ptr<Node>> parts;
};
using NodePtr = std::unique_ptr<Node>;

struct ExpressionLimits {
  std::size_t bytes_max;
  std::size_t depth_max;
};

// What is wrong is said in words for the caller.
std::expected<NodePtr, std::string> parse_expression(std::string_view text, const ExpressionLimits& limits);
// The names that it uses, each once.
std::vector<std::string> names_in(const Node& node);
// Whether it uses METRICS(), and so all metrics of the request.
bool uses_metrics(const Node& node);

struct Scope {
  std::function<const Value*(std::string_view name)> find;
  std::vector<std::pair<std::string, Line>> metrics;  // of METRICS(), with their ids
  std::int32_t period = 60;                           // seconds
  // The periods of the answer, for FILL.
  Minute begin{};
  Minute end{};
  // Counts down with every point that is made; a request that goes below zero is refused. Null: no limit.
  std::size_t* points_left = nullptr;
};
std::expected<Value, std::string> evaluate(const Node& node, const Scope& scope);

}  // namespace millrace::aws::cloudwatch
