// Signature Version 4: how a request says to an AWS endpoint who sends it (AWS4-HMAC-SHA256, in headers).
//
// Pure: nothing is kept, any core may call. All headers that the call has when it is signed are signed, so none of them may
// be changed afterwards; the Host header is the one that an HTTP client makes of the URL.
#pragma once
#include <string>

#include "base/time.h"
#include "delivery/http_client.h"

namespace millrace::delivery {

struct AwsCredentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // empty: none
};

struct SigningScope {
  std::string region;
  std::string service;  // "lambda"
};

// Adds x-amz-date, x-amz-security-token (if there is one) and authorization. The path is taken as it is sent and encoded
// once more, as every service but S3 does it.
void sign(HttpCall& call, const AwsCredentials& credentials, const SigningScope& scope, Time now);

// What the signature is made of, for a comparison when a peer refuses it.
std::string canonical_request(const HttpCall& call);

}  // namespace millrace::delivery
