#include "aws/sns/account.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "aws/digest.h"
#include "aws/sns/errors.h"
#include "aws/sns/topic_attributes.h"
#include "base/bytes.h"
#include "base/check.h"

namespace millrace::aws::sns {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint64_t attributes_max = 1'000;

// ---- Keys (docs/format/sns.md) ----

constexpr std::string_view applications_prefix = "app/";
constexpr std::string_view settings_entry = "sms";
constexpr std::string_view spent_entry = "spent";
constexpr std::string_view writes_entry = "wrote";
constexpr std::string_view opted_out_prefix = "out/";
constexpr std::string_view opted_in_prefix = "in/";
constexpr std::string_view sandbox_prefix = "box/";
constexpr std::string_view ended_prefix = "end/";

std::string application_entry(const ApplicationName& name) {
  return fmt::format("{}{}/{}", applications_prefix, name.platform, name.name);
}
std::string endpoints_prefix(const ApplicationName& name) {
  return fmt::format("dev/{}/{}/", name.platform, name.name);
}
std::string endpoint_entry(const EndpointName& name) { return endpoints_prefix(name.application) + name.id; }
std::string tokens_prefix(const ApplicationName& name) { return fmt::format("tok/{}/{}/", name.platform, name.name); }
// Tokens may be long, so their digests are what they are found by.
std::string token_entry(const ApplicationName& name, std::string_view token) {
  return tokens_prefix(name) + hex(sha256(token));
}
std::string ended_entry(const broker::SubscriptionId& id) { return std::string(ended_prefix) + hex(id); }

// ---- Values ----

constexpr std::string_view month_field = "Month";
constexpr std::string_view time_field = "Time";  // milliseconds since 1970
constexpr std::string_view micro_usd_field = "MicroUSD";

// "2026-11", in UTC.
std::string month_of(Time time) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
  return fmt::format("{:04}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()));
}

std::string encode(const Attributes& attributes) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(version);
  out.varint(attributes.size());
  for (const auto& [name, value] : attributes) {
    out.string(name);
    out.string(value);
  }
  return bytes;
}

std::optional<Attributes> decode(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != version) return std::nullopt;
  const auto count = in.varint();
  if (count > attributes_max) return std::nullopt;
  Attributes attributes;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    std::string name(in.string());
    attributes.insert_or_assign(std::move(name), std::string(in.string()));
  }
  return in.done() ? std::optional(std::move(attributes)) : std::nullopt;
}

std::string encode(const EndedSubscription& ended) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(version);
  out.i64(to_ms(ended.ended));
  out.string(ended.topic);
  broker::encode_subscription(ended.subscription, out);
  return bytes;
}

std::optional<EndedSubscription> decode_ended(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != version) return std::nullopt;
  EndedSubscription ended;
  ended.ended = from_ms(in.i64());
  ended.topic = in.string();
  if (!broker::decode_subscription(in, ended.subscription) || !in.done()) return std::nullopt;
  return ended;
}

std::string token_of(const Attributes& attributes) {
  const auto at = attributes.find("Token");
  return at == attributes.end() ? std::string() : at->second;
}

}  // namespace

std::int64_t number_in(const Attributes& attributes, std::string_view name) {
  const auto& text = annotation(attributes, name);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void put_number(Attributes& attributes, std::string_view name, std::int64_t number) {
  annotate(attributes, name, std::to_string(number));
}

Account::Account(engine::Lane& lane, const std::string& key) : table_(lane, key) {}

std::optional<Attributes> Account::attributes(std::string_view key) const {
  const std::string* const value = table_.find(key);
  if (value == nullptr) return std::nullopt;
  auto decoded = decode(*value);
  check(decoded.has_value(), "what an account keeps is readable");
  return decoded;
}

std::vector<std::pair<std::string, Attributes>> Account::list(const std::string& prefix, std::string_view after,
                                                              std::size_t count_max) const {
  std::vector<std::pair<std::string, Attributes>> found;
  const auto& all = table_.entries();
  const std::string from = prefix + std::string(after);
  auto at = after.empty() ? all.lower_bound(from) : all.upper_bound(from);
  for (; at != all.end() && at->first.starts_with(prefix) && found.size() < count_max; ++at) {
    found.emplace_back(at->first.substr(prefix.size()), attributes(at->first).value_or(Attributes()));
  }
  return found;
}

Outcome<void> Account::write(const Writes& writes) {
  if (auto ok = table_.write(writes); !ok) return refuse(failure_of(ok.error()));
  return {};
}

std::optional<Attributes> Account::application(const ApplicationName& name) const {
  return attributes(application_entry(name));
}

std::optional<Attributes> Account::endpoint(const EndpointName& name) const { return attributes(endpoint_entry(name)); }

std::string Account::endpoint_of_token(const ApplicationName& name, std::string_view token) const {
  const std::string* const id = table_.find(token_entry(name, token));
  // A removal of the application that was cut off may have left the token alone.
  if (id == nullptr || table_.find(endpoint_entry({.application = name, .id = *id})) == nullptr) return {};
  return *id;
}

std::vector<std::pair<std::string, Attributes>> Account::applications(std::string_view after,
                                                                      std::size_t count_max) const {
  return list(std::string(applications_prefix), after, count_max);
}

std::vector<std::pair<std::string, Attributes>> Account::endpoints(const ApplicationName& name, std::string_view after,
                                                                   std::size_t count_max) const {
  return list(endpoints_prefix(name), after, count_max);
}

Outcome<void> Account::put_application(const ApplicationName& name, const Attributes& attributes) {
  return write({{application_entry(name), encode(attributes)}});
}

Outcome<void> Account::erase_application(const ApplicationName& name) {
  Writes writes;
  if (table_.find(application_entry(name)) == nullptr) return {};
  table_.add_erasures(endpoints_prefix(name), writes);
  table_.add_erasures(tokens_prefix(name), writes);
  writes.push_back({application_entry(name), std::nullopt});
  return write(writes);
}

Outcome<void> Account::put_endpoint(const EndpointName& name, const Attributes& attributes) {
  Writes writes;
  const auto before = endpoint(name);
  const auto token = token_of(attributes);
  if (before && token_of(*before) != token) {
    writes.push_back({token_entry(name.application, token_of(*before)), std::nullopt});
  }
  writes.push_back({token_entry(name.application, token), name.id});
  writes.push_back({endpoint_entry(name), encode(attributes)});
  return write(writes);
}

Outcome<void> Account::erase_endpoint(const EndpointName& name) {
  const auto before = endpoint(name);
  if (!before) return {};
  return write(
      {{token_entry(name.application, token_of(*before)), std::nullopt}, {endpoint_entry(name), std::nullopt}});
}

Attributes Account::sms_settings() const { return attributes(settings_entry).value_or(Attributes()); }

Outcome<void> Account::put_sms_settings(const Attributes& settings) {
  return write({{std::string(settings_entry), encode(settings)}});
}

delivery::MicroUsd Account::sms_spent(Time now) const {
  const auto spent = attributes(spent_entry);
  if (!spent || annotation(*spent, month_field) != month_of(now)) return {};
  return delivery::MicroUsd(number_in(*spent, micro_usd_field));
}

Outcome<void> Account::put_sms_spent(Time now, delivery::MicroUsd spent) {
  Attributes entry;
  annotate(entry, month_field, month_of(now));
  put_number(entry, micro_usd_field, spent.get());
  return write({{std::string(spent_entry), encode(entry)}});
}

bool Account::opted_out(std::string_view phone) const {
  return table_.find(std::string(opted_out_prefix).append(phone)) != nullptr;
}

Outcome<void> Account::opt_out(std::string_view phone) {
  return write({{std::string(opted_out_prefix).append(phone), encode(Attributes())}});
}

Outcome<void> Account::opt_in(std::string_view phone, Duration kept) {
  const Time now = lane().now();
  Writes writes{{std::string(opted_out_prefix).append(phone), std::nullopt}};
  for (const auto& [other, entry] : list(std::string(opted_in_prefix), {}, SIZE_MAX)) {
    if (from_ms(number_in(entry, time_field)) + kept <= now) {
      writes.push_back({std::string(opted_in_prefix).append(other), std::nullopt});
    }
  }
  Attributes entry;
  put_number(entry, time_field, to_ms(now));
  writes.push_back({std::string(opted_in_prefix).append(phone), encode(entry)});
  return write(writes);
}

std::optional<Time> Account::opted_in(std::string_view phone) const {
  const auto entry = attributes(std::string(opted_in_prefix).append(phone));
  if (!entry) return std::nullopt;
  return from_ms(number_in(*entry, time_field));
}

bool Account::writes_to_phones() const {
  return table_.find(writes_entry) != nullptr || !sandbox_numbers({}, 1).empty();
}

Outcome<void> Account::note_writing_to_phones() {
  if (table_.find(writes_entry) != nullptr) return {};
  return write({{std::string(writes_entry), encode(Attributes())}});
}

std::vector<std::string> Account::opted_out_after(std::string_view after, std::size_t count_max) const {
  std::vector<std::string> phones;
  for (auto& [phone, none] : list(std::string(opted_out_prefix), after, count_max)) phones.push_back(std::move(phone));
  return phones;
}

std::optional<Attributes> Account::sandbox_number(std::string_view phone) const {
  return attributes(std::string(sandbox_prefix).append(phone));
}

std::vector<std::pair<std::string, Attributes>> Account::sandbox_numbers(std::string_view after,
                                                                         std::size_t count_max) const {
  return list(std::string(sandbox_prefix), after, count_max);
}

Outcome<void> Account::put_sandbox_number(std::string_view phone, const Attributes& state) {
  return write({{std::string(sandbox_prefix).append(phone), encode(state)}});
}

Outcome<void> Account::erase_sandbox_number(std::string_view phone) {
  return write({{std::string(sandbox_prefix).append(phone), std::nullopt}});
}

std::optional<EndedSubscription> Account::ended(const broker::SubscriptionId& id) const {
  const std::string* const value = table_.find(ended_entry(id));
  if (value == nullptr) return std::nullopt;
  auto decoded = decode_ended(*value);
  check(decoded.has_value(), "a subscription that ended is readable");
  return decoded;
}

Outcome<void> Account::put_ended(const EndedSubscription& ended, Time horizon) {
  Writes writes;
  std::vector<std::pair<Time, const std::string*>> kept;
  const auto& all = table_.entries();
  for (auto at = all.lower_bound(ended_prefix); at != all.end() && at->first.starts_with(ended_prefix); ++at) {
    ByteReader in(at->second);
    in.u8();
    const Time time = from_ms(in.i64());
    if (time < horizon) {
      writes.push_back({at->first, std::nullopt});
    } else {
      kept.emplace_back(time, &at->first);
    }
  }
  if (kept.size() >= ended_max) {
    writes.push_back({*std::ranges::min_element(kept)->second, std::nullopt});
  }
  writes.push_back({ended_entry(ended.subscription.id), encode(ended)});
  return write(writes);
}

Outcome<void> Account::erase_ended(const broker::SubscriptionId& id) {
  if (table_.find(ended_entry(id)) == nullptr) return {};
  return write({{ended_entry(id), std::nullopt}});
}

}  // namespace millrace::aws::sns
