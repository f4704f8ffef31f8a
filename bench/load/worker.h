// Worker: a connection that takes part in a run. It starts with start(), does one request after another, and says idle
// exactly once.
#pragma once
#include <string>

#include "load/loop.h"
#include "load/run.h"

namespace millrace::bench {

class Worker : public Connection {
 public:
  explicit Worker(Run& run) : Connection(run.loop, run.options.host, run.options.port), run_(run) {}

  void start() {
    run_.worker_started();
    next();
  }

 protected:
  // Makes the next request, or calls idle().
  virtual void next() = 0;
  void idle() {
    if (!idle_) run_.worker_idle();
    idle_ = true;
  }
  void on_broken(const std::string& why) override {
    run_.error("connection", why);
    idle();
  }

  Run& run_;

 private:
  bool idle_ = false;
};

// Starts `count` workers made by `make(index)` and runs until all are idle.
template <class Make>
void run_workers(Run& run, unsigned count, Make make) {
  std::vector<std::unique_ptr<Worker>> workers;
  for (unsigned i = 0; i < count; ++i) workers.push_back(make(i));
  // One more than there are, so that a worker that is idle at once does not end the run before the others started.
  run.worker_started();
  for (auto& worker : workers) worker->start();
  run.loop.at(0, [&run] { run.worker_idle(); });
  run.loop.run();
}

}  // namespace millrace::bench
