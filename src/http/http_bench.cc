// Parsing and answering, without sockets.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "http/fake_net.h"
#include "http/inbox.h"
#include "http/request_parser.h"
#include "http/server.h"

namespace millrace::http {
namespace {

// What an SDK sends: about 500 bytes of fields and the body.
std::string sdk_request(std::size_t body_bytes) {
  return fmt::format(
      "POST / HTTP/1.1\r\nHost: localhost:4566\r\nAccept-Encoding: identity\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n"
      "Content-Type: application/x-amz-json-1.0\r\nUser-Agent: Boto3/1.42.0 md/Botocore#1.42.0 ua/2.1 os/linux\r\n"
      "X-Amz-Date: 20260101T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/sqs/"
      "aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={:064}\r\n"
      "amz-sdk-invocation-id: 5fea7756-0ea4-451a-a703-a558b933e274\r\namz-sdk-request: attempt=1\r\n"
      "Content-Length: {}\r\n\r\n{}",
      0, body_bytes, std::string(body_bytes, 'x'));
}

void parse(benchmark::State& state) {
  const auto wire = sdk_request(static_cast<std::size_t>(state.range(0)));
  const Limits limits;
  Inbox inbox;
  RequestParser parser;
  for (auto _ : state) {
    inbox.append(as_bytes(wire));
    if (parser.advance(inbox, limits) != RequestParser::Progress::complete) state.SkipWithError("not understood");
    benchmark::DoNotOptimize(parser.request());
    parser.finish(inbox);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(parse)->Arg(100)->Arg(1024)->Arg(65536);

void parse_and_respond(benchmark::State& state) {
  const auto wire = sdk_request(1024);
  FakeCore core;
  FakeNet net({&core});
  Server server(net, {&core}, {}, [](env::Core&, Request&, Responder responder) {
    Response response;
    response.header("Content-Type", "application/x-amz-json-1.0");
    response.body = R"({"MessageId":"5fea7756-0ea4-451a-a703-a558b933e274"})";
    responder.answer(std::move(response));
  });
  if (!server.listen("127.0.0.1:0")) state.SkipWithError("no listener");
  auto peer = net.connect();
  for (auto _ : state) {
    peer->send(wire);
    core.run();
    benchmark::DoNotOptimize(peer->received);
    peer->received.clear();
    peer->writes.clear();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(parse_and_respond);

}  // namespace
}  // namespace millrace::http
