#include "broker/topic/state.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "base/check.h"

namespace millrace::broker {
namespace {

constexpr std::uint8_t state_version = 1;
constexpr std::uint8_t flag_fifo = 1;
constexpr std::uint8_t flag_content_dedup = 2;
constexpr std::uint8_t flag_per_group = 4;

void write_map(const std::map<std::string, std::string>& map, ByteWriter& out) {
  out.varint(map.size());
  for (const auto& [name, value] : map) {
    out.string(name);
    out.string(value);
  }
}

std::map<std::string, std::string> read_map(ByteReader& in) {
  std::map<std::string, std::string> map;
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    const auto name = in.string();
    map.emplace(name, in.string());
  }
  return map;
}

template <std::size_t size>
void read_array(ByteReader& in, std::array<std::uint8_t, size>& into) {
  const auto bytes = in.raw(size);
  std::ranges::copy(bytes, into.begin());
}

}  // namespace

void encode_topic_config(const TopicConfig& config, ByteWriter& out) {
  out.u8(static_cast<std::uint8_t>((config.fifo ? flag_fifo : 0) | (config.content_dedup ? flag_content_dedup : 0) |
                                   (config.dedup_per_group ? flag_per_group : 0)));
  out.varint(config.archive_days);
  write_map(config.annotations, out);
  write_map(config.tags, out);
}

Result<TopicConfig> decode_topic_config(ByteReader& in) {
  TopicConfig config;
  const auto flags = in.u8();
  config.fifo = (flags & flag_fifo) != 0;
  config.content_dedup = (flags & flag_content_dedup) != 0;
  config.dedup_per_group = (flags & flag_per_group) != 0;
  config.archive_days = static_cast<std::uint32_t>(in.varint());
  config.annotations = read_map(in);
  config.tags = read_map(in);
  if (!in.ok()) return fail(ErrorCode::damaged, "a topic's configuration cannot be read");
  return config;
}

std::string encode(const PublishedChange& change) {
  std::string bytes;
  ByteWriter out(bytes);
  out.i64(to_ms(change.now));
  out.varint(change.sequence);
  out.raw(std::as_bytes(std::span(change.id)));
  out.u8(change.dedup ? 1 : 0);
  if (change.dedup) {
    out.raw(std::as_bytes(std::span(change.dedup->digest)));
    out.u64(change.dedup->group);
  }
  return bytes;
}

bool decode(ByteReader in, PublishedChange& change) {
  change.now = from_ms(in.i64());
  change.sequence = in.varint();
  read_array(in, change.id);
  if (in.u8() != 0) {
    read_array(in, change.dedup.emplace().digest);
    change.dedup->group = in.u64();
  }
  return in.done();
}

void TopicState::apply(const engine::Change& change) {
  ByteReader in(change.payload);
  switch (static_cast<TopicChange>(change.type)) {
    case TopicChange::configure: {
      const Time now = from_ms(in.i64());
      auto given = decode_topic_config(in);
      check(given.has_value() && in.done(), "a topic's journal entry is readable");
      if (created == Time{}) created = now;
      latest = std::max(latest, now);
      config = std::move(*given);
      return;
    }
    case TopicChange::put: {
      Subscription subscription;
      check(decode_subscription(in, subscription) && in.done(), "a topic's journal entry is readable");
      subscriptions.put(subscription);
      return;
    }
    case TopicChange::erase: {
      SubscriptionId id{};
      read_array(in, id);
      const auto slot = subscriptions.find(id);
      check(in.done() && slot != Subscriptions::none, "a subscription that is erased is there");
      subscriptions.erase(slot);
      ++deleted;
      return;
    }
    case TopicChange::published: {
      PublishedChange published;
      check(decode(in, published), "a topic's journal entry is readable");
      latest = std::max(latest, published.now);
      sequence = published.sequence;
      if (!published.dedup) return;
      if (!dedup) dedup = std::make_unique<Dedup>();
      dedup->add(*published.dedup,
                 {.id = published.id, .seq = Seq(published.sequence), .until = published.now + dedup_interval},
                 published.now);
      return;
    }
    case TopicChange::replayed: {
      SubscriptionId id{};
      read_array(in, id);
      const auto slot = subscriptions.find(id);
      check(slot != Subscriptions::none, "a subscription that replays is there");
      auto subscription = subscriptions.at(slot);
      check(subscription.replaying(), "it replays");
      subscription.replay->position = in.varint();
      check(in.done(), "a topic's journal entry is readable");
      subscriptions.put(subscription);
      return;
    }
    case TopicChange::redriven:
      check(!returned.empty(), "what is redriven came back");
      returned.pop_front();
      return;
  }
  check(false, "a change of a kind that no version wrote");
}

void TopicState::take_back(const engine::Arrival& arrival) {
  latest = std::max(latest, arrival.now);
  const auto delivery = decode_delivery(delivery_of(arrival.head));
  check(delivery.has_value(), "what came back says by which subscription it went");
  if (delivery->dead_letter || returned.size() >= returned_max) {
    ++given_up;
    return;
  }
  returned.push_back(
      {.delivery = *delivery, .record = std::string(as_text(arrival.record.bytes)), .note = std::string(arrival.note)});
}

void TopicState::save(ByteWriter& out) const {
  out.u8(state_version);
  encode_topic_config(config, out);
  out.i64(to_ms(created));
  out.i64(to_ms(latest));
  out.varint(deleted);
  out.varint(sequence);
  out.u8(dedup ? 1 : 0);
  if (dedup) dedup->save(out);
  out.varint(returned.size());
  for (const auto& copy : returned) {
    out.string(encode(copy.delivery));
    out.string(copy.record);
    out.string(copy.note);
  }
  subscriptions.save(out);
}

Result<void> TopicState::load(ByteReader& in, const Subscriptions::ReadBase& read_base) {
  if (in.u8() != state_version) return fail(ErrorCode::unsupported, "the topic was written by a newer version");
  auto stored = decode_topic_config(in);
  if (!stored) return pass(stored);
  config = std::move(*stored);
  created = from_ms(in.i64());
  latest = from_ms(in.i64());
  deleted = in.varint();
  sequence = in.varint();
  if (in.u8() != 0) {
    dedup = std::make_unique<Dedup>();
    if (auto ok = dedup->load(in); !ok) return ok;
  }
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    const auto delivery = decode_delivery(in.string());
    if (!delivery) return fail(ErrorCode::damaged, "the topic's state cannot be read");
    const auto record = in.string();
    returned.push_back({.delivery = *delivery, .record = std::string(record), .note = std::string(in.string())});
  }
  if (auto ok = subscriptions.load(in, read_base); !ok) return ok;
  return in.done() ? Result<void>() : fail(ErrorCode::damaged, "the topic's state cannot be read");
}

}  // namespace millrace::broker
