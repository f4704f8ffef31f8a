#include "http/http2_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "base/check.h"
#include "http/http2_connection.h"
#include "http/response_writer.h"

namespace millrace::http {
namespace {

// Fields that speak of an HTTP/1.1 connection and must not stand here (RFC 9113, section 8.2.2).
constexpr auto of_connections =
    std::to_array<std::string_view>({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"});

// Takes the lines of Response::fields apart, with the names in lower case, as HTTP/2 wants them.
void split_fields(std::string& lines, std::vector<Http2Field>& into) {
  std::size_t at = 0;
  while (at < lines.size()) {
    const auto colon = lines.find(": ", at);
    const auto end = lines.find("\r\n", at);
    check(colon < end && end != lines.npos, "a response's fields are complete lines");
    for (char& c : std::span(lines).subspan(at, colon - at)) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    const Http2Field field{std::string_view(lines).substr(at, colon - at),
                           std::string_view(lines).substr(colon + 2, end - colon - 2)};
    if (std::ranges::find(of_connections, field.name) == of_connections.end()) into.push_back(field);
    at = end + 2;
  }
}

}  // namespace

Http2Stream::Http2Stream(Http2Connection& connection, std::int32_t id) : connection_(connection), id_(id) {}

Http2Stream::~Http2Stream() { check(phase_ != Phase::out, "a Responder still refers to this stream"); }

void Http2Stream::handle() {
  phase_ = Phase::out;
  connection_.handle(received_, Responder(*this));
}

void Http2Stream::reject(std::uint16_t status, std::string_view why) {
  phase_ = Phase::answered;
  begin_response(Response::text(status, fmt::format("{} {}: {}\n", status, reason_phrase(status), why)), false);
}

void Http2Stream::answer(Response response) {
  check(phase_ == Phase::out);
  phase_ = Phase::answered;
  // Destroyed at the end: it may own what this call came through.
  const auto gone_task = std::exchange(gone_task_, nullptr);
  begin_response(std::move(response), false);
  connection_.returned(*this);
}

BodySink& Http2Stream::stream(Response head) {
  check(phase_ == Phase::out);
  const auto gone_task = std::exchange(gone_task_, nullptr);
  begin_response(std::move(head), true);
  connection_.flush();
  return *this;
}

void Http2Stream::begin_response(Response head, bool streamed) {
  check(head.status >= 200 && head.status <= 999, "a final response has a status of three digits");
  dropped_ = received_.is_head() || !has_body(head.status);
  connection_.release_request(*this);
  ended_ = !streamed;
  if (closed_) return;
  const auto status = fmt::format_int(head.status);
  const auto length = fmt::format_int(head.body.size());
  std::vector<Http2Field> fields;
  fields.push_back({":status", {status.data(), status.size()}});
  split_fields(head.fields, fields);
  if (!streamed && has_body(head.status)) fields.push_back({"content-length", {length.data(), length.size()}});
  fields.push_back({"date", connection_.date()});
  const bool body = !dropped_ && (streamed || !head.body.empty());
  if (!head.body.empty()) queue(std::move(head.body));
  connection_.session().respond(id_, fields, body);
}

void Http2Stream::queue(std::string piece) {
  if (dropped_) return;
  if (pending_ == 0) since = connection_.sweeps();
  pending_ += piece.size();
  connection_.count_unsent(static_cast<std::ptrdiff_t>(piece.size()));
  pieces_.push_back(std::move(piece));
}

void Http2Stream::send(std::string piece) {
  check(phase_ == Phase::out && !ended_);
  if (closed_ || dropped_) return;
  queue(std::move(piece));
  connection_.session().resume(id_);
  connection_.flush();
}

Http2Part Http2Stream::take_body(MutableBytes into) {
  std::size_t taken = 0;
  while (taken < into.size() && !pieces_.empty()) {
    const std::string_view rest = std::string_view(pieces_.front()).substr(piece_offset_);
    const auto bytes = std::min(rest.size(), into.size() - taken);
    std::memcpy(into.data() + taken, rest.data(), bytes);
    taken += bytes;
    piece_offset_ += bytes;
    if (bytes == rest.size()) {
      pieces_.pop_front();
      piece_offset_ = 0;
    }
  }
  pending_ -= taken;
  connection_.count_unsent(-static_cast<std::ptrdiff_t>(taken));
  progress_ += taken;
  if (pending_ == 0 || progress_ >= connection_.limits().http2_progress_bytes_min) {
    progress_ = 0;
    since = connection_.sweeps();
  }
  signal_drained();
  return {taken, pending_ == 0 && ended_};
}

bool Http2Stream::stalled() const {
  return pending_ > 0 && !closed_ && connection_.expired(since, connection_.limits().write_stall_timeout) &&
         connection_.session().blocked(id_);
}

void Http2Stream::on_drained(Callback<void()> task) {
  check(phase_ == Phase::out);
  drained_.set(std::move(task));
  signal_drained();
}

void Http2Stream::signal_drained() {
  if (closed_ || !drained_.armed() || pending_ >= connection_.limits().output_bytes_max / 2) return;
  drained_.post(connection_.core());
}

void Http2Stream::finish(bool whole) {
  check(phase_ == Phase::out);
  phase_ = Phase::answered;
  ended_ = true;
  const auto gone_task = std::exchange(gone_task_, nullptr);
  drained_ = DrainSignal();
  if (!closed_ && whole && !dropped_) connection_.session().resume(id_);
  if (!closed_ && !whole) {
    drop_pending();
    connection_.session().reset(id_, Http2Error::internal);
  }
  connection_.returned(*this);
}

void Http2Stream::on_gone(Callback<void()> task) {
  check(phase_ == Phase::out);
  gone_task_ = std::move(task);
  if (closed_) run_gone_task();
}

void Http2Stream::run_gone_task() {
  if (!gone_task_) return;
  auto task = std::exchange(gone_task_, nullptr);
  task();
}

void Http2Stream::close() {
  closed_ = true;
  drop_pending();
}

void Http2Stream::drop_pending() {
  connection_.count_unsent(-static_cast<std::ptrdiff_t>(pending_));
  pieces_.clear();
  pending_ = piece_offset_ = 0;
}

}  // namespace millrace::http
