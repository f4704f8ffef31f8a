#include "console/snapshot.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "broker/queue/queues.h"

namespace millrace::console {
namespace {

using metrics::Metric;

// Shards, consumers and topics of which nothing is known but their counts are shown for this long after the last one.
constexpr metrics::Minutes idle_shown_for{6 * 60};

bool is_live_gauge(Metric metric) {
  return metric == Metric::messages_visible || metric == Metric::messages_not_visible ||
         metric == Metric::messages_delayed || metric == Metric::age_of_oldest_message;
}

Thing describe(metrics::Kind kind, const std::string& key, const metrics::Series* series) {
  Thing thing{.kind = kind, .key = key, .totals = {}};
  if (series == nullptr) return thing;
  for (const auto& facts : metrics::facts_of(kind)) {
    if (series->has(facts.metric) && !is_live_gauge(facts.metric)) {
      thing.totals.emplace_back(facts.metric, series->total(facts.metric));
    }
  }
  return thing;
}

void add_live(engine::Lane& lane, broker::Queue& queue, Thing& thing) {
  const auto counts = queue.counts();
  const auto oldest = queue.oldest();
  const auto age = oldest ? std::max(lane.now() - *oldest, Duration::zero()) : Duration::zero();
  const auto add = [&](Metric metric, std::uint64_t value) {
    thing.totals.emplace_back(metric, metrics::Total{.sum = value, .count = 1, .last = value});
  };
  add(Metric::messages_visible, counts.ready);
  add(Metric::messages_not_visible, counts.in_flight);
  add(Metric::messages_delayed, counts.delayed);
  add(Metric::age_of_oldest_message,
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(age).count()));
}

void look_at_queues(engine::Lane& lane, std::size_t things_max, LaneFacts& facts) {
  for (const auto& [key, id] : lane.directory()) {
    engine::Partition* const partition = lane.find(id);
    if (partition == nullptr || partition->kind_number() != broker::Queue::kind) continue;
    if (facts.things.size() == things_max) {
      ++facts.omitted;
      continue;
    }
    auto thing = describe(metrics::Kind::queue, key, lane.metrics().find(metrics::Kind::queue, key));
    add_live(lane, static_cast<broker::Queue&>(*partition), thing);
    facts.things.push_back(std::move(thing));
  }
}

}  // namespace

LaneFacts look_at(engine::Lane& lane, std::size_t things_max) {
  LaneFacts facts{.serving = lane.serving(), .stats = lane.stats(), .things = {}};
  if (!facts.serving) return facts;
  look_at_queues(lane, things_max, facts);
  for (const auto kind : {metrics::Kind::shard, metrics::Kind::consumer, metrics::Kind::topic, metrics::Kind::sms,
                          metrics::Kind::spending}) {
    lane.metrics().each(kind, {}, [&](const metrics::Series& series) {
      // What was removed keeps its history for CloudWatch, and is not shown for ever.
      const bool held = series.pins > 0 || lane.find(series.key()) != nullptr;
      if (!held && series.latest() + idle_shown_for <= metrics::minute_of(lane.now())) return;
      if (facts.things.size() == things_max) {
        ++facts.omitted;
      } else {
        facts.things.push_back(describe(kind, series.key(), &series));
      }
    });
  }
  return facts;
}

void gather_facts(engine::Engine& engine, env::Core& home, std::size_t things_max,
                  Callback<void(std::vector<LaneFacts>)> done) {
  struct State {
    Callback<void(std::vector<LaneFacts>)> done;
    std::vector<LaneFacts> answers;
    std::size_t missing;
  };
  const auto lanes = engine.lanes();
  auto state = std::make_shared<State>(std::move(done), std::vector<LaneFacts>(lanes), lanes);
  for (std::size_t i = 0; i < lanes; ++i) {
    engine.run(engine::LaneId(static_cast<std::uint32_t>(i)), home, [state, i, things_max, &home](engine::Lane& lane) {
      // Always posted, so that the answers meet at home, one after another.
      home.post([state, i, facts = look_at(lane, things_max)]() mutable {
        state->answers[i] = std::move(facts);
        if (--state->missing == 0) state->done(std::move(state->answers));
      });
    });
  }
}

}  // namespace millrace::console
