#include "http/responder.h"

#include <memory>

#include "base/check.h"

namespace millrace::http {
namespace {

// Owns itself until it is finished.
class GatheredBody final : public BodySink {
 public:
  GatheredBody(Answerable& to, Response head) : to_(to), response_(std::move(head)) {}
  void send(std::string piece) override { response_.body += piece; }
  std::size_t pending() const override { return 0; }
  // Nothing is ever pending; a turn of its own is not to be had without a core.
  void on_drained(Callback<void()> task) override { task(); }
  void on_gone(Callback<void()> task) override { to_.on_gone(std::move(task)); }
  bool gone() const override { return to_.gone(); }
  void finish(bool whole) override {
    const std::unique_ptr<GatheredBody> self(this);
    to_.answer(whole ? std::move(response_) : Response::text(500, "The body was cut off.\n"));
  }

 private:
  Answerable& to_;
  Response response_;
};

}  // namespace

BodySink& Answerable::stream(Response head) {
  return *std::make_unique<GatheredBody>(*this, std::move(head)).release();
}

Responder::~Responder() {
  if (to_ != nullptr) to_->answer(Response::text(500, "The request was dropped without an answer.\n"));
}

void Responder::answer(Response response) {
  check(to_ != nullptr, "a request is answered once");
  std::exchange(to_, nullptr)->answer(std::move(response));
}

BodyStream Responder::stream(Response head) {
  check(to_ != nullptr, "a request is answered once");
  return BodyStream(std::exchange(to_, nullptr)->stream(std::move(head)));
}

void Responder::on_gone(Callback<void()> task) {
  check(to_ != nullptr, "the request is answered already");
  to_->on_gone(std::move(task));
}

}  // namespace millrace::http
