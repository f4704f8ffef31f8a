// Subscriptions: those of one topic, found by id and by endpoint, and matched against a publication.
//
// Each is kept in its encoded form, in one piece of memory, under a slot: a small number that is used again when it is free.
// Those without a filter are a list; the others are in an index over their policies (filter_index.h), so that a publication
// costs what matches and not what is there.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "broker/topic/filter_index.h"
#include "broker/topic/slot_table.h"
#include "broker/topic/subscription.h"
#include "engine/ids.h"

namespace millrace::broker {

class FilterEvent;

// A policy that was accepted once, under whatever limits.
std::shared_ptr<const FilterPolicy> parse_stored_filter(std::string_view filter, FilterScope scope);

class Subscriptions {
 public:
  static constexpr std::uint32_t none = SlotTable::none;

  std::uint32_t find(const SubscriptionId& id) const;
  // The endpoint is the target where a subscription has no endpoint of its own.
  std::uint32_t find(std::uint8_t protocol, std::string_view endpoint) const;
  Subscription at(std::uint32_t slot) const;
  SubscriptionView view(std::uint32_t slot) const;
  // What a fan-out looks at: what is asked for in turn lies close together. Not a part of the state.
  struct Aim {
    SubscriptionId id{};
    engine::LaneId lane{};            // of its target
    engine::PartitionId partition{};  // its target was this one of the topic's lane; 0: it was not there
    bool known = false;               // all this; the fan-out finds it out
    bool raw = false;
    bool own = false;  // the target belongs to the topic
  };
  Aim& aim(std::uint32_t slot);
  // The first taken slot at or after this one; none when there is none.
  std::uint32_t from(std::uint32_t slot) const;

  // Adds, or replaces the one with the same id.
  void put(const Subscription& subscription);
  void erase(std::uint32_t slot);

  // The slots of confirmed subscriptions whose filters pass. `body` is looked at only if a filter asks for it.
  FilteredOut match(const FilterEvent& event, std::string_view body, std::vector<std::uint32_t>& slots) const;

  std::uint64_t confirmed() const { return confirmed_; }
  std::uint64_t filtered() const { return confirmed_ - open_.size(); }
  const std::vector<std::uint32_t>& pending() const { return pending_; }
  const std::vector<std::uint32_t>& replaying() const { return replaying_; }
  std::size_t size() const { return by_id_.size(); }

  // --- checkpoint: all of them, or a base (engine/partition.h) and what changed since ---
  static constexpr std::size_t base_bytes_min = 256 << 10;
  bool wants_base() const;
  std::string save_base(std::uint64_t id);
  void lose_base();
  std::uint64_t base() const { return base_; }
  void save(ByteWriter& out) const;
  using ReadBase = std::function<Result<std::string>(std::uint64_t id)>;
  Result<void> load(ByteReader& in, const ReadBase& read_base);

 private:
  struct Slot {
    std::unique_ptr<char[]> encoded;  // null: free
    std::uint32_t bytes = 0;
    // The low halves: the tables grow without looking at what the slots hold.
    std::uint32_t id_hash = 0;
    std::uint32_t endpoint_hash = 0;
    std::uint32_t place = 0;  // in open_, pending_ or replaying_, if it is in one of them
  };

  std::string_view text(std::uint32_t slot) const { return {slots_[slot].encoded.get(), slots_[slot].bytes}; }
  void put_encoded(const SubscriptionId& id, std::string_view encoded);
  void fill(std::uint32_t slot, std::string_view encoded);
  void free_slot(std::uint32_t slot);
  void save_slots(ByteWriter& out) const;
  Result<void> load_slots(ByteReader& in);
  Result<void> load_changes(std::string_view changes);
  void link(std::uint32_t slot);
  void unlink(std::uint32_t slot);
  std::vector<std::uint32_t>* list_of(const SubscriptionView& seen);

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  // By slot, in blocks that are made when one of their slots is asked for: few of many subscriptions may ever match.
  static constexpr std::size_t aims_in_block = 256;
  std::vector<std::unique_ptr<Aim[]>> aims_;
  SlotTable by_id_;
  SlotTable by_endpoint_;
  std::vector<std::uint32_t> open_;     // confirmed, without a filter
  std::vector<std::uint32_t> pending_;  // not confirmed
  std::vector<std::uint32_t> replaying_;
  std::uint64_t confirmed_ = 0;
  std::size_t bytes_ = 0;                       // of all of them
  std::uint64_t base_ = 0;                      // the object that holds them as they were; 0: none
  std::string changes_;                         // since then
  std::unique_ptr<FilterIndex> by_attributes_;  // made when first needed
  std::unique_ptr<FilterIndex> by_body_;
};

}  // namespace millrace::broker
