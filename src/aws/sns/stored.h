// What a published message keeps in broker::Message::properties, beside its body.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "aws/message_attribute.h"
#include "aws/sns/signing_key.h"

namespace millrace::aws::sns {

struct StoredPublication {
  std::string_view topic_arn;  // of the endpoint's application, or empty, for what was not published to a topic
  std::string_view subject;
  std::string_view trace_header;
  std::string_view address;  // a phone number or an endpoint's ARN, of what was published to it directly; else empty
  SignatureVersion signature = SignatureVersion::sha1;  // of the topic when it was published
  bool structured = false;                              // the body is a JSON object with a text for each protocol
  AttributeViews attributes;
};

// docs/format/sns.md
std::string encode_publication(const StoredPublication& publication);
// Nothing when the bytes are no such properties. The views point into `stored`.
std::optional<StoredPublication> decode_publication(std::string_view stored);

// The text for a protocol ("sqs", "http", …) of a structured body; that of "default" if it has none of its own. Nothing when
// the body is not structured well, which is checked before it is stored.
std::optional<std::string> structured_text(std::string_view body, std::string_view protocol);

}  // namespace millrace::aws::sns
