#include "broker/topic/topic.h"

#include <fmt/format.h>

#include <span>
#include <utility>

#include "base/check.h"
#include "broker/queue/queues.h"
#include "broker/topic/filter_event.h"
#include "broker/topic/state.h"
#include "engine/lane.h"

namespace millrace::broker {
namespace {

constexpr char own_mark = '#';
// Longer than any policy retries: 23 days for those of AWS' own services.
constexpr Duration own_retention = std::chrono::hours(24 * 30);
// Messages of one that are tried again later, or are being delivered: each costs memory. The others wait on disk.
constexpr std::uint32_t own_unfinished_max = 1'000;

QueueConfig own_queue() {
  QueueConfig config;
  config.retention = own_retention;
  config.acquired_max = own_unfinished_max;
  return config;
}

}  // namespace

std::string Topic::own_target(std::string_view topic_key, const SubscriptionId& id) {
  std::string key(topic_key);
  key += own_mark;
  for (const auto byte : id) fmt::format_to(std::back_inserter(key), "{:02x}", byte);
  return key;
}

Topic::Topic(engine::Lane& lane, engine::PartitionId id, std::string key)
    : Partition(lane, id, kind, std::move(key)), state_(std::make_unique<TopicState>()) {}
Topic::~Topic() = default;

std::uint16_t Topic::setup_type() { return static_cast<std::uint16_t>(TopicChange::configure); }

std::string Topic::setup(const TopicConfig& config, Time now) {
  std::string bytes;
  ByteWriter out(bytes);
  out.i64(to_ms(now));
  encode_topic_config(config, out);
  return bytes;
}

const TopicConfig& Topic::config() const { return state_->config; }
Time Topic::created() const { return state_->created; }

void Topic::configure(TopicConfig config) {
  lane().append(id(), setup_type(), setup(config, lane().now()));
  match_archive();
}

// --- subscriptions ---

TopicCounts Topic::counts() const {
  return {.confirmed = state_->subscriptions.confirmed(),
          .pending = state_->subscriptions.pending().size(),
          .deleted = state_->deleted,
          .filtered = state_->subscriptions.filtered()};
}

std::optional<Subscription> Topic::at(std::uint32_t slot) const {
  if (slot == Subscriptions::none) return std::nullopt;
  return state_->subscriptions.at(slot);
}

std::optional<Subscription> Topic::find(std::uint8_t protocol, std::string_view endpoint) const {
  return at(state_->subscriptions.find(protocol, endpoint));
}

std::optional<Subscription> Topic::find(const SubscriptionId& id) const { return at(state_->subscriptions.find(id)); }

std::vector<Subscription> Topic::list(std::uint32_t& position, std::size_t count_max) const {
  std::vector<Subscription> page;
  auto slot = state_->subscriptions.from(position);
  while (slot != Subscriptions::none && page.size() < count_max) {
    page.push_back(state_->subscriptions.at(slot));
    slot = state_->subscriptions.from(slot + 1);
  }
  position = slot == Subscriptions::none ? 0 : slot;
  return page;
}

void Topic::put(const Subscription& subscription) {
  const bool own = subscription.confirmed && subscription.target == own_target(key(), subscription.id);
  if (own && lane().find(subscription.target) == nullptr) create_queue(lane(), subscription.target, own_queue());
  std::string payload;
  ByteWriter out(payload);
  encode_subscription(subscription, out);
  lane().append(id(), static_cast<std::uint16_t>(TopicChange::put), payload);
  start_replays();
}

void Topic::erase(const SubscriptionId& subscription) {
  std::string payload;
  ByteWriter out(payload);
  out.raw(std::as_bytes(std::span(subscription)));
  lane().append(id(), static_cast<std::uint16_t>(TopicChange::erase), payload);
  if (const auto* own = lane().find(own_target(key(), subscription))) lane().remove(own->id());
}

void Topic::remove() {
  for (const auto own : own_queues()) lane().remove(own);
  lane().remove(id());
}

std::vector<engine::PartitionId> Topic::own_queues() {
  std::vector<engine::PartitionId> found;
  const std::string prefix = key() + own_mark;
  const auto& directory = lane().directory();
  for (auto entry = directory.lower_bound(prefix); entry != directory.end(); ++entry) {
    if (!entry->first.starts_with(prefix)) break;
    found.push_back(entry->second);
  }
  return found;
}

// --- engine::Partition ---

void Topic::apply(const engine::Change& change) { state_->apply(change); }

void Topic::accept_handoff(const engine::Arrival& arrival) {
  check(arrival.returned, "nothing is handed to a topic but what comes back");
  state_->take_back(arrival);
}

void Topic::handed_over(const engine::HandoffBody&) { check(false, "a topic hands nothing over but by fan-out"); }

void Topic::save(ByteWriter& out) const { state_->save(out); }

Result<void> Topic::load(ByteReader& in) {
  auto ok = state_->load(in, [this](std::uint64_t id) { return lane().read_base(id); });
  lane().observe(state_->latest);
  return ok;
}

bool Topic::wants_base() const { return state_->subscriptions.wants_base(); }
std::string Topic::save_base(std::uint64_t id) { return state_->subscriptions.save_base(id); }
void Topic::lose_base() { state_->subscriptions.lose_base(); }
std::uint64_t Topic::base() const { return state_->subscriptions.base(); }

bool Topic::live(engine::RecordSeq) const { return false; }

// A crash may have come between a subscription and its queue.
void Topic::started() {
  lane().core().post(own([this] {
    std::vector<engine::PartitionId> orphans;
    match_archive();
    for (const auto own : own_queues()) {
      const auto& its_key = lane().find(own)->key();
      if (its_key == own_archive(key())) continue;
      SubscriptionId subscription{};
      const auto hex = std::string_view(its_key).substr(key().size() + 1);
      for (std::size_t i = 0; i < subscription.size(); ++i) {
        subscription[i] = static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(2 * i, 2)), nullptr, 16));
      }
      const auto known = find(subscription);
      if (!known || !known->confirmed) orphans.push_back(own);
    }
    for (const auto own : orphans) lane().remove(own);
    changed();
    start_replays();
  }));
}

void Topic::changed() {
  while (!state_->returned.empty() && lane().admits_handoff()) redrive();
}

// Copies that came back go to the dead-letter queue of their subscription.
void Topic::redrive() {
  const TopicState::Returned copy = state_->returned.front();
  const auto slot = state_->subscriptions.find(copy.delivery.subscription);
  std::string target;
  if (slot != Subscriptions::none) target = state_->subscriptions.view(slot).dead_letter;
  const auto type = static_cast<std::uint16_t>(TopicChange::redriven);
  if (target.empty()) return lane().append(id(), type, {});
  Delivery delivery = copy.delivery;
  delivery.dead_letter = true;
  const std::string head = delivery_head(encode(delivery));
  const engine::FanTarget to{.place = lane().place_of(target), .key = target, .note = copy.note, .head = head};
  lane().fan_out({.source = id(), .change_type = type, .record = as_bytes(copy.record), .targets = std::span(&to, 1)});
}

void Topic::sweep() {
  const Time now = lane().now();
  std::vector<SubscriptionId> late;
  for (const auto slot : state_->subscriptions.pending()) {
    if (late.size() >= swept_max) break;
    const auto subscription = state_->subscriptions.at(slot);
    if (subscription.created + pending_kept <= now) late.push_back(subscription.id);
  }
  for (const auto& subscription : late) erase(subscription);
  changed();
}

void Topic::abandoned(const Error&) {}

Topic* find_topic(engine::Lane& lane, std::string_view key) {
  auto* partition = lane.find(key);
  return partition != nullptr && partition->kind_number() == Topic::kind ? static_cast<Topic*>(partition) : nullptr;
}

Topic& create_topic(engine::Lane& lane, const std::string& key, const TopicConfig& config) {
  auto& topic = lane.create(Topic::kind, key, Topic::setup_type(), Topic::setup(config, lane.now()));
  auto& made = static_cast<Topic&>(topic);
  made.match_archive();
  return made;
}

}  // namespace millrace::broker
