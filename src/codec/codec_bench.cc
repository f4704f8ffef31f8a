// The hot path: a SendMessage of 1 KiB in, its reply out, in both encodings; and a batch of ten.
#include <benchmark/benchmark.h>

#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "codec/query_reader.h"
#include "codec/text.h"
#include "codec/xml_writer.h"
#include "models/sqs.h"

namespace millrace::codec {
namespace {

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

}  // namespace
}  // namespace millrace::codec
