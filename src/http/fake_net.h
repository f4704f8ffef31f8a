// FakeCore, FakeSocket, FakeNet: a core, sockets and a network that a test, a fuzzer or a benchmark moves step by step.
//
// Nothing happens by itself: the test runs posted tasks, advances the clock, delivers bytes and completes writes.
#pragma once
#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "env/core.h"
#include "env/net.h"

namespace millrace::http {

class FakeCore final : public env::Core {
 public:
  void post(Callback<void()> task) override { tasks_.push_back(std::move(task)); }
  env::TimerId after(Duration delay, Callback<void()> task) override {
    const env::TimerId id(++last_timer_);
    timers_.emplace(std::pair(now_ + delay, id), std::move(task));
    return id;
  }
  void cancel(env::TimerId timer) override {
    std::erase_if(timers_, [timer](const auto& entry) { return entry.first.second == timer; });
  }
  Time now() override { return now_; }
  std::uint64_t monotonic_ns() override { return static_cast<std::uint64_t>(to_ms(now_)) * 1'000'000; }
  void random(std::span<std::byte> into) override { std::ranges::fill(into, std::byte{4}); }
  void offload(Callback<void()> work, Callback<void()> done) override {
    work();
    post(std::move(done));
  }
  void write(env::File&, std::uint64_t, Bytes, bool, Callback<void(Result<void>)>) override { check(false); }
  env::Files& files() override { std::abort(); }

  void run() {
    while (!tasks_.empty()) {
      auto task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
  }
  // Runs the timers that are due on the way.
  void advance(Duration time) {
    const Time until = now_ + time;
    run();
    while (!timers_.empty() && timers_.begin()->first.first <= until) {
      now_ = timers_.begin()->first.first;
      auto task = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
      task();
      run();
    }
    now_ = until;
  }
  std::size_t timers() const { return timers_.size(); }

 private:
  Time now_ = from_ms(784'111'777'000);  // Sun, 06 Nov 1994 08:49:37 GMT
  std::uint64_t last_timer_ = 0;
  std::deque<Callback<void()>> tasks_;
  std::map<std::pair<Time, env::TimerId>, Callback<void()>> timers_;
};

// The client's end, which outlives the server's FakeSocket.
struct FakePeer {
  std::string received;             // everything that the server wrote
  std::vector<std::size_t> writes;  // the size of each write
  bool closed = false;              // the server has closed or destroyed its socket
  bool ended = false;               // the server has ended its writing side
  bool takes_writes = true;         // false: writes stay under way
  MutableBytes into;                // of the read under way
  Callback<void(Result<std::size_t>)> read_done;
  Callback<void(Result<void>)> write_done;
  std::string to_deliver;

  bool reading() const { return static_cast<bool>(read_done); }
  // Sends to the server; what it does not read now it reads later.
  void send(std::string_view bytes) {
    to_deliver.append(bytes);
    deliver();
  }
  void deliver() {
    while (read_done && !to_deliver.empty() && !closed) {
      const auto size = std::min(into.size(), to_deliver.size());
      std::memcpy(into.data(), to_deliver.data(), size);
      to_deliver.erase(0, size);
      std::exchange(read_done, nullptr)(size);
    }
  }
  // The client closes its side (a half close as the server sees it).
  void finish() {
    if (read_done) std::exchange(read_done, nullptr)(std::size_t{0});
  }
  void reset() {
    if (read_done) std::exchange(read_done, nullptr)(fail(ErrorCode::io, "connection reset by peer"));
  }
  // Completes the write under way.
  void take_write() {
    if (write_done) std::exchange(write_done, nullptr)({});
  }
};

class FakeSocket final : public env::Socket {
 public:
  explicit FakeSocket(env::Core& core, std::shared_ptr<FakePeer> peer) : core_(core), peer_(std::move(peer)) {}
  ~FakeSocket() override {
    alive_.reset();
    peer_->closed = true;
    peer_->read_done = nullptr;
    peer_->write_done = nullptr;
  }
  void read(MutableBytes into, Callback<void(Result<std::size_t>)> done) override {
    check(!peer_->read_done && !into.empty() && !peer_->closed);
    peer_->into = into;
    peer_->read_done = std::move(done);
    if (!peer_->to_deliver.empty()) later([peer = peer_] { peer->deliver(); });
  }
  void write(std::vector<Bytes> pieces, Callback<void(Result<void>)> done) override {
    check(!peer_->write_done && !peer_->closed);
    std::size_t size = 0;
    for (const Bytes piece : pieces) {
      peer_->received.append(as_text(piece));
      size += piece.size();
    }
    check(size > 0);
    peer_->writes.push_back(size);
    peer_->write_done = std::move(done);
    if (peer_->takes_writes) later([peer = peer_] { peer->take_write(); });
  }
  void end_writing() override {
    check(!peer_->write_done);
    peer_->ended = true;
  }
  void close() override {
    peer_->closed = true;
    later([peer = peer_] {
      if (peer->read_done) std::exchange(peer->read_done, nullptr)(fail(ErrorCode::io, "closed"));
      if (peer->write_done) std::exchange(peer->write_done, nullptr)(fail(ErrorCode::io, "closed"));
    });
  }
  const std::string& peer() const override { return name_; }

 private:
  template <class Task>
  void later(Task task) {
    core_.post([task = std::move(task), alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) task();
    });
  }
  env::Core& core_;
  std::shared_ptr<FakePeer> peer_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
  std::string name_ = "127.0.0.1:5123";
};

class FakeNet final : public env::Net {
 public:
  explicit FakeNet(std::vector<env::Core*> cores) : cores_(std::move(cores)) {}
  Result<std::unique_ptr<env::Listener>> listen(const std::string& address, env::Accepted accepted) override {
    if (address == "nowhere") return fail(ErrorCode::io, "listen nowhere: no such address");
    accepted_ = std::move(accepted);
    return std::make_unique<FakeListener>(*this);
  }
  // A client connects. The server must be listening.
  std::shared_ptr<FakePeer> connect(std::size_t core = 0) {
    check(static_cast<bool>(accepted_));
    auto peer = std::make_shared<FakePeer>();
    accepted_(*cores_[core], std::make_unique<FakeSocket>(*cores_[core], peer));
    return peer;
  }
  bool listening() const { return static_cast<bool>(accepted_); }

  // Connections that the code under test asks for wait here until the test completes or fails the oldest one.
  struct Connecting {
    env::Core* core;
    std::string address;
    Callback<void(Result<std::unique_ptr<env::Socket>>)> done;
  };
  void connect(env::Core& core, const std::string& address,
               Callback<void(Result<std::unique_ptr<env::Socket>>)> done) override {
    connecting.push_back({&core, address, std::move(done)});
  }
  std::shared_ptr<FakePeer> complete_connect() {
    auto one = take_connecting();
    auto peer = std::make_shared<FakePeer>();
    one.done(std::make_unique<FakeSocket>(*one.core, peer));
    return peer;
  }
  void fail_connect() { take_connecting().done(fail(ErrorCode::io, "connection refused")); }
  std::deque<Connecting> connecting;

 private:
  Connecting take_connecting() {
    check(!connecting.empty());
    auto one = std::move(connecting.front());
    connecting.pop_front();
    return one;
  }
  struct FakeListener final : env::Listener {
    explicit FakeListener(FakeNet& owner) : net(owner) {}
    ~FakeListener() override { net.accepted_ = nullptr; }
    std::uint16_t port() const override { return 4566; }
    FakeNet& net;
  };
  std::vector<env::Core*> cores_;
  env::Accepted accepted_;
};

}  // namespace millrace::http
