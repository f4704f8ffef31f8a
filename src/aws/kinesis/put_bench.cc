// What one core makes of PutRecords without network and disk: decode the request, hash the keys, and write a batch for each
// shard where it stands in the journal, with its checksum. Bytes are those of the records' data.
#include <benchmark/benchmark.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "aws/kinesis/hash_key.h"
#include "aws/kinesis/record_batch.h"
#include "base/crc32c.h"
#include "codec/arena.h"
#include "codec/cbor_reader.h"
#include "codec/cbor_writer.h"
#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "models/kinesis.h"

namespace millrace::aws::kinesis {
namespace {

namespace model = models::kinesis;

constexpr std::size_t records_per_call = 500;
constexpr std::size_t shards = 4;
constexpr std::size_t chunk_bytes = 4u << 20;

enum class Encoding { json, cbor };

std::string request_of(Encoding encoding, std::size_t size) {
  codec::Arena arena;
  model::PutRecordsInput input;
  input.stream_name = "bench";
  for (std::size_t i = 0; i < records_per_call; ++i) {
    char* const data = arena.room(size);
    for (std::size_t at = 0; at < size; ++at) data[at] = static_cast<char>('a' + (at * 7 + i) % 26);
    input.records.push_back({.data = {{data, size}}, .partition_key = arena.keep("key-" + std::to_string(i * 7919))});
  }
  std::string text;
  if (encoding == Encoding::json) {
    codec::write_json(input, text);
  } else {
    codec::write_cbor(input, codec::CborDialect::aws, text);
  }
  return text;
}

void append(const std::vector<StoredRecord>& records, std::vector<std::byte>& chunk, std::size_t& filled) {
  std::size_t bytes = batch_head_bytes;
  for (const auto& each : records) bytes += stored_bytes(each);
  if (bytes > chunk.size() - filled) filled = 0;
  const auto into = std::span(chunk).subspan(filled, bytes);
  BatchWriter writer(into, false, static_cast<std::uint32_t>(records.size()));
  for (const auto& each : records) writer.add(each);
  benchmark::DoNotOptimize(crc32c(into));
  filled += bytes;
}

void read(Encoding encoding, std::string_view text, codec::Arena& arena, model::PutRecordsInput& into) {
  const codec::ReadLimits limits{.arena = &arena};
  if (encoding == Encoding::json) {
    benchmark::DoNotOptimize(codec::read_json(text, into, limits));
  } else {
    benchmark::DoNotOptimize(codec::read_cbor(text, codec::CborDialect::aws, into, limits));
  }
}

void put(benchmark::State& state, Encoding encoding) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto text = request_of(encoding, size);
  std::vector<std::byte> chunk(chunk_bytes);
  std::size_t filled = 0;
  constexpr HashKey shard_width = hash_key_max / shards + 1;
  for (auto _ : state) {
    codec::Arena arena;
    model::PutRecordsInput input;
    read(encoding, text, arena, input);
    std::vector<std::vector<StoredRecord>> batches(shards);
    std::vector<HashKey> hashes(input.records.size());
    KeyHasher hasher;
    for (std::size_t i = 0; i < hashes.size(); ++i) hasher.add(input.records[i].partition_key, hashes[i]);
    hasher.finish();
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      const auto& record = input.records[i];
      batches[static_cast<std::size_t>(hashes[i] / shard_width)].push_back({record.partition_key, record.data.bytes});
    }
    for (const auto& batch : batches) append(batch, chunk, filled);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(size * records_per_call) * state.iterations());
  state.SetItemsProcessed(static_cast<std::int64_t>(records_per_call) * state.iterations());
}
void decode_and_append_json(benchmark::State& state) { put(state, Encoding::json); }
void decode_and_append_cbor(benchmark::State& state) { put(state, Encoding::cbor); }
BENCHMARK(decode_and_append_json)->Arg(100)->Arg(1 << 10);
BENCHMARK(decode_and_append_cbor)->Arg(100)->Arg(1 << 10);

// Its parts.
void decode(benchmark::State& state, Encoding encoding) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto text = request_of(encoding, size);
  for (auto _ : state) {
    codec::Arena arena;
    model::PutRecordsInput input;
    read(encoding, text, arena, input);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(size * records_per_call) * state.iterations());
}
void decode_json(benchmark::State& state) { decode(state, Encoding::json); }
void decode_cbor(benchmark::State& state) { decode(state, Encoding::cbor); }
BENCHMARK(decode_json)->Arg(100)->Arg(1 << 10);
BENCHMARK(decode_cbor)->Arg(100)->Arg(1 << 10);

void hash_key(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(hash_of("key-123456"));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hash_key);

}  // namespace
}  // namespace millrace::aws::kinesis
