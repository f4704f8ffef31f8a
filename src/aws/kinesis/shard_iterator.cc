#include "aws/kinesis/shard_iterator.h"

#include "aws/kinesis/sealed.h"
#include "base/bytes.h"

namespace millrace::aws::kinesis {

std::string encode_iterator(const ShardIterator& iterator) {
  std::string fields;
  ByteWriter out(fields);
  out.string(iterator.stream.region);
  out.string(iterator.stream.account);
  out.string(iterator.stream.name);
  out.i64(to_ms(iterator.created));
  out.u32(iterator.shard);
  out.u64(iterator.offset);
  out.i64(to_ms(iterator.issued));
  return seal(Sealed::iterator, fields);
}

std::optional<ShardIterator> decode_iterator(std::string_view text) {
  const auto fields = unseal(Sealed::iterator, text);
  if (!fields) return std::nullopt;
  ByteReader in(*fields);
  ShardIterator iterator;
  iterator.stream.region = in.string();
  iterator.stream.account = in.string();
  iterator.stream.name = in.string();
  iterator.created = from_ms(in.i64());
  iterator.shard = in.u32();
  iterator.offset = in.u64();
  iterator.issued = from_ms(in.i64());
  return in.done() ? std::optional(std::move(iterator)) : std::nullopt;
}

}  // namespace millrace::aws::kinesis
