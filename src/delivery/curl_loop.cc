#include "delivery/curl_loop.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "base/check.h"
#include "base/log.h"

namespace millrace::delivery {
namespace {

constexpr std::uint64_t ns_per_ms = 1'000'000;
// A transfer may time out by up to so many steps later than it should; as many as this take the same one.
constexpr std::size_t timeout_steps = 16;
constexpr std::size_t timeout_step_ms = 16;
constexpr std::size_t timeouts_together = 16;

std::uint64_t clock_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count());
}

std::uint64_t to_ns(Duration duration) { return static_cast<std::uint64_t>(duration.count()) * ns_per_ms; }

Error shutting_down() { return {ErrorCode::unavailable, "the server is shutting down"}; }

}  // namespace

class CurlLoop::Bell {
 public:
  explicit Bell(int fd) : fd_(fd) {}
  ~Bell() { ::close(fd_); }
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  int fd() const { return fd_; }
  void ring() const { ::eventfd_write(fd_, 1); }

 private:
  const int fd_;
};

// A multi handle and the descriptors that it waits for.
struct CurlLoop::Multi {
  const CurlLibrary& curl;
  const int epoll;
  CURLM* const handle;
  std::uint64_t now_ns = clock_ns();  // of this turn of the loop
  std::uint64_t timer_ns = Admission::never;
  std::vector<bool> watched;  // by descriptor

  Multi(const CurlLibrary& library, int epoll_fd, std::size_t connections_max)
      : curl(library), epoll(epoll_fd), handle(library.multi_init()) {
    check(handle != nullptr, "out of memory");
    curl.multi_setopt(handle, CURLMOPT_SOCKETFUNCTION, &watch_for);
    curl.multi_setopt(handle, CURLMOPT_SOCKETDATA, this);
    curl.multi_setopt(handle, CURLMOPT_TIMERFUNCTION, &set_timer);
    curl.multi_setopt(handle, CURLMOPT_TIMERDATA, this);
    curl.multi_setopt(handle, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl.multi_setopt(handle, CURLMOPT_MAXCONNECTS, static_cast<long>(connections_max));
    curl.multi_setopt(handle, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(connections_max));
  }
  ~Multi() { curl.multi_cleanup(handle); }
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;

  static int watch_for(CURL*, curl_socket_t fd, int what, void* self, void*) {
    return static_cast<Multi*>(self)->watch(fd, what);
  }

  // Between two calls a connection stays known to epoll, so that each call costs one change instead of two. A descriptor
  // that was closed meanwhile has left epoll by itself.
  int watch(curl_socket_t fd, int what) {
    const auto index = static_cast<std::size_t>(fd);
    if (index >= watched.size()) watched.resize(index + 1);
    watched[index] = what != CURL_POLL_REMOVE;
    if (what == CURL_POLL_REMOVE) return 0;
    epoll_event event{};
    event.data.fd = fd;
    if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
    if (::epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) == 0) return 0;
    return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }

  static int set_timer(CURLM*, long ms, void* self) {
    auto& multi = *static_cast<Multi*>(self);
    multi.timer_ns = ms < 0 ? Admission::never : multi.now_ns + static_cast<std::uint64_t>(ms) * ns_per_ms;
    return 0;
  }

  void socket_ready(int fd, std::uint32_t events) {
    if (!watched[static_cast<std::size_t>(fd)]) {
      // The server has closed an idle connection, which libcurl will notice when it would use it again.
      ::epoll_ctl(epoll, EPOLL_CTL_DEL, fd, nullptr);
      return;
    }
    int mask = 0;
    if ((events & EPOLLIN) != 0) mask |= CURL_CSELECT_IN;
    if ((events & EPOLLOUT) != 0) mask |= CURL_CSELECT_OUT;
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) mask |= CURL_CSELECT_ERR;
    act(fd, mask);
  }

  void fire_timer() {
    if (timer_ns > now_ns) return;
    timer_ns = Admission::never;
    act(CURL_SOCKET_TIMEOUT, 0);
  }

  void act(curl_socket_t fd, int mask) {
    int running = 0;
    const auto code = curl.multi_socket_action(handle, fd, mask, &running);
    if (code != CURLM_OK) logging::error("delivery: libcurl reports: {}", curl.multi_strerror(code));
  }
};

CurlLoop::CurlLoop(CurlLoopOptions options) : options_(options), admission_(options.limits) {}

CurlLoop::~CurlLoop() {
  stop();
  // What stop() has handed back to a core that does not run any more would be destroyed with that core, when what its
  // callbacks refer to may be gone.
  for (auto& [core, home] : homes_) {
    std::vector<std::unique_ptr<Transfer>> undelivered;
    const std::lock_guard lock(home->mutex);
    undelivered.swap(home->over);
  }
}

void CurlLoop::submit(std::unique_ptr<Transfer> transfer) {
  const auto refuse = [](std::unique_ptr<Transfer> refused, Error error) {
    refused->fail(std::move(error));
    auto& home = refused->home();
    home.post([held = std::move(refused)] { held->deliver(); });
  };
  const auto most = options_.limits.under_way_max + options_.waiting_max;
  if (outstanding_.load(std::memory_order_relaxed) >= most) {
    return refuse(std::move(transfer), {ErrorCode::over_limit, "too many calls to other servers are waiting"});
  }
  auto& home = transfer->home();
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && (thread_.joinable() || start())) {
      wake = inbox_.empty();
      inbox_.push_back(std::move(transfer));
    }
  }
  if (transfer) return refuse(std::move(transfer), shutting_down());
  outstanding_.fetch_add(1, std::memory_order_relaxed);
  if (wake) home.post([bell = bell_] { bell->ring(); });
}

bool CurlLoop::start() {
  const int fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) {
    logging::error("delivery: no descriptor for calls to other servers: {}", std::strerror(errno));
    return false;
  }
  bell_ = std::make_shared<const Bell>(fd);
  thread_ = std::thread([this] { run(); });
  return true;
}

void CurlLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  if (!thread_.joinable()) return;
  bell_->ring();
  thread_.join();
}

void CurlLoop::run() {
  const auto curl = load_curl();
  if (curl) {
    serve(**curl);
  } else {
    wait_without_curl(curl.error());
  }
}

// Moves what cores have submitted to `taken_`. False when the loop is to end.
bool CurlLoop::take_inbox() {
  eventfd_t count = 0;
  ::eventfd_read(bell_->fd(), &count);
  const std::lock_guard lock(mutex_);
  taken_.swap(inbox_);
  return !stopping_;
}

void CurlLoop::wait_without_curl(const Error& error) {
  logging::error("delivery: no calls to other servers: {}", error.message);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{.events = EPOLLIN, .data = {}};
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, bell_->fd(), &event);
  bool going_on = true;
  while (going_on) {
    ::epoll_wait(epoll, &event, 1, -1);
    going_on = take_inbox();
    fail_all(nullptr, error);
  }
  ::close(epoll);
}

void CurlLoop::serve(const CurlLibrary& curl) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event wake_event{};
  wake_event.events = EPOLLIN;
  wake_event.data.fd = bell_->fd();
  check(epoll >= 0 && ::epoll_ctl(epoll, EPOLL_CTL_ADD, bell_->fd(), &wake_event) == 0, "no descriptor for transfers");

  constexpr std::size_t events_max = 256;
  std::vector<epoll_event> events(events_max);
  std::unique_ptr<Multi> multi;
  std::uint64_t idle_since = clock_ns();
  bool going_on = true;
  while (going_on) {
    auto until = multi ? std::min(multi->timer_ns, admission_.earliest_deadline()) : Admission::never;
    if (multi && held_.empty()) until = std::min(until, idle_since + to_ns(idle_time));
    if (batched_ > 0) until = std::min(until, batch_since_ns_ + to_ns(batch_wait));
    const auto now = clock_ns();
    const int timeout = until == Admission::never ? -1
                        : until <= now            ? 0
                                                  : static_cast<int>((until - now + ns_per_ms - 1) / ns_per_ms);
    const int count = ::epoll_wait(epoll, events.data(), events_max, timeout);
    if (multi) multi->now_ns = clock_ns();
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      if (event.data.fd == bell_->fd()) {
        going_on = take_inbox();
      } else if (multi) {
        multi->socket_ready(event.data.fd, event.events);
      }
    }
    if (!multi && !taken_.empty()) {
      multi = std::make_unique<Multi>(curl, epoll, options_.limits.under_way_max);
    }
    if (!multi) continue;
    multi->fire_timer();
    const bool busy = !held_.empty() || !taken_.empty();
    reap(*multi);
    expire(multi->now_ns);
    admit(*multi);
    if (worth_handing_back(multi->now_ns)) hand_back();
    if (!held_.empty()) continue;
    if (busy) idle_since = multi->now_ns;
    if (multi->now_ns < idle_since + to_ns(idle_time)) continue;
    admission_.clear();
    for (auto& task : idle_tasks_) task(curl);
    multi.reset();
  }
  fail_all(multi.get(), shutting_down());
  for (auto& task : idle_tasks_) task(curl);
  multi.reset();
  ::close(epoll);
}

// Takes in what is new, then begins what may begin.
void CurlLoop::admit(Multi& multi) {
  for (auto& taken : taken_) {
    auto& transfer = *taken;
    transfer.deadline_ns = multi.now_ns + to_ns(transfer.timeout());
    transfer.index_ = held_.size();
    held_.push_back(std::move(taken));
    switch (admission_.add(transfer)) {
      case Admission::Verdict::begins: begin(multi, transfer); break;
      case Admission::Verdict::waits: break;
      case Admission::Verdict::refused:
        transfer.fail({ErrorCode::over_limit, fmt::format("too many calls wait for {}", transfer.endpoint())});
        over(transfer);
        break;
    }
  }
  taken_.clear();
  while (auto* one = admission_.next()) begin(multi, static_cast<Transfer&>(*one));
}

void CurlLoop::begin(Multi& multi, Transfer& transfer) {
  auto handle = transfer.begin(multi.curl);
  if (!handle) {
    transfer.fail(std::move(handle.error()));
    admission_.finished(transfer, Admission::Outcome::failed);
    return over(transfer);
  }
  transfer.handle_ = *handle;
  const auto now = transfer.began_ns_ = multi.now_ns;
  const auto left = transfer.deadline_ns > now ? (transfer.deadline_ns - now) / ns_per_ms : 0;
  // Those that began together and get no answer do not all end together, since the others wait for each end; nor one by
  // one, since each time costs the waking of a core, and what it writes a sync.
  const auto later = transfer.index_ / timeouts_together % timeout_steps * timeout_step_ms;
  multi.curl.easy_setopt(*handle, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::uint64_t>(1, left) + later));
  multi.curl.easy_setopt(*handle, CURLOPT_PRIVATE, &transfer);
  const auto code = multi.curl.multi_add_handle(multi.handle, *handle);
  check(code == CURLM_OK, "a handle that is not in use can be added");
}

void CurlLoop::reap(Multi& multi) {
  int left = 0;
  while (const auto* message = multi.curl.multi_info_read(multi.handle, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto code = message->data.result;
    CURL* handle = message->easy_handle;
    Transfer* transfer = nullptr;
    multi.curl.easy_getinfo(handle, CURLINFO_PRIVATE, &transfer);
    multi.curl.multi_remove_handle(multi.handle, handle);
    const bool answered = transfer->end(multi.curl, code);
    const bool quick = multi.now_ns - transfer->began_ns_ <= to_ns(quick_answer);
    admission_.finished(*transfer, !answered ? Admission::Outcome::failed
                                   : quick   ? Admission::Outcome::quick
                                             : Admission::Outcome::slow);
    over(*transfer);
  }
}

void CurlLoop::expire(std::uint64_t now_ns) {
  while (auto* one = admission_.expired(now_ns)) {
    auto& transfer = static_cast<Transfer&>(*one);
    transfer.fail(
        {ErrorCode::unavailable, fmt::format("timed out while {} was busy with other calls", transfer.endpoint())});
    over(transfer);
  }
}

// Takes the transfer out of those that the loop holds, to go home soon.
void CurlLoop::over(Transfer& transfer) {
  const auto index = transfer.index_;
  auto& home = homes_[&transfer.home()];
  if (!home) home = std::make_shared<Home>();
  if (home->batch.empty()) homes_with_batch_.emplace_back(&transfer.home(), home);
  if (batched_++ == 0) batch_since_ns_ = clock_ns();
  home->batch.push_back(std::move(held_[index]));
  if (index + 1 != held_.size()) {
    held_[index] = std::move(held_.back());
    held_[index]->index_ = index;
  }
  held_.pop_back();
}

// Each time costs the waking of a core.
bool CurlLoop::worth_handing_back(std::uint64_t now_ns) const {
  if (batched_ == 0) return false;
  return batched_ >= batch_max || batched_ * 4 >= admission_.under_way() ||
         now_ns >= batch_since_ns_ + to_ns(batch_wait);
}

void CurlLoop::hand_back() {
  for (auto& [core, home] : homes_with_batch_) {
    outstanding_.fetch_sub(home->batch.size(), std::memory_order_relaxed);
    bool post = false;
    {
      const std::lock_guard lock(home->mutex);
      post = !std::exchange(home->posted, true);
      std::ranges::move(home->batch, std::back_inserter(home->over));
    }
    home->batch.clear();
    if (post) core->post([core, home] { deliver_some(*core, home); });
  }
  homes_with_batch_.clear();
  batched_ = 0;
}

void CurlLoop::deliver_some(env::Core& core, const std::shared_ptr<Home>& home) {
  std::vector<std::unique_ptr<Transfer>> over;
  {
    const std::lock_guard lock(home->mutex);
    const auto count = std::min(home->over.size(), delivered_max);
    const auto end = home->over.begin() + static_cast<std::ptrdiff_t>(count);
    over.assign(std::move_iterator(home->over.begin()), std::move_iterator(end));
    home->over.erase(home->over.begin(), end);
    home->posted = !home->over.empty();
    if (home->posted) core.post([&core, home] { deliver_some(core, home); });
  }
  for (auto& transfer : over) {
    transfer->deliver();
    transfer.reset();
  }
}

void CurlLoop::fail_all(Multi* multi, const Error& error) {
  for (auto& taken : taken_) {
    taken->index_ = held_.size();
    held_.push_back(std::move(taken));
  }
  taken_.clear();
  while (!held_.empty()) {
    auto& transfer = *held_.back();
    if (transfer.handle_ != nullptr) {
      multi->curl.multi_remove_handle(multi->handle, transfer.handle_);
      transfer.end(multi->curl, CURLE_ABORTED_BY_CALLBACK);
    }
    transfer.fail(error);
    over(transfer);
  }
  admission_.clear();
  hand_back();
}

}  // namespace millrace::delivery
