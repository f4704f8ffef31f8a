#include "aws/dynamodb/parser.h"

#include <fmt/format.h>

#include <charconv>

#include "aws/dynamodb/limits.h"
#include "aws/dynamodb/reserved_words.h"

namespace millrace::aws::dynamodb {

Parser::Parser(std::string_view text, std::string_view parameter, Placeholders& placeholders)
    : text_(text), parameter_(parameter), placeholders_(placeholders), tokens_(tokens_of(text)) {}

Outcome<Parser> Parser::open(std::string_view text, std::string_view parameter, Placeholders& placeholders) {
  if (text.size() > expression_bytes_max) {
    return refuse(
        invalid(fmt::format("Invalid {}: Expression size has exceeded the maximum allowed size; expression size: {}",
                            parameter, text.size())));
  }
  Parser parser(text, parameter, placeholders);
  if (parser.tokens_.size() == 1) return refuse(parser.wrong("The expression can not be empty;"));
  return parser;
}

const Token& Parser::peek(std::size_t ahead) const {
  return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : tokens_.back();
}

const Token& Parser::next() {
  const Token& token = peek();
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

bool Parser::at_symbol(std::string_view symbol) const {
  return peek().kind == Token::Kind::symbol && peek().text == symbol;
}

bool Parser::at_keyword(std::string_view keyword) const { return is_keyword(peek(), keyword); }

bool Parser::take_symbol(std::string_view symbol) {
  if (!at_symbol(symbol)) return false;
  next();
  return true;
}

bool Parser::take_keyword(std::string_view keyword) {
  if (!at_keyword(keyword)) return false;
  next();
  return true;
}

Outcome<void> Parser::expect_symbol(std::string_view symbol) {
  if (!take_symbol(symbol)) return refuse(syntax_error());
  return {};
}

Outcome<void> Parser::expect_end() {
  if (peek().kind != Token::Kind::end) return refuse(syntax_error());
  return {};
}

bool Parser::at_function() const {
  return peek().kind == Token::Kind::name && peek(1).kind == Token::Kind::symbol && peek(1).text == "(";
}

Outcome<std::string> Parser::path_name() {
  const Token& token = peek();
  if (token.kind == Token::Kind::name) {
    if (is_reserved_word(token.text)) {
      return refuse(wrong(fmt::format("Attribute name is a reserved keyword; reserved keyword: {}", token.text)));
    }
    return std::string(next().text);
  }
  if (token.kind != Token::Kind::hash) return refuse(syntax_error());
  const std::string* name = placeholders_.name(token.text);
  if (name == nullptr) {
    return refuse(wrong(fmt::format(
        "An expression attribute name used in the document path is not defined; attribute name: {}", token.text)));
  }
  next();
  return *name;
}

Outcome<Path> Parser::path() {
  Path path;
  auto name = path_name();
  if (!name) return refuse(std::move(name.error()));
  path.steps.emplace_back(std::move(*name));
  for (;;) {
    // The attribute itself, and a step for each level below it.
    if (path.steps.size() > static_cast<std::size_t>(nesting_max) + 1) {
      return refuse(
          wrong(fmt::format("The document path has too many nesting elements; nesting levels: {}", path.steps.size())));
    }
    if (take_symbol(".")) {
      auto key = path_name();
      if (!key) return refuse(std::move(key.error()));
      path.steps.emplace_back(std::move(*key));
    } else if (take_symbol("[")) {
      if (peek().kind != Token::Kind::number) return refuse(syntax_error());
      std::uint32_t index = 0;
      const auto digits = peek().text;
      const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), index);
      if (read.ec != std::errc() || index > list_index_max) {
        return refuse(wrong(fmt::format("List index is not within the allowable range; index: [{}]", digits)));
      }
      next();
      if (auto ok = expect_symbol("]"); !ok) return refuse(std::move(ok.error()));
      path.steps.emplace_back(index);
    } else {
      return path;
    }
  }
}

Outcome<Operand> Parser::value() {
  if (peek().kind != Token::Kind::colon) return refuse(syntax_error());
  const Value* value = placeholders_.value(peek().text);
  if (value == nullptr) {
    return refuse(wrong(fmt::format(
        "An expression attribute value used in expression is not defined; attribute value: {}", peek().text)));
  }
  next();
  return Operand{.kind = Operand::Kind::value, .value = *value};
}

Outcome<void> Parser::count_operator() {
  if (++operators_ <= expression_operators_max) return {};
  return refuse(wrong(
      fmt::format("The expression contains too many operators and functions; limit: {}", expression_operators_max)));
}

Failure Parser::wrong(std::string_view what) const { return invalid(fmt::format("Invalid {}: {}", parameter_, what)); }

Failure Parser::syntax_error() const {
  return wrong(fmt::format("Syntax error; token: \"{}\", near: \"{}\"", peek().text, near_text(text_, tokens_, at_)));
}

Failure Parser::wrong_count(std::string_view name, std::size_t count) const {
  return wrong(fmt::format(
      "Incorrect number of operands for operator or function; operator or function: {}, number of operands: {}", name,
      count));
}

Failure Parser::wrong_type(std::string_view name, std::string_view type) const {
  return wrong(fmt::format(
      "Incorrect operand type for operator or function; operator or function: {}, operand type: {}", name, type));
}

Outcome<PathTree> parse_projection(std::string_view text, Placeholders& placeholders) {
  auto parser = Parser::open(text, "ProjectionExpression", placeholders);
  if (!parser) return refuse(std::move(parser.error()));
  PathTree tree;
  do {
    auto path = parser->path();
    if (!path) return refuse(std::move(path.error()));
    if (const auto clash = tree.insert(*path)) {
      return refuse(parser->wrong(clash_words(*clash, *path)));
    }
  } while (parser->take_symbol(","));
  if (auto ok = parser->expect_end(); !ok) return refuse(std::move(ok.error()));
  return tree;
}

}  // namespace millrace::aws::dynamodb
