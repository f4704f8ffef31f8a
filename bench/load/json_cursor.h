// JsonCursor: walks over one JSON text without copying. Strings are given as they stand between the quotes.
#pragma once
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace millrace::bench {

// Walks over one JSON text. Every function returns false at the first thing that is not as expected.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool string(std::string_view& out) {
    if (!take('"')) return false;
    const char* start = at_;
    for (const char* from = at_;;) {
      const auto* quote = static_cast<const char*>(std::memchr(from, '"', static_cast<std::size_t>(end_ - from)));
      if (quote == nullptr) return false;
      const char* slash = quote;
      while (slash > start && slash[-1] == '\\') --slash;
      at_ = quote + 1;
      if ((quote - slash) % 2 == 0) {
        out = {start, static_cast<std::size_t>(quote - start)};
        return true;
      }
      from = quote + 1;
    }
  }

  // A number of which only the whole part counts.
  bool number(std::uint64_t& out) {
    blank();
    const auto [end, error] = std::from_chars(at_, end_, out);
    if (error != std::errc()) return false;
    at_ = end;
    while (at_ != end_ && std::strchr(".0123456789eE+-", *at_) != nullptr) ++at_;
    return true;
  }

  // True, and past it, when null is next.
  bool null() {
    blank();
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with("null")) return false;
    at_ += 4;
    return true;
  }

  // Calls `member` with the name of each member; it must read the value.
  template <class Member>
  bool object(Member member) {
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
      std::string_view name;
      if (!string(name) || !take(':') || !member(name)) return false;
    } while (take(','));
    return take('}');
  }

  template <class Element>
  bool array(Element element) {
    if (!take('[')) return false;
    if (take(']')) return true;
    do {
      if (!element()) return false;
    } while (take(','));
    return take(']');
  }

  bool skip() {
    blank();
    if (at_ == end_) return false;
    std::string_view ignored;
    switch (*at_) {
      case '"': return string(ignored);
      case '{': return object([this](std::string_view) { return skip(); });
      case '[': return array([this] { return skip(); });
      default:
        while (at_ != end_ && std::strchr(",]} \t\r\n", *at_) == nullptr) ++at_;
        return true;
    }
  }

  bool at_end() {
    blank();
    return at_ == end_;
  }

 private:
  void blank() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  bool take(char wanted) {
    blank();
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }

  const char* at_;
  const char* end_;
};

}  // namespace millrace::bench
