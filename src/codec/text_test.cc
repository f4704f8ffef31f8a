#include "codec/text.h"

#include <gtest/gtest.h>

#include <optional>

#include "codec/base64.h"

namespace millrace::codec {
namespace {

std::string base64(std::string_view bytes) {
  std::string out;
  base64_encode(bytes, out);
  return out;
}
std::optional<std::string> from_base64(std::string_view text) {
  std::string out;
  if (!base64_decode(text, out)) return {};
  return out;
}
std::optional<std::string> from_percent(std::string_view text, Plus plus = Plus::space) {
  std::string out;
  if (!percent_decode(text, plus, out)) return {};
  return out;
}

// Groups, pairs of groups and rests meet in every combination; a character that is no digit is found wherever it is.
TEST(Text, base64_at_every_length) {
  std::string bytes;
  for (unsigned length = 0; length < 300; ++length) {
    const std::string encoded = base64(bytes);
    ASSERT_EQ(encoded.size(), (length + 2) / 3 * 4);
    ASSERT_EQ(from_base64(encoded), bytes) << length;
    for (std::size_t i = 0; i + 2 < encoded.size(); ++i) {
      std::string broken = encoded;
      broken[i] = i % 2 == 0 ? '#' : '=';
      ASSERT_EQ(from_base64(broken), std::nullopt) << length << " " << i;
    }
    bytes += static_cast<char>(length * 167 + 13);
  }
}

// What the processor's wide instructions do is what the tables say, for every byte in every place.
TEST(Text, base64_is_the_same_in_both_ways) {
  std::string bytes;
  for (unsigned length = 0; length < 300; ++length) {
    std::string digits(base64::digits_of(length), '?');
    base64::encode_portable(bytes.data(), length, digits.data());
    ASSERT_EQ(base64(bytes), digits) << length;
    std::string wide(digits.size(), '?');
    const auto read = base64::encode_wide(bytes.data(), length, wide.data());
    ASSERT_EQ(wide.substr(0, base64::digits_of(read)), digits.substr(0, base64::digits_of(read)));
    bytes += static_cast<char>(length * 167 + 13);
  }
  const std::string whole(300, 'A');
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (unsigned c = 0; c < 256; ++c) {
      if (c == '=') continue;  // maybe padding
      std::string text = whole;
      text[at] = static_cast<char>(c);
      std::string out(base64_room(text.size()), '?');
      const auto size = base64::decode_portable(text.data(), text.size(), out.data());
      const auto decoded = from_base64(text);
      ASSERT_EQ(decoded.has_value(), size.has_value()) << at << " " << c;
      if (decoded) ASSERT_EQ(*decoded, out.substr(0, *size)) << at << " " << c;
    }
  }
}

TEST(Text, base64_of_rfc_4648) {
  const std::pair<std::string_view, std::string_view> pairs[] = {{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : pairs) {
    EXPECT_EQ(base64(plain), encoded);
    EXPECT_EQ(from_base64(encoded), plain);
  }
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(from_base64(base64(all)), all);
}

TEST(Text, base64_refuses_what_is_malformed) {
  for (const char* text : {"Zg", "Zg=", "Z===", "====", "Zm9v\n", "Zm 9", "Zm9vZ", "Zg==Zg==", "Zm-_", "Zm9\xFF"}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

TEST(Text, hex_both_ways) {
  std::string out;
  hex_encode(std::string_view("\x00\x9F\xFF", 3), out);
  EXPECT_EQ(out, "009fff");
  std::string back;
  EXPECT_TRUE(hex_decode("009FfF", back));
  EXPECT_EQ(back, std::string_view("\x00\x9F\xFF", 3));
  EXPECT_FALSE(hex_decode("0", back));
  EXPECT_FALSE(hex_decode("0g", back));
}

TEST(Text, percent_encoding) {
  std::string out;
  percent_encode("a-._~ +/&=%\xC3\xA9", out);
  EXPECT_EQ(out, "a-._~%20%2B%2F%26%3D%25%C3%A9");
  EXPECT_EQ(from_percent(out), "a-._~ +/&=%\xC3\xA9");
  EXPECT_EQ(from_percent("a+b%2b"), "a b+");
  EXPECT_EQ(from_percent("a+b%2b", Plus::literal), "a+b+");
  EXPECT_EQ(from_percent("%41%4"), std::nullopt);
  EXPECT_EQ(from_percent("%"), std::nullopt);
  EXPECT_EQ(from_percent("%zz"), std::nullopt);
}

TEST(Text, utf8) {
  for (const char32_t c : {U'a', U'\u00E9', U'\u20AC', U'\U0001F600', U'\U0010FFFF'}) {
    std::string out;
    append_utf8(c, out);
    EXPECT_TRUE(is_utf8(out));
    EXPECT_EQ(count_characters(out), 1u);
  }
  std::string euro;
  append_utf8(U'\u20AC', euro);
  EXPECT_EQ(euro, "\xE2\x82\xAC");
  EXPECT_FALSE(is_utf8("\xC3"));
  EXPECT_FALSE(is_utf8("\xC0\x80"));
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));
}

}  // namespace
}  // namespace millrace::codec
