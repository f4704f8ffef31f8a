// World: a deterministic machine. Simulated cores, a virtual clock and a SimDisk on one thread, all driven by a seed.
//
// Time is virtual: it stands still while tasks are ready (each takes a moment) and jumps to the next timer or
// completion otherwise. Tasks of one core keep their order; which core runs next is the seed's choice, and so is how
// long every disk operation and every offloaded piece of work takes. The same seed and the same calls give the same
// trace_hash().
//
// Generations: a crash (asked for, or a fault of the disk) discards every task and timer, and kills cores and open
// files. restart() gives new cores over the same disk. Objects of the dead generation may be destroyed afterwards; what
// they ask of their dead core or files has no effect.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "env/core.h"
#include "env/sim/disk.h"
#include "env/sim/fault.h"
#include "env/sim/random.h"

namespace millrace::env::sim {

// How long things take, in microseconds of virtual time; uniformly between the bounds.
struct Latency {
  std::uint64_t write_min = 20, write_max = 200;
  std::uint64_t sync_min = 30, sync_max = 400;
  std::uint64_t offload_min = 50, offload_max = 3000;
  unsigned slow_percent = 0;  // operations that take slow_factor times as long
  std::uint64_t slow_factor = 100;
};

// Deliberate defects of the world, for tests of the checkers above.
struct WorldDefects {
  bool acknowledge_early = false;  // Core::write runs `done` before the bytes are on the disk
};

struct WorldOptions {
  std::uint64_t seed = 1;
  std::size_t cores = 2;
  Latency latency;
  CrashMode crash_mode = CrashMode::tear;
  Time start = from_ms(1'700'000'000'000);
};

class SimCore;

class World {
 public:
  enum class Step : std::uint8_t { ran, idle, crashed };

  explicit World(WorldOptions options);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  std::size_t cores() const { return options_.cores; }
  Core& core(std::size_t index);
  SimDisk& disk() { return disk_; }
  // For what the harness decides itself.
  Random& random() { return harness_random_; }

  // Runs the next task; jumps to the next event when none is ready. `idle` when nothing will ever happen.
  Step step();
  // Runs everything up to that moment and leaves the clock there; false when the world crashed on the way.
  bool run_for(Duration duration);
  // Stops the machine now; not from inside a task.
  void crash();
  // Stops it as soon as the present task has returned.
  void request_crash() { crash_requested_ = true; }
  bool crashed() const { return crashed_; }
  // New cores over the disk as the crash left it.
  void restart();
  std::uint64_t generation() const { return generation_; }

  std::uint64_t monotonic_ns() const { return now_ns_; }
  // Tasks that have run so far.
  std::uint64_t steps() const { return steps_; }
  Time now() const { return wall_base_ + Duration(now_ns_ / 1'000'000); }
  // Moves the wall clock, as an operator or NTP does; timers are not affected.
  void shift_wall_clock(Duration by) { wall_base_ += by; }
  void set_latency(const Latency& latency) { options_.latency = latency; }
  void set_crash_mode(CrashMode mode) { options_.crash_mode = mode; }
  WorldDefects defects;

  // A digest of everything that has happened: each step and each disk operation in order.
  std::uint64_t trace_hash() const { return trace_hash_; }
  // Adds a line of the harness's own to the trace.
  void note(std::string line);
  // Runs with each line of the trace.
  Callback<void(const std::string& line)> on_note;
  // The latest events, oldest first, as text.
  std::vector<std::string> last_events() const;

 private:
  friend class SimCore;
  struct Due {
    std::uint64_t at_ns;
    std::uint64_t order;
    auto operator<=>(const Due&) const = default;
  };
  // Something at a time: a timer of a core, or the disk or a helper thread (core is npos).
  struct Event {
    std::size_t core;
    Callback<void()> task;
  };
  static constexpr std::size_t npos = SIZE_MAX;
  static constexpr std::size_t last_events_max = 400;

  Due at(std::uint64_t delay_ns, std::size_t core, Callback<void()> task);
  std::uint64_t disk_time(bool with_sync);
  std::uint64_t offload_time();
  std::uint64_t slowed(std::uint64_t us);
  void collect_due();
  bool run(Callback<void()> task);
  void trace(std::uint64_t value);
  void discard();

  WorldOptions options_;
  Random schedule_random_;
  Random latency_random_;
  Random core_random_;
  Random harness_random_;
  SimDisk disk_;
  std::vector<std::unique_ptr<SimCore>> cores_;
  std::vector<std::unique_ptr<SimCore>> dead_cores_;
  std::map<Due, Event> events_;
  std::vector<std::pair<Due, Event>> background_;  // due, of no core
  std::uint64_t next_order_ = 1;
  std::uint64_t now_ns_ = 0;
  std::uint64_t steps_ = 0;
  Time wall_base_;
  std::uint64_t generation_ = 1;
  bool crashed_ = false;
  bool crash_requested_ = false;
  std::uint64_t trace_hash_ = 0xCBF29CE484222325ull;
  std::deque<std::string> last_events_;
};

}  // namespace millrace::env::sim
