#include "broker/queue/dedup.h"

#include <cstring>

namespace millrace::broker {

const Dedup::Seen* Dedup::find(const DedupKey& key, Time now) const {
  const auto at = seen_.find(key);
  return at == seen_.end() || at->second.until <= now ? nullptr : &at->second;
}

void Dedup::insert(const DedupKey& key, const Seen& seen) {
  seen_[key] = seen;
  order_.emplace_back(seen.until, key);
}

void Dedup::add(const DedupKey& key, const Seen& seen, Time now) {
  while (!order_.empty() && order_.front().first <= now) {
    const auto at = seen_.find(order_.front().second);
    // The key may have been seen again since.
    if (at != seen_.end() && at->second.until <= now) seen_.erase(at);
    order_.pop_front();
  }
  insert(key, seen);
}

void Dedup::clear() {
  seen_.clear();
  order_.clear();
}

void Dedup::save(ByteWriter& out) const {
  out.varint(order_.size());
  for (const auto& [until, key] : order_) {
    const auto at = seen_.find(key);
    const Seen seen = at == seen_.end() ? Seen{} : at->second;
    out.raw(std::as_bytes(std::span(key.digest)));
    out.u64(key.group);
    out.raw(std::as_bytes(std::span(seen.id)));
    out.varint(seen.seq.get());
    out.i64(to_ms(until));
  }
}

Result<void> Dedup::load(ByteReader& in) {
  clear();
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    DedupKey key;
    Seen seen;
    const auto digest = in.raw(key.digest.size());
    key.group = in.u64();
    const auto id = in.raw(seen.id.size());
    seen.seq = Seq(in.varint());
    seen.until = from_ms(in.i64());
    if (!in.ok()) break;
    std::memcpy(key.digest.data(), digest.data(), digest.size());
    std::memcpy(seen.id.data(), id.data(), id.size());
    insert(key, seen);
  }
  return in.ok() ? Result<void>() : fail(ErrorCode::damaged, "the queue's deduplication ids are cut short");
}

}  // namespace millrace::broker
