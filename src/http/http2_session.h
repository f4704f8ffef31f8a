// Http2Session: the frames of one HTTP/2 connection (RFC 9113), both ways, with their compression and flow control.
//
// nghttp2 behind the few calls that a server needs. Bytes go in through receive() and come out of next_output(); what
// they mean is told to an Http2Events. Neither does I/O. Events are told from within receive() and next_output(), and
// must not call these two; everything else may be called there. Lives on the connection's core.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "http/limits.h"

struct nghttp2_session;

namespace millrace::http {

// The error codes of RFC 9113, section 7, that are given here.
enum class Http2Error : std::uint32_t { none = 0, internal = 2, cancel = 8, enhance_your_calm = 11 };

struct Http2Field {
  std::string_view name;  // in lower case
  std::string_view value;
};

// Bytes of a response's body that were put into a frame.
struct Http2Part {
  std::size_t bytes;
  bool end;  // it was the last; without it, 0 bytes means that there is nothing now
};

class Http2Events {
 public:
  virtual void on_request_begin(std::int32_t id) = 0;
  // A field of the request, pseudo fields (":path") included. Those of trailers are not told.
  virtual void on_field(std::int32_t id, std::string_view name, std::string_view value) = 0;
  virtual void on_fields_end(std::int32_t id) = 0;
  virtual void on_body(std::int32_t id, Bytes bytes) = 0;
  virtual void on_request_end(std::int32_t id) = 0;
  // The response has been put into frames to its end.
  virtual void on_response_end(std::int32_t id) = 0;
  // The stream is over, however it ended: nothing more is told about it and nothing more can be sent on it.
  virtual void on_stream_closed(std::int32_t id) = 0;
  // Asks for the next part of a body, as much as fits.
  virtual Http2Part take_body(std::int32_t id, MutableBytes into) = 0;
  // A stream was reset, by the client or because of what it sent.
  virtual void on_reset() = 0;
  // A frame came that moves no request forward: PING, SETTINGS, PRIORITY, empty DATA.
  virtual void on_idle_frame() = 0;

 protected:
  ~Http2Events() = default;
};

class Http2Session {
 public:
  Http2Session(Http2Events& events, const Limits& limits);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  // Takes what the client sent. A protocol error is answered in the output, after which done() becomes true; false when
  // not even that is possible.
  bool receive(Bytes bytes);
  // The next frame to write, valid until the next call; empty when there is none now, nothing when the session is broken.
  std::optional<Bytes> next_output();

  // Sends fields, and then the body that take_body() gives, if there is one.
  void respond(std::int32_t id, std::span<const Http2Field> fields, bool body);
  // Tells the client to go on (status 100).
  void respond_continue(std::int32_t id);
  // take_body() has something again.
  void resume(std::int32_t id);
  void reset(std::int32_t id, Http2Error error);
  // Opens the connection's window, or the stream's, by what was received.
  void consume_connection(std::size_t bytes);
  void consume_stream(std::int32_t id, std::size_t bytes);
  // No new streams are taken; those there are end.
  void go_away();
  // Ends everything after a last word.
  void terminate(Http2Error error);

  // Nothing more is to be read or written.
  bool done() const;
  // The client's windows admit nothing of this stream.
  bool blocked(std::int32_t id) const;
  // Frames that wait to be written, without bodies.
  std::size_t queued_frames() const;

 private:
  struct Callbacks;
  Http2Events& events_;
  nghttp2_session* session_ = nullptr;
};

}  // namespace millrace::http
