// Who calls, and in which world: access key, account and region, from the credential scope of a signature.
//
// The signature is taken apart here and verified in a later step of the pipeline (authorize). Accounts and regions
// are separate worlds: whatever a service stores is named by both.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace millrace::aws {

inline constexpr std::string_view default_account = "000000000000";
inline constexpr std::string_view default_region = "us-east-1";
inline constexpr std::size_t account_digits = 12;
inline constexpr std::size_t region_bytes_max = 32;
inline constexpr std::size_t access_key_bytes_max = 128;

// A signature of version 4 as it stands in the request. Views into the request, or into `decoded`.
struct Signature {
  std::string_view access_key;
  std::string_view date;
  std::string_view region;
  std::string_view service;
  std::string_view signed_headers;
  std::string_view signature;
};

struct Caller {
  bool anonymous = true;
  std::string access_key;
  std::string account{default_account};
  std::string region{default_region};
  std::string service;  // the scope's; empty when anonymous
};

// "AWS4-HMAC-SHA256 Credential=KEY/20260101/eu-west-1/sqs/aws4_request, SignedHeaders=…, Signature=…".
std::optional<Signature> parse_authorization(std::string_view header);
// "KEY/20260101/eu-west-1/sqs/aws4_request"; fills the scope's part of a Signature.
bool parse_scope(std::string_view scope, Signature& into);

// True for twelve digits.
bool is_account(std::string_view text);
bool is_region(std::string_view text);

// The caller of a request, from its Authorization field or an X-Amz-Credential parameter of its query string. Without
// either the caller is anonymous, in the default region. Nothing when there are credentials that cannot be read.
std::optional<Caller> identify(const http::Request& request);

}  // namespace millrace::aws
