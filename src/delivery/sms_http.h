// SmsHttp: an SmsGateway that takes messages over HTTP, as the configuration describes its requests.
//
// Keeps nothing that changes; any core may call, and the answer comes back there. A status of 2xx means that the gateway has
// taken the message over.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "delivery/http_client.h"
#include "delivery/sms.h"

namespace millrace::delivery {

// {phone}, {text}, {sender} and {type} (Promotional or Transactional) stand for the message's own in the URL, the headers
// and the body. They are encoded as the place wants it: percent-encoded in the URL, as the body's content type says in the
// body (the inside of a JSON string, percent-encoded in a form, otherwise as they are), as they are in headers.
struct SmsHttpOptions {
  std::string method = "POST";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  // of JSON unless a content-type header says otherwise
};

// "Name: value" lines, as a configuration file has them. ErrorCode::invalid names the line that is none.
Result<std::vector<std::pair<std::string, std::string>>> read_header_lines(std::string_view lines);

class SmsHttp final : public SmsGateway {
 public:
  // The client must outlive this.
  SmsHttp(HttpClient& http, SmsHttpOptions options);

  void send(env::Core& home, Sms sms, Callback<void(Outcome)> done) override;

 private:
  enum class Encoding { plain, percent, json };
  static std::string fill(std::string_view pattern, const Sms& sms, Encoding encoding);

  HttpClient& http_;
  const SmsHttpOptions options_;
  Encoding body_encoding_ = Encoding::json;
};

}  // namespace millrace::delivery
