#include "engine/handoff.h"

namespace millrace::engine {

std::string encode_handoff(const HandoffBody& handoff) {
  std::string out;
  out.reserve(handoff.record.size() + handoff.target.size() + handoff.note.size() + handoff.return_note.size() + 40);
  ByteWriter writer(out);
  writer.string(handoff.target);
  writer.u32(handoff.source.get());
  writer.varint(handoff.source_seq.get());
  writer.u8(handoff.returning ? 1 : 0);
  writer.string(handoff.note);
  writer.string(handoff.return_note);
  writer.raw(handoff.record);
  return out;
}

bool decode_handoff(Bytes body, HandoffBody& out) {
  ByteReader in(body);
  out.target = in.string();
  out.source = PartitionId(in.u32());
  out.source_seq = RecordSeq(in.varint());
  out.returning = in.u8() != 0;
  out.note = in.string();
  out.return_note = in.string();
  if (!in.ok()) return false;
  out.record = in.rest();
  return true;
}

void HandoffState::save(ByteWriter& bytes) const {
  bytes.varint(out.size());
  for (const auto& [lane, outbox] : out) {
    bytes.u32(lane.get());
    bytes.varint(outbox.last_number);
    bytes.varint(outbox.items.size());
    for (const auto& item : outbox.items) {
      bytes.varint(item.number);
      bytes.u8(item.parcel ? 1 : 0);
      bytes.string(as_text(item.body.bytes));
      if (item.parcel) bytes.string(as_text(item.record));
    }
  }
  bytes.varint(received.size());
  for (const auto& [lane, number] : received) {
    bytes.u32(lane.get());
    bytes.varint(number);
  }
}

Result<void> HandoffState::load(ByteReader& in, bool parcels) {
  out.clear();
  received.clear();
  for (auto lanes = in.varint(); lanes > 0 && in.ok(); --lanes) {
    auto& outbox = out[LaneId(in.u32())];
    outbox.last_number = in.varint();
    for (auto items = in.varint(); items > 0 && in.ok(); --items) {
      HandoffItem item;
      item.number = in.varint();
      item.parcel = parcels && in.u8() != 0;
      const auto body = in.string();
      const auto record = item.parcel ? in.string() : std::string_view();
      item.body = copied(as_bytes(body), as_bytes(record));
      item.record = item.body.bytes.subspan(body.size());
      item.body.bytes = item.body.bytes.first(body.size());
      outbox.items.push_back(std::move(item));
    }
  }
  for (auto lanes = in.varint(); lanes > 0 && in.ok(); --lanes) {
    const LaneId lane(in.u32());
    received[lane] = in.varint();
  }
  if (!in.ok()) return fail(ErrorCode::damaged, "the checkpoint's handoffs are cut short");
  return {};
}

log::Slice copied(Bytes bytes, Bytes more) {
  // A chunk is sized for direct writes; this one never is written.
  const std::size_t size = bytes.size() + more.size();
  const std::size_t rounded = (size + 4095) / 4096 * 4096;
  auto chunk = std::make_shared<log::Chunk>(rounded == 0 ? 4096 : rounded);
  if (!bytes.empty()) std::memcpy(chunk->data(), bytes.data(), bytes.size());
  if (!more.empty()) std::memcpy(chunk->data() + bytes.size(), more.data(), more.size());
  const Bytes kept(chunk->data(), size);
  return {.chunk = std::move(chunk), .bytes = kept, .journal_id = 0};
}

}  // namespace millrace::engine
