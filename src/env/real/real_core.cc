#include "env/real/real_core.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace millrace::env {
namespace asio = boost::asio;
namespace {

thread_local const RealCore* running_here = nullptr;

// A timer further away than this would overflow the clock; nothing waits ten years.
constexpr Duration delay_max = std::chrono::hours(24 * 3650);
// How long after the kernel had no memory for a write it is offered again.
constexpr Duration submit_retry_delay{1};

}  // namespace

Holder::Holder(Holder** list) : list_(list), next_(*list) {
  if (next_ != nullptr) next_->previous_ = this;
  *list_ = this;
}

Holder::~Holder() {
  (previous_ != nullptr ? previous_->next_ : *list_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
}

// One thread runs the loop and touches its sockets and timers, so Asio's locks around those are left out; post() from
// other threads still locks.
struct RealCore::Loop {
  asio::io_context io{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  asio::steady_timer timer{io};
  asio::signal_set signals{io};
  asio::posix::stream_descriptor ring{io};
};

RealCore::RealCore(Files& files, OffloadPool& pool, bool io_uring)
    : files_(files), pool_(pool), loop_(std::make_unique<Loop>()) {
  if (!io_uring) return;
  auto ring = Ring::open();
  if (!ring) {
    logging::warn("writes go through threads, since io_uring is not available: {}", ring.error().message);
    return;
  }
  ring_ = std::move(*ring);
  loop_->ring.assign(ring_->fd());
}

RealCore::~RealCore() {
  // The descriptor is the ring's to close.
  if (ring_) loop_->ring.release();
}

asio::io_context& RealCore::io() { return loop_->io; }

void RealCore::run() {
  running_here = this;
  loop_->io.run();
  // When run() returns nothing of a caller's memory is in the kernel's hands.
  if (ring_) ring_->drain();
  running_here = nullptr;
}

void RealCore::stop() { loop_->io.stop(); }

bool RealCore::discard() {
  std::vector<Callback<void()>> unrun;
  {
    const std::lock_guard lock(mailbox_mutex_);
    unrun.swap(mailbox_);
  }
  std::move(local_.begin(), local_.end(), std::back_inserter(unrun));
  local_.clear();
  while (auto task = timers_.take_due(Timers::never, timers_.mark())) unrun.push_back(std::move(task));
  if (signal_task_) unrun.push_back(std::exchange(signal_task_, nullptr));
  for (Holder* holder = holders_; holder != nullptr; holder = holder->next()) holder->give_up(unrun);
  return !unrun.empty();
}

bool RealCore::on_own_thread() const { return running_here == this; }

void RealCore::post(Callback<void()> task) {
  if (on_own_thread()) {
    local_.push_back(std::move(task));
    if (local_.size() == 1) asio::post(loop_->io, [this] { run_local(); });
    return;
  }
  bool first;
  {
    const std::lock_guard lock(mailbox_mutex_);
    first = mailbox_.empty();
    mailbox_.push_back(std::move(task));
  }
  if (first) asio::post(loop_->io, [this] { run_mailbox(); });
}

void RealCore::run_all(std::vector<Callback<void()>>& tasks, RealCore& core) {
  for (auto& task : tasks) {
    core.begin_turn();
    task();
    task = nullptr;
  }
  tasks.clear();
}

void RealCore::run_local() {
  // What these tasks post runs in a batch of its own, after the sockets have had their turn.
  local_running_.swap(local_);
  run_all(local_running_, *this);
}

void RealCore::run_mailbox() {
  {
    const std::lock_guard lock(mailbox_mutex_);
    mailbox_running_.swap(mailbox_);
  }
  run_all(mailbox_running_, *this);
}

TimerId RealCore::after(Duration delay, Callback<void()> task) {
  const auto wait = std::chrono::nanoseconds(std::clamp(delay, Duration(0), delay_max));
  const TimerId timer = timers_.add(monotonic_ns() + static_cast<std::uint64_t>(wait.count()), std::move(task));
  if (!firing_) arm_timer();
  return timer;
}

void RealCore::cancel(TimerId timer) {
  // The loop's own timer is left as it is: it finds nothing due and arms itself for what is next.
  const auto unrun = timers_.cancel(timer);
}

void RealCore::arm_timer() {
  const std::uint64_t earliest = timers_.earliest();
  if (earliest >= armed_for_ns_) return;
  armed_for_ns_ = earliest;
  const auto since_boot = std::chrono::nanoseconds(static_cast<std::int64_t>(earliest));
  loop_->timer.expires_at(std::chrono::steady_clock::time_point(since_boot));
  loop_->timer.async_wait([this](const boost::system::error_code& error) {
    if (!error) fire_timers();
  });
}

void RealCore::fire_timers() {
  armed_for_ns_ = Timers::never;
  firing_ = true;
  const std::uint64_t now_ns = monotonic_ns();
  // A task that asks for a delay of zero again and again must not keep the loop here.
  const std::uint64_t mark = timers_.mark();
  while (auto task = timers_.take_due(now_ns, mark)) {
    begin_turn();
    task();
  }
  firing_ = false;
  arm_timer();
}

Time RealCore::now() {
  if (!now_known_) {
    now_ = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    now_known_ = true;
  }
  return now_;
}

std::uint64_t RealCore::monotonic_ns() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1));
}

void RealCore::offload(Callback<void()> work, Callback<void()> done) {
  pool_.run([this, work = std::move(work), done = std::move(done)]() mutable {
    work();
    // What the work owned is released before anyone hears that it is over.
    work = nullptr;
    post(std::move(done));
  });
}

void RealCore::write(File& file, std::uint64_t offset, Bytes bytes, bool sync, WriteDone done) {
  auto* const posix = dynamic_cast<PosixFile*>(&file);
  check(posix != nullptr, "the file was opened by this machine's Files");
  if (ring_) {
    ring_->write(*posix, offset, bytes, sync, std::move(done));
    submit_writes();
    return;
  }
  posix->check_alignment(offset, bytes);
  pool_.run([this, posix, offset, bytes, sync, done = std::move(done)]() mutable {
    Result<void> result = posix->write(offset, bytes);
    if (result && sync) result = posix->sync();
    post([done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
  });
}

void RealCore::submit_writes() {
  if (!ring_->submit() && !retry_armed_) {
    retry_armed_ = true;
    after(submit_retry_delay, [this] {
      retry_armed_ = false;
      submit_writes();
    });
  }
  watch_ring();
}

void RealCore::watch_ring() {
  if (ring_watched_ || ring_->idle()) return;
  ring_watched_ = true;
  loop_->ring.async_wait(asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
    ring_watched_ = false;
    if (!error) finish_writes();
  });
}

void RealCore::finish_writes() {
  ring_->reap(completions_);
  // First the disk gets its next work, then the callbacks run beside it.
  submit_writes();
  auto completions = std::exchange(completions_, {});
  for (auto& [done, result] : completions) {
    begin_turn();
    done(std::move(result));
    done = nullptr;
  }
  completions.clear();
  completions_ = std::move(completions);
}

void RealCore::on_signal(Callback<void()> task) {
  check(!signal_task_, "one hook for signals");
  signal_task_ = std::move(task);
  loop_->signals.add(SIGTERM);
  loop_->signals.add(SIGINT);
  wait_for_signal();
}

void RealCore::wait_for_signal() {
  loop_->signals.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    begin_turn();
    signal_task_();
    wait_for_signal();
  });
}

}  // namespace millrace::env
