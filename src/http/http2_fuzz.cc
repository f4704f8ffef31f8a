// Feeds arbitrary bytes, cut anywhere, to the HTTP/2 side of a server over a fake socket. Whatever comes, the memory of
// the server holds, what it answers is framed, and a connection whose client has gone is over.
#include <vector>

#include "http/fuzz_server.h"
#include "http/http2_connection.h"

namespace millrace::http {
namespace {

Options options() {
  Options options = fuzz_options(4096);
  options.limits.output_bytes_max = 4096;
  options.limits.http2_streams_max = 4;
  options.limits.http2_window_bytes = 1024;
  options.limits.http2_body_bytes_max = 4096;
  options.limits.http2_unsent_bytes_max = 8192;
  options.limits.http2_resets_max = 16;
  options.limits.http2_idle_frames_max = 64;
  options.limits.http2_queued_frames_max = 32;
  return options;
}

// Whole frames from the first byte to the last.
void require_frames(std::string_view bytes) {
  while (!bytes.empty()) {
    require(bytes.size() >= 9);
    std::size_t size = 0;
    for (const char c : bytes.substr(0, 3)) size = size << 8 | static_cast<unsigned char>(c);
    require(bytes.size() >= 9 + size);
    bytes.remove_prefix(9 + size);
  }
}

// Requests end in every way that there is, as their paths choose.
struct Answerer {
  std::vector<Responder> held;
  std::vector<BodyStream> streams;

  void operator()(Request& request, Responder responder) {
    require(request.major_version == 2);
    const char kind = request.path.size() > 1 ? request.path[1] : 'a';
    switch (kind) {
      case 'h': held.push_back(std::move(responder)); return;
      case 'd': return;
      case 's':
        streams.push_back(responder.stream(Response::text(200, std::string(request.body))));
        streams.back().on_gone([] {});
        streams.back().on_drained([] {});
        return;
      default: responder.answer(Response::text(200, std::string(request.body) + std::string(2000, 'x')));
    }
  }
  void move_on(std::uint64_t by) {
    if (!held.empty() && by % 3 == 0) {
      held.back().answer(Response::text(200, "held"));
      held.pop_back();
    }
    if (streams.empty()) return;
    streams.back().send(std::string(by % 3000, 's'));
    if (by % 5 == 0) streams.pop_back();
    if (by % 7 == 0 && !streams.empty()) {
      streams.back().abort();
      streams.pop_back();
    }
  }
};

void run(std::string_view bytes, std::uint64_t seed) {
  Answerer answerer;
  FuzzServer server(options(), [&](Request& request, Responder responder) { answerer(request, std::move(responder)); });
  auto& core = server.core();
  std::string_view preface = http2_preface;
  server.send(preface, preface.size());
  while (!bytes.empty() && !server.closed()) {
    server.send(bytes, next_cut(seed, 4, 200));
    answerer.move_on(seed >> 16);
    core.run();
    if (seed % 31 == 0) core.advance(std::chrono::seconds(3));
  }
  server.finish();
  answerer.held.clear();
  answerer.streams.clear();
  core.run();
  core.advance(std::chrono::minutes(3));
  server.require_end();
  require_frames(server.received());
}

}  // namespace
}  // namespace millrace::http

// The input is what the client sends behind the preface; the cuts follow from it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  millrace::http::run(bytes, millrace::stable_hash(bytes));
  return 0;
}
