// Parsers of the expression languages, from text to what can be evaluated. Used at home; every parser is for one
// expression. Failures are ValidationExceptions in the service's words: "Invalid ConditionExpression: …".
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "aws/dynamodb/condition.h"
#include "aws/dynamodb/errors.h"
#include "aws/dynamodb/lexer.h"
#include "aws/dynamodb/path.h"
#include "aws/dynamodb/placeholders.h"
#include "aws/dynamodb/update.h"

namespace millrace::aws::dynamodb {

// `parameter` is the name of the expression in the request: "ConditionExpression", "FilterExpression",
// "KeyConditionExpression".
Outcome<Condition> parse_condition(std::string_view text, std::string_view parameter, Placeholders& placeholders);
Outcome<PathTree> parse_projection(std::string_view text, Placeholders& placeholders);
Outcome<Update> parse_update(std::string_view text, Placeholders& placeholders);

// What the parsers share: the tokens and a place among them, paths, operands that are paths or values, and words for
// what is wrong.
class Parser {
 public:
  // Refuses what is empty or too long.
  static Outcome<Parser> open(std::string_view text, std::string_view parameter, Placeholders& placeholders);

  const Token& peek(std::size_t ahead = 0) const;
  const Token& next();
  bool at_symbol(std::string_view symbol) const;
  bool at_keyword(std::string_view keyword) const;
  // Steps over it if it is there.
  bool take_symbol(std::string_view symbol);
  bool take_keyword(std::string_view keyword);
  Outcome<void> expect_symbol(std::string_view symbol);
  Outcome<void> expect_end();
  // A bare word with an opening parenthesis behind it.
  bool at_function() const;

  Outcome<Path> path();
  Outcome<Operand> value();
  // The operands of a function, whose name and "(" come next; each is made by `read`.
  template <class Read>
  Outcome<std::vector<Operand>> arguments(Read read);

  // Counts an operator or function against the limit.
  Outcome<void> count_operator();

  // "Invalid PARAMETER: WHAT"
  Failure wrong(std::string_view what) const;
  Failure syntax_error() const;
  Failure wrong_count(std::string_view name, std::size_t count) const;
  Failure wrong_type(std::string_view name, std::string_view type) const;

 private:
  Parser(std::string_view text, std::string_view parameter, Placeholders& placeholders);
  Outcome<std::string> path_name();

  std::string_view text_;
  std::string_view parameter_;
  Placeholders& placeholders_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t operators_ = 0;
};

template <class Read>
Outcome<std::vector<Operand>> Parser::arguments(Read read) {
  if (auto ok = count_operator(); !ok) return refuse(std::move(ok.error()));
  next();
  next();
  std::vector<Operand> out;
  do {
    auto operand = read();
    if (!operand) return refuse(std::move(operand.error()));
    out.push_back(std::move(*operand));
  } while (take_symbol(","));
  if (auto ok = expect_symbol(")"); !ok) return refuse(std::move(ok.error()));
  return out;
}

}  // namespace millrace::aws::dynamodb
