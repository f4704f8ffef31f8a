#include "aws/cloudwatch/fetch.h"

#include <algorithm>

#include "models/cloudwatch.h"

namespace millrace::aws::cloudwatch {
namespace {

// Where a minute counts.
Minute period_of(const Fetch& fetch, Minute minute) { return minute - (minute - fetch.from) % fetch.period; }

void add_series(const metrics::Series& series, const metrics::MetricFacts& facts, const Fetch& fetch, Points& points) {
  const auto unit = name_of(facts.unit);
  if (fetch.unit && *fetch.unit != unit) return;
  series.read(facts.metric, fetch.from, fetch.to, [&](const metrics::Bucket& bucket) {
    const auto& in = bucket.statistic;
    const auto scaled = [&](std::uint64_t value) { return static_cast<double>(value) * metrics::scale_of(facts.unit); };
    points[{period_of(fetch, bucket.start), unit}].add_set(static_cast<double>(in.count), scaled(in.sum),
                                                           scaled(in.min), scaled(in.max));
  });
}

const metrics::MetricFacts* find_facts(metrics::Kind kind, std::string_view name) {
  const auto all = metrics::facts_of(kind);
  const auto at = std::ranges::find(all, name, &metrics::MetricFacts::name);
  return at == all.end() ? nullptr : &*at;
}

void fetch_one(engine::Lane& lane, metrics::Kind kind, const std::string& key, const metrics::MetricFacts* facts,
               const Fetch& fetch, Points& points) {
  if (facts == nullptr) return;
  if (const auto* series = lane.metrics().find(kind, key)) add_series(*series, *facts, fetch, points);
}

// Of a thing whose key is `prefix` and its name.
void fetch_named(engine::Lane& lane, metrics::Kind kind, const std::string& prefix, std::string_view dimension,
                 const Fetch& fetch, Points& points) {
  const auto name = fetch.metric.find(dimension);
  if (!name || fetch.metric.dimensions.size() != 1) return;
  fetch_one(lane, kind, prefix + std::string(*name), find_facts(kind, fetch.metric.name), fetch, points);
}

void fetch_kinesis(engine::Lane& lane, const World& world, const Fetch& fetch, Points& points) {
  const auto stream = fetch.metric.find("StreamName");
  if (!stream) return;
  const auto prefix = world.prefix("kinesis") + std::string(*stream) + "/";
  const auto* facts = find_facts(metrics::Kind::shard, fetch.metric.name);
  const auto dimensions = fetch.metric.dimensions.size();
  if (const auto consumer = fetch.metric.find("ConsumerName"); consumer && dimensions == 2) {
    fetch_one(lane, metrics::Kind::consumer, prefix + std::string(*consumer),
              find_facts(metrics::Kind::consumer, fetch.metric.name), fetch, points);
  } else if (const auto shard = fetch.metric.find("ShardId"); shard && dimensions == 2) {
    if (facts == nullptr || !facts->of_shard) return;
    const auto ending = "/" + std::string(*shard);
    lane.metrics().each(metrics::Kind::shard, prefix, [&](const metrics::Series& series) {
      if (series.key().ends_with(ending)) add_series(series, *facts, fetch, points);
    });
  } else if (dimensions == 1 && facts != nullptr) {
    // The stream is the sum of its shards.
    lane.metrics().each(metrics::Kind::shard, prefix,
                        [&](const metrics::Series& series) { add_series(series, *facts, fetch, points); });
  }
}

void fetch_sns(engine::Lane& lane, const World& world, const Fetch& fetch, Points& points) {
  fetch_named(lane, metrics::Kind::topic, world.prefix("sns"), "TopicName", fetch, points);
  const auto dimensions = fetch.metric.dimensions.size();
  const auto country = fetch.metric.find("Country");
  const auto type = fetch.metric.find("SMSType");
  if (country && type && dimensions == 2) {
    fetch_one(lane, metrics::Kind::sms, world.prefix("sms") + std::string(*country) + "/" + std::string(*type),
              find_facts(metrics::Kind::sms, fetch.metric.name), fetch, points);
  } else if (dimensions == 0) {
    fetch_one(lane, metrics::Kind::spending, world.prefix("sms-spending"),
              find_facts(metrics::Kind::spending, fetch.metric.name), fetch, points);
  }
}

void fetch_custom(engine::Lane& lane, const World& world, const Limits& limits, const Fetch& fetch, Points& points) {
  broker::Table* const table = broker::find_table(lane, world.table_key());
  if (table == nullptr) return;
  const MetricStore store(*table, limits);
  const auto prefix = to_prefix(fetch.metric);
  store.each(prefix, [&](std::string_view metric, Minute) {
    if (!metric.starts_with(prefix)) return false;
    const auto unit = known_unit(metric.substr(prefix.size()));
    if (!unit || (fetch.unit && *fetch.unit != *unit)) return true;
    store.read(metric, fetch.from, fetch.to, [&](Minute minute, const Summary& summary) {
      points[{period_of(fetch, minute), *unit}].merge(summary);
    });
    return true;
  });
}

}  // namespace

std::string_view name_of(metrics::Unit unit) {
  switch (unit) {
    case metrics::Unit::count: return "Count";
    case metrics::Unit::bytes: return "Bytes";
    case metrics::Unit::milliseconds: return "Milliseconds";
    case metrics::Unit::seconds: return "Seconds";
    case metrics::Unit::usd: return "None";
  }
  return "None";
}

std::optional<std::string_view> known_unit(std::string_view unit) {
  constexpr auto& units = models::cloudwatch::standard_unit_set;
  const auto at = std::ranges::find(units, unit);
  if (at == units.end()) return std::nullopt;
  return *at;
}

Points fetch_from(engine::Lane& lane, const World& world, const Limits& limits, const Fetch& fetch) {
  Points points;
  if (fetch.metric.name_space == sqs_namespace) {
    fetch_named(lane, metrics::Kind::queue, world.prefix("sqs"), "QueueName", fetch, points);
  } else if (fetch.metric.name_space == sns_namespace) {
    fetch_sns(lane, world, fetch, points);
  } else if (fetch.metric.name_space == kinesis_namespace) {
    fetch_kinesis(lane, world, fetch, points);
  } else {
    fetch_custom(lane, world, limits, fetch, points);
  }
  return points;
}

void merge(Points& into, Points&& from) {
  if (into.empty()) {
    into = std::move(from);
    return;
  }
  for (auto& [at, summary] : from) into[at].merge(summary);
}

}  // namespace millrace::aws::cloudwatch
