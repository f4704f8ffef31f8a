// One attribute of a message, without owner: of a request, or of a stored message. SQS and SNS have the same.
#pragma once
#include <string_view>
#include <vector>

namespace millrace::aws {

struct AttributeView {
  std::string_view name;
  std::string_view type;   // "Number", "String.json" …
  bool binary = false;     // of type Binary: the value came as BinaryValue
  std::string_view value;  // the bytes
};
using AttributeViews = std::vector<AttributeView>;

}  // namespace millrace::aws
