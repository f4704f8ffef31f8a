#include "sim/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace millrace::sim {
namespace {

constexpr std::size_t events_shown = 60;

}  // namespace

std::string headline(const RunResult& result) {
  return fmt::format("seed {}  workload {}  fault {}  {} calls, {} crashes, {} s of virtual time, trace {:016x}: {}",
                     result.seed, result.workload->name, result.fault->name, result.calls, result.crashes,
                     result.virtual_ms / 1000, result.trace_hash, result.violation ? "FAILED" : "passed");
}

std::string failure_report(const RunResult& result) {
  std::string text = headline(result) + "\n";
  const auto skipped = result.last_events.size() - std::min(result.last_events.size(), events_shown);
  for (std::size_t index = skipped; index < result.last_events.size(); ++index)
    text += "  " + result.last_events[index] + "\n";
  text += fmt::format("violated: {}\n", result.violation.value_or("nothing"));
  text += fmt::format("repeat:   millrace-sim --seed {} --workload {} --fault {} --verbose\n", result.seed,
                      result.workload->name, result.fault->name);
  return text;
}

void Summary::Line::add(const RunResult& result) {
  ++runs;
  failed += result.violation ? 1 : 0;
  calls += result.calls;
  refusals += result.refusals;
  received += result.received;
  crashes += result.crashes;
  faults += result.faults;
  recoveries += result.recoveries;
  segments += result.segments;
  checkpoints += result.checkpoints;
  virtual_ms += result.virtual_ms;
}

void Summary::add(const RunResult& result) {
  ++runs_;
  if (result.violation) failed_seeds_.push_back(result.seed);
  total_.add(result);
  stuck_on_full_disk_ += result.stuck_on_full_disk;
  const auto line = [](auto& lines, std::string_view name) -> Line& {
    const auto at = std::ranges::find(lines, name, [](const auto& entry) { return entry.first; });
    return at != lines.end() ? at->second : lines.emplace_back(name, Line{}).second;
  };
  line(by_workload_, result.workload->name).add(result);
  line(by_fault_, result.fault->name).add(result);
}

std::string Summary::row(std::string_view name, const Line& line) {
  return fmt::format("{:<12}{:>7}{:>8}{:>10}{:>9}{:>10}{:>9}{:>8}{:>11}{:>10}{:>13}{:>11}\n", name, line.runs,
                     line.failed, line.calls, line.refusals, line.received, line.crashes, line.faults, line.recoveries,
                     line.segments, line.checkpoints, line.virtual_ms / 1000);
}

std::string Summary::table() const {
  const auto header = [](std::string_view what) {
    return fmt::format("{:<12}{:>7}{:>8}{:>10}{:>9}{:>10}{:>9}{:>8}{:>11}{:>10}{:>13}{:>11}\n", what, "runs", "failed",
                       "calls", "refused", "received", "crashes", "faults", "recoveries", "segments", "checkpoints",
                       "virtual s");
  };
  std::string text = header("workload");
  const auto rows = [&](const auto& lines) {
    for (const auto& [name, line] : lines) text += row(name, line);
  };
  rows(by_workload_);
  text += "\n" + header("fault");
  rows(by_fault_);
  text += "\n" + row("all", total_);
  if (stuck_on_full_disk_ > 0) {
    text += fmt::format("a full disk stopped receives and deletes {} times (--strict-full-disk makes that a failure)\n",
                        stuck_on_full_disk_);
  }
  if (!failed_seeds_.empty()) text += fmt::format("failed seeds: {}\n", fmt::join(failed_seeds_, " "));
  return text;
}

}  // namespace millrace::sim
