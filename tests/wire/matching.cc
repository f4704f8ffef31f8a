#include "tests/wire/matching.h"

#include <fmt/format.h>

#include <vector>

namespace millrace::wire {
namespace {

constexpr std::string_view opening = "{{";
constexpr std::string_view closing = "}}";

// A piece of an expected text: literal, or a name that is not known yet.
struct Piece {
  bool capture = false;
  std::string text;
};

std::vector<Piece> split(std::string_view text) {
  std::vector<Piece> pieces;
  while (!text.empty()) {
    const auto at = text.find(opening);
    const auto end = at == std::string_view::npos ? at : text.find(closing, at);
    if (end == std::string_view::npos) {
      pieces.push_back({false, std::string(text)});
      break;
    }
    if (at > 0) pieces.push_back({false, std::string(text.substr(0, at))});
    pieces.push_back({true, std::string(text.substr(at + opening.size(), end - at - opening.size()))});
    text.remove_prefix(end + closing.size());
  }
  return pieces;
}

std::string shown(const codec::JsonValue& value) {
  std::string text;
  codec::write_json(value, text);
  return text;
}

}  // namespace

std::string fill(std::string_view text, const Names& names) {
  std::string result;
  for (const auto& piece : split(text)) {
    const auto known = piece.capture ? names.find(piece.text) : names.end();
    if (known != names.end()) {
      result += known->second;
    } else {
      result += piece.capture ? fmt::format("{{{{{}}}}}", piece.text) : piece.text;
    }
  }
  return result;
}

std::string match_text(std::string_view expected, std::string_view actual, Names& names) {
  const auto pieces = split(fill(expected, names));
  const auto differs = [&] { return fmt::format("expected {}\n     got {}", fill(expected, names), actual); };
  std::string_view rest = actual;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (!pieces[i].capture) {
      if (!rest.starts_with(pieces[i].text)) return differs();
      rest.remove_prefix(pieces[i].text.size());
      continue;
    }
    const bool last = i + 1 == pieces.size();
    const auto end = last ? rest.size() : rest.find(pieces[i + 1].text);
    if (end == std::string_view::npos) return differs();
    if (pieces[i].text != "*") names.insert_or_assign(pieces[i].text, std::string(rest.substr(0, end)));
    rest.remove_prefix(end);
  }
  return rest.empty() ? std::string() : differs();
}

std::string match_json(const codec::JsonValue& expected, const codec::JsonValue& actual, Names& names) {
  const auto differs = [&] {
    return fmt::format("expected {}\n     got {}", fill(shown(expected), names), shown(actual));
  };
  if (const auto* text = expected.string()) {
    if (*text == "{{*}}") return {};
    const auto* other = actual.string();
    // A name may also stand for a number.
    return match_text(*text, other != nullptr ? *other : shown(actual), names);
  }
  if (const auto* list = expected.array()) {
    const auto* other = actual.array();
    if (other == nullptr || other->size() != list->size()) return differs();
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (auto why = match_json((*list)[i], (*other)[i], names); !why.empty()) return why;
    }
    return {};
  }
  if (const auto* object = expected.object()) {
    const auto* other = actual.object();
    if (other == nullptr) return differs();
    for (const auto& [name, value] : *object) {
      const auto* found = actual.find(name);
      if (found == nullptr) return fmt::format("{} is missing\n     got {}", name, shown(actual));
      if (auto why = match_json(value, *found, names); !why.empty()) return fmt::format("{}: {}", name, why);
    }
    for (const auto& [name, value] : *other) {
      if (expected.find(name) == nullptr) return fmt::format("{} is not expected\n     got {}", name, shown(actual));
    }
    return {};
  }
  return expected == actual ? std::string() : differs();
}

}  // namespace millrace::wire
