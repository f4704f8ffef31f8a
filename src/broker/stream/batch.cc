#include "broker/stream/batch.h"

namespace millrace::broker {
namespace {

constexpr std::uint32_t batch_version = 1;  // and three bytes of zero

}  // namespace

void write_batch_head(const BatchHead& head, MutableBytes into) {
  store_le(into.data(), batch_version);
  store_le(into.data() + 4, head.records);
  store_le(into.data() + 8, static_cast<std::uint64_t>(to_ms(head.time)));
}

std::optional<BatchHead> read_batch_head(Bytes record) {
  if (record.size() < BatchHead::size || load_le<std::uint32_t>(record.data()) != batch_version) return std::nullopt;
  const BatchHead head{.records = load_le<std::uint32_t>(record.data() + 4),
                       .time = from_ms(static_cast<std::int64_t>(load_le<std::uint64_t>(record.data() + 8)))};
  if (head.records == 0) return std::nullopt;
  return head;
}

}  // namespace millrace::broker
