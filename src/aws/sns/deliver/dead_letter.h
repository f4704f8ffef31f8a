// Why a message was given up, as it stands in its dead letter (broker::Delivery::words); receivers see message attributes.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace millrace::aws::sns {

struct DeadLetterReason {
  std::string_view error_code;
  std::string_view error_message;
  std::string_view request_id;
  std::string_view text_name;  // of the text that the subscriber would have got of a structured message: "http"
};

inline std::string encode(const DeadLetterReason& reason) {
  std::string words;
  ByteWriter out(words);
  out.string(reason.error_code);
  out.string(reason.error_message);
  out.string(reason.request_id);
  out.string(reason.text_name);
  return words;
}

// Views into `words`. Nothing when there are none.
inline std::optional<DeadLetterReason> decode_reason(std::string_view words) {
  ByteReader in(words);
  DeadLetterReason reason;
  reason.error_code = in.string();
  reason.error_message = in.string();
  reason.request_id = in.string();
  reason.text_name = in.string();
  if (words.empty() || !in.done()) return std::nullopt;
  return reason;
}

}  // namespace millrace::aws::sns
