#include "aws/sns/delivery_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "codec/json_value.h"

namespace millrace::aws::sns {
namespace {

using codec::JsonMember;
using codec::JsonValue;

constexpr std::string_view default_content_type = "text/plain; charset=UTF-8";
constexpr std::array<std::string_view, 4> backoff_names{"linear", "arithmetic", "geometric", "exponential"};
// What a header may say; "; charset=UTF-8" may follow.
constexpr std::array<std::string_view, 12> content_types{"application/atom+xml",
                                                         "application/json",
                                                         "application/octet-stream",
                                                         "application/soap+xml",
                                                         "application/xhtml+xml",
                                                         "application/xml",
                                                         "application/x-www-form-urlencoded",
                                                         "text/css",
                                                         "text/csv",
                                                         "text/html",
                                                         "text/plain",
                                                         "text/xml"};

// The numbers of a retry policy, in the order in which the service shows them.
struct Number {
  std::string_view name;
  std::optional<std::int64_t> GivenRetries::* given;
  std::int64_t RetryPolicy::* value;
  std::int64_t min;
  std::int64_t max;
  bool required;
};
constexpr std::int64_t no_max = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t delay_max = 3600;
constexpr std::array<Number, 6> numbers{{
    {"minDelayTarget", &GivenRetries::min_delay_s, &RetryPolicy::min_delay_s, 1, delay_max, true},
    {"maxDelayTarget", &GivenRetries::max_delay_s, &RetryPolicy::max_delay_s, 1, delay_max, true},
    {"numRetries", &GivenRetries::retries, &RetryPolicy::retries, 0, 100, true},
    {"numMaxDelayRetries", &GivenRetries::max_delay_retries, &RetryPolicy::max_delay_retries, 0, no_max, false},
    {"numNoDelayRetries", &GivenRetries::no_delay_retries, &RetryPolicy::no_delay_retries, 0, no_max, false},
    {"numMinDelayRetries", &GivenRetries::min_delay_retries, &RetryPolicy::min_delay_retries, 0, no_max, false},
}};

// What the parts of a policy are called, which depends on whose it is.
struct Names {
  std::string_view path;
  std::string_view retries;
  std::string_view sickly;
  std::string_view throttle;
  std::string_view request;
  std::string_view flag;
};
constexpr Names topic_names{"http.",
                            "defaultHealthyRetryPolicy",
                            "defaultSicklyRetryPolicy",
                            "defaultThrottlePolicy",
                            "defaultRequestPolicy",
                            "disableSubscriptionOverrides"};
constexpr Names subscription_names{
    "", "healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy", "guaranteed"};

const Names& names_of(PolicyOwner owner) { return owner == PolicyOwner::topic ? topic_names : subscription_names; }

// ---- Reading ----

// Thrown nowhere: the first thing that is wrong is remembered, and asked for at the end.
class Reader {
 public:
  explicit Reader(PolicyOwner owner) : names_(names_of(owner)) {}

  std::optional<std::string> wrong() const { return wrong_; }

  void policy(const JsonValue& json, DeliveryPolicy& into) {
    each(json, "", [&](const JsonMember& member) {
      const auto& [name, value] = member;
      if (name == names_.retries) return retries(value, into);
      if (name == names_.throttle) return throttle(value, into);
      if (name == names_.request) return request(value, into);
      if (name == names_.flag) return flag(member, into);
      if (name == names_.sickly) return;  // of old: nobody goes by it
      say("Unexpected JSON member: {}", name);
    });
  }

  void each(const JsonValue& json, std::string_view what, auto visit) {
    if (json.object() == nullptr) return say("{}{} must be a JSON object", names_.path, what);
    for (const auto& member : *json.object()) visit(member);
  }

  template <class... Args>
  void say(fmt::format_string<Args...> format, Args&&... args) {
    if (!wrong_) wrong_ = fmt::format(format, std::forward<Args>(args)...);
  }

 private:
  std::optional<std::int64_t> number(const JsonValue& value, std::string_view path, std::int64_t min,
                                     std::int64_t max) {
    if (value.integer() == nullptr) {
      say("{} must be an integer", path);
      return std::nullopt;
    }
    if (*value.integer() < min) say("{} must be greater than or equal to {}", path, min);
    if (*value.integer() > max) say("{} must be less than or equal to {}", path, max);
    return *value.integer();
  }

  void retries(const JsonValue& json, DeliveryPolicy& into) {
    if (json.is_null()) return;
    auto& given = into.retries.emplace();
    const auto path = [&](std::string_view name) { return fmt::format("{}{}.{}", names_.path, names_.retries, name); };
    each(json, names_.retries, [&](const JsonMember& member) {
      if (member.name == "backoffFunction") return backoff(member.value, path(member.name), given);
      const auto at = std::ranges::find(numbers, member.name, &Number::name);
      if (at == numbers.end()) return say("Unexpected JSON member: {}", member.name);
      given.*(at->given) = number(member.value, path(member.name), at->min, at->max);
    });
    for (const auto& each : numbers) {
      if (each.required && !(given.*(each.given))) say("{} must be specified", path(each.name));
    }
    if (wrong_) return;
    if (*given.max_delay_s < *given.min_delay_s) {
      say("{} must be greater than or equal to {}", path("maxDelayTarget"), "minDelayTarget");
    }
    const auto phases =
        given.max_delay_retries.value_or(0) + given.no_delay_retries.value_or(0) + given.min_delay_retries.value_or(0);
    if (phases > *given.retries) {
      say("{} must be greater than or equal to the sum of numMinDelayRetries, numNoDelayRetries and numMaxDelayRetries",
          path("numRetries"));
    }
  }

  void backoff(const JsonValue& value, const std::string& path, GivenRetries& given) {
    if (value.is_null()) return;
    const auto at = value.string() == nullptr ? backoff_names.end() : std::ranges::find(backoff_names, *value.string());
    if (at == backoff_names.end()) {
      return say("{} must be one of [{}]", path, fmt::join(backoff_names, ", "));
    }
    given.backoff = static_cast<Backoff>(at - backoff_names.begin());
  }

  void throttle(const JsonValue& json, DeliveryPolicy& into) {
    if (json.is_null()) return;
    each(json, names_.throttle, [&](const JsonMember& member) {
      if (member.name != "maxReceivesPerSecond") return say("Unexpected JSON member: {}", member.name);
      if (member.value.is_null()) return;
      const auto path = fmt::format("{}{}.{}", names_.path, names_.throttle, member.name);
      into.receives_per_second = number(member.value, path, 1, no_max);
    });
  }

  void request(const JsonValue& json, DeliveryPolicy& into) {
    if (json.is_null()) return;
    each(json, names_.request, [&](const JsonMember& member) {
      if (member.name != "headerContentType") return say("Unexpected JSON member: {}", member.name);
      if (member.value.is_null()) return;
      if (member.value.string() == nullptr || !is_content_type(*member.value.string())) {
        return say("{}{}.{} is not a supported content type", names_.path, names_.request, member.name);
      }
      into.content_type = *member.value.string();
    });
  }

  void flag(const JsonMember& member, DeliveryPolicy& into) {
    if (member.value.is_null()) return;
    if (member.value.boolean() == nullptr) return say("{}{} must be a boolean", names_.path, member.name);
    (member.name == topic_names.flag ? into.overrides_disabled : into.guaranteed) = *member.value.boolean();
  }

  static bool is_content_type(std::string_view text) {
    const auto end = text.find(';');
    const auto type = text.substr(0, end);
    if (std::ranges::find(content_types, type) == content_types.end()) return false;
    return end == std::string_view::npos || text.substr(end) == "; charset=UTF-8" ||
           text.substr(end) == ";charset=UTF-8";
  }

  const Names& names_;
  std::optional<std::string> wrong_;
};

// ---- Writing ----

std::string text_of(JsonValue::Object members) {
  std::string text;
  codec::write_json(JsonValue{std::move(members)}, text);
  return text;
}

void add(JsonValue::Object& to, std::string_view name, JsonValue value) {
  to.push_back({std::string(name), std::move(value)});
}

JsonValue text_value(std::string_view text) { return {std::string(text)}; }

JsonValue json_of(const GivenRetries& given) {
  JsonValue::Object members;
  for (const auto& each : numbers) {
    if (const auto& value = given.*(each.given)) add(members, each.name, {*value});
  }
  if (given.backoff)
    add(members, "backoffFunction", text_value(backoff_names[static_cast<std::size_t>(*given.backoff)]));
  return {std::move(members)};
}

JsonValue json_of_throttle(std::int64_t receives_per_second) {
  return {JsonValue::Object{{"maxReceivesPerSecond", {receives_per_second}}}};
}

JsonValue json_of_request(const std::string& content_type) {
  return {JsonValue::Object{{"headerContentType", {content_type}}}};
}

GivenRetries given_of(const RetryPolicy& policy) {
  GivenRetries given;
  for (const auto& each : numbers) given.*(each.given) = policy.*(each.value);
  given.backoff = policy.backoff;
  return given;
}

RetryPolicy resolve(const GivenRetries& given) {
  RetryPolicy policy;
  for (const auto& each : numbers) {
    if (const auto& value = given.*(each.given)) policy.*(each.value) = *value;
  }
  policy.backoff = given.backoff.value_or(policy.backoff);
  return policy;
}

// A topic leaves out what it has not.
std::string render_topic(const DeliveryPolicy& policy) {
  JsonValue::Object members;
  if (policy.retries) add(members, topic_names.retries, json_of(*policy.retries));
  add(members, topic_names.flag, {policy.overrides_disabled});
  if (policy.receives_per_second) add(members, topic_names.throttle, json_of_throttle(*policy.receives_per_second));
  if (policy.content_type) add(members, topic_names.request, json_of_request(*policy.content_type));
  return text_of({{"http", {std::move(members)}}});
}

// A subscription says of what it has not that it is null.
std::string render_subscription(const DeliveryPolicy& policy) {
  JsonValue::Object members;
  add(members, subscription_names.retries, policy.retries ? json_of(*policy.retries) : JsonValue{});
  add(members, subscription_names.sickly, {});
  add(members, subscription_names.throttle,
      policy.receives_per_second ? json_of_throttle(*policy.receives_per_second) : JsonValue{});
  add(members, subscription_names.request, policy.content_type ? json_of_request(*policy.content_type) : JsonValue{});
  add(members, subscription_names.flag, {policy.guaranteed});
  return text_of(std::move(members));
}

// Of a text that was checked before it was kept.
DeliveryPolicy kept_policy(const std::string& text, PolicyOwner owner) {
  if (text.empty()) return {};
  auto policy = parse_delivery_policy(text, owner);
  check(policy.has_value(), "a kept delivery policy is readable");
  return std::move(*policy);
}

DeliveryPolicy given_of(const EffectivePolicy& effective) {
  return {.retries = given_of(effective.retries),
          .receives_per_second = effective.receives_per_second,
          .content_type = effective.content_type};
}

// From 0 at the first of `count` retries to 1 at the last.
double growth(Backoff backoff, double i, double count, double min, double max) {
  if (count <= 1) return 0;
  const double t = i / (count - 1);
  switch (backoff) {
    case Backoff::linear: return t;
    case Backoff::arithmetic: return i * (i + 1) / ((count - 1) * count);
    case Backoff::geometric: return max > min ? (min * std::pow(max / min, t) - min) / (max - min) : 0;
    case Backoff::exponential: return std::expm1(i * std::log(2.0)) / std::expm1((count - 1) * std::log(2.0));
  }
  return t;
}

}  // namespace

std::optional<Duration> delay_after(const RetryPolicy& policy, std::int64_t failures) {
  std::int64_t retry = failures - 1;  // which one comes next, from 0 on
  if (retry >= policy.retries) return std::nullopt;
  if (retry < policy.no_delay_retries) return Duration{};
  retry -= policy.no_delay_retries;
  const auto seconds = [](std::int64_t count) { return Duration(std::chrono::seconds(count)); };
  if (retry < policy.min_delay_retries) return seconds(policy.min_delay_s);
  retry -= policy.min_delay_retries;
  const auto growing = policy.retries - policy.no_delay_retries - policy.min_delay_retries - policy.max_delay_retries;
  if (retry >= growing) return seconds(policy.max_delay_s);
  const auto min = static_cast<double>(policy.min_delay_s);
  const auto max = static_cast<double>(policy.max_delay_s);
  const double share = growth(policy.backoff, static_cast<double>(retry), static_cast<double>(growing), min, max);
  return Duration(std::llround((min + (max - min) * share) * 1000));
}

std::expected<DeliveryPolicy, std::string> parse_delivery_policy(const std::string& text, PolicyOwner owner) {
  const auto json = codec::parse_json(text);
  if (!json) return std::unexpected("failed to parse JSON.");
  DeliveryPolicy policy;
  Reader reader(owner);
  if (owner == PolicyOwner::subscription) {
    reader.policy(*json, policy);
  } else {
    reader.each(*json, "policy", [&](const JsonMember& member) {
      if (member.name != "http") return reader.say("Unexpected JSON member: {}", member.name);
      if (!member.value.is_null()) reader.policy(member.value, policy);
    });
  }
  if (auto wrong = reader.wrong()) return std::unexpected(std::move(*wrong));
  return policy;
}

std::string render(const DeliveryPolicy& policy, PolicyOwner owner) {
  return owner == PolicyOwner::topic ? render_topic(policy) : render_subscription(policy);
}

EffectivePolicy effective_policy(const std::string& topic, const std::string& subscription) {
  const auto of_topic = kept_policy(topic, PolicyOwner::topic);
  auto own = kept_policy(subscription, PolicyOwner::subscription);
  if (of_topic.overrides_disabled) own = {};
  const auto& retries = own.retries ? own.retries : of_topic.retries;
  const auto& content_type = own.content_type ? own.content_type : of_topic.content_type;
  return {.retries = retries ? resolve(*retries) : RetryPolicy{},
          .receives_per_second = own.receives_per_second ? own.receives_per_second : of_topic.receives_per_second,
          .content_type = content_type.value_or(std::string(default_content_type))};
}

std::string effective_topic_policy(const std::string& topic) {
  auto effective = given_of(effective_policy(topic, {}));
  effective.overrides_disabled = kept_policy(topic, PolicyOwner::topic).overrides_disabled;
  return render(effective, PolicyOwner::topic);
}

std::string effective_subscription_policy(const std::string& topic, const std::string& subscription) {
  return render(given_of(effective_policy(topic, subscription)), PolicyOwner::subscription);
}

}  // namespace millrace::aws::sns
