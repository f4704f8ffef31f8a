// The hot paths: a SendMessage of 1 KiB in, its reply out, in both encodings, and a batch of ten; 500 records of a stream
// in and out, in JSON and CBOR, in bytes of records; and base64, of which their JSON mostly consists.
#include <benchmark/benchmark.h>

#include "codec/arena.h"
#include "codec/cbor_reader.h"
#include "codec/cbor_writer.h"
#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "codec/query_reader.h"
#include "codec/text.h"
#include "codec/xml_writer.h"
#include "models/kinesis.h"
#include "models/sqs.h"

namespace millrace::codec {
namespace {

namespace kinesis = models::kinesis;
namespace sqs = models::sqs;

constexpr std::string_view queue_url = "http://127.0.0.1:4566/000000000000/orders";

// Text with an escape now and then, as JSON in JSON has.
std::string body_of(std::size_t size) {
  std::string body;
  while (body.size() < size) body += "{\"order\": 12345, \"state\": \"paid and packed\"}\n";
  body.resize(size);
  return body;
}

std::string json_of(std::size_t size) {
  std::string text;
  write_json(sqs::SendMessageRequest{.queue_url = std::string(queue_url), .message_body = body_of(size)}, text);
  return text;
}

sqs::SendMessageResult reply() {
  return {.md5_of_message_body = "900150983cd24fb0d6963f7d28e17f72",
          .message_id = "a6e9b1a2-52d1-4c4e-9df0-0b1c1f5a7f2b"};
}

void read_send_json(benchmark::State& state) {
  const std::string text = json_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    sqs::SendMessageRequest request;
    benchmark::DoNotOptimize(read_json(text, request));
    benchmark::DoNotOptimize(request);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
}
BENCHMARK(read_send_json)->Arg(100)->Arg(1 << 10)->Arg(64 << 10)->Arg(1 << 20);

void read_send_query(benchmark::State& state) {
  std::string text = "Action=SendMessage&Version=2012-11-05&QueueUrl=";
  percent_encode(queue_url, text);
  text += "&MessageBody=";
  percent_encode(body_of(static_cast<std::size_t>(state.range(0))), text);
  for (auto _ : state) {
    QueryParameters parameters({.bytes_max = 8 << 20});
    benchmark::DoNotOptimize(parameters.add(text));
    sqs::SendMessageRequest request;
    benchmark::DoNotOptimize(read_query(parameters, request));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
}
BENCHMARK(read_send_query)->Arg(1 << 10)->Arg(1 << 20);

void read_batch_json(benchmark::State& state) {
  sqs::SendMessageBatchRequest batch{.queue_url = std::string(queue_url)};
  for (int i = 0; i < 10; ++i) batch.entries.push_back({.id = std::to_string(i), .message_body = body_of(1 << 10)});
  std::string text;
  write_json(batch, text);
  for (auto _ : state) {
    sqs::SendMessageBatchRequest request;
    benchmark::DoNotOptimize(read_json(text, request));
  }
  state.SetItemsProcessed(10 * state.iterations());
}
BENCHMARK(read_batch_json);

void write_reply_json(benchmark::State& state) {
  const auto object = reply();
  std::string out;
  for (auto _ : state) {
    out.clear();
    write_json(object, out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(write_reply_json);

void write_reply_xml(benchmark::State& state) {
  const auto object = reply();
  std::string out;
  for (auto _ : state) {
    out.clear();
    write_xml_response("SendMessage", sqs::query_namespace, "r", &object.shape, &object, out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(write_reply_xml);

void write_receive_json(benchmark::State& state) {
  sqs::ReceiveMessageResult result;
  for (int i = 0; i < 10; ++i) {
    result.messages.push_back({.message_id = "a6e9b1a2-52d1-4c4e-9df0-0b1c1f5a7f2b",
                               .receipt_handle = std::string(120, 'h'),
                               .md5_of_body = "900150983cd24fb0d6963f7d28e17f72",
                               .body = body_of(1 << 10)});
  }
  std::string out;
  for (auto _ : state) {
    out.clear();
    write_json(result, out);
    benchmark::DoNotOptimize(out);
  }
  state.SetItemsProcessed(10 * state.iterations());
}
BENCHMARK(write_receive_json);

// ---- Records ----

constexpr int records_count = 500;

Blob record_of(std::size_t size) {
  Blob blob;
  std::uint64_t random = size;
  while (blob.bytes.size() < size) {
    random = random * 6364136223846793005 + 1442695040888963407;
    blob.bytes += static_cast<char>(random >> 56);
  }
  return blob;
}

void read_put_records(benchmark::State& state, bool cbor) {
  const auto size = static_cast<std::size_t>(state.range(0));
  Arena arena;
  const Blob record = record_of(size);
  kinesis::PutRecordsInput input{.stream_name = "clicks"};
  for (int i = 0; i < records_count; ++i) {
    input.records.push_back({.data = {record.bytes}, .partition_key = arena.keep("customer-" + std::to_string(i))});
  }
  std::string text;
  cbor ? write_cbor(input, CborDialect::aws, text) : write_json(input, text);
  for (auto _ : state) {
    Arena kept;
    const ReadLimits limits{.arena = &kept};
    kinesis::PutRecordsInput into;
    benchmark::DoNotOptimize(cbor ? read_cbor(text, CborDialect::aws, into, limits) : read_json(text, into, limits));
    benchmark::DoNotOptimize(into);
  }
  state.SetBytesProcessed(records_count * static_cast<std::int64_t>(size) * state.iterations());
}
void read_put_records_json(benchmark::State& state) { read_put_records(state, false); }
void read_put_records_cbor(benchmark::State& state) { read_put_records(state, true); }
BENCHMARK(read_put_records_json)->Arg(100)->Arg(1 << 10);
BENCHMARK(read_put_records_cbor)->Arg(100)->Arg(1 << 10);

void write_get_records(benchmark::State& state, bool cbor) {
  const auto size = static_cast<std::size_t>(state.range(0));
  kinesis::GetRecordsOutput output{.next_shard_iterator = std::string(200, 'i'), .millis_behind_latest = 0};
  Arena arena;
  const Blob record = record_of(size);
  for (int i = 0; i < records_count; ++i) {
    output.records.push_back({.sequence_number = arena.keep(std::string(56, '4')),
                              .approximate_arrival_timestamp = from_ms(1'700'000'000'123 + i),
                              .data = {record.bytes},
                              .partition_key = arena.keep("customer-" + std::to_string(i))});
  }
  for (auto _ : state) {
    std::string out;
    cbor ? write_cbor(output, CborDialect::aws, out) : write_json(output, out);
    benchmark::DoNotOptimize(out);
  }
  state.SetBytesProcessed(records_count * static_cast<std::int64_t>(size) * state.iterations());
}
void write_get_records_json(benchmark::State& state) { write_get_records(state, false); }
void write_get_records_cbor(benchmark::State& state) { write_get_records(state, true); }
BENCHMARK(write_get_records_json)->Arg(100)->Arg(1 << 10);
BENCHMARK(write_get_records_cbor)->Arg(100)->Arg(1 << 10);

void encode_base64(benchmark::State& state) {
  const Blob blob = record_of(static_cast<std::size_t>(state.range(0)));
  std::string out;
  for (auto _ : state) {
    out.clear();
    base64_encode(blob.bytes, out);
    benchmark::DoNotOptimize(out);
  }
  state.SetBytesProcessed(state.range(0) * state.iterations());
}
BENCHMARK(encode_base64)->Arg(1 << 10);

void decode_base64(benchmark::State& state) {
  std::string text;
  base64_encode(record_of(static_cast<std::size_t>(state.range(0))).bytes, text);
  std::string out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(base64_decode(text, out));
    benchmark::DoNotOptimize(out);
  }
  state.SetBytesProcessed(state.range(0) * state.iterations());
}
BENCHMARK(decode_base64)->Arg(1 << 10);

}  // namespace
}  // namespace millrace::codec
