#include "http/request_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>
#include <limits>

#include "http/characters.h"

namespace millrace::http {
namespace {

namespace beast = boost::beast;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

// Only digits, as the standard has it; no sign, no list.
bool parse_length(std::string_view text, std::uint64_t& value) {
  constexpr std::size_t digits_max = 18;  // fits 64 bits
  if (text.empty() || text.size() > digits_max) return false;
  value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return true;
}

// True for a request line of three parts whose last is a version, though not one that is understood here.
bool names_other_version(std::string_view line) {
  const auto last = line.rfind(' ');
  return std::ranges::count(line, ' ') == 2 && line.substr(last + 1).starts_with("HTTP/");
}

}  // namespace

// Beast splits the request line and the fields and checks their characters. It sees them only whole, and never the body.
class RequestParser::Reader final : public beast::http::basic_parser<true> {
 public:
  Reader(RequestParser& to, const char* base, std::size_t fields_max) : to_(to), base_(base), fields_max_(fields_max) {
    header_limit(std::numeric_limits<std::uint32_t>::max());  // checked by find_end_of_fields()
    body_limit(boost::none);
    skip(true);
  }

 private:
  using ErrorCode = beast::error_code;

  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version,
                       ErrorCode&) override {
    to_.method_ = piece(view(method));
    to_.target_ = piece(view(target));
    to_.minor_version_ = version % 10;
  }
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value, ErrorCode& ec) override {
    if (to_.fields_.size() == fields_max_) {
      ec = beast::http::error::header_limit;
      return;
    }
    to_.fields_.push_back({piece(view(name)), piece(view(value))});
  }
  void on_response_impl(int, beast::string_view, int, ErrorCode&) override {}
  void on_header_impl(ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(beast::string_view body, ErrorCode&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, ErrorCode&) override { return body.size(); }
  void on_finish_impl(ErrorCode&) override {}

  Piece piece(std::string_view text) const {
    // An empty value may point anywhere.
    if (text.empty()) return {};
    return {static_cast<std::uint32_t>(text.data() - base_), static_cast<std::uint32_t>(text.size())};
  }

  RequestParser& to_;
  const char* base_;
  std::size_t fields_max_;
};

RequestParser::Progress RequestParser::advance(Inbox& inbox, const Limits& limits) {
  switch (state_) {
    case State::start:
      if (!skip_empty_line(inbox)) break;
      state_ = State::fields;
      [[fallthrough]];
    case State::fields:
      if (!find_end_of_fields(inbox, limits) || !read_fields(inbox, limits)) break;
      if (state_ == State::chunks) return advance(inbox, limits);
      [[fallthrough]];
    case State::body:
      if (inbox.size() - fields_bytes_ < body_bytes_) break;
      message_bytes_ = fields_bytes_ + body_bytes_;
      state_ = State::complete;
      break;
    case State::chunks:
      if (decode_chunks(inbox, limits)) state_ = State::complete;
      break;
    case State::complete: break;
  }
  if (error_.status != 0) return Progress::failed;
  if (state_ != State::complete) return Progress::need_more;
  fill_request(inbox);
  return Progress::complete;
}

void RequestParser::finish(Inbox& inbox) {
  inbox.consume(message_bytes_);
  reset();
}

void RequestParser::reset() {
  state_ = State::start;
  skipped_empty_line_ = false;
  keep_alive_ = false;
  expects_continue_ = false;
  scanned_ = line_start_ = first_line_end_ = fields_bytes_ = body_bytes_ = message_bytes_ = 0;
  fields_.clear();
  chunks_.reset();
  error_ = {};
}

std::size_t RequestParser::bytes_wanted(const Inbox& inbox) const {
  const auto known = fields_bytes_ + body_bytes_;
  return state_ == State::body && known > inbox.size() ? known - inbox.size() : 1;
}

// Old clients send an empty line after a body; one before a request is ignored (RFC 9112, section 2.2).
bool RequestParser::skip_empty_line(Inbox& inbox) {
  if (!inbox.empty() && inbox.data()[0] == '\r' && !skipped_empty_line_) {
    if (inbox.size() < 2) return false;
    if (inbox.data()[1] != '\n') return fail(400, "malformed request line");
    inbox.consume(2);
    skipped_empty_line_ = true;
  }
  if (inbox.empty()) return false;
  // Garbage, such as the first bytes of TLS, is answered at once instead of waiting for a line to end.
  if (!is_token_char(inbox.data()[0])) return fail(400, "malformed request line");
  return true;
}

// Also rejects what intermediaries read in different ways: lines that end in a bare LF, and folded lines.
bool RequestParser::find_end_of_fields(const Inbox& inbox, const Limits& limits) {
  const char* data = inbox.data();
  const std::size_t size = inbox.size();
  const auto too_large = [&] {
    return first_line_end_ == 0 || first_line_end_ > limits.header_bytes_max ? fail(414, "request target too long")
                                                                             : fail(431, "request fields too large");
  };
  while (scanned_ < size) {
    const auto* found = static_cast<const char*>(std::memchr(data + scanned_, '\n', size - scanned_));
    if (found == nullptr) {
      scanned_ = size;
      break;
    }
    const auto end = static_cast<std::size_t>(found - data);
    if (first_line_end_ == 0) first_line_end_ = end + 1;
    if (end >= limits.header_bytes_max) return too_large();
    if (end == line_start_ || data[end - 1] != '\r') return fail(400, "a line does not end in CRLF");
    if (line_start_ != 0 && (data[line_start_] == ' ' || data[line_start_] == '\t')) {
      return fail(400, "folded field");
    }
    scanned_ = end + 1;
    if (end == line_start_ + 1) {
      fields_bytes_ = scanned_;
      return true;
    }
    line_start_ = scanned_;
  }
  return size >= limits.header_bytes_max ? too_large() : false;
}

bool RequestParser::read_fields(const Inbox& inbox, const Limits& limits) {
  const std::string_view start(inbox.data(), fields_bytes_);
  Reader reader(*this, start.data(), limits.header_count_max);
  beast::error_code ec;
  const auto used = reader.put(boost::asio::const_buffer(start.data(), start.size()), ec);
  if (ec == beast::http::error::header_limit) return fail(431, "too many request fields");
  if (ec == beast::http::error::bad_version && names_other_version(start.substr(0, first_line_end_ - 2))) {
    return fail(505, "not HTTP/1.0 or HTTP/1.1");
  }
  if (ec == beast::http::error::bad_version || ec == beast::http::error::bad_method ||
      ec == beast::http::error::bad_target) {
    return fail(400, "malformed request line");
  }
  if (ec || used != start.size() || !reader.is_done()) return fail(400, "malformed field");
  keep_alive_ = reader.keep_alive();
  return understand_fields(start, limits);
}

bool RequestParser::understand_fields(std::string_view start, const Limits& limits) {
  if (target_.size > limits.target_bytes_max) return fail(414, "request target too long");
  const auto target = split_target(start.substr(target_.offset, target_.size));
  if (!target) return fail(400, "malformed request target");
  if (!is_host(target->host)) return fail(400, "malformed host");
  return understand_host(start) && understand_framing(start, limits);
}

bool RequestParser::understand_host(std::string_view start) {
  int hosts = 0;
  for (const FieldPiece& field : fields_) {
    if (!equal_ignoring_case(start.substr(field.name.offset, field.name.size), "host")) continue;
    ++hosts;
    if (!is_host(start.substr(field.value.offset, field.value.size))) return fail(400, "malformed host");
  }
  if (hosts > 1 || (hosts == 0 && minor_version_ == 1)) return fail(400, "a request needs one Host field");
  return true;
}

// Where the body ends must be beyond doubt: when two readers on the way can differ, one of them can be fooled.
bool RequestParser::understand_framing(std::string_view start, const Limits& limits) {
  int lengths = 0;
  int encodings = 0;
  std::uint64_t length = 0;
  for (const FieldPiece& field : fields_) {
    const auto name = start.substr(field.name.offset, field.name.size);
    const auto value = start.substr(field.value.offset, field.value.size);
    if (equal_ignoring_case(name, "content-length")) {
      ++lengths;
      if (!parse_length(value, length)) return fail(400, "malformed Content-Length");
    } else if (equal_ignoring_case(name, "transfer-encoding")) {
      ++encodings;
      if (!equal_ignoring_case(value, "chunked")) return fail(501, "only the chunked transfer encoding is understood");
    } else if (equal_ignoring_case(name, "expect")) {
      if (!equal_ignoring_case(value, "100-continue")) return fail(417, "unknown expectation");
      expects_continue_ = minor_version_ == 1;
    }
  }
  if (lengths + encodings > 1) return fail(400, "the length of the body is given more than once");
  if (encodings != 0 && minor_version_ == 0) return fail(400, "HTTP/1.0 has no transfer encodings");
  if (length > limits.body_bytes_max) return fail(413, "body too large");
  body_bytes_ = static_cast<std::size_t>(length);
  message_bytes_ = fields_bytes_;
  state_ = encodings != 0 ? State::chunks : State::body;
  if (state_ == State::body && body_bytes_ == 0) expects_continue_ = false;
  return true;
}

// The body gathers behind the fields; what is left of the raw input is drawn up behind it after every step.
bool RequestParser::decode_chunks(Inbox& inbox, const Limits& limits) {
  const auto body_end = fields_bytes_ + body_bytes_;
  const auto step = chunks_.advance(inbox.data() + body_end, inbox.size() - body_end, inbox.data() + body_end, limits);
  body_bytes_ += step.produced;
  switch (step.progress) {
    case ChunkDecoder::Progress::complete: message_bytes_ = body_end + step.consumed; return true;
    case ChunkDecoder::Progress::need_more:
      inbox.erase(body_end + step.produced, body_end + step.consumed);
      return false;
    case ChunkDecoder::Progress::failed: break;
  }
  return fail(chunks_.error().status, chunks_.error().why);
}

void RequestParser::fill_request(const Inbox& inbox) {
  const std::string_view start(inbox.data(), fields_bytes_);
  const auto text = [start](Piece piece) { return start.substr(piece.offset, piece.size); };
  request_.method = text(method_);
  request_.target = text(target_);
  const auto target = split_target(request_.target).value_or(Target());
  request_.path = target.path;
  request_.query = target.query;
  request_.minor_version = minor_version_;
  request_.headers.clear();
  for (const FieldPiece& field : fields_) request_.headers.add(text(field.name), text(field.value));
  request_.host = target.host.empty() ? request_.headers.get("host") : target.host;
  request_.body = std::string_view(inbox.data() + fields_bytes_, body_bytes_);
}

bool RequestParser::fail(std::uint16_t status, std::string_view why) {
  error_ = {status, why};
  return false;
}

}  // namespace millrace::http
