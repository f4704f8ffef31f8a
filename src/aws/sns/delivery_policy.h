// Delivery policies: how often and when a delivery is tried again, and what HTTP endpoints ask for besides.
//
// A topic's policy is the default of its subscriptions' policies; both may leave values out, which then come from the
// service's own. What clients read back is the policy in the service's form, which is what is kept, too.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "base/time.h"

namespace millrace::aws::sns {

enum class Backoff : std::uint8_t { linear, arithmetic, geometric, exponential };

// Retries in four phases: at once, after the least delay, after a growing delay, after the greatest delay.
struct RetryPolicy {
  std::int64_t min_delay_s = 20;
  std::int64_t max_delay_s = 20;
  std::int64_t retries = 3;  // of all phases
  std::int64_t max_delay_retries = 0;
  std::int64_t no_delay_retries = 0;
  std::int64_t min_delay_retries = 0;
  Backoff backoff = Backoff::linear;
  bool operator==(const RetryPolicy&) const = default;
};

// How long to wait after that many failures (from 1 on); nothing: that was the last try.
std::optional<Duration> delay_after(const RetryPolicy& policy, std::int64_t failures);

// What the service does for endpoints whose retries nobody can choose.
inline constexpr RetryPolicy managed_retries{.min_delay_s = 1,  // queues, functions, delivery streams
                                             .max_delay_s = 20,
                                             .retries = 100'015,
                                             .max_delay_retries = 100'000,
                                             .no_delay_retries = 3,
                                             .min_delay_retries = 2,
                                             .backoff = Backoff::exponential};
inline constexpr RetryPolicy people_retries{.min_delay_s = 10,  // mail, text messages, mobile push
                                            .max_delay_s = 600,
                                            .retries = 50,
                                            .max_delay_retries = 38,
                                            .no_delay_retries = 0,
                                            .min_delay_retries = 2,
                                            .backoff = Backoff::exponential};

// A retry policy as a client gave it.
struct GivenRetries {
  std::optional<std::int64_t> min_delay_s;
  std::optional<std::int64_t> max_delay_s;
  std::optional<std::int64_t> retries;
  std::optional<std::int64_t> max_delay_retries;
  std::optional<std::int64_t> no_delay_retries;
  std::optional<std::int64_t> min_delay_retries;
  std::optional<Backoff> backoff;
};

// Of a topic or a subscription.
struct DeliveryPolicy {
  std::optional<GivenRetries> retries;
  std::optional<std::int64_t> receives_per_second;
  std::optional<std::string> content_type;
  bool overrides_disabled = false;  // topics: subscriptions' own policies do not count
  bool guaranteed = false;          // subscriptions: kept and shown
};

// What a delivery goes by.
struct EffectivePolicy {
  RetryPolicy retries;
  std::optional<std::int64_t> receives_per_second;
  std::string content_type;
};

enum class PolicyOwner : std::uint8_t { topic, subscription };

// The policy of an attribute's text. The message of a failure is what comes after "DeliveryPolicy: ".
std::expected<DeliveryPolicy, std::string> parse_delivery_policy(const std::string& text, PolicyOwner owner);
// In the service's form.
std::string render(const DeliveryPolicy& policy, PolicyOwner owner);

// `topic` and `subscription` are kept texts; empty: it has no policy.
EffectivePolicy effective_policy(const std::string& topic, const std::string& subscription);
// The attribute EffectiveDeliveryPolicy of a topic, and of a subscription.
std::string effective_topic_policy(const std::string& topic);
std::string effective_subscription_policy(const std::string& topic, const std::string& subscription);

}  // namespace millrace::aws::sns
