// HttpHandle: an easy handle of libcurl with the options that every HTTP call shares, and what the last call set. Used
// on the transfers' thread only; kept and reused by HttpHandles, one call at a time.
#pragma once
#include <curl/curl.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "delivery/address_rules.h"
#include "delivery/curl_http_client.h"
#include "delivery/curl_library.h"
#include "delivery/http_client.h"

namespace millrace::delivery {

class HttpHandle {
 public:
  HttpHandle(const CurlLibrary& curl, const CurlHttpOptions& options);
  ~HttpHandle();
  HttpHandle(const HttpHandle&) = delete;
  HttpHandle& operator=(const HttpHandle&) = delete;

  CURL* get() const { return handle_; }
  // Sets what `call` says. The answer goes to `answer`; both stay valid until end().
  void begin(const HttpCall& call, HttpAnswer& answer);
  // Why there was no answer, if so.
  Result<void> end(CURLcode code);

 private:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  void set_method(const HttpCall& call);
  void set_body(const HttpCall& call);
  void set_headers(const Headers& headers);
  void set_certificate(const ClientCertificate* certificate);
  bool refuses(const IpAddress& address);
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int before_request(void* self, char* peer, char* own, int peer_port, int own_port);
  static std::size_t take_header(char* bytes, std::size_t one, std::size_t count, void* self);
  static std::size_t take_body(char* bytes, std::size_t one, std::size_t count, void* self);

  const CurlLibrary& curl_;
  const CurlHttpOptions& options_;
  char error_[CURL_ERROR_SIZE] = {};
  CURL* const handle_;
  // What is set.
  std::string url_;
  std::string method_;
  // The lines of the headers, and libcurl's list of them. Both keep their memory from call to call.
  std::vector<std::string> header_lines_;
  std::vector<curl_slist> header_list_;
  std::shared_ptr<const ClientCertificate> certificate_;
  long version_ = CURL_HTTP_VERSION_1_1;
  // Of the call under way.
  HttpAnswer* answer_ = nullptr;
  bool by_operator_ = false;
  std::string refused_;  // the address that the rules forbid
};

}  // namespace millrace::delivery
