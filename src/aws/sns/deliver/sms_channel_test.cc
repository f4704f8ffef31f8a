// Text messages: what the account says of them, what they cost, and who gets none.
#include "aws/sns/deliver/channels_fixture.h"
#include "aws/sns/deliver/country.h"
#include "aws/sns/deliver/direct.h"
#include "aws/sns/deliver/status_log.h"
#include "aws/sns/sms_settings.h"

namespace millrace::aws::sns::deliver {
namespace {

TEST_F(Channels, ATextMessageFollowsTheAccountsSettings) {
  add(SubscriptionProtocol::sms, "+15551234567");
  at_account([](Account& there) {
    ASSERT_TRUE(there.put_sms_settings({{"DefaultSenderID", "Millrace"}, {"DefaultSMSType", "Transactional"}}));
  });
  publish_message("hello");
  ASSERT_EQ(gateway.messages.size(), 1u);
  EXPECT_EQ(gateway.messages[0].phone, "+15551234567");
  EXPECT_EQ(gateway.messages[0].text, "hello");
  EXPECT_EQ(gateway.messages[0].sender, "Millrace");
  EXPECT_EQ(gateway.messages[0].type, delivery::Sms::Type::transactional);
  AttributeViews attributes;
  attributes.push_back({.name = "AWS.SNS.SMS.SMSType", .type = "String", .value = "Promotional"});
  attributes.push_back({.name = "AWS.SNS.SMS.SenderID", .type = "String", .value = "Other"});
  publish_message("{\"default\":\"d\",\"sms\":\"short\"}", {.structured = true, .attributes = attributes});
  ASSERT_EQ(gateway.messages.size(), 2u);
  EXPECT_EQ(gateway.messages[1].text, "short");
  EXPECT_EQ(gateway.messages[1].sender, "Other");
  EXPECT_EQ(gateway.messages[1].type, delivery::Sms::Type::promotional);
}

TEST_F(Channels, NobodyWhoOptedOutIsWrittenTo) {
  const auto given = add(SubscriptionProtocol::sms, "+15551234567");
  at_account([](Account& there) { ASSERT_TRUE(there.opt_out("+15551234567")); });
  publish_message("hello");
  EXPECT_TRUE(gateway.messages.empty());
  EXPECT_EQ(left(given.target), 0u);
  EXPECT_EQ(total(Metric::number_of_notifications_failed), 1u);
}

TEST_F(Channels, TheSandboxHoldsOthersBack) {
  limits.sms_sandbox = true;
  add(SubscriptionProtocol::sms, "+15551234567");
  publish_message("one");
  EXPECT_TRUE(gateway.messages.empty());
  at_account([](Account& there) {
    ASSERT_TRUE(
        there.put_sandbox_number("+15551234567", {{std::string(sandbox_status_field), std::string(sandbox_verified)}}));
  });
  publish_message("two");
  ASSERT_EQ(gateway.messages.size(), 1u);
  EXPECT_EQ(gateway.messages[0].text, "two");
}

TEST_F(Channels, APhoneIsWrittenToDirectly) {
  const auto key = direct_key("us-east-1", "000000000000", SubscriptionProtocol::sms);
  ASSERT_TRUE(publish_directly(lane_of(key), {.region = "us-east-1",
                                              .account = "000000000000",
                                              .protocol = SubscriptionProtocol::sms,
                                              .address = "+15551234567",
                                              .text = "hello"}));
  gateway.answer = {.kind = Outcome::Kind::retry};
  deliveries.worker().watch(lane_of(key), key);
  pass(seconds(1));
  ASSERT_EQ(gateway.messages.size(), 1u);
  EXPECT_EQ(gateway.messages[0].text, "hello");
  EXPECT_EQ(left(key), 1u);
  gateway.answer = {.kind = Outcome::Kind::delivered};
  pass(seconds(11));
  EXPECT_EQ(gateway.messages.size(), 2u) << "ten seconds later";
  EXPECT_EQ(left(key), 0u);
}

// ---- Money ----

class Paid : public Channels {
 protected:
  Paid() : Channels(delivery::MicroUsd(400'000)) { to = add(SubscriptionProtocol::sms, "+15551234567"); }

  void limit(const std::string& dollars) {
    at_account(
        [&](Account& there) { ASSERT_TRUE(there.put_sms_settings({{std::string(spend_limit_setting), dollars}})); });
  }
  std::string spent() {
    std::string amount;
    at_account([&](Account& there) { amount = delivery::write_usd(there.sms_spent(world.now())); });
    return amount;
  }
  metrics::Total measured() {
    const auto* series =
        lane_of(account).metrics().find(metrics::Kind::spending, "sms-spending/us-east-1/000000000000/");
    return series != nullptr ? series->total(Metric::sms_month_to_date_spent) : metrics::Total{};
  }

  broker::Subscription to;
};

TEST_F(Paid, WhatWouldExceedTheLimitIsNotSent) {
  publish_message("one");
  publish_message("two");
  EXPECT_EQ(spent(), "0.8");
  EXPECT_EQ(measured().last, 800'000u);
  publish_message("three");
  EXPECT_EQ(gateway.messages.size(), 2u);
  EXPECT_EQ(spent(), "0.8");
  EXPECT_EQ(left(to.target), 0u);
  EXPECT_EQ(total(Metric::number_of_notifications_failed), 1u);
  limit("2");
  publish_message("four");
  EXPECT_EQ(gateway.messages.size(), 3u);
  EXPECT_EQ(spent(), "1.2");
}

TEST_F(Paid, EachPartCosts) {
  limit("100");
  publish_message(std::string(161, 'x'));
  EXPECT_EQ(spent(), "0.8");
}

TEST_F(Paid, WhatIsNotTakenOverCostsNothing) {
  gateway.answer = {.kind = Outcome::Kind::retry};
  publish_message("one");
  EXPECT_EQ(spent(), "0");
  EXPECT_EQ(measured().last, 0u);
  gateway.answer = {.kind = Outcome::Kind::delivered};
  pass(seconds(11));
  EXPECT_EQ(gateway.messages.size(), 2u);
  EXPECT_EQ(spent(), "0.4");
}

TEST_F(Paid, ANewMonthBeginsWithNothing) {
  publish_message("one");
  const auto begins = [](std::chrono::year_month month) { return Time(std::chrono::sys_days(month / 1)); };
  const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(world.now()));
  const auto next = begins(today.year() / today.month() + std::chrono::months(1));
  at_account([&](Account& there) {
    EXPECT_EQ(there.sms_spent(next - Duration(1)), sms_price);
    EXPECT_EQ(there.sms_spent(next), delivery::MicroUsd{});
    ASSERT_TRUE(there.put_sms_spent(next, delivery::MicroUsd(7)));
    EXPECT_EQ(there.sms_spent(next), delivery::MicroUsd(7));
    EXPECT_EQ(there.sms_spent(next - Duration(1)), delivery::MicroUsd{});
  });
}

TEST_F(Paid, AMessageSaysWhatItMayCost) {
  AttributeViews attributes;
  attributes.push_back({.name = "AWS.SNS.SMS.MaxPrice", .type = "Number", .value = "0.39"});
  publish_message("too dear", {.attributes = attributes});
  EXPECT_TRUE(gateway.messages.empty());
  EXPECT_EQ(spent(), "0");
  attributes[0].value = "0.4";
  publish_message("just right", {.attributes = attributes});
  EXPECT_EQ(gateway.messages.size(), 1u);
}

TEST_F(Channels, WithoutAPriceNothingIsCounted) {
  add(SubscriptionProtocol::sms, "+1 555-123.4567");
  publish_message("one");
  ASSERT_EQ(gateway.messages.size(), 1u);
  EXPECT_EQ(gateway.messages[0].phone, "+15551234567");
  at_account([](Account& there) { EXPECT_EQ(there.sms_spent(from_ms(0)), delivery::MicroUsd{}); });
}

// ---- What is told of them ----

class Told : public Channels {
 protected:
  metrics::Total measured(const std::string& thing, Metric metric) {
    const auto* series = lane_of(account).metrics().find(metrics::Kind::sms, "sms/us-east-1/000000000000/" + thing);
    return series != nullptr ? series->total(metric) : metrics::Total{};
  }
};

TEST_F(Told, WhatBecameOfThemIsCountedByCountryAndType) {
  add(SubscriptionProtocol::sms, "+15551234567");
  add(SubscriptionProtocol::sms, "+41791234567");
  at_account([](Account& there) { ASSERT_TRUE(there.opt_out("+41791234567")); });
  publish_message("one");
  AttributeViews attributes;
  attributes.push_back({.name = "AWS.SNS.SMS.SMSType", .type = "String", .value = "Transactional"});
  publish_message("two", {.attributes = attributes});
  EXPECT_EQ(measured("US/Promotional", Metric::sms_success_rate), (metrics::Total{.sum = 1, .count = 1, .last = 1}));
  EXPECT_EQ(measured("US/Transactional", Metric::sms_delivered).sum, 1u);
  EXPECT_EQ(measured("CH/Promotional", Metric::sms_success_rate), (metrics::Total{.sum = 0, .count = 1, .last = 0}));
  EXPECT_EQ(measured("CH/Transactional", Metric::sms_failed).sum, 1u);
  EXPECT_EQ(measured("CH/Transactional", Metric::sms_delivered).sum, 0u);
}

TEST_F(Told, AnAttemptThatIsNotTheLastIsNotCounted) {
  add(SubscriptionProtocol::sms, "+15551234567");
  gateway.answer = {.kind = Outcome::Kind::retry};
  publish_message("one");
  EXPECT_EQ(measured("US/Promotional", Metric::sms_success_rate).count, 0u);
  gateway.answer = {.kind = Outcome::Kind::delivered};
  pass(seconds(11));
  EXPECT_EQ(measured("US/Promotional", Metric::sms_success_rate).count, 1u);
}

TEST(SmsStatus, TheLineHasTheServicesMembers) {
  SmsEnded ended{.id = {},
                 .topic_arn = {},
                 .published = from_ms(1'467'074'434'558),
                 .dwell = Duration(599),
                 .phone = "+15551234567",
                 .type = "Transactional",
                 .tried = true,
                 .parts = 2,
                 .price = delivery::MicroUsd(12'900),
                 .response = "Message has been accepted by phone carrier",
                 .delivered = true};
  EXPECT_EQ(
      render_status(ended),
      R"({"notification":{"messageId":"00000000-0000-0000-0000-000000000000","timestamp":"2016-06-28 00:40:34.558"},)"
      R"("delivery":{"numberOfMessageParts":2,"destination":"+15551234567","priceInUSD":0.0129,)"
      R"("smsType":"Transactional","providerResponse":"Message has been accepted by phone carrier",)"
      R"("dwellTimeMs":599},"status":"SUCCESS"})");
  // What was not sent has cost nothing.
  ended.tried = ended.delivered = false;
  ended.response = "No quota left for account";
  EXPECT_EQ(
      render_status(ended),
      R"({"notification":{"messageId":"00000000-0000-0000-0000-000000000000","timestamp":"2016-06-28 00:40:34.558"},)"
      R"("delivery":{"destination":"+15551234567","smsType":"Transactional",)"
      R"("providerResponse":"No quota left for account","dwellTimeMs":599},"status":"FAILURE"})");
}

TEST(Countries, FollowFromTheFirstDigits) {
  EXPECT_EQ(country_of("+41791234567"), "CH");
  EXPECT_EQ(country_of("41791234567"), "CH");
  EXPECT_EQ(country_of("+12025550123"), "US");
  EXPECT_EQ(country_of("+14165550123"), "CA");
  EXPECT_EQ(country_of("+18095550123"), "DO");
  EXPECT_EQ(country_of("+79161234567"), "RU");
  EXPECT_EQ(country_of("+77011234567"), "KZ");
  EXPECT_EQ(country_of("+3581234567"), "FI");
  EXPECT_EQ(country_of("+8811234567"), "ZZ");
  EXPECT_EQ(country_of(""), "ZZ");
}

}  // namespace
}  // namespace millrace::aws::sns::deliver
