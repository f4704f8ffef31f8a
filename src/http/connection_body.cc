// The part of Connection that sends streamed bodies.
#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "base/check.h"
#include "http/connection.h"

namespace millrace::http {

BodySink& Connection::stream(Response head) {
  check(handling_ && !body_);
  const auto gone_task = std::exchange(gone_task_, nullptr);
  body_ = std::make_unique<Body>();
  if (closed_) return *this;
  RequestParser& parser = exchange_->parser;
  const int minor_version = parser.request().minor_version;
  body_->framing = minor_version == 0 ? BodyFraming::until_close : BodyFraming::chunked;
  body_->keep_alive = minor_version != 0 && may_keep_alive();
  body_->dropped = parser.request().method == "HEAD" || !has_body(head.status);
  const ResponseFraming framing{
      .keep_alive = body_->keep_alive, .minor_version = minor_version, .body = body_->framing};
  write_fields(exchange_->outbox.tail(), head, framing, server_->date());
  // The request is done with: its memory serves the next one while this body goes on.
  parser.finish(exchange_->inbox);
  if (!head.body.empty()) queue_piece(std::move(head.body));
  pump();
  return *this;
}

void Connection::send(std::string piece) {
  check(body_ != nullptr);
  if (closed_) return;
  queue_piece(std::move(piece));
  pump();
}

void Connection::queue_piece(std::string piece) {
  if (body_->dropped) return;
  Outbox& outbox = exchange_->outbox;
  const bool chunked = body_->framing == BodyFraming::chunked;
  if (chunked) fmt::format_to(std::back_inserter(outbox.tail()), "{:x}\r\n", piece.size());
  outbox.append(std::move(piece));
  if (chunked) outbox.tail().append("\r\n");
}

std::size_t Connection::pending() const { return closed_ ? 0 : exchange_->outbox.bytes_unwritten(); }

void Connection::on_drained(Callback<void()> task) {
  check(body_ != nullptr);
  body_->drained.set(std::move(task));
  signal_drained();
}

void Connection::signal_drained() {
  if (!body_ || closed_ || !body_->drained.armed()) return;
  if (pending() < server_->limits().output_bytes_max / 2) body_->drained.post(server_->core());
}

void Connection::finish(bool whole) {
  check(handling_ && body_);
  handling_ = false;
  // Destroyed at the end: they may own what this call came through.
  const auto gone_task = std::exchange(gone_task_, nullptr);
  const auto body = std::move(body_);
  if (closed_) {
    bury_if_over();
    return;
  }
  if (!whole) {
    close();
    return;
  }
  if (body->framing == BodyFraming::chunked && !body->dropped) exchange_->outbox.tail().append("0\r\n\r\n");
  if (!body->keep_alive) {
    last_ = true;
    unread_input_ = has_input();
  }
  write();
  pump_later();
}

// The next request is taken in a turn of its own, so that who ends a body is not called back meanwhile.
void Connection::pump_later() {
  pump_posted_ = std::make_shared<int>(0);
  server_->core().post([this, alive = std::weak_ptr(pump_posted_)] {
    if (!alive.expired()) pump();
  });
}

}  // namespace millrace::http
