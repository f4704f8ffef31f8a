// Machine: the real implementation of env/: cores that are threads, files of the operating system, TCP sockets.
//
// The program's main function owns it. Cores are made by the constructor and run inside run(); until then, and after
// run() has returned, all of them belong to the thread that made the machine, so that it can set things up and take
// them down without locks. Sockets, listeners, files and whatever captures them must be destroyed before the machine.
#pragma once
#include <cstddef>
#include <memory>

#include "base/callback.h"
#include "env/core.h"
#include "env/net.h"

namespace millrace::env {

struct MachineOptions {
  // Threads for Core::offload, started when first needed and shared by all cores.
  std::size_t offload_threads = 4;
  // Write through io_uring where the kernel offers it. Otherwise, or if it does not, through the offload threads.
  bool io_uring = true;
};

class Machine {
 public:
  explicit Machine(int cores, MachineOptions options = {});
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  int core_count() const;
  Core& core(int index);
  Files& files();
  Net& net();

  // Runs core 0 on the calling thread and the others on threads of their own. Returns after stop(), when no thread is
  // left and no write is under way; what was posted, set or read and has not run by then is destroyed unrun.
  // Once in a machine's life.
  void run();
  // Any thread, any callback. A core ends after the batch of callbacks that it is in.
  void stop();

  // Runs `task` on core 0 for each SIGTERM and SIGINT. Called once, before run() or on core 0.
  void on_signal(Callback<void()> task);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace millrace::env
