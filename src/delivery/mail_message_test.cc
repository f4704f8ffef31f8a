#include "delivery/mail_message.h"

#include <gtest/gtest.h>

#include <string>

#include "codec/text.h"

namespace millrace::delivery {
namespace {

const MailStamp stamp{.date = from_ms(784'111'777'000), .id = "1f", .boundary = "cut"};

Mail mail(std::string subject, std::string text) {
  return {
      .from = "Alerts <a@example.com>", .to = "b@example.org", .subject = std::move(subject), .text = std::move(text)};
}

std::string line_of(const std::string& message, std::string_view name) {
  const auto begin = message.find(fmt::format("{}: ", name));
  if (begin == std::string::npos) return "missing";
  return message.substr(begin, message.find("\r\n", begin) - begin);
}

TEST(MailMessage, PlainTextStaysAsItIs) {
  EXPECT_EQ(format_mail(mail("Disk full", "one\n.\ntwo"), stamp).value(),
            "Date: Sun, 06 Nov 1994 08:49:37 +0000\r\n"
            "From: \"Alerts\" <a@example.com>\r\n"
            "To: b@example.org\r\n"
            "Message-ID: <1f@example.com>\r\n"
            "Subject: Disk full\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=UTF-8\r\n"
            "Content-Transfer-Encoding: 7bit\r\n"
            "\r\n"
            "one\r\n.\r\ntwo\r\n");
}

TEST(MailMessage, TextBeyondMailsLinesIsEncoded) {
  for (const auto& text :
       {std::string("grün"), std::string(999, 'x'), std::string("bare\rreturn"), std::string("\0", 1)}) {
    const auto message = format_mail(mail("s", text), stamp).value();
    EXPECT_EQ(line_of(message, "Content-Transfer-Encoding"), "Content-Transfer-Encoding: base64");
    std::string digits = message.substr(message.find("\r\n\r\n") + 4);
    EXPECT_TRUE(digits.ends_with("\r\n"));
    for (std::size_t at = 0; at < digits.size();) {
      const auto end = digits.find("\r\n", at);
      EXPECT_LE(end - at, 76u);
      at = end + 2;
    }
    std::erase_if(digits, [](char c) { return c == '\r' || c == '\n'; });
    std::string decoded;
    ASSERT_TRUE(codec::base64_decode(digits, decoded));
    EXPECT_EQ(decoded, text);
  }
  EXPECT_TRUE(format_mail(mail("s", std::string(998, 'x') + "\n" + std::string(998, 'y')), stamp)->contains("7bit"));
}

TEST(MailMessage, SubjectsBeyondAsciiBecomeEncodedWords) {
  EXPECT_EQ(line_of(format_mail(mail("grün", ""), stamp).value(), "Subject"), "Subject: =?UTF-8?B?Z3LDvG4=?=");
  EXPECT_EQ(line_of(format_mail(mail("=?UTF-8?B?YQ==?=", ""), stamp).value(), "Subject"),
            "Subject: =?UTF-8?B?PT9VVEYtOD9CP1lRPT0/PQ==?=");
  std::string subject;
  for (int i = 0; i < 40; ++i) subject += "€";  // three bytes each
  const auto message = format_mail(mail(subject, ""), stamp).value();
  const auto begin = message.find("Subject: ");
  auto words = message.substr(begin + 9, message.find("\r\nAuto") - begin - 9);
  std::string decoded;
  while (!words.empty()) {
    const auto word = words.substr(0, words.find("\r\n "));
    EXPECT_LE(word.size(), 75u);
    ASSERT_TRUE(word.starts_with("=?UTF-8?B?") && word.ends_with("?=")) << word;
    std::string part;
    ASSERT_TRUE(codec::base64_decode(word.substr(10, word.size() - 12), part));
    EXPECT_TRUE(codec::is_utf8(part)) << "a character is not cut";
    decoded += part;
    words.erase(0, word.size() + 3);
  }
  EXPECT_EQ(decoded, subject);
}

TEST(MailMessage, TwoFormsOfOneText) {
  auto both = mail("s", "plain");
  both.html = "<b>rich</b>";
  const auto message = format_mail(both, stamp).value();
  EXPECT_TRUE(message.ends_with(
      "Content-Type: multipart/alternative; boundary=\"cut\"\r\n\r\n"
      "--cut\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nplain\r\n"
      "--cut\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n<b>rich</b>\r\n"
      "--cut--\r\n"))
      << message;
}

TEST(MailMessage, ASenderMayHaveAnotherName) {
  auto given = mail("s", "");
  given.from_name = "Disk \"watch\"";
  EXPECT_EQ(line_of(format_mail(given, stamp).value(), "From"), "From: \"Disk \\\"watch\\\"\" <a@example.com>");
  given.from_name = "Größe";
  EXPECT_EQ(line_of(format_mail(given, stamp).value(), "From"), "From: =?UTF-8?B?R3LDtsOfZQ==?= <a@example.com>");
}

TEST(MailMessage, NobodyWritesHeadersOfTheirOwn) {
  auto wrong = mail("a\r\nBcc: c@example.net", "");
  EXPECT_FALSE(format_mail(wrong, stamp));
  EXPECT_FALSE(format_mail(mail("a\nb", ""), stamp));
  EXPECT_FALSE(format_mail(mail(std::string("a\0b", 3), ""), stamp));
  EXPECT_FALSE(format_mail(mail(std::string(1001, 's'), ""), stamp));
  wrong = mail("s", "");
  wrong.from = "A\r\nBcc: c@example.net <a@example.com>";
  EXPECT_FALSE(format_mail(wrong, stamp));
  wrong.from = "";
  EXPECT_FALSE(format_mail(wrong, stamp));
  wrong = mail("s", "");
  wrong.from_name = "A\r\nBcc: c@example.net";
  EXPECT_FALSE(format_mail(wrong, stamp));
}

TEST(Mailbox, Table) {
  struct Row {
    std::string_view text, name, address;
  };
  for (const auto& [text, name, address] : {Row{"a@b", "", "a@b"}, Row{" a+b@c.example ", "", "a+b@c.example"},
                                            Row{"A B <a@b>", "A B", "a@b"}, Row{"<a@b>", "", "a@b"}}) {
    const auto mailbox = parse_mailbox(text);
    ASSERT_TRUE(mailbox) << text;
    EXPECT_EQ(mailbox->name, name);
    EXPECT_EQ(mailbox->address, address);
  }
  for (const std::string_view text : {"", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\r\n", "a@b>\r\nRCPT TO:<c@d",
                                      "a@b,c@d", "<a@b", "a@b>", "A <a@b> x", "grün@b", "-a@b", "<>", ">", "\"a\"@b"}) {
    EXPECT_FALSE(parse_mailbox(text)) << text;
  }
  EXPECT_TRUE(parse_mailbox(std::string(252, 'a') + "@b"));
  EXPECT_FALSE(parse_mailbox(std::string(253, 'a') + "@b"));
}

}  // namespace
}  // namespace millrace::delivery
