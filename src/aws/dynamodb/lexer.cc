#include "aws/dynamodb/lexer.h"

#include <algorithm>

namespace millrace::aws::dynamodb {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_part(char c) { return is_letter(c) || is_digit(c); }

constexpr std::string_view symbols = "()[],.=+-<>";

std::size_t run(std::string_view text, std::size_t from, bool (*belongs)(char)) {
  std::size_t end = from;
  while (end < text.size() && belongs(text[end])) ++end;
  return end - from;
}

Token token_at(std::string_view text, std::size_t at) {
  const auto made = [&](Token::Kind kind, std::size_t size) { return Token{kind, text.substr(at, size), at}; };
  const char c = text[at];
  if (is_letter(c)) return made(Token::Kind::name, run(text, at, is_part));
  if (is_digit(c)) return made(Token::Kind::number, run(text, at, is_digit));
  if (c == '#' || c == ':') {
    const auto size = 1 + run(text, at + 1, is_part);
    return made(size == 1 ? Token::Kind::wrong : c == '#' ? Token::Kind::hash : Token::Kind::colon, size);
  }
  const auto two = text.substr(at, 2);
  if (two == "<>" || two == "<=" || two == ">=") return made(Token::Kind::symbol, 2);
  if (symbols.find(c) != std::string_view::npos) return made(Token::Kind::symbol, 1);
  // A character beyond ASCII is shown whole.
  std::size_t size = 1;
  while (at + size < text.size() && (static_cast<unsigned char>(text[at + size]) & 0xC0) == 0x80) ++size;
  return made(Token::Kind::wrong, size);
}

}  // namespace

std::vector<Token> tokens_of(std::string_view expression) {
  std::vector<Token> tokens;
  for (std::size_t at = 0; at < expression.size();) {
    if (is_space(expression[at])) {
      ++at;
      continue;
    }
    tokens.push_back(token_at(expression, at));
    at += tokens.back().text.size();
  }
  tokens.push_back({Token::Kind::end, "<EOF>", expression.size()});
  return tokens;
}

bool is_keyword(const Token& token, std::string_view keyword) {
  return token.kind == Token::Kind::name && std::ranges::equal(token.text, keyword, [](char written, char upper) {
           return (written >= 'a' && written <= 'z' ? static_cast<char>(written - 'a' + 'A') : written) == upper;
         });
}

std::string near_text(std::string_view expression, const std::vector<Token>& tokens, std::size_t index) {
  const auto& first = tokens[index > 0 ? index - 1 : index];
  const auto& last = tokens[std::min(index + 1, tokens.size() - 1)];
  const auto end = last.kind == Token::Kind::end ? expression.size() : last.at + last.text.size();
  auto text = expression.substr(first.at, end - first.at);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return std::string(text);
}

}  // namespace millrace::aws::dynamodb
