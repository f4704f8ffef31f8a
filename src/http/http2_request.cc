#include "http/http2_request.h"

#include <algorithm>
#include <charconv>

#include "http/characters.h"

namespace millrace::http {
namespace {

// What stands around a field in HTTP/1.1, so that a limit means the same in both.
constexpr std::size_t field_overhead = std::string_view(": \r\n").size();

// What is asked for at once while a body grows, so that what a client announces costs nothing until it comes.
constexpr std::size_t room_bytes_min = 4096;

constexpr char no_body[Request::body_padding] = {};

}  // namespace

void Http2Request::add_field(std::string_view name, std::string_view value, const Limits& limits) {
  if (too_large_.status != 0) return;
  fields_bytes_ += name.size() + value.size() + field_overhead;
  if (name == ":path" && value.size() > limits.target_bytes_max) {
    too_large_ = {414, "request target too long"};
  } else if (fields_bytes_ > limits.header_bytes_max) {
    too_large_ = {431, "request fields too large"};
  } else if (fields_.size() == limits.header_count_max) {
    too_large_ = {431, "too many request fields"};
  }
  if (too_large_.status != 0) {
    // What comes after the method is not needed any more.
    if (name == ":method" && value.size() <= limits.header_bytes_max) method_ = keep(value);
    return;
  }
  if (name == ":method") {
    method_ = keep(value);
  } else if (name == ":path") {
    target_ = keep(value);
  } else if (name == ":authority") {
    authority_ = keep(value);
  } else if (!name.starts_with(':')) {
    const auto name_piece = keep(name);
    fields_.push_back({name_piece, keep(value)});
  }
}

Http2Request::Piece Http2Request::keep(std::string_view text) {
  const Piece piece{static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(text.size())};
  text_ += text;
  return piece;
}

RequestError Http2Request::understand(const Limits& limits) {
  if (too_large_.status != 0) return too_large_;
  if (!is_token(method())) return {400, "malformed method"};
  const auto target = split_target(view(target_));
  if (!target) return {400, "malformed request target"};
  if (!is_host(target->host)) return {400, "malformed host"};
  if (const auto error = understand_host(); error.status != 0) return error;
  for (const auto& [name, value] : fields_) {
    if (const auto error = understand_field(view(name), view(value), limits); error.status != 0) return error;
  }
  return {};
}

// :authority takes the place of the Host field; where both stand they must agree (RFC 9113, section 8.3.1).
RequestError Http2Request::understand_host() const {
  int hosts = 0;
  std::string_view host;
  for (const auto& [name, value] : fields_) {
    if (view(name) != "host") continue;
    ++hosts;
    host = view(value);
  }
  const auto authority = view(authority_);
  if (hosts > 1 || (hosts == 0 && authority.empty())) return {400, "a request needs one authority"};
  if (!is_host(host) || !is_host(authority)) return {400, "malformed host"};
  if (hosts == 1 && !authority.empty() && !equal_ignoring_case(host, authority)) {
    return {400, "authority and Host field differ"};
  }
  return {};
}

RequestError Http2Request::understand_field(std::string_view name, std::string_view value, const Limits& limits) {
  if (name == "content-length") {
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (error == std::errc::result_out_of_range || length > limits.body_bytes_max) return {413, "body too large"};
    if (error != std::errc() || end != value.data() + value.size()) return {400, "malformed Content-Length"};
  } else if (name == "expect") {
    if (!equal_ignoring_case(value, "100-continue")) return {417, "unknown expectation"};
    expects_continue_ = true;
  }
  return {};
}

bool Http2Request::add_body(Bytes bytes, const Limits& limits) {
  if (bytes.size() > limits.body_bytes_max - body_.size()) {
    body_ = Inbox();
    return false;
  }
  body_.make_room(std::max(bytes.size(), room_bytes_min));
  body_.append(bytes);
  return true;
}

Request& Http2Request::request(std::string_view peer, bool secure) {
  request_.method = method();
  request_.target = view(target_);
  const auto target = split_target(request_.target).value_or(Target());
  request_.path = target.path;
  request_.query = target.query;
  request_.major_version = 2;
  request_.minor_version = 0;
  request_.secure = secure;
  for (const auto& [name, value] : fields_) request_.headers.add(view(name), view(value));
  const auto authority = view(authority_);
  // Signatures are made over a field of this name.
  if (!authority.empty() && request_.headers.count("host") == 0) request_.headers.add("host", authority);
  request_.host = target.host.empty() ? request_.headers.get("host") : target.host;
  request_.body = body_.empty() ? std::string_view(no_body, 0) : std::string_view(body_.data(), body_.size());
  request_.peer = peer;
  return request_;
}

void Http2Request::release() { *this = Http2Request(); }

}  // namespace millrace::http
