#include "codec/json_document.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "base/check.h"
#include "codec/violation.h"

namespace millrace::codec {
namespace {

// simdjson reserves about 14 bytes of memory per byte of text and touches a few of them. What a thread keeps is bounded
// by this; a larger document gets a parser of its own, whose fresh pages cost more than the parsing.
constexpr std::size_t kept_text_max = 1 << 20;
static_assert(simdjson::SIMDJSON_PADDING <= json_padding);

struct Parser {
  simdjson::dom::parser parser;
  std::string padded;
  std::size_t depth_max = 0;

  simdjson::error_code parse(std::string_view text, bool has_padding, std::size_t depth, std::size_t capacity_min,
                             std::optional<simdjson::dom::element>& root) {
    if (parser.capacity() < text.size() || depth_max != depth) {
      if (const auto error = parser.allocate(std::max(text.size(), capacity_min), depth)) return error;
      depth_max = depth;
    }
    const char* begin = text.data();
    if (!has_padding) {
      if (padded.size() < text.size() + simdjson::SIMDJSON_PADDING) {
        padded.resize(std::max(text.size(), capacity_min) + simdjson::SIMDJSON_PADDING);
      }
      std::memcpy(padded.data(), text.data(), text.size());
      begin = padded.data();
    }
    simdjson::dom::element element;
    const auto error = parser.parse(begin, text.size(), false).get(element);
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

JsonDocument::JsonDocument(std::string_view text, std::size_t depth_max, bool padded) {
  simdjson::error_code error;
  if (text.size() > kept_text_max) {
    large_ = std::make_unique<Large>();
    error = large_->parse(text, padded, depth_max, 0, root_);
  } else {
    check(!kept_in_use, "the document before this one is still being walked");
    kept_in_use = true;
    error = kept_parser().parse(text, padded, depth_max, 4096, root_);
  }
  if (error) problem_ = simdjson::error_message(error);
}

JsonDocument::~JsonDocument() {
  if (large_ == nullptr) kept_in_use = false;
}

}  // namespace millrace::codec
