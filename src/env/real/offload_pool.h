// OffloadPool: the few threads where blocking calls are allowed, shared by all the cores of a machine. Threads start
// with the first work that finds none idle. Work that waits in the queue when the pool stops is destroyed unrun.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/callback.h"

namespace millrace::env {

class OffloadPool {
 public:
  explicit OffloadPool(std::size_t threads_max) : threads_max_(threads_max) {}
  ~OffloadPool() { stop(); }

  // Any thread. After stop() the work is destroyed unrun.
  void run(Callback<void()> work);
  // Waits for what is running; may be called again.
  void stop();

 private:
  void work_on();

  const std::size_t threads_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Callback<void()>> queue_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopped_ = false;
};

}  // namespace millrace::env
