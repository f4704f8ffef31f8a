#include "http/tls_socket.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"

namespace millrace::http {
namespace {

using ReadDone = Callback<void(Result<std::size_t>)>;
using WriteDone = Callback<void(Result<void>)>;

// Encrypted at once for one write of the socket below, so that a large write does not need its size twice.
constexpr std::size_t step_bytes_max = std::size_t{64} << 10;
constexpr std::size_t landing_bytes = std::size_t{8} << 10;

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

class TlsSocket final : public env::Socket {
 public:
  TlsSocket(env::Core& core, std::shared_ptr<const TlsContext> context, std::unique_ptr<env::Socket> inner,
            Duration handshake_timeout);
  ~TlsSocket() override { core_.cancel(handshake_timer_); }

  void read(MutableBytes into, ReadDone done) override;
  void write(std::vector<Bytes> pieces, WriteDone done) override;
  void end_writing() override;
  void close() override;
  const std::string& peer() const override { return inner_->peer(); }

 private:
  // What an attempt to read or write came to.
  enum class Outcome { done, more_input, ended, failed };

  Outcome outcome(int result);
  // Each may run a callback as its last act, in which this socket may be destroyed.
  void advance_read();
  void finish_read(Result<std::size_t> result);
  void finish_write(Result<void> result);
  void on_received(Result<std::size_t> bytes);
  void on_sent(Result<void> sent);
  void fail_all(std::string why);
  void abandon_write();
  void report_failure() { fail_all(failure_); }

  bool encrypting() const { return piece_ < pieces_.size(); }
  void encrypt();
  // Writes what OpenSSL has put out.
  void flush();
  void receive();
  void note_handshake();
  // Runs a member in a turn of its own, unless this socket is gone by then.
  void later(void (TlsSocket::*what)());
  Error error(std::string_view why) const;

  env::Core& core_;
  const std::shared_ptr<const TlsContext> context_;
  const std::unique_ptr<env::Socket> inner_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  BIO* input_;   // owned by ssl_, as is the other
  BIO* output_;  //
  MutableBytes into_;
  ReadDone read_done_;
  std::vector<Bytes> pieces_;
  std::size_t piece_ = 0;
  std::size_t piece_offset_ = 0;
  WriteDone write_done_;
  std::string sending_;  // of the write under way below
  std::string failure_;  // why nothing goes on any more
  env::TimerId handshake_timer_;
  bool receiving_ = false;
  bool writing_ = false;
  bool ending_ = false;  // the writing side is to be ended when everything is out
  bool ended_ = false;
  bool closed_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
  std::array<std::byte, landing_bytes> landing_;
};

TlsSocket::TlsSocket(env::Core& core, std::shared_ptr<const TlsContext> context, std::unique_ptr<env::Socket> inner,
                     Duration handshake_timeout)
    : core_(core),
      context_(std::move(context)),
      inner_(std::move(inner)),
      ssl_(SSL_new(context_->native())),
      input_(BIO_new(BIO_s_mem())),
      output_(BIO_new(BIO_s_mem())) {
  check(ssl_ != nullptr && input_ != nullptr && output_ != nullptr, "no memory for a TLS connection");
  SSL_set_bio(ssl_.get(), input_, output_);
  SSL_set_accept_state(ssl_.get());
  handshake_timer_ = core_.after(handshake_timeout, [this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    handshake_timer_ = env::TimerId();
    inner_->close();
    fail_all("the handshake takes too long");
  });
}

Error TlsSocket::error(std::string_view why) const {
  return Error{ErrorCode::io, fmt::format("TLS with {}: {}", peer(), why)};
}

TlsSocket::Outcome TlsSocket::outcome(int result) {
  note_handshake();
  if (result == 1) return Outcome::done;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: return Outcome::more_input;
    case SSL_ERROR_ZERO_RETURN: return Outcome::ended;
    default: break;
  }
  const char* text = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  if (failure_.empty()) failure_ = text == nullptr ? "broken off" : text;
  return Outcome::failed;
}

void TlsSocket::note_handshake() {
  if (handshake_timer_ == env::TimerId() || SSL_is_init_finished(ssl_.get()) == 0) return;
  core_.cancel(std::exchange(handshake_timer_, env::TimerId()));
}

void TlsSocket::later(void (TlsSocket::*what)()) {
  core_.post([this, what, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) (this->*what)();
  });
}

// ---- reading

void TlsSocket::read(MutableBytes into, ReadDone done) {
  check(!read_done_, "one read at a time");
  into_ = into;
  read_done_ = std::move(done);
  const bool at_hand = SSL_has_pending(ssl_.get()) == 1 || BIO_ctrl_pending(input_) > 0;
  if (at_hand || closed_ || !failure_.empty()) {
    later(&TlsSocket::advance_read);
  } else {
    receive();
  }
}

void TlsSocket::advance_read() {
  if (!read_done_) return;
  if (closed_) return finish_read(std::unexpected(error("the connection is closed")));
  if (!failure_.empty()) return finish_read(std::unexpected(error(failure_)));
  std::size_t size = 0;
  ERR_clear_error();
  const auto came_to = outcome(SSL_read_ex(ssl_.get(), into_.data(), into_.size(), &size));
  // A handshake that has gone on lets a write go on, and alerts and the like go out.
  encrypt();
  switch (came_to) {
    case Outcome::done: return finish_read(size);
    case Outcome::ended: return finish_read(std::size_t{0});
    case Outcome::failed: return fail_all(failure_);
    case Outcome::more_input: return receive();
  }
}

void TlsSocket::finish_read(Result<std::size_t> result) { std::exchange(read_done_, nullptr)(std::move(result)); }

void TlsSocket::receive() {
  // What the client makes us say (answers to key updates) waits for it to be read before more of it is heard.
  if (receiving_ || closed_ || BIO_ctrl_pending(output_) > step_bytes_max) return;
  receiving_ = true;
  inner_->read(landing_, [this](Result<std::size_t> bytes) { on_received(std::move(bytes)); });
}

void TlsSocket::on_received(Result<std::size_t> bytes) {
  receiving_ = false;
  if (!bytes) return fail_all(bytes.error().message);
  if (*bytes == 0) return fail_all("the client ended without close_notify");
  check(BIO_write(input_, landing_.data(), static_cast<int>(*bytes)) == static_cast<int>(*bytes), "no memory");
  if (read_done_) return advance_read();
  // Nobody reads, but a write waits for the handshake.
  ERR_clear_error();
  if (outcome(SSL_do_handshake(ssl_.get())) == Outcome::failed) {
    flush();
    return fail_all(failure_);
  }
  encrypt();
}

// ---- writing

void TlsSocket::write(std::vector<Bytes> pieces, WriteDone done) {
  check(!write_done_, "one write at a time");
  check(!ending_, "nothing is written after the end");
  pieces_ = std::move(pieces);
  piece_ = piece_offset_ = 0;
  write_done_ = std::move(done);
  encrypt();
}

void TlsSocket::encrypt() {
  while (encrypting() && failure_.empty() && !closed_ && BIO_ctrl_pending(output_) < step_bytes_max) {
    const Bytes rest = pieces_[piece_].subspan(piece_offset_);
    if (rest.empty()) {
      ++piece_;
      piece_offset_ = 0;
      continue;
    }
    std::size_t size = 0;
    ERR_clear_error();
    const auto came_to = outcome(SSL_write_ex(ssl_.get(), rest.data(), std::min(rest.size(), step_bytes_max), &size));
    if (came_to != Outcome::done) {
      // Before the end of the handshake, more must be heard, whoever reads.
      if (came_to == Outcome::more_input) receive();
      if (came_to == Outcome::failed) later(&TlsSocket::report_failure);
      break;
    }
    piece_offset_ += size;
  }
  flush();
}

void TlsSocket::flush() {
  if (writing_ || closed_) return;
  const auto size = BIO_ctrl_pending(output_);
  if (size == 0) {
    if (ending_ && !std::exchange(ended_, true)) inner_->end_writing();
    return;
  }
  sending_.resize(size);
  check(BIO_read(output_, sending_.data(), static_cast<int>(size)) == static_cast<int>(size));
  writing_ = true;
  inner_->write({as_bytes(sending_)}, [this](Result<void> sent) { on_sent(std::move(sent)); });
}

void TlsSocket::on_sent(Result<void> sent) {
  writing_ = false;
  if (!sent) return fail_all(sent.error().message);
  sending_ = std::string();
  encrypt();
  if (read_done_) receive();
  if (write_done_ && !encrypting() && !writing_) finish_write({});
}

void TlsSocket::finish_write(Result<void> result) {
  pieces_.clear();
  piece_ = 0;
  std::exchange(write_done_, nullptr)(std::move(result));
}

// ---- the end

void TlsSocket::end_writing() {
  check(!write_done_, "not while a write is under way");
  ending_ = true;
  if (failure_.empty() && SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
  ERR_clear_error();
  flush();
}

void TlsSocket::close() {
  if (closed_) return;
  // One attempt at a polite end, so that the client can tell it from a cut; nobody waits for it.
  if (failure_.empty() && !writing_ && !ending_ && SSL_is_init_finished(ssl_.get()) == 1) {
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
    flush();
  }
  closed_ = true;
  inner_->close();
  if (read_done_ && !receiving_) later(&TlsSocket::advance_read);
  if (write_done_ && !writing_) later(&TlsSocket::abandon_write);
}

void TlsSocket::abandon_write() {
  if (write_done_ && !writing_) finish_write(std::unexpected(error("the connection is closed")));
}

void TlsSocket::fail_all(std::string why) {
  if (failure_.empty()) failure_ = std::move(why);
  const auto what = error(failure_);
  // Either callback may destroy this socket.
  auto read = std::exchange(read_done_, nullptr);
  auto write = std::exchange(write_done_, nullptr);
  const std::weak_ptr alive(alive_);
  if (read) read(std::unexpected(what));
  if (write && !alive.expired()) write(std::unexpected(what));
}

}  // namespace

std::unique_ptr<env::Socket> make_tls_socket(env::Core& core, std::shared_ptr<const TlsContext> context,
                                             std::unique_ptr<env::Socket> inner, Duration handshake_timeout) {
  return std::make_unique<TlsSocket>(core, std::move(context), std::move(inner), handshake_timeout);
}

}  // namespace millrace::http
