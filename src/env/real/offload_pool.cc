#include "env/real/offload_pool.h"

#include <utility>

namespace millrace::env {

void OffloadPool::run(Callback<void()> work) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  queue_.push_back(std::move(work));
  if (queue_.size() > idle_ && threads_.size() < threads_max_) threads_.emplace_back([this] { work_on(); });
  wake_.notify_one();
}

void OffloadPool::stop() {
  std::vector<std::thread> threads;
  std::deque<Callback<void()>> unrun;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    threads.swap(threads_);
    unrun.swap(queue_);
    wake_.notify_all();
  }
  for (auto& thread : threads) thread.join();
}

void OffloadPool::work_on() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    --idle_;
    if (stopped_) return;
    Callback<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
}

}  // namespace millrace::env
