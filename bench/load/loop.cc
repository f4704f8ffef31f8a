#include "load/loop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace millrace::bench {
namespace {

constexpr std::size_t buffer_start = 16 * 1024;
constexpr std::size_t reply_max = 64 * 1024 * 1024;
constexpr std::size_t events_per_turn = 256;

// Takes the head of a streamed reply out of the buffer; false when it is not there or the reply is another one.
bool skip_stream_head(std::vector<char>& buffer, std::size_t& filled) {
  const std::size_t size = stream_head_size({buffer.data(), filled});
  if (size == 0) return false;
  filled -= size;
  std::memmove(buffer.data(), buffer.data() + size, filled);
  return true;
}

}  // namespace

std::uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

Loop::Loop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) {
    std::perror("millrace-load: epoll_create1");
    std::exit(2);
  }
}

Loop::~Loop() { ::close(epoll_); }

void Loop::at(std::uint64_t time_ns, std::function<void()> task) {
  timers_.push({time_ns, next_order_++, std::make_shared<std::function<void()>>(std::move(task))});
}

void Loop::run_timers() {
  const std::uint64_t now = monotonic_ns();
  while (running_ && !timers_.empty() && timers_.top().time_ns <= now) {
    const auto task = timers_.top().task;
    timers_.pop();
    (*task)();
  }
}

void Loop::run() {
  running_ = true;
  std::array<epoll_event, events_per_turn> events{};
  while (running_) {
    timespec pause{};
    timespec* timeout = nullptr;
    if (!timers_.empty()) {
      const std::uint64_t now = monotonic_ns();
      const std::uint64_t until = timers_.top().time_ns;
      const std::uint64_t left = until > now ? until - now : 0;
      pause.tv_sec = static_cast<time_t>(left / 1'000'000'000);
      pause.tv_nsec = static_cast<long>(left % 1'000'000'000);
      timeout = &pause;
    }
    const int count = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), timeout, nullptr);
    if (count < 0 && errno != EINTR) {
      std::perror("millrace-load: epoll_pwait2");
      std::exit(2);
    }
    for (int i = 0; i < count && running_; ++i) {
      static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr)->on_ready();
    }
    run_timers();
  }
}

Connection::Connection(Loop& loop, const std::string& host, std::uint16_t port)
    : loop_(loop), host_(host), port_(port), buffer_(buffer_start) {
  open();
}

void Connection::open() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  if (inet_pton(AF_INET, host_.c_str(), &address.sin_addr) != 1) {
    failure_ = "not an IPv4 address: " + host_;
    return;
  }
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    failure_ = std::string("connect: ") + std::strerror(errno);
    return;
  }
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // Edge-triggered for both directions, registered once: no system call per request beyond the write and the read.
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLET;
  event.data.ptr = this;
  epoll_ctl(loop_.epoll_, EPOLL_CTL_ADD, socket_, &event);
}

Connection::~Connection() {
  if (socket_ >= 0) ::close(socket_);
}

void Connection::request(std::string_view bytes) {
  sent_ns_ = monotonic_ns();
  // Connecting again is part of what this request takes.
  if (socket_ < 0 && failure_.empty()) open();
  if (!failure_.empty()) return on_broken(failure_);
  unsent_ = bytes;
  waiting_ = true;
  write_more();
}

void Connection::request_stream(std::string_view bytes) {
  stream_wanted_ = true;
  request(bytes);
}

void Connection::write_more() {
  while (!unsent_.empty()) {
    const ssize_t written = ::send(socket_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written < 0) {
      if (errno == EAGAIN) return;
      if (errno == EINTR) continue;
      break_off(std::string("write: ") + std::strerror(errno));
      return;
    }
    unsent_.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Connection::on_ready() {
  if (socket_ < 0) return;
  if (!unsent_.empty()) write_more();
  if (socket_ >= 0) read_more();
}

void Connection::read_more() {
  for (;;) {
    const std::size_t room = buffer_.size() - filled_;
    const ssize_t got = ::recv(socket_, buffer_.data() + filled_, room, MSG_DONTWAIT);
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) break_off(std::string("read: ") + std::strerror(errno));
      return;
    }
    if (got == 0) return break_off("closed by the server");
    filled_ += static_cast<std::size_t>(got);
    if (!waiting_) return break_off("bytes that no request asked for");
    if (stream_wanted_) {
      if (!streaming_) streaming_ = skip_stream_head(buffer_, filled_);
      if (streaming_) {
        if (!read_pieces()) return;
        if (static_cast<std::size_t>(got) < room) return;
        if (filled_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
        continue;
      }
    }
    HttpReply http;
    std::size_t wanted = 0;
    const Parse parsed = parse_http({buffer_.data(), filled_}, http, scratch_, wanted);
    if (parsed == Parse::malformed || wanted > reply_max) return break_off("reply is not HTTP");
    if (parsed == Parse::complete) {
      if (http.consumed != filled_) return break_off("more bytes than one reply");
      filled_ = 0;
      waiting_ = false;
      if (http.close) {
        ::close(socket_);
        socket_ = -1;
      }
      on_reply({http.status, http.body, sent_ns_, monotonic_ns()});
      return;
    }
    const bool drained = static_cast<std::size_t>(got) < room;
    if (wanted > buffer_.size()) buffer_.resize(wanted + 1);
    if (filled_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
    if (drained) return;
  }
}

bool Connection::read_pieces() {
  std::string_view left(buffer_.data(), filled_);
  for (;;) {
    std::string_view piece;
    const Parse parsed = parse_chunk(left, piece);
    if (parsed == Parse::malformed) {
      break_off("reply is not HTTP");
      return false;
    }
    if (parsed == Parse::incomplete) break;
    if (piece.empty()) {
      stream_wanted_ = streaming_ = waiting_ = false;
      filled_ = 0;
      on_stream_end();
      return false;
    }
    on_piece(piece);
  }
  std::memmove(buffer_.data(), left.data(), left.size());
  filled_ = left.size();
  return true;
}

void Connection::break_off(const std::string& why) {
  ::close(socket_);
  socket_ = -1;
  failure_ = why;
  on_broken(why);
}

}  // namespace millrace::bench
