// What counting costs on the way of a message.
#include <benchmark/benchmark.h>

#include "metrics/table.h"

namespace millrace::metrics {
namespace {

void add(benchmark::State& state) {
  Table table;
  const auto series = table.open(Kind::queue, "sqs/us-east-1/000000000000/orders");
  Time now = from_ms(1'800'000'000'000);
  std::uint64_t value = 0;
  for (auto _ : state) series->add(Metric::sent_message_size, ++value & 1023, now);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(add);

}  // namespace
}  // namespace millrace::metrics
