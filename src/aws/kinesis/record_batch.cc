#include "aws/kinesis/record_batch.h"

#include <cstring>

#include "base/check.h"
#include "base/prefetch.h"

namespace millrace::aws::kinesis {
namespace {

constexpr std::uint8_t batch_version = 1;
constexpr std::uint8_t encrypted_flag = 1;
constexpr std::size_t count_at = 2;
static_assert(batch_head_bytes == count_at + sizeof(std::uint32_t));

std::byte* store_varint(std::byte* to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<std::byte>(value | 0x80);
  *to++ = static_cast<std::byte>(value);
  return to;
}

std::size_t stored_bytes(std::string_view text) { return varint_size(text.size()) + text.size(); }

}  // namespace

std::size_t stored_bytes(const StoredRecord& record) {
  return stored_bytes(record.partition_key) + stored_bytes(record.data);
}

BatchWriter::BatchWriter(MutableBytes into, bool encrypted, std::uint32_t records) : to_(into.data()) {
  check(records > 0 && into.size() > batch_head_bytes, "a batch has at least one record");
  to_[0] = std::byte{batch_version};
  to_[1] = encrypted ? std::byte{encrypted_flag} : std::byte{0};
  store_le(to_ + count_at, records);
  to_ += batch_head_bytes;
}

void BatchWriter::add(std::string_view text) {
  to_ = store_varint(to_, text.size());
  if (!text.empty()) std::memcpy(to_, text.data(), text.size());
  to_ += text.size();
}

void BatchWriter::add(const StoredRecord& record) {
  add(record.partition_key);
  add(record.data);
}

std::string write_batch(bool encrypted, std::span<const StoredRecord> records) {
  std::size_t size = batch_head_bytes;
  for (const auto& each : records) size += stored_bytes(each);
  std::string bytes(size, '\0');
  BatchWriter writer(std::as_writable_bytes(std::span(bytes)), encrypted, static_cast<std::uint32_t>(records.size()));
  for (const auto& each : records) writer.add(each);
  return bytes;
}

BatchReader::BatchReader(Bytes batch) : in_(batch) {
  const auto version = in_.u8();
  const auto flags = in_.u8();
  records_ = in_.u32();
  encrypted_ = (flags & encrypted_flag) != 0;
  good_ = in_.ok() && version == batch_version && flags <= encrypted_flag && records_ > 0;
}

bool BatchReader::next(StoredRecord& into) {
  if (!good_ || read_ == records_) return false;
  into.partition_key = in_.string();
  into.data = in_.string();
  good_ = in_.ok();
  // The next record's sizes stand behind this one's data, where nobody has looked yet.
  prefetch_memory(into.data.data() + into.data.size());
  if (good_) ++read_;
  return good_;
}

}  // namespace millrace::aws::kinesis
