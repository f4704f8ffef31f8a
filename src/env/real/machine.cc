#include "env/real/machine.h"

#include <sys/resource.h>

#include <thread>
#include <vector>

#include "base/check.h"
#include "base/log.h"
#include "env/real/offload_pool.h"
#include "env/real/posix_file.h"
#include "env/real/real_core.h"
#include "env/real/real_net.h"

namespace millrace::env {

struct Machine::Parts {
  explicit Parts(const MachineOptions& options) : pool(options.offload_threads) {}
  PosixFiles files;
  OffloadPool pool;
  std::vector<std::unique_ptr<RealCore>> cores;
  std::unique_ptr<RealNet> net;
  bool ran = false;

  // Callbacks own sockets and the like of any core, so they go while all the cores are still there.
  void discard() {
    pool.stop();
    bool more = true;
    while (more) {
      more = false;
      for (auto& core : cores) more |= core->discard();
    }
  }
};

namespace {

// A connection is an open file, and many systems begin with a soft limit of 1,024. What the hard limit allows is ours.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) logging::warn("the limit of open files could not be raised");
}

}  // namespace

Machine::Machine(int cores, MachineOptions options) : parts_(std::make_unique<Parts>(options)) {
  raise_file_limit();
  check(cores > 0 && options.offload_threads > 0, "a machine has a core, and a thread that may block");
  for (int i = 0; i < cores; ++i) {
    parts_->cores.push_back(std::make_unique<RealCore>(parts_->files, parts_->pool, options.io_uring));
  }
  parts_->net = std::make_unique<RealNet>(parts_->cores);
}

Machine::~Machine() { parts_->discard(); }

int Machine::core_count() const { return static_cast<int>(parts_->cores.size()); }
Core& Machine::core(int index) { return *parts_->cores.at(static_cast<std::size_t>(index)); }
Files& Machine::files() { return parts_->files; }
Net& Machine::net() { return *parts_->net; }

void Machine::run() {
  check(!parts_->ran, "a machine runs once");
  parts_->ran = true;
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < parts_->cores.size(); ++i) {
    threads.emplace_back([core = parts_->cores[i].get()] { core->run(); });
  }
  parts_->cores.front()->run();
  for (auto& thread : threads) thread.join();
  parts_->discard();
}

void Machine::stop() {
  for (auto& core : parts_->cores) core->stop();
}

void Machine::on_signal(Callback<void()> task) { parts_->cores.front()->on_signal(std::move(task)); }

}  // namespace millrace::env
