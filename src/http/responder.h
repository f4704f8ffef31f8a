// Responder: the one answer to a request.
//
// Move-only; used and destroyed on the core of the request's connection. Answers exactly once: destroyed without an
// answer, it answers 500, so that a forgotten path never leaves a client waiting.
#pragma once
#include <utility>

#include "base/callback.h"
#include "http/body_stream.h"
#include "http/message.h"

namespace millrace::http {

// Who takes the answer: a connection, or a test.
class Answerable {
 public:
  virtual void answer(Response response) = 0;
  // Begins a streamed response. Here, for those who take whole answers only: it is gathered and answered at its end, and
  // cut off it becomes a 500.
  virtual BodySink& stream(Response head);
  virtual void on_gone(Callback<void()> task) = 0;
  virtual bool gone() const = 0;
  // An empty string, maybe with the memory of an earlier large body.
  virtual std::string spare_body() { return {}; }

 protected:
  ~Answerable() = default;
};

class Responder {
 public:
  Responder() = default;  // answers nobody
  explicit Responder(Answerable& to) : to_(&to) {}
  Responder(Responder&& other) noexcept : to_(std::exchange(other.to_, nullptr)) {}
  Responder& operator=(Responder&& other) noexcept {
    Responder(std::move(other)).swap(*this);
    return *this;
  }
  ~Responder();

  // Sends the response, after those of the connection's earlier requests. The request's views are invalid afterwards.
  void answer(Response response);
  // The same, with a body that follows piece by piece; `head.body` is its first piece and may be empty. HTTP/1.1 sends it
  // in chunks, HTTP/1.0 until the connection is closed. The reply to a HEAD, or with a status that has no body, drops it.
  BodyStream stream(Response head);
  // `task` runs on this core, once, when the client is found to have closed the connection before the answer; at once
  // when that is known already. It is destroyed unrun by the answer. The task may answer; an answer after the client is
  // gone goes nowhere. A later call replaces the task.
  void on_gone(Callback<void()> task);
  bool gone() const { return to_ != nullptr && to_->gone(); }
  // For the body of a large answer: empty, but it may have memory already, which is cheaper than fresh one.
  std::string spare_body() { return to_ == nullptr ? std::string() : to_->spare_body(); }
  // False once answered or moved from.
  bool pending() const { return to_ != nullptr; }

 private:
  void swap(Responder& other) noexcept { std::swap(to_, other.to_); }
  Answerable* to_ = nullptr;
};

}  // namespace millrace::http
