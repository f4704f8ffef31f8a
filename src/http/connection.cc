#include "http/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "http/http2_connection.h"

namespace millrace::http {
namespace {

// How much memory is asked for at once while a request grows, so that what a client announces costs nothing until it
// comes.
constexpr std::size_t room_bytes_min = 4096;
// Memory that a client merely announces is not touched before its bytes come.
constexpr std::size_t room_bytes_max = std::size_t{1} << 20;

}  // namespace

Connection::Connection(std::shared_ptr<ServerCore> server, std::unique_ptr<env::Socket> socket, bool refused,
                       bool secure)
    : server_(std::move(server)),
      socket_(std::move(socket)),
      wait_since_(server_->sweeps()),
      refused_(refused),
      secure_(secure) {}

Connection::~Connection() { check(!handling_, "a Responder still refers to this connection"); }

void Connection::start() {
  if (refused_) reject(503, "too many connections");
  pump();
}

void Connection::pump() {
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

void Connection::step() {
  if (lingering_) {
    if (peer_closed_) close();
  } else {
    handle_requests();
    write();
    signal_drained();
    finish_if_done();
  }
  if (closed_) return;
  release_exchange();
  read();
  update_wait();
}

void Connection::handle_requests() {
  stalled_ = false;
  while (exchange_ && !handling_ && !last_ && !closed_ && !reading_inbox_) {
    // Goes on when the write is done that step() begins now.
    stalled_ = exchange_->outbox.bytes_waiting() >= server_->limits().output_bytes_max;
    if (stalled_) return;
    Inbox& inbox = exchange_->inbox;
    if (!exchange_->queued.empty()) {
      inbox.append(as_bytes(exchange_->queued));
      exchange_->queued.clear();
    }
    if (undecided_ && !inbox.empty() && !speaks_http1()) return;
    switch (exchange_->parser.advance(inbox, server_->limits())) {
      case RequestParser::Progress::need_more:
        if (exchange_->parser.take_expectation(inbox)) exchange_->outbox.tail().append("HTTP/1.1 100 Continue\r\n\r\n");
        return;
      case RequestParser::Progress::failed:
        reject(exchange_->parser.error().status, exchange_->parser.error().why);
        return;
      case RequestParser::Progress::complete: take_request(); break;
    }
  }
}

bool Connection::speaks_http1() {
  const Inbox& inbox = exchange_->inbox;
  const std::string_view bytes(inbox.data(), inbox.size());
  const auto same = std::ranges::mismatch(bytes, http2_preface).in1 - bytes.begin();
  const auto all = std::min(bytes.size(), http2_preface.size());
  undecided_ = static_cast<std::size_t>(same) == all && bytes.size() < http2_preface.size();
  if (undecided_) return false;
  if (static_cast<std::size_t>(same) < all) return true;
  auto next = std::make_unique<Http2Connection>(server_, std::move(socket_), secure_, std::string(bytes));
  server_->give_back(std::move(exchange_));
  closed_ = true;
  server_->replace(*this, std::move(next));
  return false;
}

void Connection::take_request() {
  handling_ = true;
  took_request_ = true;
  Request& request = exchange_->parser.request();
  request.peer = socket_->peer();
  request.secure = secure_;
  server_->handler()(server_->core(), request, Responder(*this));
}

void Connection::answer(Response response) {
  check(handling_);
  handling_ = false;
  // Destroyed at the end: it may own what this call came through.
  const auto gone_task = std::exchange(gone_task_, nullptr);
  if (closed_) {
    bury_if_over();
    return;
  }
  RequestParser& parser = exchange_->parser;
  const bool keep_alive = may_keep_alive();
  reply(std::move(response), parser.request().method == "HEAD", keep_alive);
  parser.finish(exchange_->inbox);
  end_answer(keep_alive);
}

bool Connection::has_input() const {
  return exchange_->parser.bytes_after(exchange_->inbox) > 0 || !exchange_->queued.empty();
}

bool Connection::may_keep_alive() const {
  return exchange_->parser.keep_alive() && (has_input() || !server_->draining());
}

void Connection::end_answer(bool keep_alive) {
  if (!keep_alive) {
    last_ = true;
    unread_input_ = has_input();
  }
  pump();
}

void Connection::reject(std::uint16_t status, std::string_view why) {
  last_ = true;
  unread_input_ = true;
  exchange();
  reply(Response::text(status, fmt::format("{} {}: {}\n", status, reason_phrase(status), why)), false, false);
}

void Connection::reply(Response response, bool head, bool keep_alive) {
  const ResponseFraming framing{.keep_alive = keep_alive, .minor_version = exchange_->parser.request().minor_version};
  Outbox& outbox = exchange_->outbox;
  write_fields(outbox.tail(), response, framing, server_->date());
  if (!head && has_body(response.status)) outbox.append(std::move(response.body));
}

void Connection::write() {
  if (writing_ || closed_ || !exchange_ || exchange_->outbox.empty()) return;
  writing_ = true;
  write_since_ = server_->sweeps();
  socket_->write(exchange_->outbox.begin_write(server_->limits().write_bytes_max),
                 [this](Result<void> written) { on_written(std::move(written)); });
}

void Connection::on_written(Result<void> written) {
  writing_ = false;
  if (closed_) return;
  if (!written) {
    close();
    return;
  }
  exchange_->outbox.written();
  if (auto spent = exchange_->outbox.take_spent(); spent.capacity() >= Outbox::large_bytes_min)
    server_->give_back_body(std::move(spent));
  pump();
}

void Connection::read() {
  if (reading_ || peer_closed_ || closed_ || (last_ && !lingering_)) return;
  MutableBytes into = landing_;
  if (exchange_ && (handling_ || stalled_)) {
    const Inbox& inbox = exchange_->inbox;
    const auto ahead = exchange_->queued.size() + (handling_ ? exchange_->parser.bytes_after(inbox) : inbox.size());
    if (ahead >= server_->limits().pipelined_bytes_max) return;
  } else if (exchange_ && !lingering_ && !exchange_->inbox.empty()) {
    Inbox& inbox = exchange_->inbox;
    inbox.make_room(std::clamp(exchange_->parser.bytes_wanted(inbox), room_bytes_min, room_bytes_max));
    into = inbox.room();
    reading_inbox_ = true;
  }
  reading_ = true;
  socket_->read(into, [this](Result<std::size_t> bytes) { on_read(std::move(bytes)); });
}

void Connection::on_read(Result<std::size_t> bytes) {
  reading_ = false;
  if (closed_) return;
  if (!bytes) {
    close();
    return;
  }
  if (*bytes == 0) {
    // Perhaps only a half close: what was asked before it is still answered.
    reading_inbox_ = false;
    peer_closed_ = true;
    run_gone_task();
  } else {
    take_bytes(*bytes);
  }
  pump();
}

void Connection::take_bytes(std::size_t bytes) {
  bytes_came_ = true;
  const bool in_inbox = std::exchange(reading_inbox_, false);
  if (last_) {
    // Dropped: nothing after the last request counts.
    unread_input_ = true;
    lingered_bytes_ += bytes;
    if (lingered_bytes_ > server_->limits().linger_bytes_max) close();
  } else if (in_inbox) {
    exchange_->inbox.commit(bytes);
  } else if (handling_ || (exchange_ && !exchange_->queued.empty())) {
    exchange_->queued.append(as_text(Bytes(landing_).first(bytes)));
  } else {
    exchange().inbox.append(Bytes(landing_).first(bytes));
  }
}

void Connection::finish_if_done() {
  if (closed_ || handling_ || writing_ || (exchange_ && !exchange_->outbox.empty())) return;
  if (last_ && unread_input_ && !peer_closed_) {
    begin_linger();
  } else if (last_ || peer_closed_ || (server_->draining() && (!exchange_ || exchange_->unused()))) {
    close();
  }
}

// Closing a socket with unread input makes the system send a reset, which can overtake the reply. So the writing side is
// ended, and what still comes is dropped until the client has closed too or a limit is reached.
void Connection::begin_linger() {
  lingering_ = true;
  socket_->end_writing();
}

void Connection::release_exchange() {
  if (!exchange_ || handling_ || writing_ || reading_inbox_) return;
  if (lingering_ || exchange_->unused()) server_->give_back(std::move(exchange_));
}

Exchange& Connection::exchange() {
  if (!exchange_) exchange_ = server_->take_exchange();
  return *exchange_;
}

void Connection::update_wait() {
  Wait wait = Wait::request;
  if (lingering_) {
    wait = Wait::end;
  } else if (handling_ || last_ || stalled_) {
    wait = Wait::nothing;
  } else if (exchange_ && !exchange_->inbox.empty()) {
    wait = exchange_->parser.in_body() ? Wait::body : Wait::fields;
  }
  if (wait != wait_ || took_request_ || (bytes_came_ && wait == Wait::body)) wait_since_ = server_->sweeps();
  wait_ = wait;
  bytes_came_ = took_request_ = false;
}

void Connection::sweep() {
  if (closed_) return;
  const Limits& limits = server_->limits();
  const auto expired = [this](std::uint64_t since, Duration timeout) {
    return server_->sweeps() - since > server_->in_sweeps(timeout);
  };
  if (writing_ && expired(write_since_, limits.write_stall_timeout)) {
    close();
    return;
  }
  switch (wait_) {
    case Wait::nothing: return;
    case Wait::request:
      if (expired(wait_since_, limits.idle_timeout)) close();
      return;
    case Wait::end:
      if (expired(wait_since_, limits.linger_timeout)) close();
      return;
    case Wait::fields:
      if (!expired(wait_since_, limits.header_timeout)) return;
      break;
    case Wait::body:
      if (!expired(wait_since_, limits.body_timeout)) return;
      break;
  }
  reject(408, "the request did not arrive in time");
  pump();
}

void Connection::drain() {
  if (!closed_) pump();
}

void Connection::close() {
  if (std::exchange(closed_, true)) return;
  closing_ = true;
  socket_->close();
  run_gone_task();
  server_->closed(*this);
  closing_ = false;
  bury_if_over();
}

void Connection::on_gone(Callback<void()> task) {
  check(handling_);
  gone_task_ = std::move(task);
  if (gone()) run_gone_task();
}

void Connection::run_gone_task() {
  if (!gone_task_) return;
  auto task = std::exchange(gone_task_, nullptr);
  task();
}

// The last thing that a member does, since the connection may be destroyed here.
void Connection::bury_if_over() {
  if (!closed_ || handling_ || pumping_ || closing_ || std::exchange(buried_, true)) return;
  server_->bury(*this);
}

}  // namespace millrace::http
