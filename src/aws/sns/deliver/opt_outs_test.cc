#include "aws/sns/deliver/opt_outs.h"

#include "aws/sns/deliver/channels_fixture.h"

namespace millrace::aws::sns::deliver {
namespace {

TEST(OptOutWords, AreTheServicesInAnyCase) {
  for (const std::string_view word : {"ARRET", "CANCEL", "END", "OPT-OUT", "OPTOUT", "QUIT", "REMOVE", "STOP", "TD",
                                      "UNSUBSCRIBE", "stop", "Stop.", " STOP!\r\n", "\"Unsubscribe\""}) {
    EXPECT_TRUE(is_opt_out(word)) << word;
  }
  for (const std::string_view other : {"", " ", "...", "STOPP", "do not stop", "STOP it", "START", "S T O P"}) {
    EXPECT_FALSE(is_opt_out(other)) << other;
  }
}

class OptingOut : public Channels {
 protected:
  static constexpr auto phone = "+15551234567";

  bool answers(const std::string& text, const std::string& from = phone) {
    std::optional<bool> kept;
    gateway.listener({.phone = from, .text = text}, [&](bool ok) { kept = ok; });
    until([&] { return kept.has_value(); });
    return kept.value_or(false);
  }
  bool opted_out(const std::string& key) { return Account(lane_of(key), key).opted_out(phone); }
};

TEST_F(OptingOut, WhoAnswersStopGetsNothingAnyMore) {
  add(SubscriptionProtocol::sms, phone);
  publish_message("one");
  EXPECT_TRUE(answers("thank you"));
  EXPECT_FALSE(opted_out(account));
  EXPECT_TRUE(answers("Stop"));
  EXPECT_TRUE(opted_out(account));
  publish_message("two");
  EXPECT_EQ(gateway.messages.size(), 1u);
  EXPECT_EQ(total(Metric::number_of_notifications_failed), 1u);
}

TEST_F(OptingOut, ItMeansEveryAccountThatWritesToPhones) {
  const std::string writes = "sns-account/eu-west-1/111111111111";
  const std::string verifies = "sns-account/eu-west-1/222222222222";
  const std::string does_not = "sns-account/eu-west-1/333333333333";
  ASSERT_TRUE(Account(lane_of(writes), writes).note_writing_to_phones());
  ASSERT_TRUE(Account(lane_of(verifies), verifies).put_sandbox_number("+41790000000", {}));
  ASSERT_TRUE(Account(lane_of(does_not), does_not).put_sms_settings({{"DefaultSenderID", "x"}}));
  EXPECT_TRUE(answers("STOP"));
  EXPECT_TRUE(opted_out(writes));
  EXPECT_TRUE(opted_out(verifies));
  EXPECT_FALSE(opted_out(does_not));
}

TEST_F(OptingOut, TheGatewayKeepsWhatIsNotOnDisk) {
  const std::string writes = "sns-account/eu-west-1/111111111111";
  ASSERT_TRUE(Account(lane_of(writes), writes).note_writing_to_phones());
  durable(lane_of(writes));
  std::optional<bool> kept;
  gateway.listener({.phone = phone, .text = "STOP"}, [&](bool ok) { kept = ok; });
  until([&] { return opted_out(writes); });
  EXPECT_FALSE(kept.has_value()) << "its write is under way";
  until([&] { return kept.has_value(); });
  EXPECT_TRUE(*kept);
}

TEST_F(OptingOut, WhoIsOptedInAgainIsRemembered) {
  const std::string key = account;
  at_account([&](Account& there) { ASSERT_TRUE(there.opt_out(phone)); });
  EXPECT_FALSE(Account(lane_of(key), key).opted_in(phone).has_value());
  const Time now = world.now();
  at_account([&](Account& there) { ASSERT_TRUE(there.opt_in(phone, std::chrono::hours(1))); });
  EXPECT_FALSE(opted_out(key));
  EXPECT_EQ(Account(lane_of(key), key).opted_in(phone), now);
  // Only as long as it matters.
  pass(std::chrono::minutes(61));
  at_account([&](Account& there) { ASSERT_TRUE(there.opt_in("+15550000000", std::chrono::hours(1))); });
  EXPECT_FALSE(Account(lane_of(key), key).opted_in(phone).has_value());
}

TEST_F(OptingOut, NobodyListensAfterTheEnd) {
  deliveries.stop();
  EXPECT_EQ(gateway.listener, nullptr);
}

}  // namespace
}  // namespace millrace::aws::sns::deliver
