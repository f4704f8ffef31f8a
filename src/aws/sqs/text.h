// Texts that messages may carry.
#pragma once
#include <string_view>

namespace millrace::aws::sqs {

// UTF-8 of #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF: what XML can hold, since the
// service once spoke nothing else.
bool is_message_text(std::string_view text);

// 1 to 128 of letters, digits and punctuation: message group, deduplication and attempt ids.
bool is_message_id_text(std::string_view text, std::size_t characters_max);

inline constexpr std::string_view message_text_rule =
    "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | "
    "#x10000 to #x10FFFF";

}  // namespace millrace::aws::sqs
