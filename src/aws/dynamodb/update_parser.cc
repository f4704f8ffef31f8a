// Update expressions from their text.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/dynamodb/limits.h"
#include "aws/dynamodb/parser.h"

namespace millrace::aws::dynamodb {
namespace {

constexpr std::array<std::string_view, 4> sections = {"SET", "REMOVE", "ADD", "DELETE"};
constexpr std::array<std::string_view, 6> condition_functions = {
    "attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size"};

// As the service names types here.
std::string_view long_type_name(const Value& value) {
  constexpr std::array<std::string_view, 10> names = {"STRING",     "NUMBER",     "BINARY",     "BOOLEAN", "NULL",
                                                      "STRING_SET", "NUMBER_SET", "BINARY_SET", "LIST",    "MAP"};
  return names[static_cast<std::size_t>(value.type())];
}

bool is_set(const Value& value) {
  return value.type() == ValueType::SS || value.type() == ValueType::NS || value.type() == ValueType::BS;
}

class UpdateParser {
 public:
  explicit UpdateParser(Parser& parser) : parser_(parser) {}

  Outcome<Update> whole() {
    std::array<bool, sections.size()> seen{};
    while (parser_.peek().kind != Token::Kind::end) {
      const auto* section =
          std::ranges::find_if(sections, [this](std::string_view name) { return parser_.at_keyword(name); });
      if (section == sections.end()) return refuse(parser_.syntax_error());
      bool& again = seen[static_cast<std::size_t>(section - sections.begin())];
      if (again) {
        return refuse(
            parser_.wrong(fmt::format("The \"{}\" section can only be used once in an update expression;", *section)));
      }
      again = true;
      parser_.next();
      do {
        if (auto ok = action(*section); !ok) return refuse(std::move(ok.error()));
      } while (parser_.take_symbol(","));
    }
    return std::move(update_);
  }

 private:
  Outcome<void> action(std::string_view section) {
    auto path = parser_.path();
    if (!path) return refuse(std::move(path.error()));
    if (const auto clash = update_.paths.insert(*path)) return refuse(parser_.wrong(clash_words(*clash, *path)));
    if (auto ok = parser_.count_operator(); !ok) return ok;
    if (section == "SET") return assignment(std::move(*path));
    if (section == "REMOVE") {
      update_.removes.push_back(std::move(*path));
      return {};
    }
    auto value = parser_.value();
    if (!value) return refuse(std::move(value.error()));
    const bool adds = section == "ADD";
    if (!is_set(value->value) && !(adds && value->value.type() == ValueType::N)) {
      return refuse(parser_.wrong(fmt::format(
          "Incorrect operand type for operator or function; operator: {}, operand type: {}, typeSet: {}", section,
          long_type_name(value->value), adds ? "ALLOWED_FOR_ADD_OPERAND" : "ALLOWED_FOR_DELETE_OPERAND")));
    }
    (adds ? update_.adds : update_.deletes).push_back({std::move(*path), std::move(value->value)});
    return {};
  }

  Outcome<void> assignment(Path path) {
    if (auto ok = parser_.expect_symbol("="); !ok) return ok;
    auto left = operand();
    if (!left) return refuse(std::move(left.error()));
    const bool plus = parser_.at_symbol("+");
    if (plus || parser_.at_symbol("-")) {
      parser_.next();
      if (auto ok = parser_.count_operator(); !ok) return ok;
      auto right = operand();
      if (!right) return refuse(std::move(right.error()));
      for (const auto* side : {&*left, &*right}) {
        if (auto ok = check_number(*side, plus ? "+" : "-"); !ok) return ok;
      }
      Operand sum{.kind = plus ? Operand::Kind::plus : Operand::Kind::minus};
      sum.operands.push_back(std::move(*left));
      sum.operands.push_back(std::move(*right));
      left = std::move(sum);
    }
    update_.sets.push_back({std::move(path), std::move(*left)});
    return {};
  }

  Outcome<void> check_number(const Operand& operand, std::string_view sign) {
    if (operand.kind == Operand::Kind::list_append) return refuse(parser_.wrong_type(sign, "L"));
    if (operand.kind != Operand::Kind::value || operand.value.type() == ValueType::N) return {};
    return refuse(parser_.wrong_type(sign, operand.value.type_name()));
  }

  Outcome<Operand> operand() {
    if (parser_.at_symbol("(")) return in_parentheses();
    if (parser_.at_function()) return function();
    if (parser_.peek().kind == Token::Kind::colon) return parser_.value();
    auto path = parser_.path();
    if (!path) return refuse(std::move(path.error()));
    return Operand{.kind = Operand::Kind::path, .path = std::move(*path)};
  }

  Outcome<Operand> in_parentheses() {
    parser_.next();
    if (parser_.at_symbol("(")) return refuse(parser_.wrong("The expression has redundant parentheses;"));
    auto inner = operand();
    if (!inner) return inner;
    if (auto ok = parser_.expect_symbol(")"); !ok) return refuse(std::move(ok.error()));
    return inner;
  }

  Outcome<Operand> function() {
    const auto name = parser_.peek().text;
    if (std::ranges::find(condition_functions, name) != condition_functions.end()) {
      return refuse(
          parser_.wrong(fmt::format("The function is not allowed in an update expression; function: {}", name)));
    }
    const bool append = name == "list_append";
    if (!append && name != "if_not_exists") {
      return refuse(parser_.wrong(fmt::format("Invalid function name; function: {}", name)));
    }
    if (++depth_ > expression_depth_max) {
      return refuse(parser_.wrong(fmt::format("The expression is nested too deeply; nesting levels: {}", depth_)));
    }
    auto operands = parser_.arguments([this] { return operand(); });
    --depth_;
    if (!operands) return refuse(std::move(operands.error()));
    if (operands->size() != 2) return refuse(parser_.wrong_count(name, operands->size()));
    if (append) return list_append(std::move(*operands));
    if (operands->front().kind != Operand::Kind::path) {
      return refuse(
          parser_.wrong(fmt::format("Operator or function requires a document path; operator or function: {}", name)));
    }
    Operand out{.kind = Operand::Kind::if_not_exists, .path = std::move(operands->front().path)};
    out.operands.push_back(std::move(operands->back()));
    return out;
  }

  Outcome<Operand> list_append(std::vector<Operand> operands) {
    for (const auto& operand : operands) {
      if (operand.kind == Operand::Kind::value && operand.value.type() != ValueType::L) {
        return refuse(parser_.wrong_type("list_append", operand.value.type_name()));
      }
    }
    return Operand{.kind = Operand::Kind::list_append, .operands = std::move(operands)};
  }

  Parser& parser_;
  Update update_;
  std::size_t depth_ = 0;
};

}  // namespace

Outcome<Update> parse_update(std::string_view text, Placeholders& placeholders) {
  auto parser = Parser::open(text, "UpdateExpression", placeholders);
  if (!parser) return refuse(std::move(parser.error()));
  return UpdateParser(*parser).whole();
}

}  // namespace millrace::aws::dynamodb
