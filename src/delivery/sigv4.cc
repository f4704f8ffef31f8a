#include "delivery/sigv4.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "codec/text.h"
#include "codec/timestamp.h"

namespace millrace::delivery {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::size_t digest_size = 32;

std::string hex(std::string_view bytes) {
  std::string text;
  codec::hex_encode(bytes, text);
  return text;
}

std::string sha256(std::string_view bytes) {
  std::string digest(digest_size, '\0');
  std::size_t size = 0;
  const int ok = EVP_Q_digest(nullptr, "SHA256", nullptr, bytes.data(), bytes.size(),
                              reinterpret_cast<unsigned char*>(digest.data()), &size);
  check(ok == 1 && size == digest_size, "a digest over memory cannot fail");
  return digest;
}

std::string hmac(std::string_view key, std::string_view bytes) {
  std::string digest(digest_size, '\0');
  unsigned size = 0;
  const auto* made =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()),
           bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size);
  check(made != nullptr && size == digest_size, "a digest over memory cannot fail");
  return digest;
}

struct UrlParts {
  std::string_view scheme, authority, path, query;
};

UrlParts split(std::string_view url) {
  UrlParts parts;
  const auto scheme_end = std::min(url.find("://"), url.size());
  parts.scheme = url.substr(0, scheme_end);
  url.remove_prefix(std::min(scheme_end + 3, url.size()));
  url = url.substr(0, url.find('#'));
  const auto authority_end = std::min(url.find_first_of("/?"), url.size());
  parts.authority = url.substr(0, authority_end);
  url.remove_prefix(authority_end);
  const auto query = url.find('?');
  parts.path = url.substr(0, query);
  if (query != std::string_view::npos) parts.query = url.substr(query + 1);
  return parts;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

// As it stands in the Host header: without user, password and the scheme's own port.
std::string host_of(const UrlParts& parts) {
  auto host = parts.authority;
  if (const auto at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  const std::string_view own_port = parts.scheme == "https" ? ":443" : ":80";
  if (host.ends_with(own_port)) host.remove_suffix(own_port.size());
  return std::string(host);
}

// Without empty and dot segments, each segment encoded.
std::string canonical_path(std::string_view path) {
  std::vector<std::string_view> segments;
  const bool folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const auto segment = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
  }
  std::string result;
  for (const auto segment : segments) {
    result += '/';
    codec::percent_encode(segment, result);
  }
  if (folder || result.empty()) result += '/';
  return result;
}

// Decoded and encoded anew, so that every way to write a byte comes out the same.
std::string canonical_part(std::string_view text) {
  std::string plain, result;
  if (!codec::percent_decode(text, codec::Plus::literal, plain)) plain = text;
  codec::percent_encode(plain, result);
  return result;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto parameter = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (parameter.empty()) continue;
    const auto equals = std::min(parameter.find('='), parameter.size());
    const auto value = parameter.substr(std::min(equals + 1, parameter.size()));
    parameters.emplace_back(canonical_part(parameter.substr(0, equals)), canonical_part(value));
  }
  std::ranges::sort(parameters);
  std::string result;
  for (const auto& [name, value] : parameters) {
    result += fmt::format("{}{}={}", result.empty() ? "" : "&", name, value);
  }
  return result;
}

// Trimmed, and each run of spaces is one.
std::string canonical_value(std::string_view value) {
  std::string result;
  for (const char c : value) {
    if (c == ' ' && (result.empty() || result.back() == ' ')) continue;
    result += c;
  }
  if (result.ends_with(' ')) result.pop_back();
  return result;
}

// Name in lower case to value; a name that comes again adds its value after a comma.
using CanonicalHeaders = std::map<std::string, std::string>;

CanonicalHeaders canonical_headers(const HttpCall& call) {
  CanonicalHeaders headers;
  for (const auto& [name, value] : call.headers) {
    auto& all = headers[lower(name)];
    if (!all.empty()) all += ',';
    all += canonical_value(value);
  }
  headers.try_emplace("host", host_of(split(call.url)));
  return headers;
}

std::string names_of(const CanonicalHeaders& headers) {
  std::string names;
  for (const auto& [name, value] : headers) names += (names.empty() ? "" : ";") + name;
  return names;
}

// 20150830T123600Z
std::string amz_date(Time now) {
  std::string text;
  codec::write_iso8601(std::chrono::floor<std::chrono::seconds>(now), text);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

}  // namespace

std::string canonical_request(const HttpCall& call) {
  const auto parts = split(call.url);
  const auto headers = canonical_headers(call);
  std::string lines;
  for (const auto& [name, value] : headers) lines += fmt::format("{}:{}\n", name, value);
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", call.method, canonical_path(parts.path), canonical_query(parts.query),
                     lines, names_of(headers), hex(sha256(call.body ? *call.body : std::string_view())));
}

void sign(HttpCall& call, const AwsCredentials& credentials, const SigningScope& scope, Time now) {
  const auto time = amz_date(now);
  const auto day = time.substr(0, time.find('T'));
  call.headers.emplace_back("x-amz-date", time);
  if (!credentials.session_token.empty()) {
    call.headers.emplace_back("x-amz-security-token", credentials.session_token);
  }
  const auto path = fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
  const auto to_sign = fmt::format("{}\n{}\n{}\n{}", algorithm, time, path, hex(sha256(canonical_request(call))));
  auto key = hmac("AWS4" + credentials.secret_key, day);
  for (const std::string_view part :
       {std::string_view(scope.region), std::string_view(scope.service), std::string_view("aws4_request")}) {
    key = hmac(key, part);
  }
  call.headers.emplace_back("authorization", fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}",
                                                         algorithm, credentials.access_key, path,
                                                         names_of(canonical_headers(call)), hex(hmac(key, to_sign))));
}

}  // namespace millrace::delivery
