// What a publication to a topic with many filtered subscriptions costs, for 1, 1,000 and 100,000 of them that all want
// something else, and what each of them takes in memory. One message matches ten at most, unless the name says otherwise.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/check.h"
#include "broker/topic/filter_index.h"

namespace millrace::broker {
namespace {

using MakePolicy = std::string (*)(int);

std::string exact(int i) { return R"({"customer": ["c-)" + std::to_string(i) + "\"]}"; }
std::string exact_and_common(int i) {
  return R"({"type": ["order"], "customer": ["c-)" + std::to_string(i) + R"("], "price": [{"numeric": [">", 5]}]})";
}
std::string above(int i) { return R"({"price": [{"numeric": [">", )" + std::to_string(100 + i) + "]}]}"; }
std::string between(int i) {
  return R"({"price": [{"numeric": [">=", )" + std::to_string(i) + R"(, "<", )" + std::to_string(i + 5) + "]}]}";
}
std::string prefix(int i) { return R"({"path": [{"prefix": "/c/)" + std::to_string(i) + "/\"}]}"; }
std::string suffix(int i) { return R"({"region": [{"suffix": "-)" + std::to_string(i) + "\"}]}"; }
std::string mixed(int i) {
  constexpr MakePolicy kinds[] = {exact, exact_and_common, between, prefix, suffix};
  return kinds[i % 5](i);
}
std::string all_but(int i) { return R"({"customer": [{"anything-but": "x-)" + std::to_string(i) + "\"}]}"; }

std::shared_ptr<const FilterPolicy> compiled(const std::string& text) {
  auto parsed = parse_filter_policy(text, FilterScope::attributes);
  check(parsed.has_value(), "the benchmark's policies are valid");
  return *std::move(parsed);
}

FilterEvent purchase(int customer, const char* price) {
  FilterEvent event;
  event.add_attribute("type", "String", "order");
  event.add_attribute("customer", "String", "c-" + std::to_string(customer));
  event.add_attribute("price", "Number", price);
  event.add_attribute("region", "String", "eu-" + std::to_string(customer));
  event.add_attribute("path", "String", "/c/" + std::to_string(customer) + "/orders");
  event.add_attribute("tags", "String.Array", R"(["new", "paid", 17])");
  return event;
}

void match(benchmark::State& state, MakePolicy make, const char* price) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  FilterIndex index;
  for (std::uint32_t i = 0; i < count; ++i) index.add(i, compiled(make(static_cast<int>(i))));
  std::vector<std::uint32_t> slots;
  int customer = 0;
  std::size_t matched = 0;
  for (auto _ : state) {
    const FilterEvent event = purchase(customer++ % static_cast<int>(count), price);
    slots.clear();
    index.match(event, slots);
    matched += slots.size();
  }
  state.counters["matched"] = static_cast<double>(matched) / static_cast<double>(state.iterations());
  state.counters["bytes_each"] = static_cast<double>(index.memory_bytes()) / static_cast<double>(count);
}

void sizes(benchmark::internal::Benchmark* each) { each->Arg(1)->Arg(1000)->Arg(100'000); }

BENCHMARK_CAPTURE(match, exact, exact, "17.5")->Apply(sizes);
BENCHMARK_CAPTURE(match, exact_and_common, exact_and_common, "17.5")->Apply(sizes);
BENCHMARK_CAPTURE(match, above, above, "109.5")->Apply(sizes);
BENCHMARK_CAPTURE(match, above_all_match, above, "1e9")->Apply(sizes);
BENCHMARK_CAPTURE(match, between, between, "500")->Apply(sizes);
BENCHMARK_CAPTURE(match, prefix, prefix, "17.5")->Apply(sizes);
BENCHMARK_CAPTURE(match, suffix, suffix, "17.5")->Apply(sizes);
BENCHMARK_CAPTURE(match, mixed, mixed, "500")->Apply(sizes);
BENCHMARK_CAPTURE(match, anything_but_all_match, all_but, "17.5")->Apply(sizes);

void make_event_of_attributes(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(purchase(17, "17.5").groups());
}
BENCHMARK(make_event_of_attributes);

void make_event_of_body(benchmark::State& state) {
  std::string body = "{\"items\":[";
  while (body.size() < 1024) {
    body += R"({"sku": "A-1234", "count": 2, "price": 17.25, "tags": ["new", "paid"]},)";
  }
  body.back() = ']';
  body += '}';
  for (auto _ : state) benchmark::DoNotOptimize(FilterEvent::from_body(body)->groups());
  state.SetBytesProcessed(static_cast<std::int64_t>(body.size()) * state.iterations());
}
BENCHMARK(make_event_of_body);

void parse(benchmark::State& state) {
  const std::string text = exact_and_common(17);
  for (auto _ : state) benchmark::DoNotOptimize(parse_filter_policy(text, FilterScope::attributes));
}
BENCHMARK(parse);

void add_and_remove(benchmark::State& state) {
  FilterIndex index;
  for (std::uint32_t i = 0; i < 100'000; ++i) index.add(i, compiled(mixed(static_cast<int>(i))));
  std::vector<std::shared_ptr<const FilterPolicy>> policies;
  for (int i = 0; i < 1000; ++i) policies.push_back(compiled(mixed(i)));
  std::uint32_t slot = 0;
  for (auto _ : state) {
    index.remove(slot);
    index.add(slot, policies[slot]);
    slot = (slot + 1) % 1000;
  }
}
BENCHMARK(add_and_remove);

}  // namespace
}  // namespace millrace::broker
