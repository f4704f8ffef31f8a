// Document: writes the body of a request as JSON or as CBOR, member by member.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::bench {

class Document {
 public:
  explicit Document(bool cbor) : cbor_(cbor) {}

  // `count` members or elements follow, then end().
  Document& map(std::size_t count) { return open(5, count, '{'); }
  Document& array(std::size_t count) { return open(4, count, '['); }
  Document& end_map() { return close('}'); }
  Document& end_array() { return close(']'); }
  Document& key(std::string_view name);
  // Text without a character that JSON escapes.
  Document& text(std::string_view value);
  // What stands in the document for a blob: `wire` comes from wire_form().
  Document& blob(std::string_view wire);
  Document& number(std::uint64_t value);

  const std::string& written() const { return out_; }

 private:
  Document& open(unsigned major, std::size_t count, char bracket);
  Document& close(char bracket);
  void head(unsigned major, std::uint64_t value);
  void separate();

  bool cbor_;
  bool first_ = true;  // no comma before what follows
  std::string out_;
};

// A blob as it stands in a document: base64 in JSON, itself in CBOR.
std::string wire_form(bool cbor, std::string_view blob);

}  // namespace millrace::bench
