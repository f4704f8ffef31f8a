// The stored form of a batch (docs/format/stream.md): a head, then the records in the encoding of the door that sent them.
#pragma once
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/time.h"

namespace millrace::broker {

struct BatchHead {
  static constexpr std::size_t size = 16;
  std::uint32_t records = 0;
  Time time{};
};

void write_batch_head(const BatchHead& head, MutableBytes into);
// Nothing when the bytes are not a batch.
std::optional<BatchHead> read_batch_head(Bytes record);

}  // namespace millrace::broker
