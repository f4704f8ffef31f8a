#include "http/http2_connection.h"

#include <utility>

#include "base/check.h"

namespace millrace::http {
namespace {

// A buffer of this size may stay with a connection on which nothing is going on.
constexpr std::size_t idle_output_bytes_max = std::size_t{16} << 10;

}  // namespace

Http2Connection::Http2Connection(std::shared_ptr<ServerCore> server, std::unique_ptr<env::Socket> socket, bool secure,
                                 std::string received)
    : server_(std::move(server)),
      socket_(std::move(socket)),
      session_(*this, server_->limits()),
      received_(std::move(received)),
      count_since_(server_->sweeps()),
      idle_since_(server_->sweeps()),
      secure_(secure) {}

Http2Connection::~Http2Connection() { check(out_ == 0, "a Responder still refers to this connection"); }

void Http2Connection::start() {
  take_bytes(as_bytes(received_));
  received_ = std::string();
  if (server_->draining()) drain();
  pump();
}

void Http2Connection::pump() {
  if (std::exchange(pumping_, true)) {
    pump_again_ = true;
    return;
  }
  do {
    pump_again_ = false;
    step();
  } while (pump_again_);
  pumping_ = false;
  bury_if_over();
}

void Http2Connection::flush() {
  if (pumping_) {
    pump_again_ = true;
    return;
  }
  write();
  // With a write under way pump() follows it.
  const bool more = !closed_streams_.empty() || !ready_.empty() || session_.done();
  if (more && !writing_ && !closed_ && !pump_posted_) {
    pump_posted_ = std::make_shared<int>(0);
    core().post([this, alive = std::weak_ptr(pump_posted_)] {
      if (alive.expired()) return;
      pump_posted_.reset();
      pump();
    });
  }
  bury_if_over();
}

void Http2Connection::step() {
  if (closed_) return;
  end_closed_streams();
  handle_requests();
  open_windows();
  write();
  end_closed_streams();
  finish_if_done();
  read();
}

void Http2Connection::end_closed_streams() {
  // By index: a task that runs here may close more.
  for (std::size_t i = 0; i < closed_streams_.size(); ++i) {
    const auto id = closed_streams_[i];
    auto* stream = find(id);
    if (stream == nullptr) continue;
    if (stream->phase() == Http2Stream::Phase::out) {
      stream->run_gone_task();
    } else {
      streams_.erase(id);
    }
  }
  closed_streams_.clear();
  if (streams_.empty() && unsent_bytes_ == 0 && !writing_ && output_.capacity() > idle_output_bytes_max) {
    output_ = std::string();
  }
}

void Http2Connection::handle_requests() {
  while (!ready_.empty() && !closed_ && unsent_bytes_ < limits().http2_unsent_bytes_max) {
    auto* stream = find(ready_.front());
    ready_.pop_front();
    if (stream == nullptr || stream->closed() || stream->phase() != Http2Stream::Phase::ready) continue;
    ++out_;
    stream->handle();
  }
}

void Http2Connection::handle(Http2Request& request, Responder responder) {
  server_->handler()(server_->core(), request.request(socket_->peer(), secure_), std::move(responder));
}

void Http2Connection::returned(Http2Stream& stream) {
  --out_;
  if (stream.closed()) closed_streams_.push_back(stream.id());
  flush();
}

// ---- what nghttp2 tells

void Http2Connection::on_request_begin(std::int32_t id) {
  streams_.emplace(id, std::make_unique<Http2Stream>(*this, id));
  fields_of_ = id;
  fields_since_ = sweeps();
}

void Http2Connection::on_field(std::int32_t id, std::string_view name, std::string_view value) {
  if (auto* stream = find(id)) stream->received().add_field(name, value, limits());
}

void Http2Connection::on_fields_end(std::int32_t id) {
  fields_of_ = 0;
  auto* stream = find(id);
  if (stream == nullptr) return;
  stream->fields_complete = true;
  stream->since = sweeps();
  const auto error = stream->received().understand(limits());
  if (error.status != 0) {
    reject(*stream, error.status, error.why);
  } else if (stream->received().expects_continue()) {
    session_.respond_continue(id);
  }
}

void Http2Connection::on_body(std::int32_t id, Bytes bytes) {
  session_.consume_connection(bytes.size());
  auto* stream = find(id);
  if (stream == nullptr) return;
  if (stream->rejected) return discard(*stream, bytes.size());
  stream->since = sweeps();
  if (!stream->received().add_body(bytes, limits())) {
    reject(*stream, 413, "body too large");
    return discard(*stream, bytes.size());
  }
  body_bytes_ += bytes.size();
  stream->counted += bytes.size();
  if (may_open_window(*stream)) {
    session_.consume_stream(id, bytes.size());
  } else {
    if (stream->withheld == 0) ++withheld_streams_;
    stream->withheld += bytes.size();
  }
}

void Http2Connection::on_request_end(std::int32_t id) {
  auto* stream = find(id);
  if (stream == nullptr || stream->phase() != Http2Stream::Phase::receiving) return;
  stream->become_ready();
  forget_window(*stream);
  complete_body_bytes_ += stream->counted;
  ready_.push_back(id);
}

void Http2Connection::on_response_end(std::int32_t id) {
  auto* stream = find(id);
  if (stream == nullptr || !stream->rejected) return;
  stream->lingering = true;
  stream->since = sweeps();
  if (stream->discarded > limits().linger_bytes_max) session_.reset(id, Http2Error::none);
}

// After a reply that came before the request's end the rest is not wanted (RFC 9113, section 8.1). Some clients, curl
// 7.88 for one, lose the reply if a reset comes right behind it, so they may go on for a little.
void Http2Connection::discard(Http2Stream& stream, std::size_t bytes) {
  stream.discarded += bytes;
  if (stream.discarded <= limits().linger_bytes_max) {
    session_.consume_stream(stream.id(), bytes);
  } else if (stream.lingering) {
    session_.reset(stream.id(), Http2Error::none);
  }
}

void Http2Connection::on_stream_closed(std::int32_t id) {
  auto* stream = find(id);
  if (stream == nullptr) return;
  if (fields_of_ == id) fields_of_ = 0;
  stream->close();
  if (stream->phase() != Http2Stream::Phase::out) release_request(*stream);
  closed_streams_.push_back(id);
  idle_since_ = sweeps();
}

Http2Part Http2Connection::take_body(std::int32_t id, MutableBytes into) {
  auto* stream = find(id);
  check(stream != nullptr, "nghttp2 asks for bodies of open streams only");
  return stream->take_body(into);
}

void Http2Connection::on_reset() {
  if (++resets_ == limits().http2_resets_max + 1) session_.terminate(Http2Error::enhance_your_calm);
}

void Http2Connection::on_idle_frame() {
  if (++idle_frames_ == limits().http2_idle_frames_max + 1) session_.terminate(Http2Error::enhance_your_calm);
}

// ---- requests and their bodies

Http2Stream* Http2Connection::find(std::int32_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second.get();
}

void Http2Connection::reject(Http2Stream& stream, std::uint16_t status, std::string_view why) {
  stream.rejected = true;
  stream.reject(status, why);
}

void Http2Connection::release_request(Http2Stream& stream) {
  body_bytes_ -= stream.counted;
  if (stream.complete()) complete_body_bytes_ -= stream.counted;
  stream.counted = 0;
  forget_window(stream);
  stream.received().release();
}

void Http2Connection::forget_window(Http2Stream& stream) {
  if (std::exchange(stream.withheld, 0) > 0) --withheld_streams_;
}

bool Http2Connection::oldest_receiver(const Http2Stream& stream) const {
  for (const auto& [id, other] : streams_) {
    if (other->phase() == Http2Stream::Phase::receiving && other->fields_complete) return id == stream.id();
  }
  return false;
}

bool Http2Connection::may_open_window(const Http2Stream& stream) const {
  const auto most = limits().http2_body_bytes_max;
  return body_bytes_ < most || (complete_body_bytes_ < most && oldest_receiver(stream));
}

void Http2Connection::open_windows() {
  if (withheld_streams_ == 0) return;
  for (const auto& [id, stream] : streams_) {
    if (stream->withheld == 0 || !may_open_window(*stream)) continue;
    const auto bytes = stream->withheld;
    forget_window(*stream);
    session_.consume_stream(id, bytes);
  }
}

// ---- bytes

void Http2Connection::take_bytes(Bytes bytes) {
  if (!session_.receive(bytes)) close();
}

void Http2Connection::write() {
  if (writing_ || closed_ || lingering_) return;
  output_.clear();
  while (output_.size() < limits().http2_write_bytes_max) {
    const auto frame = session_.next_output();
    if (!frame) return close();
    if (frame->empty()) break;
    output_.append(as_text(*frame));
  }
  if (output_.empty()) return;
  writing_ = true;
  write_since_ = sweeps();
  socket_->write({as_bytes(output_)}, [this](Result<void> written) { on_written(std::move(written)); });
}

void Http2Connection::on_written(Result<void> written) {
  writing_ = false;
  if (closed_) return;
  if (!written) {
    close();
    return;
  }
  pump();
}

void Http2Connection::read() {
  if (reading_ || closed_) return;
  if (!lingering_) {
    // Streams that were reset while they were being handled do not count for nghttp2, and the client may open others.
    if (streams_.size() >= 2 * limits().http2_streams_max) return;
    if (session_.queued_frames() >= limits().http2_queued_frames_max) return;
  }
  reading_ = true;
  socket_->read(landing_, [this](Result<std::size_t> bytes) { on_read(std::move(bytes)); });
}

void Http2Connection::on_read(Result<std::size_t> bytes) {
  reading_ = false;
  if (closed_) return;
  // A client that has closed its side can open no windows and make no requests any more.
  if (!bytes || *bytes == 0) {
    close();
    return;
  }
  if (lingering_) {
    lingered_bytes_ += *bytes;
    if (lingered_bytes_ > limits().linger_bytes_max) return close();
  } else {
    take_bytes(Bytes(landing_).first(*bytes));
  }
  pump();
}

// Closing at once could overtake the last frames, as in Connection::begin_linger().
void Http2Connection::finish_if_done() {
  if (closed_ || lingering_ || writing_ || !session_.done()) return;
  lingering_ = true;
  idle_since_ = sweeps();
  socket_->end_writing();
}

void Http2Connection::drain() {
  if (closed_ || std::exchange(going_away_, true)) return;
  session_.go_away();
  pump();
}

void Http2Connection::sweep() {
  if (closed_) return;
  if (expired(count_since_, limits().http2_count_interval)) {
    count_since_ = sweeps();
    resets_ = idle_frames_ = 0;
  }
  if ((writing_ && expired(write_since_, limits().write_stall_timeout)) ||
      (lingering_ && expired(idle_since_, limits().linger_timeout))) {
    close();
    return;
  }
  if (lingering_) return;
  if (fields_of_ != 0 && expired(fields_since_, limits().header_timeout)) {
    session_.terminate(Http2Error::enhance_your_calm);
  } else if (streams_.empty() && expired(idle_since_, limits().idle_timeout)) {
    drain();
  } else {
    sweep_streams();
  }
  pump();
}

void Http2Connection::sweep_streams() {
  for (const auto& [id, stream] : streams_) {
    const bool receiving = stream->phase() == Http2Stream::Phase::receiving && stream->fields_complete;
    if (receiving && stream->withheld == 0 && expired(stream->since, limits().body_timeout)) {
      reject(*stream, 408, "the request did not arrive in time");
    } else if (stream->lingering && expired(stream->since, limits().linger_timeout)) {
      session_.reset(id, Http2Error::none);
    } else if (stream->stalled()) {
      session_.reset(id, Http2Error::cancel);
    }
  }
}

void Http2Connection::close() {
  if (std::exchange(closed_, true)) return;
  closing_ = true;
  socket_->close();
  // By id: the tasks may answer, though nothing is erased before they are done.
  for (const auto& [id, stream] : streams_) stream->close();
  for (const auto& [id, stream] : streams_) stream->run_gone_task();
  server_->closed(*this);
  closing_ = false;
  bury_if_over();
}

// The last thing that a member does, since the connection may be destroyed here.
void Http2Connection::bury_if_over() {
  if (!closed_ || out_ > 0 || pumping_ || closing_ || std::exchange(buried_, true)) return;
  server_->bury(*this);
}

}  // namespace millrace::http
