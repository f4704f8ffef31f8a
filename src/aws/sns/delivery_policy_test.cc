// When deliveries are tried again.
#include "aws/sns/delivery_policy.h"

#include <gtest/gtest.h>

#include <vector>

namespace millrace::aws::sns {
namespace {

// Until nothing more is tried.
std::vector<double> delays(const RetryPolicy& policy) {
  std::vector<double> seconds;
  for (std::int64_t failures = 1;; ++failures) {
    const auto delay = delay_after(policy, failures);
    if (!delay) return seconds;
    seconds.push_back(static_cast<double>(delay->count()) / 1000);
  }
}

TEST(DeliveryPolicy, ByDefaultThreeTimesAfterTwentySeconds) {
  EXPECT_EQ(delays({}), (std::vector<double>{20, 20, 20}));
  EXPECT_EQ(delays({.retries = 0}), std::vector<double>());
}

TEST(DeliveryPolicy, HasFourPhases) {
  const RetryPolicy policy{.min_delay_s = 1,
                           .max_delay_s = 9,
                           .retries = 11,
                           .max_delay_retries = 2,
                           .no_delay_retries = 3,
                           .min_delay_retries = 1,
                           .backoff = Backoff::linear};
  EXPECT_EQ(delays(policy), (std::vector<double>{0, 0, 0, 1, 1, 3, 5, 7, 9, 9, 9}));
}

TEST(DeliveryPolicy, GrowsAsItsFunctionSays) {
  RetryPolicy policy{.min_delay_s = 1, .max_delay_s = 16, .retries = 5};
  policy.backoff = Backoff::linear;
  EXPECT_EQ(delays(policy), (std::vector<double>{1, 4.75, 8.5, 12.25, 16}));
  policy.backoff = Backoff::arithmetic;
  EXPECT_EQ(delays(policy), (std::vector<double>{1, 2.5, 5.5, 10, 16}));
  policy.backoff = Backoff::geometric;
  EXPECT_EQ(delays(policy), (std::vector<double>{1, 2, 4, 8, 16}));
  policy.backoff = Backoff::exponential;
  EXPECT_EQ(delays(policy), (std::vector<double>{1, 2, 4, 8, 16}));
}

TEST(DeliveryPolicy, OneRetryWaitsTheLeast) {
  EXPECT_EQ(delays({.min_delay_s = 5, .max_delay_s = 6, .retries = 1}), std::vector<double>{5});
}

// 3 at once, 2 a second apart, 10 from 1 s to 20 s, then every 20 s for 23 days.
TEST(DeliveryPolicy, QueuesAndFunctionsAreTriedForWeeks) {
  const auto all = delays(managed_retries);
  ASSERT_EQ(all.size(), 100'015u);
  EXPECT_EQ(std::vector(all.begin(), all.begin() + 6), (std::vector<double>{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(all[14], 20);
  EXPECT_EQ(all.back(), 20);
}

TEST(DeliveryPolicy, PeopleAreTriedFiftyTimesInSixHours) {
  const auto all = delays(people_retries);
  ASSERT_EQ(all.size(), 50u);
  double sum = 0;
  for (const double each : all) sum += each;
  EXPECT_GT(sum, 6 * 3600);
  EXPECT_LT(sum, 7 * 3600);
}

TEST(DeliveryPolicy, OfTheSubscriptionOverTheTopics) {
  const std::string topic =
      R"({"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":2,"maxDelayTarget":3,"numRetries":4},)"
      R"("defaultThrottlePolicy":{"maxReceivesPerSecond":7},"defaultRequestPolicy":{"headerContentType":"text/csv"}}})";
  const std::string own = R"({"throttlePolicy":{"maxReceivesPerSecond":9}})";
  const auto both = effective_policy(topic, own);
  EXPECT_EQ(both.retries.retries, 4);
  EXPECT_EQ(both.retries.min_delay_s, 2);
  EXPECT_EQ(both.receives_per_second, 9);
  EXPECT_EQ(both.content_type, "text/csv");
  const auto neither = effective_policy({}, {});
  EXPECT_EQ(neither.retries, RetryPolicy());
  EXPECT_FALSE(neither.receives_per_second);
  EXPECT_EQ(neither.content_type, "text/plain; charset=UTF-8");
}

TEST(DeliveryPolicy, TopicsMayForbidOthers) {
  const std::string topic = R"({"http":{"disableSubscriptionOverrides":true}})";
  const std::string own = R"({"healthyRetryPolicy":{"minDelayTarget":2,"maxDelayTarget":3,"numRetries":9}})";
  EXPECT_EQ(effective_policy(topic, own).retries, RetryPolicy());
}

TEST(DeliveryPolicy, IsReadAsItIsShown) {
  const std::string text =
      R"({"healthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":60,"numRetries":50,"numMaxDelayRetries":35,)"
      R"("numNoDelayRetries":3,"numMinDelayRetries":2,"backoffFunction":"exponential"},"sicklyRetryPolicy":null,)"
      R"("throttlePolicy":{"maxReceivesPerSecond":10},"requestPolicy":{"headerContentType":"application/json"},)"
      R"("guaranteed":true})";
  const auto policy = parse_delivery_policy(text, PolicyOwner::subscription);
  ASSERT_TRUE(policy.has_value()) << policy.error();
  EXPECT_EQ(render(*policy, PolicyOwner::subscription), text);
}

TEST(DeliveryPolicy, RefusesPhasesThatDoNotFit) {
  const auto policy = parse_delivery_policy(
      R"({"healthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":1,"numRetries":3,"numNoDelayRetries":4}})",
      PolicyOwner::subscription);
  ASSERT_FALSE(policy.has_value());
  EXPECT_TRUE(policy.error().starts_with("healthyRetryPolicy.numRetries must be greater than or equal to the sum"));
  const auto swapped = parse_delivery_policy(
      R"({"healthyRetryPolicy":{"minDelayTarget":3,"maxDelayTarget":2,"numRetries":3}})", PolicyOwner::subscription);
  ASSERT_FALSE(swapped.has_value());
  EXPECT_EQ(swapped.error(), "healthyRetryPolicy.maxDelayTarget must be greater than or equal to minDelayTarget");
}

}  // namespace
}  // namespace millrace::aws::sns
