// Whatever a client sends as an iterator is decoded or refused; what decodes is encoded to the same. Sequence numbers and
// hash keys likewise.
#include <cstddef>
#include <cstdint>

#include "aws/kinesis/hash_key.h"
#include "aws/kinesis/sequence_number.h"
#include "aws/kinesis/shard_iterator.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace kinesis = millrace::aws::kinesis;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto iterator = kinesis::decode_iterator(text)) {
    const auto again = kinesis::decode_iterator(kinesis::encode_iterator(*iterator));
    millrace::check(again == iterator, "an iterator is read as it was written");
  }
  if (const auto number = kinesis::parse_sequence_number(text)) {
    millrace::check(kinesis::text_of(*number) == text, "a sequence number is written as it was read");
  }
  if (const auto key = kinesis::parse_hash_key(text)) {
    millrace::check(kinesis::text_of(*key) == text, "a hash key is written as it was read");
  }
  return 0;
}
