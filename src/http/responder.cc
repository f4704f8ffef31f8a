#include "http/responder.h"

#include "base/check.h"

namespace millrace::http {

Responder::~Responder() {
  if (to_ != nullptr) to_->answer(Response::text(500, "The request was dropped without an answer.\n"));
}

void Responder::answer(Response response) {
  check(to_ != nullptr, "a request is answered once");
  std::exchange(to_, nullptr)->answer(std::move(response));
}

void Responder::on_gone(Callback<void()> task) {
  check(to_ != nullptr, "the request is answered already");
  to_->on_gone(std::move(task));
}

}  // namespace millrace::http
