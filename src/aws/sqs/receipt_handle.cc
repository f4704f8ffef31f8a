#include "aws/sqs/receipt_handle.h"

#include "base/bytes.h"
#include "base/crc32c.h"
#include "codec/text.h"

namespace millrace::aws::sqs {
namespace {

// Layout: version u8, lane u32, partition u32, position u64, attempt u32, CRC-32C u32 of what precedes. 25 bytes.
constexpr std::uint8_t handle_version = 1;
constexpr std::size_t checked_bytes = 1 + 4 + 4 + 8 + 4;
constexpr std::size_t handle_bytes = checked_bytes + 4;
constexpr std::size_t text_bytes = (handle_bytes + 2) / 3 * 4;

// Everything after the checksum's place is masked with a stream that the checksum starts, so that clients do not come
// to rely on what is inside, and neighbouring handles look nothing alike.
void mask(std::string& bytes, std::uint32_t key) {
  std::uint32_t state = key | 1;
  for (std::size_t i = 0; i < checked_bytes; ++i) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    bytes[i] = static_cast<char>(static_cast<std::uint8_t>(bytes[i]) ^ (state >> 11 & 0xFF));
  }
}

}  // namespace

std::string encode_handle(const ReceiptHandle& handle) {
  std::string bytes;
  bytes.reserve(handle_bytes);
  ByteWriter out(bytes);
  out.u8(handle_version);
  out.u32(handle.lane.get());
  out.u32(handle.receipt.partition.get());
  out.u64(handle.receipt.seq.get());
  out.u32(handle.receipt.attempt);
  const std::uint32_t crc = crc32c(as_bytes(bytes));
  mask(bytes, crc);
  out.u32(crc);
  std::string text;
  codec::base64_encode(bytes, text);
  return text;
}

std::optional<ReceiptHandle> decode_handle(std::string_view text) {
  if (text.size() != text_bytes) return std::nullopt;
  std::string bytes;
  if (!codec::base64_decode(text, bytes) || bytes.size() != handle_bytes) return std::nullopt;
  const auto crc = load_le<std::uint32_t>(as_bytes(bytes).data() + checked_bytes);
  mask(bytes, crc);
  if (crc32c(as_bytes(bytes).first(checked_bytes)) != crc) return std::nullopt;
  ByteReader in(bytes);
  if (in.u8() != handle_version) return std::nullopt;
  ReceiptHandle handle;
  handle.lane = engine::LaneId(in.u32());
  handle.receipt.partition = engine::PartitionId(in.u32());
  handle.receipt.seq = broker::Seq(in.u64());
  handle.receipt.attempt = in.u32();
  return handle;
}

}  // namespace millrace::aws::sqs
