#include "aws/sns/account.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/digest.h"
#include "aws/sns/errors.h"
#include "base/bytes.h"
#include "base/check.h"

namespace millrace::aws::sns {
namespace {

// A little below what the broker takes in one step.
constexpr std::size_t step_bytes_max = broker::Table::write_bytes_max - (64 << 10);
constexpr std::uint8_t version = 1;
constexpr std::uint64_t attributes_max = 1'000;

// ---- Keys (docs/format/sns.md) ----

constexpr std::string_view applications_prefix = "app/";
constexpr std::string_view settings_entry = "sms";
constexpr std::string_view opted_out_prefix = "out/";
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

Account::Account(engine::Lane& lane, const std::string& key)
    : lane_(lane), key_(key), table_(broker::find_table(lane, key)) {}

const broker::Table::Entries& Account::entries() const {
  static const broker::Table::Entries none;
  return table_ != nullptr ? table_->entries() : none;
}

const std::string* Account::find(std::string_view key) const {
  const auto at = entries().find(key);
  return at == entries().end() ? nullptr : &at->second;
}

std::optional<Attributes> Account::attributes(std::string_view key) const {
  const std::string* const value = find(key);
  if (value == nullptr) return std::nullopt;
  auto decoded = decode(*value);
  check(decoded.has_value(), "what an account keeps is readable");
  return decoded;
}

std::vector<std::pair<std::string, Attributes>> Account::list(const std::string& prefix, std::string_view after,
                                                              std::size_t count_max) const {
  std::vector<std::pair<std::string, Attributes>> found;
  const auto& all = entries();
  const std::string from = prefix + std::string(after);
  auto at = after.empty() ? all.lower_bound(from) : all.upper_bound(from);
  for (; at != all.end() && at->first.starts_with(prefix) && found.size() < count_max; ++at) {
    found.emplace_back(at->first.substr(prefix.size()), attributes(at->first).value_or(Attributes()));
  }
  return found;
}

Outcome<void> Account::write(const Writes& writes) {
  if (writes.empty()) return {};
  if (table_ == nullptr) table_ = broker::open_table(lane_, key_);
  check(table_ != nullptr, "nothing else has the key of an account");
  std::span<const broker::TableWrite> left = writes;
  while (!left.empty()) {
    std::size_t count = 0;
    for (std::size_t bytes = 0; count < left.size(); ++count) {
      bytes += left[count].key.size() + (left[count].value ? left[count].value->size() : 0);
      if (bytes > step_bytes_max && count > 0) break;
    }
    if (auto ok = table_->write(left.first(count)); !ok) return refuse(failure_of(ok.error()));
    left = left.subspan(count);
  }
  return {};
}

std::optional<Attributes> Account::application(const ApplicationName& name) const {
  return attributes(application_entry(name));
}

std::optional<Attributes> Account::endpoint(const EndpointName& name) const { return attributes(endpoint_entry(name)); }

std::string Account::endpoint_of_token(const ApplicationName& name, std::string_view token) const {
  const std::string* const id = find(token_entry(name, token));
  return id == nullptr ? std::string() : *id;
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
  if (find(application_entry(name)) == nullptr) return {};
  for (const auto& prefix : {endpoints_prefix(name), tokens_prefix(name)}) {
    for (auto at = entries().lower_bound(prefix); at != entries().end() && at->first.starts_with(prefix); ++at) {
      writes.push_back({at->first, std::nullopt});
    }
  }
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

bool Account::opted_out(std::string_view phone) const {
  return find(std::string(opted_out_prefix).append(phone)) != nullptr;
}

Outcome<void> Account::opt_out(std::string_view phone) {
  return write({{std::string(opted_out_prefix).append(phone), encode(Attributes())}});
}

Outcome<void> Account::opt_in(std::string_view phone) {
  if (!opted_out(phone)) return {};
  return write({{std::string(opted_out_prefix).append(phone), std::nullopt}});
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
  const std::string* const value = find(ended_entry(id));
  if (value == nullptr) return std::nullopt;
  auto decoded = decode_ended(*value);
  check(decoded.has_value(), "a subscription that ended is readable");
  return decoded;
}

Outcome<void> Account::put_ended(const EndedSubscription& ended, Time horizon) {
  Writes writes;
  std::vector<std::pair<Time, const std::string*>> kept;
  const auto& all = entries();
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
  if (find(ended_entry(id)) == nullptr) return {};
  return write({{ended_entry(id), std::nullopt}});
}

}  // namespace millrace::aws::sns
