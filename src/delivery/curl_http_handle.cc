#include "delivery/curl_http_handle.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "delivery/curl_common.h"

namespace millrace::delivery {
namespace {

// Beyond this, headers of an answer are left out.
constexpr std::size_t answer_header_bytes_max = 16 * 1024;
constexpr std::size_t answer_header_bytes_usual = 256;

std::optional<IpAddress> address_of(const sockaddr& from) {
  IpAddress address;
  if (from.sa_family == AF_INET) {
    std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in&>(from).sin_addr, 4);
  } else if (from.sa_family == AF_INET6) {
    address.v6 = true;
    std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, 16);
  } else {
    return std::nullopt;
  }
  return address;
}

std::string text_of(const IpAddress& address) {
  const auto& bytes = address.bytes;
  if (!address.v6) return fmt::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    text += fmt::format("{}{:x}", i == 0 ? "" : ":", bytes[i] << 8 | bytes[i + 1]);
  }
  return text;
}

}  // namespace

HttpHandle::HttpHandle(const CurlLibrary& curl, const CurlHttpOptions& options)
    : curl_(curl), options_(options), handle_(new_handle(curl, "http,https", options.ca_file, error_)) {
  const auto set = [&](CURLoption option, auto value) {
    check(curl_.easy_setopt(handle_, option, value) == CURLE_OK, "libcurl knows the option");
  };
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_HTTP_VERSION, version_);
  set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_PREREQFUNCTION, &before_request);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_HEADERFUNCTION, &take_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &take_body);
  set(CURLOPT_WRITEDATA, this);
}

HttpHandle::~HttpHandle() { curl_.easy_cleanup(handle_); }

void HttpHandle::begin(const HttpCall& call, HttpAnswer& answer) {
  answer_ = &answer;
  by_operator_ = call.by_operator;
  refused_.clear();
  error_[0] = 0;
  if (url_ != call.url) {
    url_ = call.url;
    curl_.easy_setopt(handle_, CURLOPT_URL, url_.c_str());
  }
  const long version = !call.http2                        ? CURL_HTTP_VERSION_1_1
                       : call.url.starts_with("https://") ? CURL_HTTP_VERSION_2TLS
                                                          : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
  if (version_ != version) {
    version_ = version;
    curl_.easy_setopt(handle_, CURLOPT_HTTP_VERSION, version_);
    // Over HTTP/2, calls wait for the first one's connection rather than to open one each. Not without TLS: libcurl 7.88
    // breaks such a connection when it is used for a second call.
    const bool alone = version_ == CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
    curl_.easy_setopt(handle_, CURLOPT_PIPEWAIT, version_ == CURL_HTTP_VERSION_2TLS ? 1L : 0L);
    curl_.easy_setopt(handle_, CURLOPT_FRESH_CONNECT, alone ? 1L : 0L);
    curl_.easy_setopt(handle_, CURLOPT_FORBID_REUSE, alone ? 1L : 0L);
  }
  const auto method = call.body && call.method != "POST" ? call.method + " with a body" : call.method;
  if (method_ != method) {
    method_ = method;
    set_method(call);
  }
  set_body(call);
  set_headers(call.headers);
  if (certificate_ != call.certificate) {
    certificate_ = call.certificate;
    set_certificate(certificate_.get());
  }
}

void HttpHandle::set_certificate(const ClientCertificate* certificate) {
  const auto set = [this](CURLoption option, const std::string* pem) {
    // libcurl only reads it.
    curl_blob blob{.data = pem ? const_cast<char*>(pem->data()) : nullptr,
                   .len = pem ? pem->size() : 0,
                   .flags = CURL_BLOB_NOCOPY};
    curl_.easy_setopt(handle_, option, pem ? &blob : nullptr);
  };
  set(CURLOPT_SSLCERT_BLOB, certificate ? &certificate->certificate : nullptr);
  set(CURLOPT_SSLKEY_BLOB, certificate ? &certificate->key : nullptr);
}

void HttpHandle::set_method(const HttpCall& call) {
  const bool post = call.method == "POST";
  const bool plain = post || ((call.method == "GET" || call.method == "HEAD") && !call.body);
  curl_.easy_setopt(handle_, CURLOPT_NOBODY, call.method == "HEAD" ? 1L : 0L);
  if (post || call.body) {
    curl_.easy_setopt(handle_, CURLOPT_POST, 1L);
  } else if (call.method != "HEAD") {
    curl_.easy_setopt(handle_, CURLOPT_HTTPGET, 1L);
  }
  curl_.easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, plain ? nullptr : call.method.c_str());
}

void HttpHandle::set_body(const HttpCall& call) {
  if (!call.body && call.method != "POST") return;
  curl_.easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body ? call.body->size() : 0));
  curl_.easy_setopt(handle_, CURLOPT_POSTFIELDS, call.body ? call.body->data() : "");
}

void HttpHandle::set_headers(const Headers& headers) {
  std::size_t count = 0;
  const auto add = [&](std::string_view name, std::string_view separator, std::string_view value) {
    if (count == header_lines_.size()) header_lines_.emplace_back();
    auto& line = header_lines_[count++];
    line = name;
    line += separator;
    line += value;
  };
  // Without these libcurl would add some of its own: waiting for leave to send the body, and a form's type.
  add("Expect", ":", {});
  const bool typed = std::ranges::any_of(
      headers, [](const auto& header) { return ::strcasecmp(header.first.c_str(), "content-type") == 0; });
  if (!typed) add("Content-Type", ":", {});
  for (const auto& [name, value] : headers) add(name, value.empty() ? ";" : ": ", value);
  header_list_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    header_list_[i] = {.data = header_lines_[i].data(), .next = i + 1 < count ? &header_list_[i + 1] : nullptr};
  }
  curl_.easy_setopt(handle_, CURLOPT_HTTPHEADER, header_list_.data());
}

Result<void> HttpHandle::end(CURLcode code) {
  answer_ = nullptr;
  if (code == CURLE_OK) return {};
  if (!refused_.empty()) {
    return fail(ErrorCode::unavailable, fmt::format("the operator forbids calls to {}", refused_));
  }
  const auto kind =
      code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ? ErrorCode::invalid : ErrorCode::unavailable;
  return fail(kind, error_[0] != 0 ? error_ : curl_.easy_strerror(code));
}

bool HttpHandle::refuses(const IpAddress& address) {
  if (by_operator_ || options_.rules.allows(address)) return false;
  refused_ = text_of(address);
  return true;
}

curl_socket_t HttpHandle::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  const auto parsed = address_of(address->addr);
  if (!parsed || static_cast<HttpHandle*>(self)->refuses(*parsed)) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// A connection that was opened for the operator's own call may be used again by somebody else's.
int HttpHandle::before_request(void* self, char* peer, char*, int, int) {
  auto& handle = *static_cast<HttpHandle*>(self);
  if (handle.by_operator_ || handle.options_.rules.allow_everything()) return CURL_PREREQFUNC_OK;
  const auto address = IpAddress::parse(peer);
  return address && !handle.refuses(*address) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

std::size_t HttpHandle::take_header(char* bytes, std::size_t one, std::size_t count, void* self) {
  auto& handle = *static_cast<HttpHandle*>(self);
  auto& answer = *handle.answer_;
  const std::string_view line(bytes, one * count);
  if (line.starts_with("HTTP/")) {
    // Each status line begins anew: "100 Continue" and its like may come before the answer.
    answer.headers.clear();
    long status = 0;
    handle.curl_.easy_getinfo(handle.handle_, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
  } else if (answer.headers.size() + line.size() <= answer_header_bytes_max) {
    if (answer.headers.empty()) answer.headers.reserve(answer_header_bytes_usual);
    answer.headers += line;
  }
  return one * count;
}

std::size_t HttpHandle::take_body(char* bytes, std::size_t one, std::size_t count, void* self) {
  auto& body = static_cast<HttpHandle*>(self)->answer_->body;
  body.append(bytes, std::min(one * count, HttpAnswer::body_bytes_max - body.size()));
  return one * count;
}

}  // namespace millrace::delivery
