// Conditions, filters and key conditions from their text.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "aws/dynamodb/limits.h"
#include "aws/dynamodb/parser.h"

namespace millrace::aws::dynamodb {
namespace {

using Kind = Condition::Kind;

struct Function {
  std::string_view name;
  Kind kind;
  std::size_t operands;
  bool path;  // the first one must be a path
};
constexpr std::array<Function, 5> functions{{
    {"attribute_exists", Kind::exists, 1, true},
    {"attribute_not_exists", Kind::not_exists, 1, true},
    {"attribute_type", Kind::type, 2, true},
    {"begins_with", Kind::begins_with, 2, false},
    {"contains", Kind::contains, 2, false},
}};
constexpr std::string_view size_function = "size";
constexpr std::array<std::string_view, 2> update_functions = {"if_not_exists", "list_append"};

constexpr std::array<std::pair<std::string_view, Kind>, 6> comparators{{
    {"=", Kind::equal},
    {"<>", Kind::not_equal},
    {"<", Kind::less},
    {"<=", Kind::less_or_equal},
    {">", Kind::greater},
    {">=", Kind::greater_or_equal},
}};

constexpr std::string_view valid_types = "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}";

// A condition or an operand: which of the two stands in parentheses shows only afterwards.
struct Part {
  std::variant<Condition, Operand> content;
  bool parenthesized = false;
};

bool is_ordered(const Value& value) {
  return value.type() == ValueType::S || value.type() == ValueType::N || value.type() == ValueType::B;
}

class ConditionParser {
 public:
  explicit ConditionParser(Parser& parser) : parser_(parser) {}

  Outcome<Condition> whole() {
    auto condition = required(disjunction());
    if (!condition) return condition;
    if (auto ok = parser_.expect_end(); !ok) return refuse(std::move(ok.error()));
    return condition;
  }

 private:
  // Counts how deep the expression goes, since each level is a level of recursion.
  struct Level {
    explicit Level(std::size_t& levels) : depth(++levels), count(levels) {}
    ~Level() { --count; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    std::size_t depth;
    std::size_t& count;
  };

  Outcome<Condition> required(Outcome<Part> part) {
    if (!part) return refuse(std::move(part.error()));
    if (auto* condition = std::get_if<Condition>(&part->content)) return std::move(*condition);
    return refuse(parser_.syntax_error());
  }

  Outcome<Part> chain(std::string_view keyword, Kind kind, Outcome<Part> (ConditionParser::*inner)()) {
    auto first = (this->*inner)();
    if (!first || !parser_.at_keyword(keyword)) return first;
    Condition all{.kind = kind};
    auto condition = required(std::move(first));
    if (!condition) return refuse(std::move(condition.error()));
    all.conditions.push_back(std::move(*condition));
    while (parser_.take_keyword(keyword)) {
      if (auto ok = parser_.count_operator(); !ok) return refuse(std::move(ok.error()));
      auto another = required((this->*inner)());
      if (!another) return refuse(std::move(another.error()));
      all.conditions.push_back(std::move(*another));
    }
    return Part{std::move(all)};
  }

  Outcome<Part> disjunction() { return chain("OR", Kind::disjunction, &ConditionParser::conjunction); }
  Outcome<Part> conjunction() { return chain("AND", Kind::conjunction, &ConditionParser::negation); }

  Outcome<Part> negation() {
    const Level level(levels_);
    if (level.depth > expression_depth_max) {
      return refuse(parser_.wrong(fmt::format("The expression is nested too deeply; nesting levels: {}", level.depth)));
    }
    if (!parser_.at_keyword("NOT")) return comparison();
    parser_.next();
    if (auto ok = parser_.count_operator(); !ok) return refuse(std::move(ok.error()));
    auto inner = required(negation());
    if (!inner) return refuse(std::move(inner.error()));
    Condition out{.kind = Kind::negation};
    out.conditions.push_back(std::move(*inner));
    return Part{std::move(out)};
  }

  Outcome<Part> comparison() {
    auto part = atom();
    if (!part) return part;
    auto* left = std::get_if<Operand>(&part->content);
    if (left == nullptr) return part;
    if (parser_.at_keyword("BETWEEN")) return between(std::move(*left));
    if (parser_.at_keyword("IN")) return in(std::move(*left));
    const auto* found =
        std::ranges::find_if(comparators, [&](const auto& entry) { return parser_.at_symbol(entry.first); });
    if (found == comparators.end()) return part;
    parser_.next();
    if (auto ok = parser_.count_operator(); !ok) return refuse(std::move(ok.error()));
    auto right = operand();
    if (!right) return refuse(std::move(right.error()));
    Condition out{.kind = found->second, .operands = {std::move(*left), std::move(*right)}};
    if (auto ok = check_comparison(out); !ok) return refuse(std::move(ok.error()));
    return Part{std::move(out)};
  }

  Outcome<Part> between(Operand left) {
    parser_.next();
    if (auto ok = parser_.count_operator(); !ok) return refuse(std::move(ok.error()));
    auto lower = operand();
    if (!lower) return refuse(std::move(lower.error()));
    if (!parser_.take_keyword("AND")) return refuse(parser_.syntax_error());
    auto upper = operand();
    if (!upper) return refuse(std::move(upper.error()));
    Condition out{.kind = Kind::between, .operands = {std::move(left), std::move(*lower), std::move(*upper)}};
    if (auto ok = check_comparison(out); !ok) return refuse(std::move(ok.error()));
    if (auto ok = check_bounds(out); !ok) return refuse(std::move(ok.error()));
    return Part{std::move(out)};
  }

  Outcome<Part> in(Operand left) {
    parser_.next();
    if (auto ok = parser_.count_operator(); !ok) return refuse(std::move(ok.error()));
    if (auto ok = parser_.expect_symbol("("); !ok) return refuse(std::move(ok.error()));
    Condition out{.kind = Kind::in, .operands = {std::move(left)}};
    do {
      auto member = operand();
      if (!member) return refuse(std::move(member.error()));
      out.operands.push_back(std::move(*member));
    } while (parser_.take_symbol(","));
    if (auto ok = parser_.expect_symbol(")"); !ok) return refuse(std::move(ok.error()));
    if (out.operands.size() - 1 > in_operands_max) {
      return refuse(parser_.wrong_count("IN", out.operands.size() - 1));
    }
    if (auto ok = check_distinct(out); !ok) return refuse(std::move(ok.error()));
    return Part{std::move(out)};
  }

  Outcome<Part> atom() {
    if (parser_.at_symbol("(")) {
      parser_.next();
      auto inner = disjunction();
      if (!inner) return inner;
      if (auto ok = parser_.expect_symbol(")"); !ok) return refuse(std::move(ok.error()));
      if (inner->parenthesized) return refuse(parser_.wrong("The expression has redundant parentheses;"));
      inner->parenthesized = true;
      return inner;
    }
    if (parser_.at_function()) return function();
    auto simple = operand();
    if (!simple) return refuse(std::move(simple.error()));
    return Part{std::move(*simple)};
  }

  // A path, a value, size() of one of them, or one of these in parentheses.
  Outcome<Operand> operand() {
    if (parser_.at_symbol("(")) {
      auto part = atom();
      if (!part) return refuse(std::move(part.error()));
      if (auto* inner = std::get_if<Operand>(&part->content)) return std::move(*inner);
      return refuse(parser_.syntax_error());
    }
    if (parser_.at_function()) {
      const auto name = parser_.peek().text;
      auto part = function();
      if (!part) return refuse(std::move(part.error()));
      if (auto* inner = std::get_if<Operand>(&part->content)) return std::move(*inner);
      return refuse(parser_.wrong(
          fmt::format("The function is not allowed to be used this way in an expression; function: {}", name)));
    }
    if (parser_.peek().kind == Token::Kind::colon) return parser_.value();
    auto path = parser_.path();
    if (!path) return refuse(std::move(path.error()));
    return Operand{.kind = Operand::Kind::path, .path = std::move(*path)};
  }

  Outcome<Part> function() {
    const auto name = parser_.peek().text;
    const Level level(levels_);
    if (level.depth > expression_depth_max) {
      return refuse(parser_.wrong(fmt::format("The expression is nested too deeply; nesting levels: {}", level.depth)));
    }
    const auto* known = std::ranges::find(functions, name, &Function::name);
    if (known == functions.end() && name != size_function) {
      if (std::ranges::find(update_functions, name) != update_functions.end()) {
        return refuse(
            parser_.wrong(fmt::format("The function is not allowed in a condition expression; function: {}", name)));
      }
      return refuse(parser_.wrong(fmt::format("Invalid function name; function: {}", name)));
    }
    auto operands = parser_.arguments([this] { return operand(); });
    if (!operands) return refuse(std::move(operands.error()));
    if (known == functions.end()) return size(std::move(*operands));
    if (operands->size() != known->operands) return refuse(parser_.wrong_count(name, operands->size()));
    if (known->path && operands->front().kind != Operand::Kind::path) {
      return refuse(
          parser_.wrong(fmt::format("Operator or function requires a document path; operator or function: {}", name)));
    }
    Condition out{.kind = known->kind, .operands = std::move(*operands)};
    if (auto ok = check_function(out); !ok) return refuse(std::move(ok.error()));
    return Part{std::move(out)};
  }

  Outcome<Part> size(std::vector<Operand> operands) {
    if (operands.size() != 1) return refuse(parser_.wrong_count(size_function, operands.size()));
    const auto& only = operands.front();
    if (only.kind == Operand::Kind::size) return refuse(parser_.wrong_type(size_function, "N"));
    if (only.kind == Operand::Kind::value && !length_of(only.value)) {
      return refuse(parser_.wrong_type(size_function, only.value.type_name()));
    }
    return Part{Operand{.kind = Operand::Kind::size, .operands = std::move(operands)}};
  }

  Outcome<void> check_function(const Condition& condition) {
    if (condition.operands.size() < 2) return {};
    const auto& second = condition.operands[1];
    const auto name = name_of(condition.kind);
    if (condition.kind == Kind::type) {
      if (second.kind != Operand::Kind::value) return refuse(parser_.wrong_type(name, "path"));
      const auto* type = second.value.as<std::string>();
      if (type == nullptr) return refuse(parser_.wrong_type(name, second.value.type_name()));
      for (int i = 0; i <= static_cast<int>(ValueType::M); ++i) {
        if (name_of(static_cast<ValueType>(i)) == *type) return {};
      }
      return refuse(parser_.wrong(
          fmt::format("Invalid attribute type name found; type: {}, valid types: {}", *type, valid_types)));
    }
    if (condition.kind == Kind::begins_with) {
      for (const auto& operand : condition.operands) {
        if (operand.kind == Operand::Kind::size) return refuse(parser_.wrong_type(name, "N"));
        if (operand.kind != Operand::Kind::value) continue;
        const auto type = operand.value.type();
        if (type != ValueType::S && type != ValueType::B) {
          return refuse(parser_.wrong_type(name, operand.value.type_name()));
        }
      }
    }
    return check_distinct(condition);
  }

  Outcome<void> check_comparison(const Condition& condition) {
    if (condition.kind != Kind::equal && condition.kind != Kind::not_equal) {
      for (const auto& operand : condition.operands) {
        if (operand.kind == Operand::Kind::value && !is_ordered(operand.value)) {
          return refuse(parser_.wrong_type(name_of(condition.kind), operand.value.type_name()));
        }
      }
    }
    return check_distinct(condition);
  }

  Outcome<void> check_distinct(const Condition& condition) {
    const auto& first = condition.operands.front();
    if (first.kind != Operand::Kind::path) return {};
    if (std::find(condition.operands.begin() + 1, condition.operands.end(), first) == condition.operands.end()) {
      return {};
    }
    return refuse(parser_.wrong(
        fmt::format("The first operand must be distinct from the remaining operands for this operator or function; "
                    "operator: {}, first operand: {}",
                    name_of(condition.kind), shown(first.path))));
  }

  Outcome<void> check_bounds(const Condition& condition) {
    const auto& lower = condition.operands[1];
    const auto& upper = condition.operands[2];
    if (lower.kind != Operand::Kind::value || upper.kind != Operand::Kind::value) return {};
    const auto refused = [&](std::string_view why) {
      return refuse(
          parser_.wrong(fmt::format("The BETWEEN operator requires {}; lower bound operand: AttributeValue: "
                                    "{}, upper bound operand: AttributeValue: {}",
                                    why, shown(lower.value), shown(upper.value))));
    };
    if (lower.value.type() != upper.value.type()) return refused("same data type for lower and upper bounds");
    if (holds({.kind = Kind::greater, .operands = {lower, upper}}, {})) {
      return refused("upper bound to be greater than or equal to lower bound");
    }
    return {};
  }

  Parser& parser_;
  std::size_t levels_ = 0;
};

}  // namespace

Outcome<Condition> parse_condition(std::string_view text, std::string_view parameter, Placeholders& placeholders) {
  auto parser = Parser::open(text, parameter, placeholders);
  if (!parser) return refuse(std::move(parser.error()));
  return ConditionParser(*parser).whole();
}

}  // namespace millrace::aws::dynamodb
