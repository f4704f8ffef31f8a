#include "delivery/smpp_link.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "delivery/uptime.h"

namespace millrace::delivery {
namespace {

// SMPP's own limit for numbers of requests.
constexpr std::uint32_t sequence_max = 0x7FFFFFFF;
// Unanswered writes of a centre that does not read.
constexpr std::size_t out_bytes_max = 1 << 20;

}  // namespace

SmppLink::~SmppLink() { core_.cancel(timer_); }

void SmppLink::start(const SmppBind& bind) {
  heard_ = uptime(core_);
  request(smpp::bind_transceiver, encode_bind(bind));
  read();
  watch();
}

std::uint32_t SmppLink::submit(const SmppMessage& message) { return request(smpp::submit_sm, encode_message(message)); }

void SmppLink::unbind() { request(smpp::unbind, ""); }

void SmppLink::leave() {
  owner_ = nullptr;
  core_.cancel(timer_);
  socket_.reset();
}

void SmppLink::end(const std::string& why) {
  auto* owner = std::exchange(owner_, nullptr);
  leave();
  if (owner) owner->ended(why);
}

std::uint32_t SmppLink::request(std::uint32_t command, std::string body) {
  last_sequence_ = last_sequence_ == sequence_max ? 1 : last_sequence_ + 1;
  pending_[last_sequence_] = {command, uptime(core_) + times_.answer};
  write(encode_pdu({.command = command, .sequence = last_sequence_, .body = std::move(body)}));
  return last_sequence_;
}

void SmppLink::answer(const SmppPdu& request, std::uint32_t status, std::string body) {
  write(encode_pdu({.command = request.command | smpp::response,
                    .status = status,
                    .sequence = request.sequence,
                    .body = std::move(body)}));
}

void SmppLink::write(std::string bytes) {
  if (!socket_) return;
  out_ += bytes;
  if (!writing_.empty() || out_.empty()) return;
  writing_ = std::exchange(out_, {});
  socket_->write({as_bytes(writing_)}, [weak = weak_from_this()](Result<void> ok) {
    const auto self = weak.lock();
    if (!self || !self->socket_) return;
    if (!ok) return self->end(ok.error().message);
    self->writing_.clear();
    self->write("");
  });
}

void SmppLink::read() {
  socket_->read(buffer_, [weak = weak_from_this()](Result<std::size_t> size) {
    const auto self = weak.lock();
    if (!self || !self->socket_) return;
    if (!size) return self->end(size.error().message);
    if (*size == 0) return self->end("the message centre has closed the connection");
    self->heard_ = uptime(self->core_);
    self->take(as_text(Bytes(self->buffer_).first(*size)));
    if (self->socket_) self->read();
  });
}

void SmppLink::take(std::string_view bytes) {
  in_ += bytes;
  std::size_t done = 0;
  while (socket_) {
    auto pdu = decode_pdu(std::string_view(in_).substr(done));
    if (!pdu) return end(pdu.error().message);
    if (pdu->second == 0) break;
    done += pdu->second;
    handle(std::move(pdu->first));
  }
  in_.erase(0, done);
  if (socket_ && out_.size() > out_bytes_max) end("the message centre does not read its answers");
}

void SmppLink::handle(SmppPdu pdu) {
  if ((pdu.command & smpp::response) != 0) return handle_answer(pdu);
  handle_request(pdu);
}

void SmppLink::handle_answer(const SmppPdu& pdu) {
  const auto found = pending_.find(pdu.sequence);
  // The answer to nothing: late, or a complaint about bytes that it did not understand.
  if (found == pending_.end()) {
    if (pdu.command == smpp::generic_nack)
      end(fmt::format("the message centre complains with status {:#x}", pdu.status));
    return;
  }
  const auto command = found->second.command;
  if (pdu.command != smpp::generic_nack && pdu.command != (command | smpp::response)) {
    return end("the message centre has answered with another command");
  }
  pending_.erase(found);
  switch (command) {
    case smpp::bind_transceiver:
      if (pdu.status != smpp::status_ok) return end(fmt::format("the login failed with status {:#x}", pdu.status));
      return owner_->bound();
    case smpp::submit_sm: {
      // A negative acknowledgement without a reason is still one.
      const bool nack = pdu.command == smpp::generic_nack && pdu.status == smpp::status_ok;
      return owner_->submitted(pdu.sequence, nack ? smpp::status_system_error : pdu.status,
                               decode_message_id(pdu.body));
    }
    case smpp::unbind: return end("logged out");
    default: return;
  }
}

void SmppLink::handle_request(const SmppPdu& pdu) {
  switch (pdu.command) {
    case smpp::enquire_link: return answer(pdu, smpp::status_ok);
    case smpp::unbind: answer(pdu, smpp::status_ok); return end("the message centre has logged us out");
    case smpp::deliver_sm: return handle_message(pdu);
    default:
      write(encode_pdu(
          {.command = smpp::generic_nack, .status = smpp::status_invalid_command, .sequence = pdu.sequence}));
  }
}

void SmppLink::handle_message(const SmppPdu& pdu) {
  const auto message = decode_message(pdu.body);
  // The body of the answer is an empty message id.
  const std::string body(1, '\0');
  if (!message) return answer(pdu, smpp::status_invalid_length, body);
  if (unanswered_ == unanswered_max) return answer(pdu, smpp::status_queue_full, body);
  ++unanswered_;
  SmppPdu head{.command = pdu.command, .sequence = pdu.sequence};
  owner_->received(*message, [weak = weak_from_this(), head = std::move(head), body](std::uint32_t status) {
    const auto self = weak.lock();
    if (!self) return;
    --self->unanswered_;
    self->answer(head, status, body);
  });
}

void SmppLink::watch() {
  const Duration now = uptime(core_);
  for (const auto& [sequence, pending] : pending_) {
    if (pending.until <= now) return end("the message centre did not answer in time");
  }
  if (pending_.empty() && now - heard_ >= times_.enquire) request(smpp::enquire_link, "");
  timer_ = core_.after(times_.answer / 4, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->watch();
  });
}

}  // namespace millrace::delivery
