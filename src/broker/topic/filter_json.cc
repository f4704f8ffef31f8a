#include "broker/topic/filter_json.h"

#include <algorithm>
#include <utility>

#include "codec/numbers.h"
#include "codec/text.h"

namespace millrace::broker {
namespace {

// The service quotes so much of the text.
constexpr std::size_t quoted_max = 500;

constexpr std::string_view space = " \t\r\n";

class Parser {
 public:
  Parser(std::string_view text, std::size_t depth_max) : text_(text), depth_left_(depth_max) {}

  std::expected<FilterJson, FilterJsonError> document() {
    FilterJson root;
    skip_space();
    if (value(root)) {
      skip_space();
      if (at_ < text_.size()) unexpected("expected the end of the document");
    }
    if (!error_.what.empty()) return std::unexpected(std::move(error_));
    return root;
  }

 private:
  bool wrong(std::string what, std::size_t position) {
    error_ = {std::move(what), position};
    return false;
  }

  // About the character at hand, which counts as consumed.
  bool unexpected(std::string_view expected) {
    if (at_ >= text_.size()) return wrong("Unexpected end-of-input", text_.size());
    // The text is valid: a character has as many bytes as its first one says.
    const auto first = static_cast<unsigned char>(text_[at_]);
    const std::size_t size = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    unsigned code = size == 1 ? first : first & (0x7Fu >> size);
    for (const char c : text_.substr(at_ + 1, size - 1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
    std::string what = "Unexpected character ('";
    what += text_.substr(at_, size);
    what += "' (code ";
    codec::write_integer(code, what);
    what += ")): ";
    what += expected;
    return wrong(std::move(what), at_ + size);
  }

  void skip_space() { at_ = std::min(text_.find_first_not_of(space, at_), text_.size()); }
  bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  std::uint32_t here() const { return static_cast<std::uint32_t>(at_); }

  bool value(FilterJson& into) {
    if (at_ >= text_.size()) return unexpected("");
    switch (text_[at_]) {
      case '{': return nested(into, FilterJson::Type::object, '}');
      case '[': return nested(into, FilterJson::Type::array, ']');
      case '"':
        into.type = FilterJson::Type::string;
        into.met = here() + 1;
        if (!string(into.text)) return false;
        into.read = here();
        return true;
      case 't': return word(into, "true", FilterJson::Type::true_value);
      case 'f': return word(into, "false", FilterJson::Type::false_value);
      case 'n': return word(into, "null", FilterJson::Type::null_value);
      default: return number(into);
    }
  }

  bool nested(FilterJson& into, FilterJson::Type type, char end) {
    if (depth_left_ == 0) return wrong("Document nesting depth exceeds the maximum allowed", at_);
    --depth_left_;
    into.type = type;
    into.met = here() + 1;
    ++at_;
    skip_space();
    while (!next_is(end)) {
      if (!into.children.empty()) {
        if (!next_is(',')) {
          return unexpected(end == '}' ? "was expecting comma to separate Object entries"
                                       : "was expecting comma to separate Array entries");
        }
        ++at_;
        skip_space();
      }
      FilterJson& child = into.children.emplace_back();
      if (type == FilterJson::Type::object && !name(child.name)) return false;
      if (!value(child)) return false;
      skip_space();
    }
    ++at_;
    into.read = here();
    ++depth_left_;
    return true;
  }

  bool name(std::string& into) {
    if (!next_is('"')) return unexpected("was expecting double-quote to start field name");
    if (!string(into)) return false;
    skip_space();
    if (!next_is(':')) return unexpected("was expecting a colon to separate field name and value");
    ++at_;
    skip_space();
    return true;
  }

  bool word(FilterJson& into, std::string_view expected, FilterJson::Type type) {
    if (text_.substr(at_, expected.size()) != expected) return unexpected("expected a valid value");
    at_ += expected.size();
    into.type = type;
    into.text = expected;
    into.met = into.read = here();
    return true;
  }

  std::size_t digits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ - begin;
  }

  bool number(FilterJson& into) {
    const std::size_t begin = at_;
    if (next_is('-')) ++at_;
    const bool zero = next_is('0');
    const std::size_t whole = digits();
    if (whole == 0) return unexpected("expected a valid value");
    if (zero && whole > 1) return wrong("Invalid numeric value: Leading zeroes not allowed", begin + 1);
    if (next_is('.')) {
      ++at_;
      if (digits() == 0) return unexpected("Decimal point not followed by a digit");
    }
    if (next_is('e') || next_is('E')) {
      ++at_;
      if (next_is('+') || next_is('-')) ++at_;
      if (digits() == 0) return unexpected("Exponent indicator not followed by a digit");
    }
    into.type = FilterJson::Type::number;
    into.text = text_.substr(begin, at_ - begin);
    into.met = into.read = here();
    return true;
  }

  bool string(std::string& into) {
    ++at_;
    for (;;) {
      const std::size_t begin = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20) {
        ++at_;
      }
      into.append(text_, begin, at_ - begin);
      if (at_ >= text_.size()) return wrong("Unexpected end-of-input in a String value", text_.size());
      if (text_[at_] == '"') break;
      if (text_[at_] != '\\') return wrong("Illegal unquoted character in a String value", at_ + 1);
      ++at_;
      if (!escape(into)) return false;
    }
    ++at_;
    return true;
  }

  bool escape(std::string& into) {
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (next_is('u')) {
      ++at_;
      return unicode(into);
    }
    const auto which = at_ < text_.size() ? letters.find(text_[at_]) : letters.npos;
    if (which == letters.npos) return unexpected("expected an escaped character");
    into += meanings[which];
    ++at_;
    return true;
  }

  bool unit(char32_t& into) {
    const auto hex = text_.substr(at_, 4);
    unsigned value = 0;
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
    if (hex.size() < 4 || error != std::errc{} || end != hex.data() + 4) {
      return unexpected("expected a hex-digit for character escape sequence");
    }
    at_ += 4;
    into = value;
    return true;
  }

  bool unicode(std::string& into) {
    char32_t character = 0;
    if (!unit(character)) return false;
    if (character >= 0xD800 && character < 0xDC00 && text_.substr(at_, 2) == "\\u") {
      at_ += 2;
      char32_t low = 0;
      if (!unit(low)) return false;
      if (low < 0xDC00 || low > 0xDFFF) return wrong("Incomplete surrogate pair", at_);
      character = 0x10000 + ((character - 0xD800) << 10) + (low - 0xDC00);
    }
    if (character >= 0xD800 && character <= 0xDFFF) return wrong("Incomplete surrogate pair", at_);
    codec::append_utf8(character, into);
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_left_;
  FilterJsonError error_;
};

// In UTF-16: one unit for each character, two for those that take four bytes in UTF-8.
std::size_t units(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if ((byte & 0xC0) == 0x80) return 0;
  return byte >= 0xF0 ? 2 : 1;
}

}  // namespace

std::expected<FilterJson, FilterJsonError> parse_filter_json(std::string_view text, std::size_t depth_max) {
  if (!codec::is_utf8(text)) return std::unexpected(FilterJsonError{"Invalid UTF-8", 0});
  return Parser(text, depth_max).document();
}

std::string filter_json_location(std::string_view text, std::size_t position) {
  if (!codec::is_utf8(text)) return {};
  std::size_t line = 1, column = 1, quoted = 0, all = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    all += units(text[i]);
    if (all <= quoted_max) quoted = i + 1;
    if (i >= position) continue;
    column += units(text[i]);
    if (text[i] == '\n' || (text[i] == '\r' && text.substr(i + 1, 1) != "\n")) {
      ++line;
      column = 1;
    }
  }
  std::string out = "\n at [Source: (String)\"";
  out += text.substr(0, quoted);
  out += '"';
  if (all > quoted_max) {
    out += "[truncated ";
    codec::write_integer(all - quoted_max, out);
    out += " chars]";
  }
  out += "; line: ";
  codec::write_integer(line, out);
  out += ", column: ";
  codec::write_integer(column, out);
  out += ']';
  return out;
}

}  // namespace millrace::broker
