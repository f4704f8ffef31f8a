// Account: what an account keeps in a region beside its topics: platform applications and their endpoints, settings of
// text messages, phone numbers, subscriptions that may come back. One table (broker/table); made for one visit to its lane
// and not kept.
//
// docs/format/sns.md describes the entries.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/failure.h"
#include "aws/sns/names.h"
#include "broker/table/table_visit.h"
#include "broker/topic/subscription.h"
#include "delivery/money.h"
#include "engine/lane.h"

namespace millrace::aws::sns {

using Attributes = std::map<std::string, std::string>;

// A number that an attribute holds; 0: there is none.
std::int64_t number_in(const Attributes& attributes, std::string_view name);
void put_number(Attributes& attributes, std::string_view name, std::int64_t number);

// Of the state of a number in the sandbox: when it may be written to.
inline constexpr std::string_view sandbox_status_field = "Status";
inline constexpr std::string_view sandbox_verified = "Verified";

// A subscription that its endpoint ended, and may take back.
struct EndedSubscription {
  std::string topic;  // name
  Time ended{};
  broker::Subscription subscription;  // with the token that brings it back
};

class Account {
 public:
  Account(engine::Lane& lane, const std::string& key);

  engine::Lane& lane() const { return table_.lane(); }

  // --- platform applications and endpoints ---
  std::optional<Attributes> application(const ApplicationName& name) const;
  std::optional<Attributes> endpoint(const EndpointName& name) const;
  // The id of the endpoint with this token; empty: there is none.
  std::string endpoint_of_token(const ApplicationName& name, std::string_view token) const;
  // "PLATFORM/NAME" of applications, the ids of an application's endpoints: after `after`, at most `count_max`.
  std::vector<std::pair<std::string, Attributes>> applications(std::string_view after, std::size_t count_max) const;
  std::vector<std::pair<std::string, Attributes>> endpoints(const ApplicationName& name, std::string_view after,
                                                            std::size_t count_max) const;
  Outcome<void> put_application(const ApplicationName& name, const Attributes& attributes);
  // With its endpoints. When it is cut off, the application is still there, with fewer endpoints.
  Outcome<void> erase_application(const ApplicationName& name);
  // Its attribute Token is what it is found by.
  Outcome<void> put_endpoint(const EndpointName& name, const Attributes& attributes);
  Outcome<void> erase_endpoint(const EndpointName& name);

  // --- text messages ---
  Attributes sms_settings() const;
  Outcome<void> put_sms_settings(const Attributes& settings);
  // What they have cost in the calendar month (UTC) that `now` is in.
  delivery::MicroUsd sms_spent(Time now) const;
  Outcome<void> put_sms_spent(Time now, delivery::MicroUsd spent);
  bool opted_out(std::string_view phone) const;
  // Whether it has written to phones: others are not meant when one of them wants no more.
  bool writes_to_phones() const;
  Outcome<void> note_writing_to_phones();
  Outcome<void> opt_out(std::string_view phone);
  // Opted out no more; remembered for `kept`.
  Outcome<void> opt_in(std::string_view phone, Duration kept);
  std::optional<Time> opted_in(std::string_view phone) const;
  std::vector<std::string> opted_out_after(std::string_view after, std::size_t count_max) const;
  std::optional<Attributes> sandbox_number(std::string_view phone) const;
  std::vector<std::pair<std::string, Attributes>> sandbox_numbers(std::string_view after, std::size_t count_max) const;
  Outcome<void> put_sandbox_number(std::string_view phone, const Attributes& state);
  Outcome<void> erase_sandbox_number(std::string_view phone);

  // --- subscriptions that may come back ---
  static constexpr std::size_t ended_max = 10'000;  // beyond it the oldest are forgotten
  std::optional<EndedSubscription> ended(const broker::SubscriptionId& id) const;
  // Forgets those that ended before `horizon`.
  Outcome<void> put_ended(const EndedSubscription& ended, Time horizon);
  Outcome<void> erase_ended(const broker::SubscriptionId& id);

 private:
  using Writes = std::vector<broker::TableWrite>;
  std::optional<Attributes> attributes(std::string_view key) const;
  std::vector<std::pair<std::string, Attributes>> list(const std::string& prefix, std::string_view after,
                                                       std::size_t count_max) const;
  Outcome<void> write(const Writes& writes);

  broker::TableVisit table_;
};

}  // namespace millrace::aws::sns
