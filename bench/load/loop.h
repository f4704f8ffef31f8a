// Loop: epoll and timers for the generator's one thread; Connection: one keep-alive connection with one request under
// way at a time.
//
// A connection that breaks stays broken: whoever owns it is told once and counts it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "load/replies.h"

namespace millrace::bench {

// Nanoseconds of a clock that never goes back.
std::uint64_t monotonic_ns();

class Connection;

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void at(std::uint64_t time_ns, std::function<void()> task);
  // Runs until stop(). May be called again.
  void run();
  void stop() { running_ = false; }

 private:
  friend class Connection;
  struct Timer {
    std::uint64_t time_ns;
    std::uint64_t order;
    std::shared_ptr<std::function<void()>> task;
    bool operator>(const Timer& other) const {
      return time_ns != other.time_ns ? time_ns > other.time_ns : order > other.order;
    }
  };
  void run_timers();

  int epoll_;
  bool running_ = false;
  std::uint64_t next_order_ = 0;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
};

struct Reply {
  int status = 0;
  std::string_view body;  // valid during on_reply
  std::uint64_t sent_ns = 0;
  std::uint64_t received_ns = 0;
};

class Connection {
 public:
  // Connects at once, and again when a reply says that the server closes; a failure is told by the next request.
  Connection(Loop& loop, const std::string& host, std::uint16_t port);
  virtual ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

 protected:
  // `bytes` stay valid until the reply.
  void request(std::string_view bytes);
  // The same for a reply that has no end for long: when it is 200 and comes in chunks, each of them goes to on_piece as
  // it arrives, and on_stream_end follows the last. Any other reply goes to on_reply.
  void request_stream(std::string_view bytes);
  virtual void on_reply(const Reply& reply) = 0;
  virtual void on_broken(const std::string& why) = 0;
  virtual void on_piece(std::string_view) {}
  virtual void on_stream_end() {}

 private:
  friend class Loop;
  void open();
  void on_ready();
  void write_more();
  void read_more();
  // Gives what is complete of a streamed reply; false when the connection is finished.
  bool read_pieces();
  void break_off(const std::string& why);

  Loop& loop_;
  std::string host_;
  std::uint16_t port_;
  int socket_ = -1;
  std::string failure_;  // why there is no connection
  bool waiting_ = false;
  bool stream_wanted_ = false;
  bool streaming_ = false;  // past the head of a streamed reply
  std::uint64_t sent_ns_ = 0;
  std::string_view unsent_;
  std::vector<char> buffer_;
  std::size_t filled_ = 0;
  std::string scratch_;
};

}  // namespace millrace::bench
