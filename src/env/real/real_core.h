// RealCore: a core of the real machine, an Asio event loop on one thread. The contract is env/core.h.
//
// Everything here is touched from the core's own thread only, except what post(), stop() and count_socket() reach.
// Before run() the thread that made the machine counts as the core's own.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "env/core.h"
#include "env/real/offload_pool.h"
#include "env/real/random_buffer.h"
#include "env/real/ring.h"
#include "env/real/timers.h"

namespace boost::asio {
class io_context;
}

namespace millrace::env {

// Something that holds callbacks of users for as long as it exists (a socket), so that a machine that stops can destroy
// them. Linked into its core's list from construction to destruction.
class Holder {
 public:
  explicit Holder(Holder** list);
  virtual ~Holder();
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  // Takes the callbacks out, to be destroyed by the caller.
  virtual void give_up(std::vector<Callback<void()>>& unrun) = 0;
  Holder* next() const { return next_; }

 private:
  Holder** const list_;
  Holder* next_ = nullptr;
  Holder* previous_ = nullptr;
};

class RealCore final : public Core {
 public:
  RealCore(Files& files, OffloadPool& pool, bool io_uring);
  ~RealCore() override;

  // Runs the loop on the calling thread until stop(), then waits for the writes in flight.
  void run();
  void stop();  // any thread
  // After run(), or without it: destroys every callback that has not run. True if there was one: since destroying it
  // may have left others on any core, all cores are asked again until none has any.
  bool discard();

  void post(Callback<void()> task) override;
  TimerId after(Duration delay, Callback<void()> task) override;
  void cancel(TimerId timer) override;
  Time now() override;
  std::uint64_t monotonic_ns() override;
  void random(std::span<std::byte> into) override { random_.take(into); }
  void offload(Callback<void()> work, Callback<void()> done) override;
  void write(File& file, std::uint64_t offset, Bytes bytes, bool sync, WriteDone done) override;
  Files& files() override { return files_; }

  // Every callback that the loop makes starts with this: what was read of the clock is no longer now.
  void begin_turn() { now_known_ = false; }
  boost::asio::io_context& io();
  Holder** holders() { return &holders_; }
  // Runs `task` here for each SIGTERM and SIGINT from now on.
  void on_signal(Callback<void()> task);

  int open_sockets() const { return open_sockets_.load(std::memory_order_relaxed); }
  void count_socket(int change) { open_sockets_.fetch_add(change, std::memory_order_relaxed); }
  bool writes_with_io_uring() const { return ring_ != nullptr; }

 private:
  struct Loop;  // what is Asio's

  bool on_own_thread() const;
  static void run_all(std::vector<Callback<void()>>& tasks, RealCore& core);
  void run_local();
  void run_mailbox();
  void arm_timer();
  void fire_timers();
  void wait_for_signal();
  void watch_ring();
  void finish_writes();
  void submit_writes();

  Files& files_;
  OffloadPool& pool_;
  // Tasks posted by this thread itself, and those that are being run.
  std::vector<Callback<void()>> local_;
  std::vector<Callback<void()>> local_running_;
  // Tasks posted by other threads; the loop is woken for the first one of a batch.
  std::mutex mailbox_mutex_;
  std::vector<Callback<void()>> mailbox_;
  std::vector<Callback<void()>> mailbox_running_;

  Timers timers_;
  std::uint64_t armed_for_ns_ = Timers::never;
  bool firing_ = false;
  std::unique_ptr<Ring> ring_;  // empty: writes go through the pool
  std::vector<Ring::Completion> completions_;
  bool ring_watched_ = false;
  bool retry_armed_ = false;
  Callback<void()> signal_task_;
  Holder* holders_ = nullptr;
  RandomBuffer random_;
  Time now_{};
  bool now_known_ = false;
  std::atomic<int> open_sockets_ = 0;
  // Last, so that it goes first: the handlers that it still holds refer to the rest.
  const std::unique_ptr<Loop> loop_;
};

}  // namespace millrace::env
