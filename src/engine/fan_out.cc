#include "engine/fan_out.h"

#include <algorithm>

namespace millrace::engine {
namespace {

// Of the encoded forms: what a count may promise is no more than the bytes that follow it can hold.
constexpr std::size_t target_bytes_min = 3;
constexpr std::size_t local_bytes_min = 8;

}  // namespace

std::string encode_parcel(const Parcel& parcel) {
  std::string bytes;
  std::size_t size = 16;
  for (const auto& target : parcel.targets) size += target.key.size() + target.note.size() + target.head.size() + 8;
  bytes.reserve(size);
  ByteWriter out(bytes);
  out.u32(parcel.source.get());
  out.u8(parcel.returning ? 1 : 0);
  out.varint(parcel.targets.size());
  for (const auto& target : parcel.targets) {
    out.string(target.key);
    out.string(target.note);
    out.string(target.head);
  }
  return bytes;
}

bool decode_parcel(Bytes bytes, Parcel& parcel) {
  ByteReader in(bytes);
  parcel.source = PartitionId(in.u32());
  parcel.returning = in.u8() != 0;
  parcel.targets.clear();
  auto left = in.varint();
  parcel.targets.reserve(std::min<std::uint64_t>(left, in.remaining() / target_bytes_min));
  for (; left > 0 && in.ok(); --left) {
    auto& target = parcel.targets.emplace_back();
    target.key = in.string();
    target.note = in.string();
    target.head = in.string();
  }
  return in.done();
}

std::string encode_fan_entry(const FanEntry& entry) {
  std::string bytes;
  std::size_t size = entry.record.size() + entry.change.size() + 64;
  for (const auto& local : entry.local) size += local.note.size() + local.head.size() + 16;
  for (const auto& remote : entry.remote) size += remote.parcel.size() + 24;
  bytes.reserve(size);
  ByteWriter out(bytes);
  out.u32(entry.from.get());
  out.u64(entry.number);
  out.i64(to_ms(entry.now));
  out.u32(entry.source.get());
  out.u16(entry.change_type);
  out.string(entry.change);
  out.varint(entry.local.size());
  for (const auto& local : entry.local) {
    out.u32(local.partition.get());
    out.varint(local.seq.get());
    out.u8(local.returned ? 1 : 0);
    out.string(local.note);
    out.string(local.head);
  }
  out.varint(entry.remote.size());
  for (const auto& remote : entry.remote) {
    out.u32(remote.lane.get());
    out.u64(remote.number);
    out.string(remote.parcel);
  }
  out.raw(entry.record);
  return bytes;
}

bool decode_fan_entry(Bytes bytes, FanEntry& entry) {
  ByteReader in(bytes);
  entry.from = LaneId(in.u32());
  entry.number = in.u64();
  entry.now = from_ms(in.i64());
  entry.source = PartitionId(in.u32());
  entry.change_type = in.u16();
  entry.change = in.string();
  entry.local.clear();
  auto left = in.varint();
  entry.local.reserve(std::min<std::uint64_t>(left, in.remaining() / local_bytes_min));
  for (; left > 0 && in.ok(); --left) {
    auto& local = entry.local.emplace_back();
    local.partition = PartitionId(in.u32());
    local.seq = RecordSeq(in.varint());
    local.returned = in.u8() != 0;
    local.note = in.string();
    local.head = in.string();
  }
  entry.remote.clear();
  for (left = in.varint(); left > 0 && in.ok(); --left) {
    auto& remote = entry.remote.emplace_back();
    remote.lane = LaneId(in.u32());
    remote.number = in.u64();
    remote.parcel = in.string();
  }
  if (!in.ok()) return false;
  entry.record = in.rest();
  return true;
}

}  // namespace millrace::engine
