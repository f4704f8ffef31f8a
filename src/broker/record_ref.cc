#include "broker/record_ref.h"

#include <string>
#include <utility>

namespace millrace::broker {

RecordRef record_at(const engine::Backlog::Place& place) {
  if (place.head.empty()) return {.seq = place.seq, .bytes = place.record.bytes, .keep = place.record.chunk};
  auto whole = std::make_shared<std::string>();
  whole->reserve(place.head.size() + place.record.bytes.size());
  whole->append(as_text(place.head)).append(as_text(place.record.bytes));
  const Bytes bytes = as_bytes(*whole);
  return {.seq = place.seq, .bytes = bytes, .keep = std::move(whole)};
}

}  // namespace millrace::broker
