#include "http/body_stream.h"

#include "base/check.h"

namespace millrace::http {

void BodyStream::send(std::string piece) {
  check(to_ != nullptr, "nothing is sent after the end");
  if (!piece.empty()) to_->send(std::move(piece));
}

void BodyStream::on_drained(Callback<void()> task) {
  check(to_ != nullptr, "the body has ended already");
  to_->on_drained(std::move(task));
}

void BodyStream::on_gone(Callback<void()> task) {
  check(to_ != nullptr, "the body has ended already");
  to_->on_gone(std::move(task));
}

void BodyStream::end() {
  if (to_ != nullptr) std::exchange(to_, nullptr)->finish(true);
}

void BodyStream::abort() {
  if (to_ != nullptr) std::exchange(to_, nullptr)->finish(false);
}

void DrainSignal::set(Callback<void()> task) {
  task_ = task ? std::make_shared<Callback<void()>>(std::move(task)) : nullptr;
  posted_ = false;
}

void DrainSignal::post(env::Core& core) {
  if (!armed()) return;
  posted_ = true;
  core.post([weak = std::weak_ptr(task_)] {
    // Moved out: it may own the stream that owns it.
    if (const auto task = weak.lock()) std::exchange(*task, nullptr)();
  });
}

}  // namespace millrace::http
