#include "codec/json_document.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "base/check.h"

namespace millrace::codec {
namespace {

// simdjson takes about 14 bytes of memory per byte of text. What a thread keeps is bounded by this; a larger document
// gets a parser of its own, whose cost its size hides.
constexpr std::size_t kept_text_max = 64 << 10;

struct Parser {
  simdjson::dom::parser parser;
  std::string padded;
  std::size_t depth_max = 0;

  simdjson::error_code parse(std::string_view text, std::size_t depth, std::size_t capacity_min,
                             std::optional<simdjson::dom::element>& root) {
    if (parser.capacity() < text.size() || depth_max != depth) {
      if (const auto error = parser.allocate(std::max(text.size(), capacity_min), depth)) return error;
      depth_max = depth;
    }
    if (padded.size() < text.size() + simdjson::SIMDJSON_PADDING) {
      padded.resize(std::max(text.size(), capacity_min) + simdjson::SIMDJSON_PADDING);
    }
    // The copy costs a few nanoseconds per KiB and spares every caller the padding that simdjson reads beyond the end.
    std::memcpy(padded.data(), text.data(), text.size());
    simdjson::dom::element element;
    const auto error = parser.parse(padded.data(), text.size(), false).get(element);
    if (!error) root = element;
    return error;
  }
};

thread_local bool kept_in_use = false;

Parser& kept_parser() {
  thread_local Parser parser;
  return parser;
}

}  // namespace

struct JsonDocument::Large : Parser {};

JsonDocument::JsonDocument(std::string_view text, std::size_t depth_max) {
  simdjson::error_code error;
  if (text.size() > kept_text_max) {
    large_ = std::make_unique<Large>();
    error = large_->parse(text, depth_max, 0, root_);
  } else {
    check(!kept_in_use, "the document before this one is still being walked");
    kept_in_use = true;
    error = kept_parser().parse(text, depth_max, 4096, root_);
  }
  if (error) problem_ = simdjson::error_message(error);
}

JsonDocument::~JsonDocument() {
  if (large_ == nullptr) kept_in_use = false;
}

}  // namespace millrace::codec
