// Archive and replay. A FIFO topic with an archive is followed by a stream of its own (own_archive) on its lane, which each
// publication joins with the entry that fans it out. A subscription that replays reads from it, one message after the other,
// and takes part in publications again when it has reached the newest: no message is missed and none comes twice.
#include <utility>

#include "base/log.h"
#include "broker/queue/changes.h"
#include "broker/stream/batch.h"
#include "broker/stream/stream_partition.h"
#include "broker/topic/filter_event.h"
#include "broker/topic/filter_policy.h"
#include "broker/topic/state.h"
#include "broker/topic/topic.h"
#include "engine/lane.h"

namespace millrace::broker {
namespace {

// Of one turn of one subscription.
constexpr StreamReadLimits turn{.records_max = 64, .bytes_max = 256 << 10, .undurable = true};
constexpr Duration tried_again{200};
constexpr auto replayed_type = static_cast<std::uint16_t>(TopicChange::replayed);

StreamPartition* find_archive(engine::Lane& lane, std::string_view key) {
  auto* partition = lane.find(key);
  const bool stream = partition != nullptr && partition->kind_number() == StreamPartition::kind;
  return stream ? static_cast<StreamPartition*>(partition) : nullptr;
}

}  // namespace

std::string Topic::own_archive(std::string_view topic_key) { return std::string(topic_key) + "#archive"; }

// What stands before an archived message: that it is a batch of one, and its sequence number.
std::string Topic::archive_head(std::uint64_t sequence, Time now) {
  std::string head(BatchHead::size, '\0');
  write_batch_head({.records = 1, .time = now}, std::as_writable_bytes(std::span(head)));
  return head + delivery_head(encode(Delivery{.sequence = sequence}));
}

// The archive is as the configuration wants it.
void Topic::match_archive() {
  const std::string archive_key = own_archive(key());
  auto* archive = find_archive(lane(), archive_key);
  if (config().archive_days == 0) {
    if (archive != nullptr) lane().remove(archive->id());
    return;
  }
  const StreamConfig wanted{.retention = std::chrono::hours(24) * config().archive_days, .properties = {}};
  if (archive == nullptr) {
    lane().create(StreamPartition::kind, archive_key, static_cast<std::uint16_t>(StreamChange::configure),
                  encode_configure(lane().now(), wanted));
  } else if (archive->config() != wanted) {
    archive->configure(wanted);
  }
}

void Topic::start_replays() {
  std::vector<SubscriptionId> waiting;
  for (const auto slot : state_->subscriptions.replaying()) waiting.push_back(state_->subscriptions.view(slot).id);
  for (const auto& subscription : waiting) {
    if (replays_.insert(subscription).second) replay(subscription);
  }
}

void Topic::replay_later(const SubscriptionId& subscription, Duration delay) {
  lane().after(delay, own([this, subscription] { replay(subscription); }));
}

void Topic::set_replay(Subscription subscription) {
  std::string payload;
  ByteWriter out(payload);
  encode_subscription(subscription, out);
  lane().append(id(), static_cast<std::uint16_t>(TopicChange::put), payload);
}

void Topic::replay(const SubscriptionId& subscription) {
  auto wanted = find(subscription);
  auto* archive = find_archive(lane(), own_archive(key()));
  if (!wanted || !wanted->replaying()) {
    replays_.erase(subscription);
    return;
  }
  if (!lane().admits_handoff()) return replay_later(subscription, tried_again);
  if (archive == nullptr) {
    wanted->replay->status = Replay::Status::failed;
    set_replay(std::move(*wanted));
    replays_.erase(subscription);
    return;
  }
  if (wanted->replay->position == 0) {
    return archive->find_time(wanted->replay->from, own([this, subscription](Result<engine::RecordSeq> found) {
                                begin_replay(subscription, std::move(found));
                              }));
  }
  archive->read(Offset(wanted->replay->position), turn,
                own([this, subscription](Result<StreamRead> read) { go_on_replay(subscription, std::move(read)); }));
}

void Topic::begin_replay(const SubscriptionId& subscription, Result<engine::RecordSeq> found) {
  auto wanted = find(subscription);
  const auto* archive = find_archive(lane(), own_archive(key()));
  if (!found || archive == nullptr || !wanted || !wanted->replaying()) return replay_later(subscription, tried_again);
  wanted->replay->position = found->get();
  wanted->replay->resume = archive->next().get();
  set_replay(std::move(*wanted));
  replay_later(subscription, Duration::zero());
}

void Topic::go_on_replay(const SubscriptionId& subscription, Result<StreamRead> read) {
  auto wanted = find(subscription);
  const auto* archive = find_archive(lane(), own_archive(key()));
  if (!read || archive == nullptr || !wanted || !wanted->replaying()) {
    if (!read) logging::warn("{}: a replay waits: {}", key(), read.error().message);
    return replay_later(subscription, tried_again);
  }
  Replay& at = *wanted->replay;
  for (const auto& batch : read->batches) {
    if (batch.time > at.until && at.position < at.resume) break;
    give_again(*wanted, batch);
  }
  at.position = std::max(at.position, read->batches.empty() ? read->next.get() : at.position);
  // What was published since the replay began is not a part of it, and comes too.
  const bool ended = !read->batches.empty() && at.position <= read->batches.back().first.get();
  if (ended) at.position = at.resume;
  if (at.position >= archive->next().get()) at.status = Replay::Status::completed;
  set_replay(std::move(*wanted));
  replay_later(subscription, Duration::zero());
}

// One archived message, unless the subscription's filter does not let it pass.
void Topic::give_again(Subscription& subscription, const StoredBatch& batch) {
  subscription.replay->position = batch.first.next().get();
  const auto message = decode_message(batch.bytes);
  const auto archived = message ? decode_delivery(message->delivery) : std::nullopt;
  if (!archived || !passes(subscription, *message)) return;
  Message shared = *message;
  shared.delivery = {};
  const Bytes record = batch.bytes.last(encoded_size(shared));
  const Delivery delivery{
      .subscription = subscription.id, .raw = subscription.raw, .replayed = true, .sequence = archived->sequence};
  const std::string head = delivery_head(encode(delivery));
  // Without a deduplication id: the queue may have seen it before, and is to get it again.
  const std::string note = encode(Departure{.reason = Departure::Reason::published, .dedup = {}});
  const engine::FanTarget to{
      .place = lane().place_of(subscription.target), .key = subscription.target, .note = note, .head = head};
  std::string change;
  ByteWriter out(change);
  out.raw(std::as_bytes(std::span(subscription.id)));
  out.varint(subscription.replay->position);
  lane().fan_out(
      {.source = id(), .change_type = replayed_type, .change = change, .record = record, .targets = std::span(&to, 1)});
}

bool Topic::passes(const Subscription& subscription, const Message& message) const {
  if (subscription.filter.empty()) return true;
  const auto policy = parse_stored_filter(subscription.filter, subscription.filter_scope);
  if (subscription.filter_scope == FilterScope::attributes) {
    if (event_reader_ == nullptr) return false;
    const auto event = event_reader_(message);
    return !event.malformed() && policy->matches(event);
  }
  const auto event = FilterEvent::from_body(message.body);
  return event && policy->matches(*event);
}

}  // namespace millrace::broker
