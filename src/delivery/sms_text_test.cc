#include "delivery/sms_text.h"

#include <gtest/gtest.h>

namespace millrace::delivery {
namespace {

std::string times(std::string_view text, std::size_t count) {
  std::string result;
  for (; count > 0; --count) result += text;
  return result;
}

TEST(SmsText, is_of_gsms_alphabet_as_long_as_that_has_all_characters) {
  const auto all = split_sms("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ");
  EXPECT_EQ(all.alphabet, SmsAlphabet::gsm7);
  std::string expected;
  for (char c = 0; c < 0x20; ++c) {
    if (c != 0x1B) expected += c;
  }
  EXPECT_EQ(all.parts.at(0), expected);
  EXPECT_EQ(split_sms("¡A¿aÄà").parts.at(0), "\x40\x41\x60\x61\x5B\x7F");
  EXPECT_EQ(split_sms("€[|]").parts.at(0), "\x1B\x65\x1B\x3C\x1B\x40\x1B\x3E");
  for (const char* text : {"ç", "ё", "`", "日", "😀", "\t"}) {
    EXPECT_EQ(split_sms(text).alphabet, SmsAlphabet::ucs2) << text;
  }
}

TEST(SmsText, of_other_characters_is_utf16) {
  EXPECT_EQ(split_sms("aё😀").parts.at(0), std::string("\0a\x04\x51\xD8\x3D\xDE\x00", 8));
}

TEST(SmsText, is_billed_by_parts) {
  const std::pair<std::string, std::size_t> counts[] = {
      {"", 1},
      {times("a", 160), 1},
      {times("a", 161), 2},
      {times("a", 306), 2},
      {times("a", 307), 3},
      {times("€", 80), 1},
      {times("€", 81), 2},
      {times("ё", 70), 1},
      {times("ё", 71), 2},
      {times("ё", 134), 2},
      {times("ё", 135), 3},
      {times("😀", 35), 1},
      {times("😀", 36), 2},
      // One character that the alphabet lacks halves the room of all.
      {times("a", 70) + "ё", 2},
  };
  for (const auto& [text, count] : counts) EXPECT_EQ(count_sms_parts(text), count) << text.size();
}

TEST(SmsText, no_character_is_cut_in_two) {
  const auto gsm7 = split_sms(times("a", 152) + times("€", 10));
  ASSERT_EQ(gsm7.parts.size(), 2u);
  EXPECT_EQ(gsm7.parts[0].size(), 152u);
  const auto ucs2 = split_sms(times("ё", 66) + times("😀", 10));
  ASSERT_EQ(ucs2.parts.size(), 2u);
  EXPECT_EQ(ucs2.parts[0].size(), 2 * 66u);
}

TEST(SmsText, what_was_encoded_is_read) {
  for (const std::string text : {"Hello, €5 [now] {ok}\n", "Grüße, Ω", "日本 and 😀"}) {
    const auto split = split_sms(text);
    EXPECT_EQ(read_sms(split.alphabet, split.parts.at(0)), text);
  }
}

TEST(SmsText, what_makes_no_sense_becomes_a_question_mark) {
  EXPECT_EQ(split_sms("a\xFFz").parts.at(0), "a?z");
  EXPECT_EQ(split_sms("\xE2\x82").parts.at(0), "??");
  EXPECT_EQ(read_sms(SmsAlphabet::gsm7, "a\x1B\x01z\x1B"), "a?z?");
  EXPECT_EQ(read_sms(SmsAlphabet::gsm7, "\xFF"), "?");
  EXPECT_EQ(read_sms(SmsAlphabet::ucs2, std::string("\xDC\x00\0a\xD8\x3D\0b\xD8", 9)), "?a?b");
}

}  // namespace
}  // namespace millrace::delivery
