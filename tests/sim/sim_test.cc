// The simulator proves the engine; this proves the simulator: a seed is a run, and its checkers find what is wrong.
#include <gtest/gtest.h>

#include "base/log.h"
#include "sim/report.h"
#include "sim/run.h"

namespace millrace::sim {
namespace {

struct Quiet : testing::Environment {
  void SetUp() override { logging::set_level(static_cast<logging::Level>(100)); }
};
const auto* const quiet = testing::AddGlobalTestEnvironment(new Quiet);

TEST(Simulator, ASeedIsARun) {
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    const auto first = sim::Run({.seed = seed}).go();
    const auto second = sim::Run({.seed = seed}).go();
    EXPECT_EQ(first.trace_hash, second.trace_hash) << headline(first) << "\n" << headline(second);
  }
  EXPECT_NE(sim::Run({.seed = 1}).go().trace_hash, sim::Run({.seed = 2}).go().trace_hash);
}

// Where a defect shows best: the seed chooses what is not named.
struct Defect {
  Sabotage sabotage;
  std::string_view workload;
  std::string_view fault;
};

class Checkers : public testing::TestWithParam<Defect> {};

TEST_P(Checkers, FindTheDefect) {
  constexpr std::uint64_t seeds_max = 60;
  const auto& defect = GetParam();
  for (std::uint64_t seed = 1; seed <= seeds_max; ++seed) {
    const auto result = sim::Run({.seed = seed,
                                  .workload = find_workload(defect.workload),
                                  .fault = find_fault_kind(defect.fault),
                                  .sabotage = defect.sabotage})
                            .go();
    if (!result.violation) continue;
    RecordProperty("found", *result.violation);
    return;
  }
  FAIL() << name_of(defect.sabotage) << " was not found in " << seeds_max << " seeds";
}

INSTANTIATE_TEST_SUITE_P(
    , Checkers,
    testing::Values(
        Defect{Sabotage::acknowledge_before_write, "standard", "reply"},
        Defect{Sabotage::sync_does_nothing, "standard", "power"},
        Defect{Sabotage::forget_directories, "backlog", "power"},
        Defect{Sabotage::lose_synced_sector, "backlog", "power"},
        Defect{Sabotage::reply_before_durable, "standard", "reply"}, Defect{Sabotage::drop_sends, "standard", "none"},
        Defect{Sabotage::forget_deletes, "standard", "none"}, Defect{Sabotage::forget_dedup, "dedup", "power"},
        Defect{Sabotage::ignore_delay, "delayed", "none"}, Defect{Sabotage::short_visibility, "standard", "none"},
        Defect{Sabotage::wrong_group, "fifo", "none"}, Defect{Sabotage::ignore_purge, "purge", "none"},
        Defect{Sabotage::damage_body, "standard", "none"}, Defect{Sabotage::low_count, "standard", "none"},
        Defect{Sabotage::wrong_totals, "standard", "none"}, Defect{Sabotage::read_undurable, "stream", "slow-reply"},
        Defect{Sabotage::lose_close, "stream-reshard", "none"},
        Defect{Sabotage::close_early, "stream-reshard", "slow-reply"},
        Defect{Sabotage::wrong_span, "stream-batch", "none"}, Defect{Sabotage::trim_too_much, "stream", "none"},
        Defect{Sabotage::ignore_retention, "stream-retention", "none"},
        Defect{Sabotage::wake_early, "stream-push", "none"}, Defect{Sabotage::skip_batch, "stream-push", "none"},
        Defect{Sabotage::late_find, "stream", "none"}, Defect{Sabotage::wrong_latest, "stream", "slow-reply"},
        Defect{Sabotage::damage_record, "stream", "none"}, Defect{Sabotage::forget_removal, "stream-remove", "none"},
        Defect{Sabotage::drop_sends, "topic", "none"}, Defect{Sabotage::forget_deletes, "topic", "none"},
        Defect{Sabotage::short_visibility, "topic", "none"}, Defect{Sabotage::damage_body, "topic", "none"},
        Defect{Sabotage::forget_dedup, "topic-fifo", "power"},
        Defect{Sabotage::reply_before_durable, "topic", "reply"}),
    [](const auto& instance) {
      std::string name(name_of(instance.param.sabotage));
      name.append("_").append(instance.param.workload);
      std::erase(name, '-');
      return name;
    });

}  // namespace
}  // namespace millrace::sim
