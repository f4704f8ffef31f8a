// Run: what the workers of one phase share: options, bodies, prebuilt requests, the clock of the phase, and what was
// counted. One thread.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "load/bodies.h"
#include "load/histogram.h"
#include "load/loop.h"
#include "load/options.h"

namespace millrace::bench {

// A whole HTTP request for one action: the headers that an SDK sends, and the JSON body.
std::string build_request(const Options& options, std::string_view action, std::string_view json);

// Counts of the measured part, except errors, which count wherever they happen.
class Run {
 public:
  explicit Run(const Options& options) : options(options), bodies(options.size) {}

  // Starts the clock: measuring begins after `warmup` seconds and, unless `seconds` is 0, ends after so many more.
  void begin(double warmup, double seconds);
  // No new request after this; on_idle ends the loop when the last worker is idle.
  bool over() const { return over_; }
  void finish() { over_ = true; }
  void worker_started() { ++active_; }
  void worker_idle() {
    if (--active_ == 0) loop.stop();
  }

  // One call of the kind `what` with its latency.
  void call(std::string_view what, const Reply& reply) {
    sample(what, reply.received_ns, reply.received_ns - reply.sent_ns);
  }
  void sample(std::string_view what, std::uint64_t now_ns, std::uint64_t value_ns);
  // Messages that a call moved: the throughput.
  void messages(std::uint64_t now_ns, std::uint64_t count);
  void error(std::string_view kind, std::string_view example);
  // Counts a reply that is not 200; true when it is.
  bool accepted(const Reply& reply);

  // The result as one line of JSON.
  std::string report() const;
  bool clean() const { return errors_.empty(); }

  const Options& options;
  Bodies bodies;
  Loop loop;
  bool count_missing = false;  // the run should have received all that it sent
  std::uint64_t empty_receives = 0;
  std::uint64_t kept = 0;  // received and, as asked, not deleted
  bool exhausted = false;  // the queue ran empty before the time was over

 private:
  bool measuring(std::uint64_t now_ns) const { return now_ns >= begin_ns_ && now_ns < end_ns_; }

  // Ends a part of unknown length when nothing was recorded since `last_seen_ns`.
  void watch(std::uint64_t last_seen_ns);

  bool over_ = false;
  unsigned active_ = 0;
  std::uint64_t begin_ns_ = 0;
  std::uint64_t end_ns_ = 0;
  std::uint64_t last_ns_ = 0;
  std::uint64_t messages_ = 0;
  double cpu_begin_ = 0;
  std::map<std::string, Histogram, std::less<>> calls_;
  std::map<std::string, std::uint64_t, std::less<>> errors_;
  std::map<std::string, std::string, std::less<>> examples_;
};

}  // namespace millrace::bench
