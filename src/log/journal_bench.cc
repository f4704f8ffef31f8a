// What the journal costs beside the disk: appending and grouping, and recovery.
#include <benchmark/benchmark.h>

#include "base/log.h"
#include "log/log_fixture.h"

namespace millrace::log {
namespace {

// Entries of a size, a hundred to a group, into memory.
void append(benchmark::State& state) {
  testing::Lane lane;
  lane.files.crashes = false;
  lane.options.file_bytes = JournalOptions::file_bytes_default;
  lane.options.chunk_bytes = JournalOptions::chunk_bytes_default;
  lane.start();
  const std::string payload(static_cast<std::size_t>(state.range(0)), 'p');
  std::uint64_t acknowledged = 0;
  for (auto _ : state) {
    for (int i = 0; i < 100; ++i) {
      lane.append(payload);
      lane.journal->when_durable([&](const Result<void>&) { ++acknowledged; });
    }
    lane.core.run();
    if (lane.journal->files().size() > 2) lane.checkpoint_here();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(acknowledged));
}
BENCHMARK(append)->Arg(100)->Arg(1024)->Arg(65536);

void recover_entries(benchmark::State& state) {
  testing::Lane lane;
  lane.files.crashes = false;
  lane.options.file_bytes = JournalOptions::file_bytes_default;
  lane.options.chunk_bytes = JournalOptions::chunk_bytes_default;
  lane.start();
  for (int i = 0; i < 100'000; ++i) lane.append(std::string(static_cast<std::size_t>(state.range(0)), 'p'));
  lane.core.run();
  std::uint64_t entries = 0;
  for (auto _ : state) {
    const auto recovered = recover(*lane.store, lane.head, [&](const Entry&, const Slice&) -> Result<void> {
      ++entries;
      return {};
    });
    check(recovered.has_value(), "in memory");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(entries));
}
BENCHMARK(recover_entries)->Arg(100)->Arg(1024);

}  // namespace
}  // namespace millrace::log
