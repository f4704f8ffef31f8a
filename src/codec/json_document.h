// Parses JSON text with a parser that is kept per thread. Included only by the .cc files of this folder, since it
// brings simdjson in.
#pragma once
#include <simdjson.h>

#include <optional>
#include <string_view>

namespace millrace::codec {

// Keeps the parser and the padded copy of the text alive while the document is walked. One at a time per thread.
class JsonDocument {
 public:
  // `padded`: what follows the text may be read; otherwise it is copied first.
  JsonDocument(std::string_view text, std::size_t depth_max, bool padded = false);
  ~JsonDocument();
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  // Null when the text is not JSON; problem() then says why.
  const simdjson::dom::element* root() const { return root_ ? &*root_ : nullptr; }
  std::string_view problem() const { return problem_; }

 private:
  struct Large;
  std::unique_ptr<Large> large_;
  std::optional<simdjson::dom::element> root_;
  std::string_view problem_;
};

}  // namespace millrace::codec
