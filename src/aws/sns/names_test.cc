// Names and their forms: ARNs, keys, endpoints, phone numbers, tokens.
#include "aws/sns/names.h"

#include <gtest/gtest.h>

#include "aws/request_id.h"
#include "aws/sns/target.h"
#include "aws/sns/token.h"
#include "broker/topic/topic.h"
#include "env/sim/world.h"

namespace millrace::aws::sns {
namespace {

const Caller caller{.anonymous = false, .account = "000000000000", .region = "us-east-1"};

TEST(TopicNames, AreKeysAndArns) {
  const TopicName topic{"us-east-1", "000000000000", "t.fifo"};
  EXPECT_TRUE(topic.fifo());
  EXPECT_EQ(topic.key(), "sns/us-east-1/000000000000/t.fifo");
  EXPECT_EQ(parse_key(topic.key()), topic);
  EXPECT_EQ(parse_key("sqs/us-east-1/000000000000/t"), std::nullopt);
  EXPECT_EQ(parse_key(account_key("us-east-1", "000000000000")), std::nullopt);
  const auto resolved = resolve_topic(topic.arn(), caller);
  ASSERT_TRUE(resolved.has_value());
  EXPECT_EQ(*resolved, topic);
}

TEST(TopicNames, OfAnotherRegionAreTheCallersWhenHeHasNoCredentials) {
  const std::string arn = "arn:aws:sns:eu-west-1:000000000000:t";
  EXPECT_FALSE(resolve_topic(arn, caller).has_value());
  const auto resolved = resolve_topic(arn, Caller{});
  ASSERT_TRUE(resolved.has_value());
  EXPECT_EQ(resolved->region, "eu-west-1");
}

TEST(SubscriptionNames, AreArns) {
  const std::string arn = "arn:aws:sns:us-east-1:000000000000:t:7b9ee1a8-2d2c-3e0b-9d5b-7b16f9b7bd6a";
  const auto name = resolve_subscription(arn, caller);
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->topic.name, "t");
  EXPECT_EQ(name->arn(), arn);
  const auto text = [](auto outcome) { return outcome ? std::string() : outcome.error().message; };
  EXPECT_EQ(text(resolve_subscription("arn:aws:sns:us-east-1:000000000000:t", caller)),
            "Invalid parameter: SubscriptionId");
  EXPECT_EQ(text(resolve_subscription("PendingConfirmation", caller)),
            "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1");
  EXPECT_EQ(text(resolve_subscription("a:b:c:d:e:f", caller)),
            "Invalid parameter: SubscriptionArn Reason: a:b:c:d:e:f does not start with arn");
}

TEST(EndpointNames, AreArns) {
  const std::string arn = "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/my.app/7b9ee1a8-2d2c-3e0b-9d5b-7b16f9b7bd6a";
  const auto name = resolve_endpoint(arn, caller);
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->application.name, "my.app");
  EXPECT_EQ(name->arn(), arn);
  EXPECT_EQ(name->application.arn(), "arn:aws:sns:us-east-1:000000000000:app/GCM/my.app");
  EXPECT_FALSE(resolve_endpoint("arn:aws:sns:us-east-1:000000000000:endpoint/GCM/app/x", caller).has_value());
  EXPECT_FALSE(resolve_application(arn, caller).has_value());
}

TEST(Targets, OfQueuesAreTheQueues) {
  const TopicName topic{"us-east-1", "000000000000", "t"};
  broker::Subscription queue{.protocol = static_cast<std::uint8_t>(SubscriptionProtocol::sqs)};
  set_target(queue, "arn:aws:sqs:eu-west-1:111111111111:q", topic);
  EXPECT_EQ(queue.target, "sqs/eu-west-1/111111111111/q");
  EXPECT_TRUE(queue.endpoint.empty());
  EXPECT_EQ(endpoint_of(queue), "arn:aws:sqs:eu-west-1:111111111111:q");
  broker::Subscription mail{.protocol = static_cast<std::uint8_t>(SubscriptionProtocol::email)};
  set_target(mail, "me@example.com", topic);
  EXPECT_EQ(mail.target, broker::Topic::own_target(topic.key(), mail.id));
  EXPECT_EQ(endpoint_of(mail), "me@example.com");
}

TEST(PhoneNumbers, MayBeWrittenWithSeparators) {
  for (const auto good : {"+15551234567", "+1 555-123.4567", "15551234567", "+15/551-234.567"}) {
    EXPECT_TRUE(is_phone_number(good)) << good;
  }
  for (const auto bad :
       {"", "+", "NAA+15551234567", "+1a234", "+15551234567//", "+1--555", "/+1555", "+1234567890123456"}) {
    EXPECT_FALSE(is_phone_number(bad)) << bad;
  }
  EXPECT_TRUE(is_strict_phone_number("+15551234567"));
  EXPECT_FALSE(is_strict_phone_number("+1 5551234567"));
  EXPECT_FALSE(is_strict_phone_number("15551234567"));
}

TEST(Endpoints, HaveTheFormOfTheirProtocol) {
  const TopicName topic{"us-east-1", "000000000000", "t"};
  const auto good = [&](std::string_view protocol, const std::string& endpoint) {
    return check_endpoint(*parse_protocol(protocol), endpoint, topic).has_value();
  };
  EXPECT_TRUE(good("http", "http://user:word@example.com:8080/a?b=c"));
  EXPECT_FALSE(good("http", "https://example.com"));
  EXPECT_FALSE(good("https", "https://"));
  EXPECT_FALSE(good("https", "https://:443/"));
  EXPECT_FALSE(good("https", "https://example.com/a b"));
  EXPECT_TRUE(good("email-json", "a.b@example"));
  EXPECT_FALSE(good("email", "@example.com"));
  EXPECT_FALSE(good("email", "a@"));
  EXPECT_FALSE(good("email", "a b@example.com"));
  EXPECT_FALSE(good("lambda", "arn:aws:lambda:us-east-1:000000000000:function:"));
  EXPECT_TRUE(good("lambda", "arn:aws:lambda:us-east-1:000000000000:function:f:alias"));
  EXPECT_FALSE(good("http", "http://example.com/" + std::string(2048, 'x')));
  EXPECT_EQ(parse_protocol("mqtt"), std::nullopt);
}

TEST(Tokens, SayWhatTheyConfirm) {
  env::sim::World world({.seed = 1, .cores = 1});
  broker::SubscriptionId id{};
  id[0] = 0xAB;
  const auto token = make_token(world.core(0), id, from_ms(1234));
  EXPECT_NE(token, make_token(world.core(0), id, from_ms(1234)));
  const auto read = read_token(token);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->subscription, id);
  EXPECT_EQ(read->asked, from_ms(1234));
  EXPECT_TRUE(looks_like_token(token));
  EXPECT_FALSE(read_token(token.substr(2)).has_value());
  EXPECT_TRUE(looks_like_token(std::string(288, 'a')));
  EXPECT_FALSE(looks_like_token("randomtoken"));
  EXPECT_FALSE(looks_like_token(std::string(64, 'g')));
}

}  // namespace
}  // namespace millrace::aws::sns
