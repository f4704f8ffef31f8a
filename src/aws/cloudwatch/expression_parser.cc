// Reading of metric math. Precedence, from the weakest: || (OR), && (AND), comparisons, + -, * /, unary minus, ^.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "aws/cloudwatch/expression.h"

namespace millrace::aws::cloudwatch {
namespace {

using Parsed = std::expected<NodePtr, std::string>;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Function {
  std::string_view name;
  std::size_t least;
  std::size_t most;
};
constexpr std::array<Function, 14> functions{{{"ABS", 1, 1},
                                              {"AVG", 1, 1},
                                              {"CEIL", 1, 1},
                                              {"DATAPOINT_COUNT", 1, 1},
                                              {"DIFF", 1, 1},
                                              {"FILL", 2, 2},
                                              {"FLOOR", 1, 1},
                                              {"IF", 2, 3},
                                              {"MAX", 1, 1},
                                              {"METRICS", 0, 1},
                                              {"MIN", 1, 1},
                                              {"PERIOD", 1, 1},
                                              {"RATE", 1, 1},
                                              {"SUM", 1, 1}}};

struct Level {
  std::array<std::string_view, 6> operators;
};
constexpr std::array<Level, 5> levels{
    {{{{"||"}}}, {{{"&&"}}}, {{{"==", "!=", "<=", ">=", "<", ">"}}}, {{{"+", "-"}}}, {{{"*", "/"}}}}};

class Parser {
 public:
  Parser(std::string_view text, std::size_t depth_max) : rest_(text), depth_max_(depth_max) {}

  Parsed all() {
    auto made = level(0);
    if (!made) return made;
    blanks();
    if (!rest_.empty()) return wrong(fmt::format("unexpected \"{}\"", rest_.substr(0, 20)));
    return made;
  }

 private:
  static std::unexpected<std::string> wrong(std::string why) { return std::unexpected(std::move(why)); }

  void blanks() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t' || rest_[0] == '\n' || rest_[0] == '\r')) {
      rest_.remove_prefix(1);
    }
  }

  bool take(std::string_view token) {
    blanks();
    if (!rest_.starts_with(token)) return false;
    // A word ends where a name would not go on.
    if (is_letter(token.back()) && rest_.size() > token.size() &&
        (is_letter(rest_[token.size()]) || is_digit(rest_[token.size()]))) {
      return false;
    }
    rest_.remove_prefix(token.size());
    return true;
  }

  std::string_view take_operator(std::size_t at) {
    for (const auto token : levels[at].operators) {
      if (!token.empty() && take(token)) return token;
    }
    if (at == 0 && take("OR")) return "||";
    if (at == 1 && take("AND")) return "&&";
    return {};
  }

  static NodePtr node(Node::Kind kind, std::string_view text) {
    auto made = std::make_unique<Node>();
    made->kind = kind;
    made->text = text;
    return made;
  }

  Parsed level(std::size_t at) {
    if (at == levels.size()) return unary();
    auto left = level(at + 1);
    while (left) {
      const auto found = take_operator(at);
      if (found.empty()) break;
      auto right = level(at + 1);
      if (!right) return right;
      auto both = node(Node::Kind::operation, found);
      both->parts.push_back(std::move(*left));
      both->parts.push_back(std::move(*right));
      left = std::move(both);
    }
    return left;
  }

  Parsed unary() {
    if (++depth_ > depth_max_) return wrong("it is nested too deeply");
    auto made = take("-") ? negated() : power();
    --depth_;
    return made;
  }

  Parsed negated() {
    auto of = unary();
    if (!of) return of;
    auto made = node(Node::Kind::operation, "-");
    made->parts.push_back(node(Node::Kind::number, {}));
    made->parts.push_back(std::move(*of));
    return made;
  }

  Parsed power() {
    auto base = primary();
    if (!base || !take("^")) return base;
    auto exponent = unary();
    if (!exponent) return exponent;
    auto made = node(Node::Kind::operation, "^");
    made->parts.push_back(std::move(*base));
    made->parts.push_back(std::move(*exponent));
    return made;
  }

  Parsed primary() {
    blanks();
    if (rest_.empty()) return wrong("it ends too early");
    if (take("(")) {
      auto made = level(0);
      if (made && !take(")")) return wrong("a \")\" is missing");
      return made;
    }
    if (take("[")) return list();
    if (is_digit(rest_[0]) || rest_[0] == '.') return number();
    if (rest_[0] == '"' || rest_[0] == '\'') return quoted();
    if (is_letter(rest_[0])) return word();
    return wrong(fmt::format("unexpected \"{}\"", rest_.substr(0, 20)));
  }

  Parsed number() {
    auto made = node(Node::Kind::number, {});
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), made->number);
    if (error != std::errc()) return wrong(fmt::format("\"{}\" is not a number", rest_.substr(0, 20)));
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return made;
  }

  // METRICS("errors"): those whose id holds the text.
  Parsed quoted() {
    const char mark = rest_[0];
    const auto end = rest_.find(mark, 1);
    if (end == std::string_view::npos) return wrong("a quotation mark is missing");
    auto made = node(Node::Kind::name, rest_.substr(0, end + 1));
    rest_.remove_prefix(end + 1);
    return made;
  }

  Parsed list() {
    auto made = node(Node::Kind::list, {});
    if (auto ok = parts(*made, "]"); !ok) return std::unexpected(std::move(ok.error()));
    return made;
  }

  std::expected<void, std::string> parts(Node& of, std::string_view closing) {
    if (take(closing)) return {};
    while (true) {
      auto part = level(0);
      if (!part) return std::unexpected(std::move(part.error()));
      of.parts.push_back(std::move(*part));
      if (take(closing)) return {};
      if (!take(",")) return wrong(fmt::format("a \",\" or \"{}\" is missing", closing));
    }
  }

  Parsed word() {
    std::size_t size = 1;
    while (size < rest_.size() && (is_letter(rest_[size]) || is_digit(rest_[size]))) ++size;
    const auto text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    if (!take("(")) return node(Node::Kind::name, text);
    const auto known = std::ranges::find(functions, text, &Function::name);
    if (known == functions.end()) return wrong(fmt::format("this server does not offer the function {}", text));
    auto made = node(Node::Kind::call, text);
    if (auto ok = parts(*made, ")"); !ok) return std::unexpected(std::move(ok.error()));
    if (made->parts.size() < known->least || made->parts.size() > known->most) {
      return wrong(fmt::format("{} takes {} to {} arguments", text, known->least, known->most));
    }
    return made;
  }

  std::string_view rest_;
  std::size_t depth_ = 0;
  const std::size_t depth_max_;
};

void collect(const Node& node, std::vector<std::string>& names) {
  // The text of METRICS("text") and FILL's REPEAT are no names of metrics.
  const bool plain = node.kind == Node::Kind::name && node.text[0] != '"' && node.text[0] != '\'';
  if (plain && std::ranges::find(names, node.text) == names.end()) names.push_back(node.text);
  for (std::size_t i = 0; i < node.parts.size(); ++i) {
    const bool mode = node.kind == Node::Kind::call && node.text == "FILL" && i == 1 &&
                      (node.parts[i]->text == "REPEAT" || node.parts[i]->text == "LINEAR");
    if (!mode) collect(*node.parts[i], names);
  }
}

}  // namespace

std::expected<NodePtr, std::string> parse_expression(std::string_view text, const ExpressionLimits& limits) {
  if (text.size() > limits.bytes_max) return std::unexpected(std::string("it is too long"));
  return Parser(text, limits.depth_max).all();
}

std::vector<std::string> names_in(const Node& node) {
  std::vector<std::string> names;
  collect(node, names);
  return names;
}

bool uses_metrics(const Node& node) {
  if (node.kind == Node::Kind::call && node.text == "METRICS") return true;
  return std::ranges::any_of(node.parts, [](const NodePtr& part) { return uses_metrics(*part); });
}

}  // namespace millrace::aws::cloudwatch
