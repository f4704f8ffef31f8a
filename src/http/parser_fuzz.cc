// Feeds arbitrary bytes, cut anywhere, to a server over a fake socket. What it answers must be framed as HTTP, and must
// not depend on where the bytes were cut.
#include <optional>

#include "http/fuzz_server.h"
#include "http/http2_connection.h"

namespace millrace::http {
namespace {

Options options() {
  Options options = fuzz_options(1024);
  options.limits.chunk_extension_bytes_max = 32;
  options.limits.trailer_bytes_max = 64;
  return options;
}

// Sends `bytes` in one piece, or in pieces whose sizes are drawn from `seed`; returns what came of it.
std::string outcome(std::string_view bytes, std::optional<std::uint64_t> seed) {
  std::string requests;
  FuzzServer server(options(), [&](Request& request, Responder responder) {
    requests.append(request.method).append(" ").append(request.path).append("?").append(request.query);
    for (const Field& field : request.headers) requests.append("\n").append(field.name).append(field.value);
    requests.append("\n").append(request.body).append("\n");
    responder.answer(Response::text(200, std::string(request.body)));
  });
  // Half of the pieces are single bytes.
  while (!bytes.empty() && !server.closed()) server.send(bytes, seed ? next_cut(*seed, 2, 64) : bytes.size());
  server.finish();
  server.require_end();
  return std::string(server.received()) + requests;
}

// "100 Continue" is sent only when no body has come with the fields, so it does depend on the cuts.
void drop_continues(std::string& text) {
  constexpr std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
  for (auto at = text.find(line); at != text.npos; at = text.find(line, at)) text.erase(at, line.size());
}

}  // namespace
}  // namespace millrace::http

// The input is what the client sends, so that the samples of tests/wire/http are a corpus; the cuts follow from it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // Which frames HTTP/2 answers in one write does depend on the cuts; http2_fuzz.cc has it for itself.
  if (bytes.starts_with(millrace::http::http2_preface)) return 0;
  auto cut = millrace::http::outcome(bytes, millrace::stable_hash(bytes));
  auto whole = millrace::http::outcome(bytes, std::nullopt);
  millrace::http::drop_continues(cut);
  millrace::http::drop_continues(whole);
  millrace::http::require(cut == whole);
  return 0;
}
