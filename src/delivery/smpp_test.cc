// The packets, and the client against a message centre that the test plays.
#include <gtest/gtest.h>

#include "codec/text.h"
#include "delivery/smpp_client.h"
#include "delivery/smpp_pdu.h"
#include "http/fake_net.h"

namespace millrace::delivery {
namespace {

using Kind = Outcome::Kind;
using std::chrono::seconds;

std::string hex(std::string_view bytes) {
  std::string text;
  codec::hex_encode(bytes, text);
  return text;
}

TEST(SmppPdu, a_login_has_the_specifications_bytes) {
  const auto bytes =
      encode_pdu({.command = smpp::bind_transceiver, .sequence = 1, .body = encode_bind({"me", "pw", "x"})});
  EXPECT_EQ(hex(bytes),
            "0000001c"
            "00000009"
            "00000000"
            "00000001"
            "6d6500"
            "707700"
            "7800"
            "34"
            "00"
            "00"
            "00");
}

TEST(SmppPdu, a_message_has_the_specifications_bytes) {
  SmppMessage message{.source = smpp_address("Shop"),
                      .destination = smpp_address("+4179"),
                      .esm_class = 0x40,
                      .registered_delivery = 1,
                      .data_coding = 8,
                      .text = "hi",
                      .parameters = {{0x0424, "p"}}};
  EXPECT_EQ(hex(encode_message(message)),
            "00"
            "0500"
            "53686f7000"
            "0101"
            "3431373900"
            "40"
            "00"
            "00"
            "00"
            "00"
            "01"
            "00"
            "08"
            "00"
            "02"
            "6869"
            "0424000170");
  const auto again = decode_message(encode_message(message));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, message);
}

TEST(SmppPdu, whole_ones_are_taken_and_parts_wait) {
  const auto bytes = encode_pdu({.command = 1, .status = 2, .sequence = 3, .body = "abc"});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto part = decode_pdu(std::string_view(bytes).substr(0, size));
    ASSERT_TRUE(part);
    EXPECT_EQ(part->second, 0u);
  }
  const auto whole = decode_pdu(bytes + "more");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->second, bytes.size());
  EXPECT_EQ(whole->first.body, "abc");
  EXPECT_EQ(whole->first.status, 2u);
  EXPECT_FALSE(decode_pdu(std::string("\0\0\0\x0F", 4)));
  EXPECT_FALSE(decode_pdu("\x7F\xFF\xFF\xFF"));
}

TEST(SmppPdu, a_message_that_is_cut_off_is_an_error) {
  const auto body = encode_message({.text = "hello", .parameters = {{1, "ab"}}});
  for (std::size_t size = 0; size < body.size(); ++size) {
    // Without its optional parameter it is whole as well.
    if (size == body.size() - 6) continue;
    EXPECT_FALSE(decode_message(std::string_view(body).substr(0, size))) << size;
  }
}

TEST(SmppPdu, receipts_are_read_from_parameters_or_from_their_text) {
  const std::string text =
      "id:7abc sub:001 dlvrd:001 submit date:2611210800 done date:2611210801 stat:UNDELIV err:027 text:Hello";
  auto receipt = read_receipt({.text = text});
  EXPECT_EQ(receipt.message_id, "7abc");
  EXPECT_EQ(receipt.state, "UNDELIV");
  EXPECT_EQ(receipt.error, "027");
  receipt = read_receipt(
      {.parameters = {{smpp::tag_receipted_message_id, std::string("9\0", 2)}, {smpp::tag_message_state, "\2"}}});
  EXPECT_EQ(receipt.message_id, "9");
  EXPECT_EQ(receipt.state, "DELIVRD");
  EXPECT_EQ(read_receipt({.parameters = {{smpp::tag_message_state, "\x7F"}}}).state, "");
}

TEST(SmppPdu, senders_are_numbers_short_codes_or_names) {
  EXPECT_EQ(smpp_address("+41791234567"), (SmppAddress{1, 1, "41791234567"}));
  EXPECT_EQ(smpp_address("41791234567"), (SmppAddress{1, 1, "41791234567"}));
  EXPECT_EQ(smpp_address("12345"), (SmppAddress{3, 0, "12345"}));
  EXPECT_EQ(smpp_address("My Shop"), (SmppAddress{5, 0, "My Shop"}));
  EXPECT_EQ(smpp_address(""), (SmppAddress{0, 0, ""}));
}

class SmppClientTest : public testing::Test {
 protected:
  SmppClientTest() { make({}); }
  void make(SmppOptions options) {
    options.address = "smsc:2775";
    options.bind = {"me", "pw", ""};
    client_ = std::make_unique<SmppClient>(core_, net_, std::move(options));
  }
  void send(std::string text = "hello") {
    client_->send(core_, {.phone = "+41791234567", .text = std::move(text), .sender = "Shop"},
                  [this](Outcome outcome) { outcomes_.push_back(std::move(outcome)); });
    core_.run();
  }
  void connect() {
    ASSERT_EQ(net_.connecting.size(), 1u);
    EXPECT_EQ(net_.connecting.front().address, "smsc:2775");
    peer_ = net_.complete_connect();
    core_.run();
  }
  void log_in() {
    connect();
    const auto bind = take();
    ASSERT_EQ(bind.command, smpp::bind_transceiver);
    answer(bind, 0, "smsc");
  }
  // The next PDU that the client has sent.
  SmppPdu take() {
    auto pdu = decode_pdu(peer_->received);
    check(pdu && pdu->second > 0, "the client has sent something");
    peer_->received.erase(0, pdu->second);
    return pdu->first;
  }
  SmppMessage take_message() {
    last_ = take();
    EXPECT_EQ(last_.command, smpp::submit_sm);
    return *decode_message(last_.body);
  }
  void say(const SmppPdu& pdu) {
    peer_->send(encode_pdu(pdu));
    core_.run();
  }
  void answer(const SmppPdu& pdu, std::uint32_t status = 0, const std::string& text = "") {
    say({.command = pdu.command | smpp::response,
         .status = status,
         .sequence = pdu.sequence,
         .body = status == 0 ? text + '\0' : ""});
  }

  http::FakeCore core_;
  http::FakeNet net_{{&core_}};
  std::unique_ptr<SmppClient> client_;
  std::shared_ptr<http::FakePeer> peer_;
  SmppPdu last_;
  std::vector<Outcome> outcomes_;
};

TEST_F(SmppClientTest, a_message_is_submitted_after_the_login) {
  EXPECT_TRUE(net_.connecting.empty());
  send("Grüße");
  log_in();
  const auto message = take_message();
  EXPECT_EQ(message.destination, (SmppAddress{1, 1, "41791234567"}));
  EXPECT_EQ(message.source, (SmppAddress{5, 0, "Shop"}));
  EXPECT_EQ(message.text,
            "Gr\x7E\x1E"
            "e");
  EXPECT_EQ(message.data_coding, 0);
  EXPECT_EQ(message.esm_class, 0);
  EXPECT_EQ(message.registered_delivery, 1);
  EXPECT_TRUE(outcomes_.empty());
  answer(last_, 0, "id-1");
  ASSERT_EQ(outcomes_.size(), 1u);
  EXPECT_EQ(outcomes_[0].kind, Kind::delivered);
  EXPECT_EQ(outcomes_[0].message_id, "id-1");
}

TEST_F(SmppClientTest, a_long_text_goes_in_parts_that_are_joined_by_a_header) {
  send(std::string(200, 'a') + "ё");
  log_in();
  std::string joined;
  std::string reference;
  for (char i = 1; i <= 3; ++i) {
    const auto message = take_message();
    EXPECT_EQ(message.esm_class, smpp::esm_class_udh);
    EXPECT_EQ(message.data_coding, smpp::coding_ucs2);
    EXPECT_EQ(message.text.substr(0, 3), std::string("\5\0\3", 3));
    if (i == 1) reference = message.text.substr(3, 1);
    EXPECT_EQ(message.text.substr(3, 3), reference + '\3' + i);
    joined += message.text.substr(6);
    EXPECT_TRUE(outcomes_.empty());
    answer(last_, 0, "id-" + std::to_string(i));
  }
  EXPECT_EQ(joined.size(), 2 * 201u);
  ASSERT_EQ(outcomes_.size(), 1u);
  EXPECT_EQ(outcomes_[0].kind, Kind::delivered);
  EXPECT_EQ(outcomes_[0].message_id, "id-1");
  // The next message has another reference.
  send(std::string(200, 'a'));
  EXPECT_NE(take_message().text.substr(3, 1), reference);
}

TEST_F(SmppClientTest, the_centres_status_decides) {
  send();
  log_in();
  const std::pair<std::uint32_t, Kind> statuses[] = {{0x0B, Kind::refused}, {0x0A, Kind::refused}, {0x08, Kind::retry},
                                                     {0x14, Kind::retry},   {0x45, Kind::retry},   {0x64, Kind::retry}};
  for (const auto& [status, kind] : statuses) {
    take_message();
    answer(last_, status);
    EXPECT_EQ(outcomes_.back().kind, kind) << status;
    EXPECT_EQ(outcomes_.back().status, static_cast<int>(status));
    send();
  }
  take_message();
  say({.command = smpp::generic_nack, .status = 0x03, .sequence = last_.sequence});
  EXPECT_EQ(outcomes_.back().kind, Kind::refused);
}

TEST_F(SmppClientTest, a_refused_part_ends_its_message_once) {
  send(std::string(400, 'a'));
  log_in();
  take_message();
  const auto first = last_;
  take_message();
  const auto second = last_;
  answer(first, 0x0B);
  answer(second, 0x0B);
  ASSERT_EQ(outcomes_.size(), 1u);
  EXPECT_EQ(outcomes_[0].kind, Kind::refused);
}

TEST_F(SmppClientTest, a_throttled_centre_is_left_alone_for_a_second) {
  send();
  log_in();
  take_message();
  answer(last_, smpp::status_throttled);
  EXPECT_EQ(outcomes_.at(0).kind, Kind::retry);
  send();
  EXPECT_EQ(peer_->received, "");
  core_.advance(SmppClient::pause_when_throttled);
  take_message();
}

TEST_F(SmppClientTest, no_more_than_the_window_is_under_way) {
  make({.window = 2});
  for (int i = 0; i < 3; ++i) send();
  log_in();
  take_message();
  const auto first = last_;
  take_message();
  EXPECT_EQ(peer_->received, "");
  answer(first);
  take_message();
  EXPECT_EQ(peer_->received, "");
}

TEST_F(SmppClientTest, the_line_is_bounded_and_so_is_the_wait_in_it) {
  for (std::size_t i = 0; i < SmppClient::waiting_max; ++i) send();
  EXPECT_TRUE(outcomes_.empty());
  send();
  ASSERT_EQ(outcomes_.size(), 1u);
  EXPECT_EQ(outcomes_[0].kind, Kind::retry);
  core_.advance(SmppClient::wait_max);
  EXPECT_EQ(outcomes_.size(), SmppClient::waiting_max + 1);
  EXPECT_EQ(outcomes_.back().kind, Kind::retry);
}

TEST_F(SmppClientTest, a_lost_connection_gives_up_what_was_under_way_and_comes_back) {
  send();
  log_in();
  take_message();
  peer_->reset();
  core_.run();
  ASSERT_EQ(outcomes_.size(), 1u);
  EXPECT_EQ(outcomes_[0].kind, Kind::retry);
  EXPECT_TRUE(peer_->closed);
  send();
  EXPECT_TRUE(net_.connecting.empty());
  core_.advance(SmppClient::reconnect_first);
  log_in();
  take_message();
  answer(last_);
  EXPECT_EQ(outcomes_.back().kind, Kind::delivered);
}

TEST_F(SmppClientTest, attempts_to_connect_become_rarer) {
  send();
  auto wait = SmppClient::reconnect_first;
  for (int i = 0; i < 10; ++i) {
    net_.fail_connect();
    core_.advance(wait - Duration(1));
    EXPECT_TRUE(net_.connecting.empty());
    core_.advance(Duration(1));
    EXPECT_EQ(net_.connecting.size(), 1u);
    wait = std::min(wait * 2, SmppClient::reconnect_max);
  }
}

TEST_F(SmppClientTest, a_login_that_is_refused_is_tried_again_later) {
  send();
  connect();
  answer(take(), 0x0E);
  EXPECT_TRUE(peer_->closed);
  core_.advance(SmppClient::reconnect_first);
  log_in();
  take_message();
}

TEST_F(SmppClientTest, a_centre_that_does_not_answer_is_left) {
  send();
  log_in();
  take_message();
  core_.advance(seconds(13));
  ASSERT_EQ(outcomes_.size(), 1u);
  EXPECT_EQ(outcomes_[0].kind, Kind::retry);
  EXPECT_TRUE(peer_->closed);
}

TEST_F(SmppClientTest, a_quiet_line_is_tested_both_ways) {
  send();
  log_in();
  take_message();
  answer(last_);
  say({.command = smpp::enquire_link, .sequence = 77});
  const auto reply = take();
  EXPECT_EQ(reply.command, smpp::enquire_link | smpp::response);
  EXPECT_EQ(reply.sequence, 77u);
  core_.advance(seconds(33));
  const auto enquiry = take();
  EXPECT_EQ(enquiry.command, smpp::enquire_link);
  answer(enquiry);
  core_.advance(seconds(20));
  EXPECT_FALSE(peer_->closed);
  core_.advance(seconds(30));
  EXPECT_TRUE(peer_->closed);
}

TEST_F(SmppClientTest, what_the_centre_sends_is_answered_and_handed_on) {
  std::vector<std::string> seen;
  SmppOptions options;
  options.on_receipt = [&](const SmppReceipt& receipt) { seen.push_back(receipt.message_id + " " + receipt.state); };
  make(std::move(options));
  client_->listen([&](const SmsAnswer& answer, Callback<void(bool)> kept) {
    seen.push_back(answer.phone + " " + answer.text);
    kept(true);
  });
  send();
  log_in();
  take_message();
  const auto deliver = [&](SmppMessage message) {
    say({.command = smpp::deliver_sm, .sequence = 5, .body = encode_message(message)});
    const auto reply = take();
    EXPECT_EQ(reply.command, smpp::deliver_sm | smpp::response);
    EXPECT_EQ(reply.status, 0u);
    EXPECT_EQ(reply.body, std::string(1, '\0'));
  };
  deliver({.esm_class = smpp::esm_class_receipt, .text = "id:1 stat:DELIVRD err:000"});
  deliver({.source = {1, 1, "4179"}, .text = "STOP"});
  deliver({.source = {1, 1, "4179"},
           .esm_class = smpp::esm_class_udh,
           .data_coding = 8,
           .text = std::string("\1x\4\x51", 4)});
  EXPECT_EQ(seen, (std::vector<std::string>{"1 DELIVRD", "+4179 STOP", "+4179 ё"}));
  say({.command = smpp::deliver_sm, .sequence = 6, .body = "short"});
  EXPECT_EQ(take().status, smpp::status_invalid_length);
}

TEST_F(SmppClientTest, the_centre_hears_whether_a_message_was_kept) {
  std::vector<Callback<void(bool)>> keeping;
  client_->listen([&](const SmsAnswer&, Callback<void(bool)> kept) { keeping.push_back(std::move(kept)); });
  send();
  log_in();
  take_message();
  const auto deliver = [&](std::uint32_t sequence) {
    say({.command = smpp::deliver_sm,
         .sequence = sequence,
         .body = encode_message({.source = {1, 1, "4179"}, .text = "x"})});
  };
  for (std::uint32_t i = 1; i <= SmppLink::unanswered_max; ++i) deliver(i);
  EXPECT_EQ(peer_->received, "") << "nothing is kept yet";
  deliver(5'000);
  EXPECT_EQ(take().status, smpp::status_queue_full);
  keeping[0](true);
  keeping[1](false);
  core_.run();
  const auto kept = take();
  EXPECT_EQ(kept.sequence, 1u);
  EXPECT_EQ(kept.status, smpp::status_ok);
  const auto lost = take();
  EXPECT_EQ(lost.sequence, 2u);
  EXPECT_EQ(lost.status, smpp::status_try_later);
  client_.reset();
  keeping[2](true);
  core_.run();
}

TEST_F(SmppClientTest, what_is_not_understood_is_refused_or_ends_the_connection) {
  send();
  log_in();
  take_message();
  say({.command = 0x103, .sequence = 9});
  const auto nack = take();
  EXPECT_EQ(nack.command, smpp::generic_nack);
  EXPECT_EQ(nack.status, smpp::status_invalid_command);
  EXPECT_EQ(nack.sequence, 9u);
  say({.command = smpp::submit_sm | smpp::response, .sequence = 12345});
  EXPECT_FALSE(peer_->closed);
  peer_->send("\xFF\xFF\xFF\xFF");
  core_.run();
  EXPECT_TRUE(peer_->closed);
}

TEST_F(SmppClientTest, the_centre_may_log_us_out) {
  send();
  log_in();
  take_message();
  answer(last_);
  say({.command = smpp::unbind, .sequence = 4});
  EXPECT_EQ(take().command, smpp::unbind | smpp::response);
  EXPECT_TRUE(peer_->closed);
}

TEST_F(SmppClientTest, stopping_logs_out_and_gives_up_what_waits) {
  make({.window = 1});
  send();
  send();
  log_in();
  take_message();
  bool stopped = false;
  client_->stop([&] { stopped = true; });
  core_.run();
  EXPECT_EQ(outcomes_.size(), 1u);
  const auto unbind = take();
  EXPECT_EQ(unbind.command, smpp::unbind);
  EXPECT_FALSE(stopped);
  answer(last_);
  answer(unbind);
  EXPECT_TRUE(stopped);
  EXPECT_TRUE(peer_->closed);
  ASSERT_EQ(outcomes_.size(), 2u);
  EXPECT_EQ(outcomes_[0].kind, Kind::retry);
  EXPECT_EQ(outcomes_[1].kind, Kind::delivered);
  send();
  EXPECT_EQ(outcomes_.back().kind, Kind::retry);
  core_.advance(std::chrono::minutes(5));
  EXPECT_TRUE(net_.connecting.empty());
}

TEST_F(SmppClientTest, its_end_is_quiet) {
  send();
  log_in();
  take_message();
  client_.reset();
  EXPECT_TRUE(peer_->closed);
  core_.advance(std::chrono::minutes(5));
  EXPECT_TRUE(outcomes_.empty());
}

}  // namespace
}  // namespace millrace::delivery
