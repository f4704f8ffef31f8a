// Run: one simulated life of a server, from an empty disk through episodes of faults to the last message drained.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "env/sim/world.h"
#include "sim/calls.h"
#include "sim/fault_kind.h"
#include "sim/scenario.h"
#include "sim/server.h"
#include "sim/verdict.h"
#include "sim/workload.h"

namespace millrace::sim {

struct RunOptions {
  std::uint64_t seed = 1;
  const Workload* workload = nullptr;  // null: the seed chooses
  const FaultKind* fault = nullptr;    // null: the seed chooses
  Sabotage sabotage = Sabotage::none;
  bool strict_full_disk = false;  // a full disk that stops receives and deletes is a violation, not a statistic
  bool verbose = false;           // prints the trace as it happens
};

struct RunResult {
  std::uint64_t seed = 0;
  const Workload* workload = nullptr;
  const FaultKind* fault = nullptr;
  std::optional<std::string> violation;
  std::vector<std::string> last_events;
  std::uint64_t trace_hash = 0;
  std::uint64_t calls = 0, replies = 0, refusals = 0, received = 0;
  std::uint64_t crashes = 0, faults = 0, recoveries = 0, segments = 0, checkpoints = 0;
  std::uint64_t virtual_ms = 0;
  std::uint64_t stuck_on_full_disk = 0;  // times that receives and deletes failed for long, for want of room
};

class Run final : private Course {
 public:
  explicit Run(const RunOptions& options);
  RunResult go();

 private:
  // Each returns as soon as something is violated.
  void episode();
  void check_full_disk();
  void quiet();

  void boot();
  bool start_server();
  bool prepare();
  void end_server();
  void check_disk();
  void stop_cleanly();
  // Runs the world for a time; brings the server back whenever the machine stops.
  void advance(Duration duration) override;
  void settle() override;
  void stuck_on_full_disk() override;

  void arm();
  void heal();
  env::sim::Fault crash_fault(std::uint64_t nth_max);
  Duration pause();

  RunOptions options_;
  const Workload& workload_;
  const FaultKind& fault_;
  Verdict verdict_;
  env::sim::World world_;
  env::sim::Random random_;
  ServerOptions server_options_;
  Calls calls_;
  std::unique_ptr<Scenario> scenario_;
  std::unique_ptr<Server> server_;
  std::uint64_t replies_until_crash_ = 0;  // 0: none wanted
  bool faults_armed_ = false;
  bool reserves_kept_ = false;  // the disk filled up when every lane had its reserve
  RunResult result_;
};

}  // namespace millrace::sim
