// millrace-sim: runs the engine on a simulated machine under many seeds, or repeats one.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>

#include "base/log.h"
#include "sim/report.h"
#include "sim/run.h"

namespace {

namespace sim = millrace::sim;

constexpr std::uint64_t seeds_default = 300;
constexpr std::uint64_t failures_shown_max = 5;

struct Range {
  std::uint64_t first = 1;
  std::uint64_t last = seeds_default;
};

// "5..900"
Range parse_range(const std::string& text) {
  const auto dots = text.find("..");
  if (dots == std::string::npos) throw CLI::ValidationError("--seeds", "write it as FIRST..LAST, for example 1..300");
  return {std::stoull(text.substr(0, dots)), std::stoull(text.substr(dots + 2))};
}

void list_tables() {
  fmt::print("workloads\n");
  for (const auto& workload : sim::workloads()) fmt::print("  {:<12}{}\n", workload.name, workload.about);
  fmt::print("faults\n");
  for (const auto& fault : sim::fault_kinds()) fmt::print("  {:<12}{}\n", fault.name, fault.about);
}

std::uint64_t fresh_seed() {
  return static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The simulator: workloads and faults against the real engine and models on a simulated machine."};
  std::uint64_t seed = 0;
  std::string seeds, workload, fault, sabotage = "none";
  double minutes = 0;
  bool verbose = false, list = false, strict = false;
  app.add_option("--seed", seed, "repeat one seed");
  app.add_option("--seeds", seeds, fmt::format("a range of seeds, FIRST..LAST (default 1..{})", seeds_default));
  app.add_option("--minutes", minutes, "go on with new seeds for so long");
  app.add_option("--workload", workload, "only this workload (default: the seed chooses)");
  app.add_option("--fault", fault, "only this kind of fault (default: the seed chooses)");
  app.add_option("--sabotage", sabotage, "a deliberate defect that the checkers must find");
  app.add_flag("--strict-full-disk", strict, "a full disk that stops receives and deletes is a failure");
  app.add_flag("--verbose", verbose, "print the whole trace");
  app.add_flag("--list", list, "list workloads and faults");
  Range range;
  try {
    app.parse(argc, argv);
    if (!seeds.empty()) range = parse_range(seeds);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  if (list) {
    list_tables();
    return 0;
  }
  // What the server would tell its operator about the faults is no news here: above every level.
  if (!verbose) millrace::logging::set_level(static_cast<millrace::logging::Level>(100));

  sim::RunOptions options{.strict_full_disk = strict, .verbose = verbose};
  options.workload = workload.empty() ? nullptr : sim::find_workload(workload);
  options.fault = fault.empty() ? nullptr : sim::find_fault_kind(fault);
  if ((!workload.empty() && options.workload == nullptr) || (!fault.empty() && options.fault == nullptr)) {
    fmt::print(stderr, "no such workload or fault; these exist:\n");
    list_tables();
    return 2;
  }
  for (auto candidate = sim::Sabotage::none; candidate != sim::Sabotage::last;
       candidate = static_cast<sim::Sabotage>(static_cast<int>(candidate) + 1)) {
    if (sim::name_of(candidate) == sabotage) options.sabotage = candidate;
  }

  sim::Summary summary;
  const auto run_one = [&](std::uint64_t number) {
    options.seed = number;
    const auto result = sim::Run(options).go();
    summary.add(result);
    if (result.violation && summary.failed() <= failures_shown_max) fmt::print("{}\n", sim::failure_report(result));
    std::fflush(stdout);
    return result;
  };
  if (seed != 0) {
    const auto result = run_one(seed);
    if (!result.violation) fmt::print("{}\n", sim::headline(result));
    return result.violation ? 1 : 0;
  }
  const auto begun = std::chrono::steady_clock::now();
  if (minutes > 0) {
    const auto end = begun + std::chrono::duration<double>(minutes * 60);
    for (auto number = fresh_seed(); std::chrono::steady_clock::now() < end; ++number) run_one(number);
  } else {
    for (auto number = range.first; number <= range.last; ++number) run_one(number);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  fmt::print("{}\n{} runs in {:.1f} s, {} passed, {} failed\n", summary.table(), summary.runs(), took.count(),
             summary.runs() - summary.failed(), summary.failed());
  return summary.failed() == 0 ? 0 : 1;
}
