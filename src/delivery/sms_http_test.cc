#include "delivery/sms_http.h"

#include <gtest/gtest.h>

#include "delivery/fake_http_client.h"
#include "http/fake_net.h"

namespace millrace::delivery {
namespace {

using Kind = Outcome::Kind;

class SmsHttpTest : public testing::Test {
 protected:
  // The request that this message becomes; it is answered with `status`.
  FakeHttpClient::Pending sent(SmsHttpOptions options, Sms sms = {"+4179", "a \"b\" & {sender}\n", "Shop", {}},
                               int status = 200) {
    SmsHttp gateway(http_, std::move(options));
    gateway.send(core_, std::move(sms), [this](Outcome outcome) { outcome_ = std::move(outcome); });
    auto copy = FakeHttpClient::Pending{http_.calls.front().home, http_.calls.front().call, nullptr};
    http_.answer(status, "no\r\nroom");
    return copy;
  }
  http::FakeCore core_;
  FakeHttpClient http_;
  Outcome outcome_;
};

TEST_F(SmsHttpTest, a_body_is_json_unless_its_type_says_otherwise) {
  const std::string body = R"({"to":"{phone}","text":"{text}","from":"{sender}","kind":"{type}","x":{}})";
  auto call = sent({.url = "https://sms.example/send", .body = body});
  EXPECT_EQ(call.call.method, "POST");
  EXPECT_EQ(call.header("content-type"), "application/json");
  EXPECT_EQ(call.body(), R"({"to":"+4179","text":"a \"b\" & {sender}\n","from":"Shop","kind":"Promotional","x":{}})");
  call = sent({.url = "u",
               .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
               .body = "to={phone}&text={text}"});
  EXPECT_EQ(call.body(), "to=%2B4179&text=a%20%22b%22%20%26%20%7Bsender%7D%0A");
  call = sent({.url = "u", .headers = {{"content-type", "text/plain"}}, .body = "{text}"});
  EXPECT_EQ(call.body(), "a \"b\" & {sender}\n");
}

TEST_F(SmsHttpTest, the_url_may_hold_everything) {
  const auto call = sent({.method = "GET", .url = "https://sms.example/{phone}?t={text}&k={type}"},
                         {"+4179", "ä&b", "", Sms::Type::transactional});
  EXPECT_EQ(call.call.method, "GET");
  EXPECT_EQ(call.call.url, "https://sms.example/%2B4179?t=%C3%A4%26b&k=Transactional");
  EXPECT_EQ(call.call.body, nullptr);
  EXPECT_TRUE(call.call.headers.empty());
}

TEST_F(SmsHttpTest, a_text_cannot_write_headers) {
  const auto call = sent({.url = "u", .headers = {{"X-Text", "<{text}>"}}}, {"+4179", "a\r\nX-Evil: 1", "", {}});
  EXPECT_EQ(call.header("X-Text"), "<aX-Evil: 1>");
}

TEST_F(SmsHttpTest, the_status_decides) {
  const std::pair<int, Kind> statuses[] = {{200, Kind::delivered}, {202, Kind::delivered}, {302, Kind::refused},
                                           {400, Kind::refused},   {429, Kind::retry},     {503, Kind::retry}};
  for (const auto& [status, kind] : statuses) {
    sent({.url = "u"}, {}, status);
    EXPECT_EQ(outcome_.kind, kind) << status;
    EXPECT_EQ(outcome_.status, status);
  }
  EXPECT_EQ(outcome_.detail, "503 noroom");
}

TEST(SmsHttpHeaders, are_lines_of_name_and_value) {
  const auto headers = read_header_lines("Authorization: Basic x:y\r\n\n  X-Key:1\n");
  ASSERT_TRUE(headers);
  EXPECT_EQ(*headers,
            (std::vector<std::pair<std::string, std::string>>{{"Authorization", "Basic x:y"}, {"X-Key", "1"}}));
  EXPECT_FALSE(read_header_lines("X-Key"));
  EXPECT_FALSE(read_header_lines(": 1"));
  EXPECT_FALSE(read_header_lines("X Key: 1"));
}

}  // namespace
}  // namespace millrace::delivery
