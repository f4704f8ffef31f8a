// Publishing: which subscriptions receive a message, and the fan-out to their targets.
#include <algorithm>
#include <cstring>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "broker/queue/changes.h"
#include "broker/queue/slots.h"
#include "broker/topic/filter_event.h"
#include "broker/topic/state.h"
#include "broker/topic/topic.h"
#include "engine/lane.h"

namespace millrace::broker {
namespace {

// Where the target is now. What is known of it spares a look at the subscription.
engine::Place take_aim(engine::Lane& lane, const Topic& topic, const SubscriptionView& seen, Subscriptions::Aim& aim) {
  const auto place = lane.place_of(seen.target);
  aim = {.id = seen.id,
         .lane = place.lane,
         .partition = place.here != nullptr ? place.here->id() : engine::PartitionId{},
         .known = true,
         .raw = seen.raw,
         .own = seen.target.starts_with(topic.key())};
  return place;
}

engine::Place known_place(engine::Lane& lane, const Subscriptions::Aim& aim) {
  // Ids are not used again: the partition has the key of the target, or is gone.
  const bool here = aim.partition != engine::PartitionId{};
  return {.lane = aim.lane, .here = here ? lane.find(aim.partition) : nullptr};
}

}  // namespace

Result<Published> Topic::publish(const NewPublication& publication) {
  if (auto ok = lane().admits_handoff(); !ok) return pass(ok);
  const Time now = lane().now();
  Published published{.id = publication.message.id};
  PublishedChange change{.now = now, .sequence = state_->sequence + 1, .id = publication.message.id};
  const bool fifo = config().fifo;
  if (fifo) {
    published.sequence = change.sequence;
    if (publication.dedup) {
      const auto group = config().dedup_per_group ? group_hash(publication.message.group) : 0;
      change.dedup = DedupKey{.digest = *publication.dedup, .group = group};
      const auto* seen = state_->dedup ? state_->dedup->find(*change.dedup, now) : nullptr;
      if (seen != nullptr) return Published{.id = seen->id, .sequence = seen->seq.get(), .duplicate = true};
    }
  }
  std::vector<std::uint32_t> slots;
  published.filtered_out = state_->subscriptions.match(*publication.event, publication.message.body, slots);
  std::vector<std::uint32_t> refused;
  if (!publication.raw_refusal.empty()) refused = take_raw(slots);
  published.matched = slots.size();
  published.refused = refused.size();
  published.filtered = published.filtered_out.by_attributes + published.filtered_out.by_body;

  Message message = publication.message;
  message.sent = now;
  std::string record(encoded_size(message), '\0');
  encode_message(message, std::as_writable_bytes(std::span(record)));
  const std::string note = encode(Departure{.reason = Departure::Reason::published, .dedup = publication.dedup});
  const std::string change_bytes = fifo ? encode(change) : std::string();
  published.drained = fan_out(slots, published.sequence, record, note, change_bytes);
  const Delivery dead_letter{
      .dead_letter = true, .sequence = published.sequence, .published = now, .words = publication.raw_refusal};
  for (const auto slot : refused) {
    const auto letter = refuse(slot, dead_letter, record);
    published.redriven += letter == Letter::left ? 1 : 0;
    published.letters_lost += letter == Letter::lost ? 1 : 0;
  }
  return published;
}

// Takes out those whose copies would lie in a queue as they are.
std::vector<std::uint32_t> Topic::take_raw(std::vector<std::uint32_t>& slots) const {
  const auto is_raw = [this](std::uint32_t slot) {
    const auto seen = state_->subscriptions.view(slot);
    return seen.raw && !seen.target.starts_with(key());
  };
  std::vector<std::uint32_t> raw;
  std::ranges::copy_if(slots, std::back_inserter(raw), is_raw);
  std::erase_if(slots, is_raw);
  return raw;
}

// To the subscription's dead-letter queue. An entry for each, since they may share the queue, so there may be more than the
// lane takes; and without a deduplication id, by which a FIFO queue would keep but one.
Topic::Letter Topic::refuse(std::uint32_t slot, const Delivery& dead_letter, std::string_view record) {
  const auto seen = state_->subscriptions.view(slot);
  if (seen.dead_letter.empty()) return Letter::none;
  if (!lane().admits_handoff()) return Letter::lost;
  const std::string note = encode(Departure{.reason = Departure::Reason::published, .dedup = {}});
  Delivery delivery = dead_letter;
  delivery.subscription = seen.id;
  const std::string head = delivery_head(encode(delivery));
  const std::string target(seen.dead_letter);
  const engine::FanTarget to{.place = lane().place_of(target), .key = target, .note = note, .head = head};
  lane().fan_out({.source = id(), .record = as_bytes(record), .targets = std::span(&to, 1)});
  return Letter::left;
}

// One entry, unless there are so many targets that they do not fit into one.
std::uint64_t Topic::fan_out(const std::vector<std::uint32_t>& slots, std::uint64_t sequence, std::string_view record,
                             std::string_view note, std::string_view change) {
  const auto type = static_cast<std::uint16_t>(TopicChange::published);
  const bool archived = config().archive_days != 0;
  if (slots.empty() && !archived) {
    if (!change.empty()) lane().append(id(), type, change);
    return 0;
  }
  const std::size_t room = lane().fan_bytes_max() - record.size() - change.size();
  std::vector<engine::FanTarget> targets;
  targets.reserve(slots.size());
  // Heads differ in the subscription's id, which comes first, and in whether they are raw.
  const std::string delivery = encode(Delivery{.sequence = sequence});
  const std::string plain = delivery_head(delivery);
  const std::string raw = delivery_head(encode(Delivery{.raw = true, .sequence = sequence}));
  const std::size_t head_size = plain.size();
  const std::size_t id_at = head_size - delivery.size();
  std::string heads;
  heads.reserve(slots.size() * head_size);
  std::size_t used = 0;
  const auto send = [&] {
    lane().fan_out({.source = id(),
                    .change_type = change.empty() ? std::uint16_t{0} : type,
                    .change = change,
                    .record = as_bytes(record),
                    .targets = targets});
    targets.clear();
    change = {};
    used = 0;
  };
  const std::string archive_key = archived ? own_archive(key()) : std::string();
  const std::string head_of_archive = archived ? archive_head(sequence, lane().now()) : std::string();
  if (archived) {
    targets.push_back({.place = lane().place_of(archive_key), .key = archive_key, .note = {}, .head = head_of_archive});
    used = archive_key.size() + head_of_archive.size() + engine::Lane::fan_target_bytes;
  }
  std::uint64_t own = 0;
  for (const auto slot : slots) {
    auto& aim = state_->subscriptions.aim(slot);
    auto place = known_place(lane(), aim);
    std::string_view target;
    if (place.here == nullptr) {
      const auto seen = state_->subscriptions.view(slot);
      target = seen.target;
      if (!aim.known || aim.lane == lane().id()) place = take_aim(lane(), *this, seen, aim);
    }
    const auto begin = heads.size();
    heads += aim.raw ? raw : plain;
    std::memcpy(heads.data() + begin + id_at, aim.id.data(), aim.id.size());
    const auto bytes = target.size() + note.size() + head_size + engine::Lane::fan_target_bytes;
    if (used + bytes > room && !targets.empty()) send();
    used += bytes;
    if (aim.own) ++own;
    targets.push_back({.place = place, .key = target, .note = note, .head = std::string_view(heads).substr(begin)});
  }
  send();
  return own;
}

}  // namespace millrace::broker
