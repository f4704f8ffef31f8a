// Evaluation of metric math.
#include "aws/cloudwatch/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace millrace::aws::cloudwatch {
namespace {

using Evaluated = std::expected<Value, std::string>;

std::unexpected<std::string> wrong(std::string why) { return std::unexpected(std::move(why)); }

// Nothing where there is no number, as for a division by zero: such a point is left out.
std::optional<double> apply(std::string_view operation, double a, double b) {
  double value = 0;
  if (operation == "+") {
    value = a + b;
  } else if (operation == "-") {
    value = a - b;
  } else if (operation == "*") {
    value = a * b;
  } else if (operation == "/") {
    value = a / b;
  } else if (operation == "^") {
    value = std::pow(a, b);
  } else if (operation == "==") {
    value = a == b;
  } else if (operation == "!=") {
    value = a != b;
  } else if (operation == "<") {
    value = a < b;
  } else if (operation == ">") {
    value = a > b;
  } else if (operation == "<=") {
    value = a <= b;
  } else if (operation == ">=") {
    value = a >= b;
  } else if (operation == "&&") {
    value = a != 0 && b != 0;
  } else {
    value = a != 0 || b != 0;
  }
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

Line combine(std::string_view operation, const Line& a, const Line& b) {
  Line line;
  for (const auto& [at, value] : a) {
    const auto other = b.find(at);
    if (other == b.end()) continue;
    if (const auto result = apply(operation, value, other->second)) line[at] = *result;
  }
  return line;
}
Line combine(std::string_view operation, const Line& a, double b) {
  Line line;
  for (const auto& [at, value] : a) {
    if (const auto result = apply(operation, value, b)) line[at] = *result;
  }
  return line;
}
Line combine(std::string_view operation, double a, const Line& b) {
  Line line;
  for (const auto& [at, value] : b) {
    if (const auto result = apply(operation, a, value)) line[at] = *result;
  }
  return line;
}

Evaluated operate(std::string_view operation, const Value& a, const Value& b) {
  if (const auto* list = std::get_if<Lines>(&a)) {
    if (std::holds_alternative<Lines>(b)) return wrong(fmt::format("{} does not work on two lists", operation));
    Lines lines;
    for (const auto& line : *list) {
      auto one = operate(operation, Value(line), b);
      if (!one) return one;
      lines.push_back(std::get<Line>(std::move(*one)));
    }
    return Value(std::move(lines));
  }
  if (const auto* list = std::get_if<Lines>(&b)) {
    Lines lines;
    for (const auto& line : *list) {
      auto one = operate(operation, a, Value(line));
      if (!one) return one;
      lines.push_back(std::get<Line>(std::move(*one)));
    }
    return Value(std::move(lines));
  }
  const auto* line_a = std::get_if<Line>(&a);
  const auto* line_b = std::get_if<Line>(&b);
  if (line_a != nullptr && line_b != nullptr) return Value(combine(operation, *line_a, *line_b));
  if (line_a != nullptr) return Value(combine(operation, *line_a, std::get<double>(b)));
  if (line_b != nullptr) return Value(combine(operation, std::get<double>(a), *line_b));
  const auto number = apply(operation, std::get<double>(a), std::get<double>(b));
  if (!number) return wrong(fmt::format("{} gives no number", operation));
  return Value(*number);
}

// What becomes of several numbers.
double fold(std::string_view function, const std::vector<double>& numbers) {
  if (function == "MIN") return *std::ranges::min_element(numbers);
  if (function == "MAX") return *std::ranges::max_element(numbers);
  double sum = 0;
  for (const double number : numbers) sum += number;
  return function == "AVG" ? sum / static_cast<double>(numbers.size()) : sum;
}

// SUM, AVG, MIN, MAX: of a series a number, of a list a series.
Evaluated aggregate(std::string_view function, const Value& of) {
  if (std::holds_alternative<double>(of)) return of;
  if (const auto* line = std::get_if<Line>(&of)) {
    std::vector<double> numbers;
    for (const auto& [at, value] : *line) numbers.push_back(value);
    return Value(numbers.empty() ? 0 : fold(function, numbers));
  }
  std::map<Minute, std::vector<double>> columns;
  for (const auto& line : std::get<Lines>(of)) {
    for (const auto& [at, value] : line) columns[at].push_back(value);
  }
  Line line;
  for (const auto& [at, numbers] : columns) line[at] = fold(function, numbers);
  return Value(std::move(line));
}

// Applies a function of one series to a series or to each of a list.
template <class Task>
Evaluated each_line(const Value& of, std::string_view function, Task task) {
  if (const auto* line = std::get_if<Line>(&of)) return Value(task(*line));
  if (const auto* list = std::get_if<Lines>(&of)) {
    Lines lines;
    for (const auto& line : *list) lines.push_back(task(line));
    return Value(std::move(lines));
  }
  return wrong(fmt::format("{} needs a time series", function));
}

Line differences(const Line& line, bool rate) {
  Line result;
  for (auto at = line.begin(); at != line.end(); ++at) {
    if (at == line.begin()) continue;
    const auto before = std::prev(at);
    const double seconds = 60.0 * (at->first - before->first).count();
    result[at->first] = (at->second - before->second) / (rate ? seconds : 1);
  }
  return result;
}

Line rounded(const Line& line, std::string_view function) {
  Line result;
  for (const auto& [at, value] : line) {
    result[at] = function == "ABS" ? std::fabs(value) : function == "CEIL" ? std::ceil(value) : std::floor(value);
  }
  return result;
}

std::size_t size_of(const Value& value) {
  if (const auto* line = std::get_if<Line>(&value)) return line->size();
  if (std::holds_alternative<double>(value)) return 1;
  std::size_t size = 0;
  for (const auto& line : std::get<Lines>(value)) size += line.size();
  return size;
}

class Evaluation {
 public:
  explicit Evaluation(const Scope& scope) : scope_(scope) {}

  Evaluated value(const Node& node) {
    auto made = value_of(node);
    if (made && scope_.points_left != nullptr) {
      const auto points = size_of(*made);
      if (points > *scope_.points_left) return wrong("the expressions of the request are too much work");
      *scope_.points_left -= points;
    }
    return made;
  }

 private:
  Evaluated value_of(const Node& node) {
    switch (node.kind) {
      case Node::Kind::number: return Value(node.number);
      case Node::Kind::name: return name(node);
      case Node::Kind::list: return list(node);
      case Node::Kind::operation: {
        auto a = value(*node.parts[0]);
        if (!a) return a;
        auto b = value(*node.parts[1]);
        if (!b) return b;
        return operate(node.text, *a, *b);
      }
      case Node::Kind::call: return call(node);
    }
    return wrong("it cannot be evaluated");
  }

  Evaluated name(const Node& node) {
    const Value* found = scope_.find(node.text);
    if (found == nullptr) return wrong(fmt::format("{} is not the id of a query", node.text));
    return *found;
  }

  Evaluated list(const Node& node) {
    Lines lines;
    for (const auto& part : node.parts) {
      auto one = value(*part);
      if (!one) return one;
      if (auto* line = std::get_if<Line>(&*one)) {
        lines.push_back(std::move(*line));
      } else if (auto* more = std::get_if<Lines>(&*one)) {
        std::ranges::move(*more, std::back_inserter(lines));
      } else {
        return wrong("a list holds time series");
      }
    }
    return Value(std::move(lines));
  }

  Evaluated call(const Node& node) {
    const std::string_view function = node.text;
    if (function == "METRICS") return metrics(node);
    if (function == "PERIOD") return Value(static_cast<double>(scope_.period));
    if (function == "IF") return choose(node);
    if (function == "FILL") return fill(node);
    auto of = value(*node.parts[0]);
    if (!of) return of;
    if (function == "SUM" || function == "AVG" || function == "MIN" || function == "MAX") {
      return aggregate(function, *of);
    }
    if (function == "DATAPOINT_COUNT") {
      const auto* line = std::get_if<Line>(&*of);
      if (line == nullptr) return wrong("DATAPOINT_COUNT needs a time series");
      return Value(static_cast<double>(line->size()));
    }
    if (function == "RATE" || function == "DIFF") {
      return each_line(*of, function, [&](const Line& line) { return differences(line, function == "RATE"); });
    }
    if (const auto* number = std::get_if<double>(&*of))
      return Value(rounded({{Minute{}, *number}}, function)[Minute{}]);
    return each_line(*of, function, [&](const Line& line) { return rounded(line, function); });
  }

  // All metrics of the request, or those whose id holds the text.
  Evaluated metrics(const Node& node) const {
    std::string_view part;
    if (!node.parts.empty()) {
      part = node.parts[0]->text;
      if (part.size() < 2 || (part[0] != '"' && part[0] != '\''))
        return wrong("METRICS takes a text in quotation marks");
      part = part.substr(1, part.size() - 2);
    }
    Lines lines;
    for (const auto& [id, line] : scope_.metrics) {
      if (id.find(part) != std::string::npos) lines.push_back(line);
    }
    return Value(std::move(lines));
  }

  // Each point by itself: without a point of the condition there is none of the result.
  Evaluated choose(const Node& node) {
    auto condition = value(*node.parts[0]);
    if (!condition) return condition;
    auto yes = value(*node.parts[1]);
    if (!yes) return yes;
    Evaluated no = node.parts.size() > 2 ? value(*node.parts[2]) : Evaluated(Value(Line()));
    if (!no) return no;
    for (const auto* each : {&*condition, &*yes, &*no}) {
      if (std::holds_alternative<Lines>(*each)) return wrong("IF works on numbers and single time series");
    }
    if (const auto* number = std::get_if<double>(&*condition)) return *number != 0 ? yes : no;
    Line line;
    for (const auto& [at, held] : std::get<Line>(*condition)) {
      const Value& from = held != 0 ? *yes : *no;
      if (const auto* number = std::get_if<double>(&from)) {
        line[at] = *number;
      } else if (const auto found = std::get<Line>(from).find(at); found != std::get<Line>(from).end()) {
        line[at] = found->second;
      }
    }
    return Value(std::move(line));
  }

  // The periods without a point, from `begin` to `end`.
  Evaluated fill(const Node& node) {
    auto of = value(*node.parts[0]);
    if (!of) return of;
    const auto& how = *node.parts[1];
    if (how.kind == Node::Kind::name && (how.text == "REPEAT" || how.text == "LINEAR")) {
      return each_line(*of, "FILL", [&](const Line& line) { return filled(line, how.text == "LINEAR"); });
    }
    auto with = value(how);
    if (!with) return with;
    const auto* number = std::get_if<double>(&*with);
    if (number == nullptr) return wrong("FILL takes a number, REPEAT or LINEAR");
    return each_line(*of, "FILL", [&](const Line& line) {
      Line result = line;
      for_each_period([&](Minute at) { result.emplace(at, *number); });
      return result;
    });
  }

  Line filled(const Line& line, bool linear) const {
    Line result = line;
    for_each_period([&](Minute at) {
      const auto after = line.lower_bound(at);
      if (after == line.begin() || (after != line.end() && after->first == at)) return;
      const auto before = std::prev(after);
      if (linear && after == line.end()) return;
      double value = before->second;
      if (linear) {
        const double part = static_cast<double>((at - before->first).count()) /
                            static_cast<double>((after->first - before->first).count());
        value += (after->second - before->second) * part;
      }
      result[at] = value;
    });
    return result;
  }

  template <class Task>
  void for_each_period(Task task) const {
    for (Minute at = scope_.begin; at < scope_.end; at += metrics::Minutes(std::max(1, scope_.period / 60))) task(at);
  }

  const Scope& scope_;
};

}  // namespace

std::expected<Value, std::string> evaluate(const Node& node, const Scope& scope) {
  return Evaluation(scope).value(node);
}

}  // namespace millrace::aws::cloudwatch
