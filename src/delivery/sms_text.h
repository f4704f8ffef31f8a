// The text of a short message as the phone network carries it: in the GSM alphabet (3GPP TS 23.038) if all of its characters
// are there, otherwise in UCS-2, and in several parts when it is longer than one holds.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::delivery {

enum class SmsAlphabet : std::uint8_t { gsm7, ucs2 };

// In characters of the alphabet; an extended character of GSM's counts twice, and so does one of UCS-2's outside the
// basic plane. The header that joins several parts takes what is missing in the second figure.
inline constexpr std::size_t gsm7_single_max = 160, gsm7_part_max = 153;
inline constexpr std::size_t ucs2_single_max = 70, ucs2_part_max = 67;
// The header counts the parts with one byte.
inline constexpr std::size_t sms_parts_max = 255;

struct SmsParts {
  SmsAlphabet alphabet = SmsAlphabet::gsm7;
  // Encoded: one character a byte, or UTF-16 with the high byte first. At least one part; no character is cut in two.
  std::vector<std::string> parts;
};

// `text` is UTF-8; what is not counts as a question mark.
SmsParts split_sms(std::string_view text);

// How many messages the service bills.
inline std::size_t count_sms_parts(std::string_view text) { return split_sms(text).parts.size(); }

// What a phone sent, as UTF-8. Bytes that mean nothing become question marks.
std::string read_sms(SmsAlphabet alphabet, std::string_view encoded);

}  // namespace millrace::delivery
