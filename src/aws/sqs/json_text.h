// JSON documents inside parameters: policies of several kinds. Small and rare, so each is parsed with a parser of its
// own. Included by .cc files only, since it brings simdjson in.
#pragma once
#include <simdjson.h>

#include <memory>
#include <string>
#include <string_view>

namespace millrace::aws::sqs {

class JsonText {
 public:
  explicit JsonText(std::string_view text) : padded_(text) {
    if (parser_.parse(padded_).get(root_) == simdjson::SUCCESS) good_ = true;
  }
  // False when the text is not JSON or no object.
  bool object(simdjson::dom::object& into) const { return good_ && root_.get(into) == simdjson::SUCCESS; }

  // The same document without white space between its parts.
  static std::string compact(std::string_view text) {
    std::string result(text.size() + simdjson::SIMDJSON_PADDING, '\0');
    std::size_t size = 0;
    const simdjson::padded_string padded(text);
    if (simdjson::minify(padded.data(), padded.size(), result.data(), size) != simdjson::SUCCESS) return std::string(text);
    result.resize(size);
    return result;
  }

 private:
  simdjson::padded_string padded_;
  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
  bool good_ = false;
};

}  // namespace millrace::aws::sqs
