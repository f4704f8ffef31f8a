#include "aws/identity.h"

#include <algorithm>

#include "codec/text.h"

namespace millrace::aws {
namespace {

// Cuts what stands before the first `mark` off the front of `text`.
std::string_view take_until(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  const auto part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

Caller caller_of(const Signature& signature) {
  Caller caller;
  caller.anonymous = false;
  caller.access_key = signature.access_key;
  if (is_account(signature.access_key)) caller.account = signature.access_key;
  caller.region = signature.region;
  caller.service = signature.service;
  return caller;
}

std::optional<std::string> parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    auto value = take_until(query, '&');
    const auto key = take_until(value, '=');
    if (key != name) continue;
    std::string decoded;
    if (!codec::percent_decode(value, codec::Plus::space, decoded)) return std::nullopt;
    return decoded;
  }
  return std::nullopt;
}

}  // namespace

bool is_account(std::string_view text) {
  return text.size() == account_digits && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_region(std::string_view text) {
  return !text.empty() && text.size() <= region_bytes_max &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool parse_scope(std::string_view scope, Signature& into) {
  // The key comes first and the rest has four parts, counted from the end: a key may hold slashes.
  std::array<std::string_view, 4> tail;
  for (auto& part : tail) {
    const auto at = scope.rfind('/');
    if (at == std::string_view::npos) return false;
    part = scope.substr(at + 1);
    scope.remove_suffix(scope.size() - at);
  }
  into.access_key = scope;
  into.service = tail[1];
  into.region = tail[2];
  into.date = tail[3];
  return tail[0] == "aws4_request" && !scope.empty() && scope.size() <= access_key_bytes_max && is_region(into.region);
}

std::optional<Signature> parse_authorization(std::string_view header) {
  auto rest = trimmed(header);
  if (take_until(rest, ' ') != "AWS4-HMAC-SHA256") return std::nullopt;
  Signature signature;
  bool scoped = false;
  while (!rest.empty()) {
    auto value = trimmed(take_until(rest, ','));
    const auto name = take_until(value, '=');
    if (name == "Credential") {
      if (!parse_scope(value, signature)) return std::nullopt;
      scoped = true;
    } else if (name == "SignedHeaders") {
      signature.signed_headers = value;
    } else if (name == "Signature") {
      signature.signature = value;
    }
  }
  if (!scoped) return std::nullopt;
  return signature;
}

std::optional<Caller> identify(const http::Request& request) {
  if (const auto header = request.headers.find("Authorization")) {
    // Other schemes (a proxy's Basic or Bearer) say nothing about an account.
    if (!header->starts_with("AWS4-")) return Caller{};
    const auto signature = parse_authorization(*header);
    if (!signature) return std::nullopt;
    return caller_of(*signature);
  }
  if (const auto scope = parameter(request.query, "X-Amz-Credential")) {
    Signature signature;
    if (!parse_scope(*scope, signature)) return std::nullopt;
    return caller_of(signature);
  }
  return Caller{};
}

}  // namespace millrace::aws
