// Subscription: who receives what is published to a topic. The model knows its target, filter and state; what the door
// that made it needs besides (protocol, delivery policy …) is kept for it.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"

namespace millrace::broker {

using SubscriptionId = std::array<std::uint8_t, 16>;

// What a filter policy looks at.
enum class FilterScope : std::uint8_t { attributes = 0, body = 1 };

// What a subscription gets again from the topic's archive, before it takes part in publications.
struct Replay {
  enum class Status : std::uint8_t { going_on = 0, completed = 1, failed = 2 };
  Time from{};
  Time until = Time::max();    // what is younger is passed over, up to what was published after the replay began
  std::uint64_t position = 0;  // in the archive; 0: not found yet
  std::uint64_t resume = 0;    // where the archive ended when it began
  Status status = Status::going_on;
  bool operator==(const Replay&) const = default;
};

struct Subscription {
  SubscriptionId id{};
  std::uint8_t protocol = 0;  // the door's number for it
  bool confirmed = false;     // an unconfirmed one receives nothing
  bool raw = false;           // the message as it was published, without the door's envelope
  FilterScope filter_scope = FilterScope::attributes;
  Time created{};
  std::string
      target;  // key of the partition that receives; see Topic::own_target for those that the topic drains itself
  std::string
      endpoint;  // as the door shows it; with the protocol it is unique in the topic. Empty: the door derives it from `target`
  std::string owner;        // account
  std::string filter;       // the policy's text as it was given; empty: everything matches
  std::string dead_letter;  // key of the queue for what cannot be delivered; empty: none
  std::optional<Replay> replay;
  bool replaying() const { return replay && replay->status == Replay::Status::going_on; }
  std::string token;                               // what confirms it, while it is not confirmed
  std::map<std::string, std::string> annotations;  // the door's: delivery policy, redrive policy, role …
  bool operator==(const Subscription&) const = default;
};

// What a topic says about a copy of a message (Message::delivery): which subscription it came by.
struct Delivery {
  SubscriptionId subscription{};
  bool raw = false;
  bool dead_letter = false;    // it could not be delivered to the subscription's target
  bool replayed = false;       // it comes from the archive
  std::uint64_t sequence = 0;  // of a FIFO topic; else 0
  // Of dead letters. Their own age began when they were given up.
  Time published{};        // zero: not known to differ from Message::sent
  std::string_view words;  // the door's, why it was given up; when decoded a view into the bytes
};
std::string encode(const Delivery& delivery);
std::optional<Delivery> decode_delivery(std::string_view bytes);

// What matching and fan-out look at, without taking a subscription apart: views into its encoded form.
struct SubscriptionView {
  SubscriptionId id{};
  bool confirmed = false;
  bool raw = false;
  bool replaying = false;
  FilterScope filter_scope = FilterScope::attributes;
  std::uint8_t protocol = 0;
  std::string_view target;
  std::string_view endpoint;
  std::string_view filter;
  std::string_view dead_letter;
};
std::optional<SubscriptionView> view_subscription(std::string_view encoded);

// How many subscriptions' filters a message did not pass.
struct FilteredOut {
  std::uint64_t by_attributes = 0;
  std::uint64_t by_body = 0;
  bool malformed_attributes = false;
  bool unreadable_body = false;  // it was looked at, and is no JSON object
};

void encode_subscription(const Subscription& subscription, ByteWriter& out);
// False when the bytes are no subscription.
bool decode_subscription(ByteReader& in, Subscription& subscription);

}  // namespace millrace::broker
