#include "aws/endpoint.h"

#include <algorithm>

#include "aws/identity.h"

namespace millrace::aws {
namespace {

// "us-east-1", "us-gov-west-1": letters, at least two hyphens, a digit at the end. Anything else after "sqs." is the
// operator's own domain.
bool looks_like_region(std::string_view label) {
  return is_region(label) && std::ranges::count(label, '-') >= 2 && label.back() >= '0' && label.back() <= '9' &&
         label.front() >= 'a';
}

std::string_view take_label(std::string_view& host) {
  const auto at = host.find('.');
  const auto label = host.substr(0, at);
  host.remove_prefix(at == std::string_view::npos ? host.size() : at + 1);
  return label;
}

// Proxies in a row append to the list; the first entry is what the client used.
std::string_view first_of(std::string_view list) {
  list = list.substr(0, list.find(','));
  while (list.starts_with(' ')) list.remove_prefix(1);
  while (list.ends_with(' ')) list.remove_suffix(1);
  return list;
}

bool is_host(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_' || c == ':' || c == '[' || c == ']';
  });
}

}  // namespace

HostNames read_host(std::string_view host) {
  std::string_view rest = http::split_host(host).host;
  const auto first = take_label(rest);
  if (rest.empty()) return {};
  const auto second = take_label(rest);
  if (looks_like_region(first) && second == "queue") return {"sqs", first};
  if (first == "queue") return {"sqs", {}};
  if (looks_like_region(second)) return {first, second};
  return {first, {}};
}

std::string base_url(const http::Request& request, const EndpointOptions& options) {
  if (!options.public_url.empty()) {
    std::string_view url = options.public_url;
    while (url.ends_with('/')) url.remove_suffix(1);
    return std::string(url);
  }
  std::string_view scheme = request.secure ? "https" : "http";
  std::string_view host = request.host;
  if (options.trust_forwarded) {
    if (first_of(request.headers.get("X-Forwarded-Proto")) == "https") scheme = "https";
    if (const auto forwarded = first_of(request.headers.get("X-Forwarded-Host")); is_host(forwarded)) host = forwarded;
  }
  // HTTP/1.0 may come without a host; a client that sends a strange one gets it escaped nowhere, so it is not repeated.
  if (!is_host(host)) host = "localhost";
  std::string url;
  url.reserve(scheme.size() + 3 + host.size());
  return url.append(scheme).append("://").append(host);
}

}  // namespace millrace::aws
