// ShardIterator: where a reader stands in a shard, as the text that it carries. docs/format/kinesis.md has the bytes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/kinesis/names.h"
#include "base/time.h"

namespace millrace::aws::kinesis {

struct ShardIterator {
  StreamName stream;
  Time created{};  // the stream's
  std::uint32_t shard = 0;
  std::uint64_t offset = 0;  // of the record that is read next
  Time issued{};
  bool operator==(const ShardIterator&) const = default;
};

std::string encode_iterator(const ShardIterator& iterator);
// Nothing for what this server has not made.
std::optional<ShardIterator> decode_iterator(std::string_view text);

}  // namespace millrace::aws::kinesis
