#include "aws/sqs/names.h"

#include <gtest/gtest.h>

#include "aws/sqs/errors.h"

namespace millrace::aws::sqs {
namespace {

const QueueName orders{"eu-west-1", "123456789012", "orders"};

TEST(Names, KeyArnAndUrl) {
  EXPECT_EQ(orders.key(), "sqs/eu-west-1/123456789012/orders");
  EXPECT_EQ(orders.arn(), "arn:aws:sqs:eu-west-1:123456789012:orders");
  EXPECT_EQ(orders.url("http://h:1"), "http://h:1/123456789012/orders");
  EXPECT_EQ(parse_key(orders.key()), orders);
  EXPECT_EQ(parse_arn(orders.arn()), orders);
  EXPECT_EQ(key_prefix("eu-west-1", "123456789012"), "sqs/eu-west-1/123456789012/");
}

TEST(Names, OthersKeysAndArnsAreNone) {
  EXPECT_FALSE(parse_key("sns/eu-west-1/123456789012/orders"));
  EXPECT_FALSE(parse_key("sqs/eu-west-1/orders"));
  EXPECT_FALSE(parse_key("sqs/eu-west-1/123456789012/a/b"));
  EXPECT_FALSE(parse_arn("arn:aws:sns:eu-west-1:123456789012:orders"));
  EXPECT_FALSE(parse_arn("arn:aws:sqs:eu-west-1:1234:orders"));
  EXPECT_FALSE(parse_arn("orders"));
}

TEST(Names, Rules) {
  EXPECT_TRUE(is_queue_name("a"));
  EXPECT_TRUE(is_queue_name("A-z_9"));
  EXPECT_TRUE(is_queue_name(std::string(80, 'x')));
  EXPECT_TRUE(is_queue_name(std::string(75, 'x') + ".fifo"));
  EXPECT_FALSE(is_queue_name(std::string(81, 'x')));
  EXPECT_FALSE(is_queue_name(std::string(76, 'x') + ".fifo"));
  EXPECT_FALSE(is_queue_name(""));
  EXPECT_FALSE(is_queue_name(".fifo"));
  EXPECT_FALSE(is_queue_name("a.b"));
  EXPECT_FALSE(is_queue_name("a b"));
  EXPECT_TRUE(check_new_name("a.fifo", true));
  EXPECT_FALSE(check_new_name("a", true));
  EXPECT_FALSE(check_new_name("a.fifo", false));
}

Caller caller_in(std::string region) {
  Caller caller;
  caller.anonymous = false;
  caller.region = std::move(region);
  caller.account = "123456789012";
  return caller;
}

TEST(Names, FormsOfAUrl) {
  const auto caller = caller_in("eu-west-1");
  for (const auto* url :
       {"http://localhost:4566/123456789012/orders", "https://sqs.eu-west-1.amazonaws.com/123456789012/orders/",
        "http://eu-west-1.queue.amazonaws.com/123456789012/orders", "/123456789012/orders", "orders",
        "http://localhost:4566/queue/orders", "http://localhost:4566/queue/123456789012/orders",
        "http://localhost:4566/queue/eu-west-1/123456789012/orders"}) {
    const auto resolved = resolve_queue(url, caller);
    ASSERT_TRUE(resolved) << url;
    EXPECT_EQ(*resolved, orders) << url;
  }
  // The URL's account counts, not the caller's.
  EXPECT_EQ(resolve_queue("http://h/000000000001/orders", caller)->account, "000000000001");
}

TEST(Names, AddressesThatAreNone) {
  const auto caller = caller_in("eu-west-1");
  for (const auto* url : {"http://localhost:4566", "http://localhost:4566/", "http://localhost:4566/12/orders",
                          "http://h/1/2/3/4/5", "a b", "http://sqs.us-east-1.amazonaws.com/123456789012/orders",
                          "http://h/queue/us-east-1/123456789012/orders", "http://h/123456789012/a.b", "://"}) {
    const auto resolved = resolve_queue(url, caller);
    ASSERT_FALSE(resolved) << url;
    EXPECT_EQ(resolved.error().kind, &errors::invalid_address) << url;
  }
  EXPECT_EQ(resolve_queue("", caller).error().kind, &errors::missing_parameter);
}

TEST(Names, WithoutCredentialsTheAddressNamesTheRegion) {
  EXPECT_EQ(resolve_queue("http://sqs.ap-south-1.h/000000000000/q", Caller{})->region, "ap-south-1");
  EXPECT_EQ(resolve_queue("http://h/000000000000/q", Caller{})->region, "us-east-1");
}

}  // namespace
}  // namespace millrace::aws::sqs
