// BodyStream: a response whose body is sent piece by piece.
//
// Move-only; used and destroyed on the connection's core. Destroying it ends the body properly; abort() cuts it off so
// that the client sees a failure. A stream that nobody reads costs what its user leaves pending, so the user stops
// sending while pending() is high; a client that takes nothing for Limits::write_stall_timeout is cut off. No handler
// and no task of another request is called within its members.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "base/callback.h"
#include "env/core.h"

namespace millrace::http {

// Where the pieces go: a connection, a stream of one, or a test.
class BodySink {
 public:
  virtual void send(std::string piece) = 0;
  virtual std::size_t pending() const = 0;
  virtual void on_drained(Callback<void()> task) = 0;
  virtual void on_gone(Callback<void()> task) = 0;
  virtual bool gone() const = 0;
  // The last call; the sink may be destroyed by it. `whole` is false when the body is cut off.
  virtual void finish(bool whole) = 0;

 protected:
  ~BodySink() = default;
};

class BodyStream {
 public:
  BodyStream() = default;  // sends to nobody, who is gone
  explicit BodyStream(BodySink& to) : to_(&to) {}
  BodyStream(BodyStream&& other) noexcept : to_(std::exchange(other.to_, nullptr)) {}
  BodyStream& operator=(BodyStream&& other) noexcept {
    BodyStream(std::move(other)).swap(*this);
    return *this;
  }
  ~BodyStream() { end(); }

  // Queues a piece; it goes out as soon as the client takes it. A piece for a client who is gone goes nowhere.
  void send(std::string piece);
  // Bytes that are queued and not yet taken by the socket or by the client's flow control. With HTTP/1.1 the framing
  // counts, and so do replies to earlier requests of the connection that are still on their way.
  std::size_t pending() const { return to_ == nullptr ? 0 : to_->pending(); }
  // `task` runs once, in a turn of its own, when pending() is below half of Limits::output_bytes_max; not any more when
  // the client is gone or the stream has ended. A later call replaces the task.
  void on_drained(Callback<void()> task);
  // `task` runs once when the client is found to be gone (closed connection, reset stream, the server's drain has come to
  // its deadline); at once when that is known already. A later call replaces the task.
  void on_gone(Callback<void()> task);
  bool gone() const { return to_ == nullptr || to_->gone(); }
  // Ends the body properly: last chunk, END_STREAM. Does nothing when it has ended already.
  void end();
  // Cuts the body off: what is pending is dropped and the connection closed, or with HTTP/2 the stream reset. An
  // HTTP/1.0 client cannot tell this from the end.
  void abort();
  // False once ended, cut off or moved from.
  bool open() const { return to_ != nullptr; }

 private:
  void swap(BodyStream& other) noexcept { std::swap(to_, other.to_); }
  BodySink* to_ = nullptr;
};

// The task given to on_drained(), for those who implement a BodySink.
class DrainSignal {
 public:
  // Replaces the task; also one that is posted and has not run.
  void set(Callback<void()> task);
  // A task waits and is not posted yet.
  bool armed() const { return task_ && !posted_; }
  // Posts the task. It is not run if it has been replaced or this object is gone by then.
  void post(env::Core& core);

 private:
  std::shared_ptr<Callback<void()>> task_;
  bool posted_ = false;
};

}  // namespace millrace::http
