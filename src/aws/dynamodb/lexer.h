// Lexer: the words of an expression. Used at home, while one expression is parsed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::aws::dynamodb {

struct Token {
  enum class Kind : std::uint8_t {
    name,    // a bare word: an attribute, a keyword or a function
    hash,    // #name
    colon,   // :value
    number,  // digits
    symbol,  // one of ( ) [ ] , . = + - < > and <> <= >=
    wrong,   // what cannot begin a word
    end,
  };
  Kind kind = Kind::end;
  std::string_view text;  // inside the expression; "<EOF>" at the end
  std::size_t at = 0;
};

// The last one is always of kind `end`.
std::vector<Token> tokens_of(std::string_view expression);

// Keywords may be written in upper or lower case; `keyword` is in upper case.
bool is_keyword(const Token& token, std::string_view keyword);

// What messages show beside a token: the text from the token before it to the one behind it.
std::string near_text(std::string_view expression, const std::vector<Token>& tokens, std::size_t index);

}  // namespace millrace::aws::dynamodb
