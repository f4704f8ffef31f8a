// CurlLoop: the one thread on which libcurl runs all transfers to other servers, and what passes between it and the
// cores.
//
// The thread starts, and libcurl is loaded, with the first transfer. A core submits a transfer into an inbox under a
// lock, and wakes the thread at the end of its turn, once for however many that finds there. What is over goes back in
// batches, one post for each core, for which it may wait a moment while much else is under way. Which transfer begins when
// is Admission's business. After a quiet minute all connections are closed and all memory of the transfers is given back.
//
// submit() is called on the transfer's core, stop() and the destructor by who owns the loop. The cores outlive it.
#pragma once
#include <curl/curl.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "delivery/curl_admission.h"
#include "delivery/curl_library.h"
#include "env/core.h"

namespace millrace::delivery {

// One exchange with another server. Made on its home core, used on the transfers' thread, delivered and destroyed at home.
class Transfer : public Admittee {
 public:
  Transfer(env::Core& home, std::string endpoint, Duration timeout)
      : Admittee(std::move(endpoint)), home_(home), timeout_(timeout) {}
  virtual ~Transfer() = default;

  env::Core& home() const { return home_; }
  Duration timeout() const { return timeout_; }

  // On the transfers' thread: gives a handle that is ready to be performed, but for its timeout. It stays the
  // transfer's own until end(), and is not given when this fails.
  virtual Result<CURL*> begin(const CurlLibrary& curl) = 0;
  // On the transfers' thread: it was performed, with this result. True if the server gave an answer, of whatever kind.
  virtual bool end(const CurlLibrary& curl, CURLcode code) = 0;
  // Instead of begin(), on any one thread; or between begin() and end(), when the loop stops: the outcome is `error`.
  virtual void fail(Error error) = 0;
  // At home: tells who asked.
  virtual void deliver() = 0;

 private:
  friend class CurlLoop;
  env::Core& home_;
  const Duration timeout_;
  std::uint64_t began_ns_ = 0;
  std::size_t index_ = 0;  // among those that the loop holds
  CURL* handle_ = nullptr;
};

struct CurlLoopOptions {
  AdmissionLimits limits;
  // Transfers that may wait for their turn, all together. More are refused at once, with over_limit.
  std::size_t waiting_max = 16 * 1024;
};

class CurlLoop {
 public:
  // An endpoint that takes longer than this shares the room of those that do not answer.
  static constexpr Duration quick_answer{1'000};
  // How long without any transfer until everything is given back.
  static constexpr Duration idle_time{60'000};
  // What is over goes back when so many are, or a quarter of what is still under way, or after this time.
  static constexpr std::size_t batch_max = 32;
  static constexpr Duration batch_wait{1};
  // How many are delivered in one turn of a core.
  static constexpr std::size_t delivered_max = 64;

  explicit CurlLoop(CurlLoopOptions options);
  // Without stop(): destroys what is outstanding without delivering it.
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  void submit(std::unique_ptr<Transfer> transfer);
  // Ends the thread. Everything outstanding fails with `unavailable` and is delivered at home, as long as that core runs; so
  // does what is submitted later.
  void stop();
  // Runs on the transfers' thread when everything is given back, and when it ends. Set before the first transfer.
  void on_idle(Callback<void(const CurlLibrary&)> task) { idle_tasks_.push_back(std::move(task)); }

 private:
  // What is over and waits to be delivered at one core.
  struct Home {
    std::vector<std::unique_ptr<Transfer>> batch;  // of the transfers' thread, for the end of its turn
    std::mutex mutex;                              // of what follows
    std::vector<std::unique_ptr<Transfer>> over;
    bool posted = false;
  };
  struct Multi;  // what is libcurl's and epoll's
  class Bell;    // what wakes the thread

  // What is left goes in a turn after this one.
  static void deliver_some(env::Core& core, const std::shared_ptr<Home>& home);
  bool start();
  void run();
  bool take_inbox();
  void wait_without_curl(const Error& error);
  void serve(const CurlLibrary& curl);
  void admit(Multi& multi);
  void begin(Multi& multi, Transfer& transfer);
  void reap(Multi& multi);
  void expire(std::uint64_t now_ns);
  void over(Transfer& transfer);
  bool worth_handing_back(std::uint64_t now_ns) const;
  void hand_back();
  void fail_all(Multi* multi, const Error& error);

  const CurlLoopOptions options_;
  std::atomic<std::size_t> outstanding_ = 0;

  std::mutex mutex_;  // of what follows
  std::vector<std::unique_ptr<Transfer>> inbox_;
  bool stopping_ = false;
  std::thread thread_;
  std::shared_ptr<const Bell> bell_;  // also of those that are about to ring it

  // Of the thread.
  Admission admission_;
  std::vector<std::unique_ptr<Transfer>> held_;
  std::vector<std::unique_ptr<Transfer>> taken_;  // from the inbox
  std::unordered_map<env::Core*, std::shared_ptr<Home>> homes_;
  std::vector<std::pair<env::Core*, std::shared_ptr<Home>>> homes_with_batch_;
  std::size_t batched_ = 0;
  std::uint64_t batch_since_ns_ = 0;
  std::vector<Callback<void(const CurlLibrary&)>> idle_tasks_;
};

}  // namespace millrace::delivery
