#include "broker/topic/subscriptions.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>

#include "base/check.h"
#include "base/hash.h"
#include "broker/topic/filter_event.h"
#include "broker/topic/filter_policy.h"

namespace millrace::broker {
namespace {

// The ids are random already.
std::uint64_t hash_of(const SubscriptionId& id) {
  return load_le<std::uint64_t>(reinterpret_cast<const std::byte*>(id.data()));
}

std::string_view endpoint_of(const SubscriptionView& view) {
  return view.endpoint.empty() ? view.target : view.endpoint;
}

}  // namespace

std::shared_ptr<const FilterPolicy> parse_stored_filter(std::string_view filter, FilterScope scope) {
  // What one limits table has accepted, another must not refuse after a restart.
  constexpr auto none = std::numeric_limits<std::uint32_t>::max();
  constexpr FilterLimits unlimited{.keys_max = none, .combinations_max = none, .bytes_max = none};
  auto policy = parse_filter_policy(filter, scope, unlimited);
  check(policy.has_value(), "a filter policy that was stored is valid");
  return std::move(*policy);
}

std::uint32_t Subscriptions::find(const SubscriptionId& id) const {
  return by_id_.find(hash_of(id), [&](std::uint32_t slot) { return view(slot).id == id; });
}

std::uint32_t Subscriptions::find(std::uint8_t protocol, std::string_view endpoint) const {
  return by_endpoint_.find(stable_hash(endpoint, protocol), [&](std::uint32_t slot) {
    const auto seen = view(slot);
    return seen.protocol == protocol && endpoint_of(seen) == endpoint;
  });
}

Subscription Subscriptions::at(std::uint32_t slot) const {
  Subscription subscription;
  ByteReader in(text(slot));
  check(decode_subscription(in, subscription), "what was stored is readable");
  return subscription;
}

SubscriptionView Subscriptions::view(std::uint32_t slot) const {
  auto seen = view_subscription(text(slot));
  check(seen.has_value(), "what was stored is readable");
  return *seen;
}

Subscriptions::Aim& Subscriptions::aim(std::uint32_t slot) {
  const auto block = slot / aims_in_block;
  if (block >= aims_.size()) aims_.resize(slots_.size() / aims_in_block + 1);
  if (!aims_[block]) aims_[block] = std::make_unique<Aim[]>(aims_in_block);
  return aims_[block][slot % aims_in_block];
}

std::uint32_t Subscriptions::from(std::uint32_t slot) const {
  for (; slot < slots_.size(); ++slot) {
    if (slots_[slot].encoded) return slot;
  }
  return none;
}

void Subscriptions::put(const Subscription& subscription) {
  std::string encoded;
  ByteWriter out(encoded);
  encode_subscription(subscription, out);
  put_encoded(subscription.id, encoded);
  if (base_ != 0) ByteWriter(changes_).string(encoded);
}

void Subscriptions::put_encoded(const SubscriptionId& id, std::string_view encoded) {
  auto slot = find(id);
  if (slot != none) {
    unlink(slot);
  } else if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  }
  bytes_ -= slots_[slot].bytes;
  fill(slot, encoded);
}

void Subscriptions::fill(std::uint32_t slot, std::string_view encoded) {
  slots_[slot].encoded = std::make_unique_for_overwrite<char[]>(encoded.size());
  slots_[slot].bytes = static_cast<std::uint32_t>(encoded.size());
  std::memcpy(slots_[slot].encoded.get(), encoded.data(), encoded.size());
  if (slot / aims_in_block < aims_.size() && aims_[slot / aims_in_block]) aim(slot) = {};
  bytes_ += encoded.size();
  link(slot);
}

void Subscriptions::erase(std::uint32_t slot) {
  if (base_ != 0) {
    ByteWriter out(changes_);
    out.string({});
    const auto id = view(slot).id;
    out.raw(std::as_bytes(std::span(id)));
  }
  free_slot(slot);
}

void Subscriptions::free_slot(std::uint32_t slot) {
  unlink(slot);
  bytes_ -= slots_[slot].bytes;
  slots_[slot] = {};
  free_.push_back(slot);
}

void Subscriptions::link(std::uint32_t slot) {
  const auto seen = view(slot);
  auto& place = slots_[slot];
  place.id_hash = static_cast<std::uint32_t>(hash_of(seen.id));
  place.endpoint_hash = static_cast<std::uint32_t>(stable_hash(endpoint_of(seen), seen.protocol));
  by_id_.insert(slot, place.id_hash, [this](std::uint32_t other) { return slots_[other].id_hash; });
  by_endpoint_.insert(slot, place.endpoint_hash, [this](std::uint32_t other) { return slots_[other].endpoint_hash; });
  if (seen.confirmed) ++confirmed_;
  if (auto* list = list_of(seen)) {
    slots_[slot].place = static_cast<std::uint32_t>(list->size());
    list->push_back(slot);
    return;
  }
  auto& index = seen.filter_scope == FilterScope::body ? by_body_ : by_attributes_;
  if (!index) index = std::make_unique<FilterIndex>();
  index->add(slot, parse_stored_filter(seen.filter, seen.filter_scope));
}

// Null for those that are in an index.
std::vector<std::uint32_t>* Subscriptions::list_of(const SubscriptionView& seen) {
  if (!seen.confirmed) return &pending_;
  if (seen.replaying) return &replaying_;
  return seen.filter.empty() ? &open_ : nullptr;
}

void Subscriptions::unlink(std::uint32_t slot) {
  const auto seen = view(slot);
  by_id_.erase(slot, slots_[slot].id_hash, [this](std::uint32_t other) { return slots_[other].id_hash; });
  by_endpoint_.erase(slot, slots_[slot].endpoint_hash,
                     [this](std::uint32_t other) { return slots_[other].endpoint_hash; });
  if (seen.confirmed) --confirmed_;
  auto* list = list_of(seen);
  if (list == nullptr) return (seen.filter_scope == FilterScope::body ? by_body_ : by_attributes_)->remove(slot);
  const auto place = slots_[slot].place;
  (*list)[place] = list->back();
  slots_[(*list)[place]].place = place;
  list->pop_back();
}

FilteredOut Subscriptions::match(const FilterEvent& event, std::string_view body,
                                 std::vector<std::uint32_t>& slots) const {
  FilteredOut out;
  slots = open_;
  // Whose filter passes it is appended.
  const auto filter = [&slots](const FilterIndex& index, const FilterEvent& values) {
    const auto before = slots.size();
    index.match(values, slots);
    return index.slots() - (slots.size() - before);
  };
  out.malformed_attributes = event.malformed();
  if (by_attributes_) out.by_attributes = event.malformed() ? by_attributes_->slots() : filter(*by_attributes_, event);
  if (!by_body_) return out;
  if (const auto parsed = FilterEvent::from_body(body)) {
    out.by_body = filter(*by_body_, *parsed);
  } else {
    out.by_body = by_body_->slots();
    out.unreadable_body = true;
  }
  return out;
}

// --- checkpoint ---

bool Subscriptions::wants_base() const {
  if (bytes_ < base_bytes_min) return false;
  return base_ == 0 || changes_.size() > std::max(base_bytes_min, bytes_ / 2);
}

std::string Subscriptions::save_base(std::uint64_t id) {
  base_ = id;
  changes_.clear();
  changes_.shrink_to_fit();
  std::string content;
  content.reserve(bytes_ + varint_bytes_max * (slots_.size() + 1));
  ByteWriter out(content);
  save_slots(out);
  return content;
}

void Subscriptions::lose_base() {
  base_ = 0;
  changes_.clear();
}

void Subscriptions::save(ByteWriter& out) const {
  out.u64(base_);
  if (base_ == 0) return save_slots(out);
  out.string(changes_);
}

void Subscriptions::save_slots(ByteWriter& out) const {
  out.varint(slots_.size());
  for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) out.string(text(slot));
}

Result<void> Subscriptions::load(ByteReader& in, const ReadBase& read_base) {
  const auto base = in.u64();
  if (base == 0) return load_slots(in);
  auto content = read_base(base);
  if (!content) return pass(content);
  ByteReader from_base(*content);
  if (auto ok = load_slots(from_base); !ok) return ok;
  base_ = base;
  changes_ = in.string();
  return load_changes(changes_);
}

// Slots keep their numbers, which stand in the tokens of listings.
Result<void> Subscriptions::load_slots(ByteReader& in) {
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    const auto encoded = in.string();
    const auto slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
    if (encoded.empty()) {
      free_.push_back(slot);
      continue;
    }
    if (!view_subscription(encoded)) return fail(ErrorCode::damaged, "a subscription cannot be read");
    fill(slot, encoded);
  }
  return in.ok() ? Result<void>() : fail(ErrorCode::damaged, "the subscriptions are cut short");
}

Result<void> Subscriptions::load_changes(std::string_view changes) {
  ByteReader in(changes);
  while (in.ok() && in.remaining() > 0) {
    const auto encoded = in.string();
    if (!encoded.empty()) {
      const auto seen = view_subscription(encoded);
      if (!seen) return fail(ErrorCode::damaged, "a subscription cannot be read");
      put_encoded(seen->id, encoded);
      continue;
    }
    SubscriptionId id{};
    const auto bytes = in.raw(id.size());
    std::ranges::copy(bytes, id.begin());
    const auto slot = find(id);
    if (slot == none) return fail(ErrorCode::damaged, "a subscription that was removed was not there");
    free_slot(slot);
  }
  return in.done() ? Result<void>() : fail(ErrorCode::damaged, "the changed subscriptions are cut short");
}

}  // namespace millrace::broker
