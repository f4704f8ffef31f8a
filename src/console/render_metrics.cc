// The text of the metrics page.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "console/metrics_page.h"
#include "console/prometheus.h"

namespace millrace::console {
namespace {

using metrics::Kind;
using metrics::Metric;
using metrics::Total;

// A key taken apart: "SERVICE/REGION/ACCOUNT/NAME", and the last part of what follows.
struct KeyParts {
  std::string_view region;
  std::string_view account;
  std::string_view name;
  std::string_view part;
};

KeyParts split(std::string_view key) {
  const auto next = [&] {
    const auto at = key.find('/');
    const auto part = key.substr(0, at);
    key.remove_prefix(at == std::string_view::npos ? key.size() : at + 1);
    return part;
  };
  next();
  KeyParts parts;
  parts.region = next();
  parts.account = next();
  parts.name = next();
  parts.part = key.substr(key.rfind('/') + 1);
  return parts;
}

// Four labels at most; `count` of them are used.
struct Labels {
  std::array<Label, 4> all;
  std::size_t count = 0;
  std::span<const Label> used() const { return std::span(all).first(count); }
};

using Totals = std::map<Metric, Total>;
// By kind and key. A consumer may be served by several lanes, and a stream may have had a namesake.
struct ThingName {
  Kind kind{};
  std::string_view region;
  std::string_view account;
  std::string_view name;
  std::string_view part;
  auto operator<=>(const ThingName&) const = default;
};
using Things = std::map<ThingName, Totals>;

ThingName name_of(const Thing& thing) {
  const auto parts = split(thing.key);
  return {thing.kind, parts.region, parts.account, parts.name, parts.part};
}

// What a thing's name and part are called; empty: it has none.
struct LabelNames {
  std::string_view name;
  std::string_view part;
};
LabelNames label_names_of(Kind kind) {
  switch (kind) {
    case Kind::queue: return {"queue", {}};
    case Kind::shard: return {"stream", "shard"};
    case Kind::consumer: return {"stream", "consumer"};
    case Kind::topic: return {"topic", {}};
    case Kind::sms: return {"country", "type"};
    case Kind::spending: break;
  }
  return {};
}

Labels labels_of(const ThingName& thing) {
  const auto names = label_names_of(thing.kind);
  Labels labels{.all = {Label{"region", thing.region}, Label{"account", thing.account}, {}, {}}, .count = 2};
  if (!names.name.empty()) labels.all[labels.count++] = {names.name, thing.name};
  if (!names.part.empty() && !thing.part.empty()) labels.all[labels.count++] = {names.part, thing.part};
  return labels;
}

void merge(const Thing& from, Totals& into) {
  for (const auto& [metric, total] : from.totals) {
    auto& sum = into[metric];
    sum.sum += total.sum;
    sum.count += total.count;
    sum.last = std::max(sum.last, total.last);
  }
}

void write_process(const ProcessFacts& process, PrometheusText& out) {
  const std::array<Label, 1> version{Label{"version", process.version}};
  out.family("millrace_build_info", "gauge", "The version that runs.");
  out.sample(version, std::uint64_t{1});
  out.family("millrace_start_time_seconds", "gauge", "When the server started, in seconds since 1970.");
  out.sample({}, static_cast<double>(to_ms(process.started)) / 1000);
  out.family("millrace_uptime_seconds", "gauge", "For how long it has been running.");
  out.sample({}, static_cast<double>((process.now - process.started).count()) / 1000);
  if (process.resident_bytes != 0) {
    out.family("millrace_resident_memory_bytes", "gauge", "Memory that the process takes.");
    out.sample(process.resident_bytes);
  }
  out.family("millrace_open_connections", "gauge", "Connections that are open.");
  out.sample(process.connections);
}

void write_lanes(const std::vector<LaneFacts>& lanes, PrometheusText& out) {
  const auto write = [&](std::string_view name, std::string_view type, std::string_view help, auto value) {
    out.family(name, type, help);
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      const auto number = std::to_string(i);
      const std::array<Label, 1> labels{Label{"lane", number}};
      out.sample(labels, static_cast<std::uint64_t>(value(lanes[i])));
    }
  };
  using Facts = LaneFacts;
  write("millrace_lane_serving", "gauge", "1 while the lane serves, 0 while it recovers.",
        [](const Facts& lane) { return lane.serving; });
  write("millrace_lane_partitions", "gauge", "Queues, shards and tables in the lane.",
        [](const Facts& lane) { return lane.stats.partitions; });
  write("millrace_lane_journal_entries_total", "counter", "Entries appended to the lane's journal.",
        [](const Facts& lane) { return lane.stats.entries; });
  write("millrace_lane_segments_written_total", "counter", "Segments written.",
        [](const Facts& lane) { return lane.stats.segments_written; });
  write("millrace_lane_checkpoints_written_total", "counter", "Checkpoints written.",
        [](const Facts& lane) { return lane.stats.checkpoints_written; });
  write("millrace_lane_recoveries_total", "counter", "Recoveries from disk after a failed write.",
        [](const Facts& lane) { return lane.stats.recoveries; });
}

void write_gauge(const metrics::MetricFacts& facts, const Labels& labels, std::uint64_t value, PrometheusText& out) {
  const auto scale = metrics::scale_of(facts.unit);
  if (scale == 1) return out.sample(labels.used(), value);
  out.sample(labels.used(), static_cast<double>(value) * scale);
}

void write_metric(const metrics::MetricFacts& facts, const Things& things, PrometheusText& out) {
  constexpr std::array<std::string_view, 3> types{"counter", "summary", "gauge"};
  bool begun = false;
  for (const auto& [thing, totals] : things) {
    if (thing.kind != facts.kind) continue;
    const auto found = totals.find(facts.metric);
    if (found == totals.end()) continue;
    if (!std::exchange(begun, true)) {
      out.family(fmt::format("millrace_{}{}", facts.prometheus, facts.form == metrics::Form::counter ? "_total" : ""),
                 types[static_cast<std::size_t>(facts.form)], facts.help);
    }
    const auto labels = labels_of(thing);
    switch (facts.form) {
      case metrics::Form::counter: out.sample(labels.used(), found->second.sum); break;
      case metrics::Form::gauge: write_gauge(facts, labels, found->second.last, out); break;
      case metrics::Form::summary:
        out.sample(labels.used(), found->second.sum, "_sum");
        out.sample(labels.used(), found->second.count, "_count");
        break;
    }
  }
}

}  // namespace

std::string render_metrics(const ProcessFacts& process, const std::vector<LaneFacts>& lanes, std::size_t things_max) {
  PrometheusText out;
  write_process(process, out);
  write_lanes(lanes, out);
  Things things;
  std::size_t omitted = 0;
  for (const auto& lane : lanes) {
    omitted += lane.omitted;
    for (const auto& thing : lane.things) {
      const auto name = name_of(thing);
      if (things.size() >= things_max && !things.contains(name)) {
        ++omitted;
      } else {
        merge(thing, things[name]);
      }
    }
  }
  for (const auto& facts : metrics::all_facts()) write_metric(facts, things, out);
  out.family("millrace_metrics_omitted", "gauge", "Queues, shards and consumers that this page has no room for.");
  out.sample(omitted);
  return out.take();
}

}  // namespace millrace::console
