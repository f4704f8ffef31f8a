#include "broker/topic/subscription.h"

#include <algorithm>
#include <span>

namespace millrace::broker {
namespace {

// docs/format/topic.md
constexpr std::uint8_t flag_confirmed = 1;
constexpr std::uint8_t flag_raw = 2;
constexpr std::uint8_t flag_body_scope = 4;
constexpr std::uint8_t flag_replaying = 8;
constexpr std::uint8_t flag_replay = 16;
// Of a delivery.
constexpr std::uint8_t flag_dead_letter = 4;
constexpr std::uint8_t flag_replayed = 8;

std::uint8_t flags_of(const Subscription& subscription) {
  return static_cast<std::uint8_t>((subscription.confirmed ? flag_confirmed : 0) | (subscription.raw ? flag_raw : 0) |
                                   (subscription.filter_scope == FilterScope::body ? flag_body_scope : 0) |
                                   (subscription.replaying() ? flag_replaying : 0) |
                                   (subscription.replay ? flag_replay : 0));
}

SubscriptionId read_id(ByteReader& in) {
  SubscriptionId id{};
  const auto bytes = in.raw(id.size());
  std::ranges::copy(bytes, id.begin());
  return id;
}

}  // namespace

void encode_subscription(const Subscription& subscription, ByteWriter& out) {
  out.raw(std::as_bytes(std::span(subscription.id)));
  out.u8(flags_of(subscription));
  out.u8(subscription.protocol);
  out.string(subscription.target);
  out.string(subscription.endpoint);
  out.string(subscription.filter);
  out.string(subscription.dead_letter);
  out.string(subscription.owner);
  out.i64(to_ms(subscription.created));
  out.string(subscription.token);
  out.varint(subscription.annotations.size());
  for (const auto& [name, value] : subscription.annotations) {
    out.string(name);
    out.string(value);
  }
  if (!subscription.replay) return;
  out.i64(to_ms(subscription.replay->from));
  out.i64(subscription.replay->until == Time::max() ? 0 : to_ms(subscription.replay->until));
  out.varint(subscription.replay->position);
  out.varint(subscription.replay->resume);
  out.u8(static_cast<std::uint8_t>(subscription.replay->status));
}

bool decode_subscription(ByteReader& in, Subscription& subscription) {
  subscription = {};
  subscription.id = read_id(in);
  const auto flags = in.u8();
  subscription.confirmed = (flags & flag_confirmed) != 0;
  subscription.raw = (flags & flag_raw) != 0;
  subscription.filter_scope = (flags & flag_body_scope) != 0 ? FilterScope::body : FilterScope::attributes;
  subscription.protocol = in.u8();
  for (auto* text : {&subscription.target, &subscription.endpoint, &subscription.filter, &subscription.dead_letter,
                     &subscription.owner}) {
    *text = in.string();
  }
  subscription.created = from_ms(in.i64());
  subscription.token = in.string();
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    const auto name = in.string();
    subscription.annotations.emplace(name, in.string());
  }
  if ((flags & flag_replay) != 0) {
    auto& replay = subscription.replay.emplace();
    replay.from = from_ms(in.i64());
    const auto until = in.i64();
    if (until != 0) replay.until = from_ms(until);
    replay.position = in.varint();
    replay.resume = in.varint();
    replay.status = static_cast<Replay::Status>(in.u8());
  }
  return in.ok();
}

std::optional<SubscriptionView> view_subscription(std::string_view encoded) {
  ByteReader in(encoded);
  SubscriptionView view;
  view.id = read_id(in);
  const auto flags = in.u8();
  view.confirmed = (flags & flag_confirmed) != 0;
  view.raw = (flags & flag_raw) != 0;
  view.replaying = (flags & flag_replaying) != 0;
  view.filter_scope = (flags & flag_body_scope) != 0 ? FilterScope::body : FilterScope::attributes;
  view.protocol = in.u8();
  view.target = in.string();
  view.endpoint = in.string();
  view.filter = in.string();
  view.dead_letter = in.string();
  if (!in.ok()) return std::nullopt;
  return view;
}

std::string encode(const Delivery& delivery) {
  std::string bytes;
  ByteWriter out(bytes);
  out.raw(std::as_bytes(std::span(delivery.subscription)));
  out.u8(static_cast<std::uint8_t>((delivery.raw ? flag_raw : 0) | (delivery.dead_letter ? flag_dead_letter : 0) |
                                   (delivery.replayed ? flag_replayed : 0)));
  out.varint(delivery.sequence);
  if (delivery.dead_letter) {
    out.i64(to_ms(delivery.published));
    out.string(delivery.words);
  }
  return bytes;
}

std::optional<Delivery> decode_delivery(std::string_view bytes) {
  ByteReader in(bytes);
  Delivery delivery;
  delivery.subscription = read_id(in);
  const auto flags = in.u8();
  delivery.sequence = in.varint();
  delivery.raw = (flags & flag_raw) != 0;
  delivery.dead_letter = (flags & flag_dead_letter) != 0;
  delivery.replayed = (flags & flag_replayed) != 0;
  if (delivery.dead_letter) {
    delivery.published = from_ms(in.i64());
    delivery.words = in.string();
  }
  if (!in.done()) return std::nullopt;
  return delivery;
}

}  // namespace millrace::broker
