#include "aws/kinesis/record_batch.h"

#include "base/check.h"

namespace millrace::aws::kinesis {
namespace {

constexpr std::uint8_t batch_version = 1;
constexpr std::uint8_t encrypted_flag = 1;
constexpr std::size_t count_at = 2;
constexpr std::size_t header_bytes = count_at + 4;

}  // namespace

BatchWriter::BatchWriter(bool encrypted, std::size_t bytes_expected) {
  // Two sizes of at most four bytes each go with a record; what they take beyond this is grown.
  bytes_.reserve(header_bytes + bytes_expected);
  ByteWriter out(bytes_);
  out.u8(batch_version);
  out.u8(encrypted ? encrypted_flag : 0);
  out.u32(0);
}

void BatchWriter::add(std::string_view partition_key, std::string_view data) {
  ByteWriter out(bytes_);
  out.string(partition_key);
  out.string(data);
  ++records_;
}

std::string& BatchWriter::finish() {
  check(records_ > 0, "a batch has at least one record");
  store_le(reinterpret_cast<std::byte*>(bytes_.data()) + count_at, records_);
  return bytes_;
}

void cut_batch(std::string& batch, std::uint32_t records, std::size_t size) {
  check(records > 0 && size > header_bytes && size <= batch.size(), "a batch is cut after one of its records");
  batch.resize(size);
  store_le(reinterpret_cast<std::byte*>(batch.data()) + count_at, records);
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
  if (good_) ++read_;
  return good_;
}

}  // namespace millrace::aws::kinesis
