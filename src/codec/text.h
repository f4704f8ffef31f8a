// Text helpers: base64, hex, percent-encoding, UTF-8. Decoders append to a string that the caller owns and say whether
// the input was well formed; after false the string's new part is meaningless.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::codec {

// RFC 4648 with padding. The decoder wants the padding, and nothing between or after.
void base64_encode(std::string_view bytes, std::string& out);
bool base64_decode(std::string_view text, std::string& out);
// The same into memory that has base64_room() for it; gives the number of bytes.
std::optional<std::size_t> base64_decode(std::string_view text, char* to);
constexpr std::size_t base64_room(std::size_t digits) { return digits / 4 * 3 + 4; }

// Lower case; the decoder takes both cases.
void hex_encode(std::string_view bytes, std::string& out);
bool hex_decode(std::string_view text, std::string& out);

// RFC 3986: everything but letters, digits and -._~ becomes %XX.
void percent_encode(std::string_view bytes, std::string& out);
enum class Plus { literal, space };  // space in forms, literal in paths
bool percent_decode(std::string_view text, Plus plus, std::string& out);

bool is_utf8(std::string_view text);
// Of valid UTF-8.
std::size_t count_characters(std::string_view text);
// Appends the UTF-8 of a Unicode scalar value.
void append_utf8(char32_t character, std::string& out);

}  // namespace millrace::codec
