// What the simulator prints about its runs.
#pragma once
#include <string>
#include <vector>

#include "sim/run.h"

namespace millrace::sim {

// One line: seed, workload, fault, and what was found.
std::string headline(const RunResult& result);
// Everything that helps to understand a failure: the last events, the violation, and how to repeat it.
std::string failure_report(const RunResult& result);

// Sums over many runs, by workload and by kind of fault.
class Summary {
 public:
  void add(const RunResult& result);
  std::string table() const;
  std::size_t runs() const { return runs_; }
  std::size_t failed() const { return failed_seeds_.size(); }

 private:
  struct Line {
    std::uint64_t runs = 0, failed = 0, calls = 0, refusals = 0, received = 0, crashes = 0, faults = 0, recoveries = 0,
                  segments = 0, checkpoints = 0, virtual_ms = 0;
    void add(const RunResult& result);
  };
  static std::string row(std::string_view name, const Line& line);
  std::vector<std::pair<std::string_view, Line>> by_workload_;
  std::vector<std::pair<std::string_view, Line>> by_fault_;
  Line total_;
  std::size_t runs_ = 0;
  std::uint64_t stuck_on_full_disk_ = 0;
  std::vector<std::uint64_t> failed_seeds_;
};

}  // namespace millrace::sim
