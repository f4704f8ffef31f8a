#include "broker/queue/claims.h"

#include "base/check.h"

namespace millrace::broker {

void Claims::add(Seq seq) {
  if (!runs_.empty()) {
    auto& [first, end] = *runs_.rbegin();
    check(end <= seq, "claims are made in the order of sending");
    if (end == seq) {
      end = seq.next();
      return;
    }
  }
  runs_.emplace_hint(runs_.end(), seq, seq.next());
}

Seq Claims::skip(Seq seq) const {
  auto at = runs_.upper_bound(seq);
  if (at == runs_.begin()) return seq;
  --at;
  return seq < at->second ? at->second : seq;
}

bool Claims::contains(Seq seq) const { return skip(seq) != seq; }

void Claims::forget_below(Seq seq) {
  while (!runs_.empty() && runs_.begin()->second <= seq) runs_.erase(runs_.begin());
  if (!runs_.empty() && runs_.begin()->first < seq) {
    const Seq end = runs_.begin()->second;
    runs_.erase(runs_.begin());
    runs_.emplace_hint(runs_.begin(), seq, end);
  }
}

void Claims::save(ByteWriter& out) const {
  out.varint(runs_.size());
  for (const auto& [first, end] : runs_) {
    out.varint(first.get());
    out.varint(end.get() - first.get());
  }
}

Result<void> Claims::load(ByteReader& in) {
  runs_.clear();
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    const Seq first(in.varint());
    runs_.emplace(first, Seq(first.get() + in.varint()));
  }
  return in.ok() ? Result<void>() : fail(ErrorCode::damaged, "the queue's claims are cut short");
}

}  // namespace millrace::broker
