// HttpClient: requests to other people's servers.
//
// The implementation runs all transfers on a thread of its own (curl_http_client.h); tests put a fake in its place. A call
// may be made from any core; its answer comes back on the core that made it. Redirects are never followed, and an address
// that the operator has forbidden is refused after its name was resolved, so that a name cannot lead into the network.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/callback.h"
#include "base/result.h"
#include "base/time.h"
#include "env/core.h"

namespace millrace::delivery {

// What a client shows of itself in TLS, in PEM; the key without a password.
struct ClientCertificate {
  std::string certificate;
  std::string key;
};

struct HttpCall {
  std::string method = "POST";
  std::string url;  // http:// or https://; user and password in it become basic authentication
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<const std::string> body;  // null: none; shared, so that one rendering serves many endpoints
  // From the call to the end of the answer, connecting included; a little longer when many are under way.
  Duration timeout{15'000};
  // HTTP/2: by ALPN over https, where all calls to a server share a connection; over http with prior knowledge, each call
  // with a connection of its own.
  bool http2 = false;
  // The URL comes from the operator's own configuration: the rules about addresses do not apply.
  bool by_operator = false;
  std::shared_ptr<const ClientCertificate> certificate;  // null: none
};

struct HttpAnswer {
  static constexpr std::size_t body_bytes_max = 64 * 1024;  // the rest is read and thrown away

  int status = 0;
  std::string headers;  // lines as they came, with their ends; header_of() (answer.h) reads them
  std::string body;
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // `done` gets an answer of whatever status; an error (unavailable, with a text for a log) when there was none: name not
  // resolved, address refused, connection refused, TLS not trusted, timed out, shutting down. Over_limit: nothing was
  // sent, since too many calls are waiting here. Invalid: no such call can be made (its URL or a header is malformed), so
  // that trying again is useless. `done` never runs within call().
  virtual void call(env::Core& home, HttpCall call, Callback<void(Result<HttpAnswer>)> done) = 0;
};

}  // namespace millrace::delivery
