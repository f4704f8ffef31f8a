// Http2Stream: one request of an HTTP/2 connection and the response to it.
//
// Lives on the connection's core, in the connection's table, until nghttp2 is done with it and neither a Responder nor a
// BodyStream refers to it any more.
#pragma once
#include <cstdint>
#include <deque>
#include <string>

#include "http/http2_request.h"
#include "http/http2_session.h"
#include "http/responder.h"

namespace millrace::http {

class Http2Connection;

class Http2Stream final : public Answerable, public BodySink {
 public:
  enum class Phase {
    receiving,  // the request is on its way
    ready,      // the request is complete and waits for its turn
    out,        // a Responder or a BodyStream refers to this stream
    answered,   // nothing more will be sent than what is pending
  };

  Http2Stream(Http2Connection& connection, std::int32_t id);
  ~Http2Stream();
  Http2Stream(const Http2Stream&) = delete;
  Http2Stream& operator=(const Http2Stream&) = delete;

  std::int32_t id() const { return id_; }
  Phase phase() const { return phase_; }
  Http2Request& received() { return received_; }
  // The request has come to its end.
  bool complete() const { return complete_; }
  bool fields_complete = false;
  bool rejected = false;      // answered by reject()
  bool lingering = false;     // the reply to a rejected request is out, and the request has not come to its end
  std::size_t discarded = 0;  // bytes of a rejected request's body
  std::size_t counted = 0;    // bytes of the body that count in the connection's sums
  std::size_t withheld = 0;   // received bytes by which the client's window has not been opened again
  std::uint64_t since = 0;    // in sweeps: the last byte of the body, or of the response's

  void become_ready() {
    phase_ = Phase::ready;
    complete_ = true;
  }
  // Calls the handler, which may answer at once.
  void handle();
  // Answers a request that cannot be understood or has not come to its end; what else comes of it is dropped.
  void reject(std::uint16_t status, std::string_view why);
  // nghttp2 is done with the stream, or the connection is gone.
  void close();
  bool closed() const { return closed_; }
  void run_gone_task();
  // Puts bytes of the body into a frame.
  Http2Part take_body(MutableBytes into);
  void signal_drained();
  // The client's windows have admitted too little for too long.
  bool stalled() const;

  void answer(Response response) override;
  BodySink& stream(Response head) override;
  void send(std::string piece) override;
  std::size_t pending() const override { return pending_; }
  void on_drained(Callback<void()> task) override;
  void on_gone(Callback<void()> task) override;
  bool gone() const override { return closed_; }
  void finish(bool whole) override;

 private:
  void begin_response(Response head, bool streamed);
  void queue(std::string piece);
  void drop_pending();

  Http2Connection& connection_;
  const std::int32_t id_;
  Phase phase_ = Phase::receiving;
  bool complete_ = false;
  bool closed_ = false;
  bool dropped_ = false;  // the response has no body, whatever is sent
  bool ended_ = false;    // nothing is queued any more
  Http2Request received_;
  Callback<void()> gone_task_;
  DrainSignal drained_;
  std::deque<std::string> pieces_;
  std::size_t piece_offset_ = 0;  // in the first one
  std::size_t pending_ = 0;
  std::size_t progress_ = 0;  // bytes taken since `since`
};

}  // namespace millrace::http
