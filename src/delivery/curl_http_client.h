// CurlHttpClient: HttpClient over libcurl. The contract is http_client.h; where the transfers run is curl_loop.h.
//
// Connections are kept and used again, over HTTP/1.1 for one call at a time, over HTTP/2 for many. No redirects, no
// proxies of the environment, no cookies. Handles are kept too, with what was set last, so that a call of the same shape
// as the one before sets little. Must outlive neither the loop nor the cores, and is not called after the loop is gone.
#pragma once
#include <memory>
#include <string>

#include "base/result.h"
#include "delivery/address_rules.h"
#include "delivery/curl_loop.h"
#include "delivery/http_client.h"

namespace millrace::delivery {

struct CurlHttpOptions {
  std::string ca_file;  // certificates, in PEM, that are trusted beside the system's; empty: none
  AddressRules rules;
};

// What calls to one server have in common: "https://example.com:8443", with "h2+" before it for HTTP/2, which has
// connections of its own. Nothing for a URL that is neither http nor https or has no host.
Result<std::string> endpoint_of(const HttpCall& call);

class CurlHttpClient final : public HttpClient {
 public:
  CurlHttpClient(CurlLoop& loop, CurlHttpOptions options);
  ~CurlHttpClient() override;

  void call(env::Core& home, HttpCall call, Callback<void(Result<HttpAnswer>)> done) override;

 private:
  struct Handles;
  CurlLoop& loop_;
  const std::shared_ptr<Handles> handles_;
};

}  // namespace millrace::delivery
