// Message attributes: their rules, their digests, their stored form and the filters of ReceiveMessage.
//
// Lists of attributes are sorted by name.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/digest.h"
#include "aws/failure.h"
#include "aws/message_attribute.h"
#include "aws/sqs/limits.h"
#include "models/sqs.h"

namespace millrace::aws::sqs {

// Checks the attributes of a message and gives them sorted. The views point into `attributes`.
Outcome<AttributeViews> read_attributes(const codec::Map<models::sqs::MessageAttributeValue>& attributes,
                                        const Limits& limits);
// The same for system attributes, of which a sender may set AWSTraceHeader alone. Empty views: none was given.
Outcome<AttributeViews> read_system_attributes(const codec::Map<models::sqs::MessageSystemAttributeValue>& attributes);

// Of the value of an attribute of type Number: a decimal number of at most 38 significant digits between -10^128 and 10^126.
bool is_number(std::string_view text);

// What they count towards the size of the message: names, types and values.
std::size_t size_of(std::span<const AttributeView> attributes);

// MD5OfMessageAttributes, which clients compute too: for each attribute in order of its name, length (u32, big-endian)
// and bytes of name and type, a byte for the transport type (1 string, 2 binary), length and bytes of the value.
Md5 md5_of(std::span<const AttributeView> attributes);

// What a message keeps in broker::Message::properties.
struct Properties {
  Md5 body_md5{};  // kept, since every receive returns it
  std::string_view trace_header;
  AttributeViews attributes;
  bool ordered = false;  // not kept: a FIFO topic delivered it
};
std::string encode_properties(const Md5& body_md5, std::string_view trace_header,
                              std::span<const AttributeView> attributes);
// Nothing when the bytes are not properties. The views point into `stored`.
std::optional<Properties> decode_properties(std::string_view stored);

// MessageAttributeNames of a ReceiveMessage.
class AttributeFilter {
 public:
  explicit AttributeFilter(std::span<const std::string> names);
  bool empty() const { return !all_ && exact_.empty() && prefixes_.empty(); }
  bool matches(std::string_view name) const;

 private:
  bool all_ = false;
  std::vector<std::string_view> exact_;
  std::vector<std::string_view> prefixes_;
};

}  // namespace millrace::aws::sqs
