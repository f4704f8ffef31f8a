// GetMetricData: many metrics at once, and expressions over them.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "aws/cloudwatch/expression.h"
#include "aws/cloudwatch/fetch.h"
#include "aws/cloudwatch/handlers.h"
#include "aws/cloudwatch/statistic_name.h"
#include "aws/gather.h"
#include "base/hash.h"
#include "codec/text.h"

namespace millrace::aws::cloudwatch {
namespace {

using models::cloudwatch::MetricDataQuery;

bool is_id(std::string_view id) {
  const bool letters = std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  return letters && !id.empty() && id[0] >= 'a' && id[0] <= 'z';
}

// A query as it was understood: a metric, or an expression.
struct Query {
  std::size_t fetch = 0;  // in the list of fetches
  StatisticName statistic;
  NodePtr expression;  // null: a metric
  std::int32_t minutes = 1;
};

// The points of an answer that were given already, and what the request was about.
std::string make_token(std::uint64_t about, std::size_t given) {
  std::string text;
  codec::base64_encode(fmt::format("{:016x}:{}", about, given), text);
  return text;
}
std::optional<std::size_t> read_token(std::string_view token, std::uint64_t about) {
  std::string plain;
  if (!codec::base64_decode(token, plain)) return std::nullopt;
  const auto head = fmt::format("{:016x}:", about);
  if (!plain.starts_with(head)) return std::nullopt;
  std::size_t given = 0;
  const char* const end = plain.data() + plain.size();
  const auto [stop, error] = std::from_chars(plain.data() + head.size(), end, given);
  if (error != std::errc() || stop != end) return std::nullopt;
  return given;
}

class GetMetricData final : public Handler<op::GetMetricData> {
 public:
  using Handler::Handler;

 private:
  void handle(CallPtr call) override {
    if (auto ok = prepare(*call); !ok) return finish(std::move(call), std::move(ok.error()));
    points_.resize(fetches_.size());
    fetch_next(std::move(call), 0);
  }

  // One after another, so that the lanes do other work in between.
  void fetch_next(CallPtr call, std::size_t index) {
    if (index == fetches_.size()) {
      if (auto ok = complete(); !ok) call->failure = std::move(ok.error());
      return finish(std::move(call));
    }
    env::Core& home = call->home;
    auto ask = [world = world_of(*call), &limits = cloudwatch_.limits(), &fetch = fetches_[index]](engine::Lane& lane) {
      return fetch_from(lane, world, limits, fetch);
    };
    gather<Points>(cloudwatch_.engine(), home, std::move(ask),
                   [this, index, call = std::move(call)](auto answers) mutable {
                     if (!answers) return finish(std::move(call), std::move(answers.error()));
                     for (auto& lane : *answers) merge(points_[index], std::move(lane));
                     fetch_next(std::move(call), index + 1);
                   });
  }

  // --- before ---
  Outcome<void> prepare(const Call& call) {
    const auto& limits = cloudwatch_.limits();
    if (in_.start_time >= in_.end_time) {
      return refuse(validation("The parameter StartTime must be less than the parameter EndTime."));
    }
    if (in_.metric_data_queries.empty()) return refuse(missing("MetricDataQueries"));
    if (in_.metric_data_queries.size() > limits.queries_max) {
      return refuse(validation(
          fmt::format("The collection MetricDataQueries must not have a size greater than {}.", limits.queries_max)));
    }
    now_ = call.home.now();
    for (std::size_t i = 0; i < in_.metric_data_queries.size(); ++i) {
      if (auto ok = add(in_.metric_data_queries[i], i); !ok) return ok;
    }
    if (std::ranges::none_of(in_.metric_data_queries, is_returned)) {
      return refuse(validation("At least one of the queries must have ReturnData true."));
    }
    if (scanned_ > limits.scanned_points_max) {
      return refuse(validation(fmt::format("You have requested up to {} datapoints, which exceeds the limit of {}.",
                                           scanned_, limits.scanned_points_max)));
    }
    for (std::size_t i = 0; i < queries_.size(); ++i) {
      if (auto ok = check_names(i); !ok) return ok;
    }
    return check_token();
  }

  static bool is_returned(const MetricDataQuery& query) { return query.return_data.value_or(true); }

  Outcome<void> add(const MetricDataQuery& query, std::size_t index) {
    if (!is_id(query.id)) {
      return refuse(validation(
          fmt::format("The value {} for parameter MetricDataQueries.member.{}.Id is not matching the expected pattern "
                      "^[a-z][a-zA-Z0-9_]*$",
                      query.id, index + 1)));
    }
    if (!by_id_.emplace(query.id, index).second) {
      return refuse(
          validation(fmt::format("The values for parameter Id in MetricDataQueries are not unique: {}", query.id)));
    }
    if (query.metric_stat.has_value() == query.expression.has_value()) {
      return refuse(validation(fmt::format(
          "Exactly one of MetricStat and Expression must be specified in MetricDataQueries.member.{}.", index + 1)));
    }
    return query.metric_stat ? add_metric(query, index) : add_expression(query);
  }

  Outcome<void> add_metric(const MetricDataQuery& query, std::size_t index) {
    const auto where = fmt::format("MetricDataQueries.member.{}.MetricStat.", index + 1);
    const auto& asked = *query.metric_stat;
    if (!asked.metric.namespace_) return refuse(missing(where + "Metric.Namespace"));
    if (!asked.metric.metric_name) return refuse(missing(where + "Metric.MetricName"));
    auto metric = check_metric(*asked.metric.namespace_, *asked.metric.metric_name, asked.metric.dimensions,
                               where + "Metric.", cloudwatch_.limits());
    if (!metric) return refuse(std::move(metric.error()));
    auto period = check_period(asked.period, where + "Period");
    if (!period) return refuse(std::move(period.error()));
    const auto statistic = parse_statistic(asked.stat);
    if (!statistic) {
      return refuse(validation(fmt::format(
          "The value {} for parameter {}Stat is invalid. This server offers SampleCount, Average, Sum, Minimum, "
          "Maximum and p0 to p100.",
          asked.stat, where)));
    }
    Query made;
    made.fetch = fetches_.size();
    made.statistic = *statistic;
    made.minutes = *period;
    queries_.push_back(std::move(made));
    fetches_.push_back(fetch_of(std::move(*metric), asked.unit, *period));
    return {};
  }

  Fetch fetch_of(MetricName metric, const std::optional<std::string>& unit, std::int32_t minutes) {
    const auto& limits = cloudwatch_.limits();
    const Minutes period(minutes);
    // What is older or later than what can be there costs nothing.
    const auto start = metrics::minute_of(std::max(in_.start_time, now_ - limits.kept - Minutes(minutes)));
    const auto end = metrics::minute_of(std::min(in_.end_time, now_ + limits.newest) + Minutes(1) - Duration(1));
    const auto from = start - start.time_since_epoch() % period;
    if (end > from) scanned_ += static_cast<std::size_t>((end - from) / period) + 1;
    return {.metric = std::move(metric), .unit = unit, .from = from, .to = std::max(from, end), .period = period};
  }

  Outcome<void> add_expression(const MetricDataQuery& query) {
    auto parsed = parse_expression(*query.expression, {.bytes_max = cloudwatch_.limits().expression_bytes_max,
                                                       .depth_max = cloudwatch_.limits().expression_depth_max});
    if (!parsed) return refuse(in_expression(query.id, parsed.error()));
    Query made;
    made.expression = std::move(*parsed);
    if (query.period) {
      auto period = check_period(*query.period, "Period");
      if (!period) return refuse(std::move(period.error()));
      made.minutes = *period;
    } else {
      made.minutes = 0;  // of what it uses: period_of()
    }
    queries_.push_back(std::move(made));
    return {};
  }

  static Failure in_expression(std::string_view id, std::string_view why) {
    return validation(fmt::format("Error in expression '{}': {}", id, why));
  }

  // Every name is that of a query, and no expression uses itself.
  Outcome<void> check_names(std::size_t index) {
    std::set<std::size_t> done;
    std::vector<std::size_t> open{index};
    const auto& id = in_.metric_data_queries[index].id;
    while (!open.empty()) {
      const auto& query = queries_[open.back()];
      open.pop_back();
      if (!query.expression) continue;
      for (const auto& name : names_in(*query.expression)) {
        const auto found = by_id_.find(name);
        if (found == by_id_.end()) return refuse(in_expression(id, fmt::format("{} is not the id of a query", name)));
        if (found->second == index) return refuse(in_expression(id, "it uses itself"));
        if (done.insert(found->second).second) open.push_back(found->second);
      }
    }
    return {};
  }

  Outcome<void> check_token() {
    std::string about =
        fmt::format("{} {} {}", to_ms(in_.start_time), to_ms(in_.end_time), in_.scan_by.value_or(std::string()));
    for (const auto& query : in_.metric_data_queries) {
      about += fmt::format(" {} {}", query.id, query.expression.value_or(std::string()));
      if (query.metric_stat) about += query.metric_stat->metric.metric_name.value_or(std::string());
    }
    about_ = stable_hash(about);
    if (!in_.next_token) return {};
    const auto given = read_token(*in_.next_token, about_);
    if (!given) return refuse(invalid_token());
    given_ = *given;
    return {};
  }

  // --- after ---
  Outcome<void> complete() {
    values_.resize(queries_.size());
    points_left_ = cloudwatch_.limits().computed_points_max;
    for (std::size_t i = 0; i < queries_.size(); ++i) {
      if (auto ok = compute(i); !ok) return ok;
    }
    room_ = static_cast<std::size_t>(
        in_.max_datapoints.value_or(static_cast<std::int32_t>(cloudwatch_.limits().data_points_max)));
    left_to_skip_ = given_;
    for (std::size_t i = 0; i < queries_.size(); ++i) {
      if (!is_returned(in_.metric_data_queries[i])) continue;
      if (auto ok = describe(i); !ok) return ok;
    }
    if (cut_) out_.next_token = make_token(about_, given_ + shown_);
    return {};
  }

  Line line_of(const Query& query) const {
    Points periods;
    for (const auto& [at, summary] : points_[query.fetch]) periods[{at.start, {}}].merge(summary);
    Line line;
    for (const auto& [at, summary] : periods) {
      if (const auto value = value_of(summary, query.statistic)) line[at.start] = *value;
    }
    return line;
  }

  Outcome<void> compute(std::size_t index) {
    if (values_[index]) return {};
    const auto& query = queries_[index];
    if (!query.expression) {
      values_[index] = line_of(query);
      return {};
    }
    // What it uses first; check_names() has seen to it that this ends.
    Scope scope;
    scope.find = [this](std::string_view name) -> const Value* {
      const auto found = by_id_.find(std::string(name));
      return found == by_id_.end() || !values_[found->second] ? nullptr : &*values_[found->second];
    };
    for (const auto& name : names_in(*query.expression)) {
      if (auto ok = compute(by_id_.at(name)); !ok) return ok;
    }
    if (uses_metrics(*query.expression)) {
      for (std::size_t i = 0; i < queries_.size(); ++i) {
        if (!queries_[i].expression) scope.metrics.emplace_back(in_.metric_data_queries[i].id, line_of(queries_[i]));
      }
    }
    const auto minutes = minutes_of(query);
    scope.period = minutes * 60;
    scope.points_left = &points_left_;
    const auto span = fetch_of({}, {}, minutes);
    scope.begin = span.from;
    scope.end = span.to;
    auto value = evaluate(*query.expression, scope);
    if (!value) return refuse(in_expression(in_.metric_data_queries[index].id, value.error()));
    values_[index] = std::move(*value);
    return {};
  }

  // Of an expression: its own, or the longest of what it uses.
  std::int32_t minutes_of(const Query& query) const {
    if (query.minutes > 0) return query.minutes;
    std::int32_t longest = 0;
    for (const auto& name : names_in(*query.expression)) {
      longest = std::max(longest, minutes_of(queries_[by_id_.at(name)]));
    }
    if (longest > 0) return longest;
    for (const auto& each : queries_) longest = std::max(longest, each.minutes);
    return std::max(longest, 1);
  }

  Outcome<void> describe(std::size_t index) {
    const auto& query = in_.metric_data_queries[index];
    const Value& value = *values_[index];
    if (std::holds_alternative<double>(value)) {
      return refuse(in_expression(query.id, "it gives a number; the result must be a time series"));
    }
    auto label = query.label.value_or(query.metric_stat ? *query.metric_stat->metric.metric_name : query.id);
    if (const auto* line = std::get_if<Line>(&value)) {
      add_result(query.id, std::move(label), *line);
      return {};
    }
    const auto& lines = std::get<Lines>(value);
    for (std::size_t i = 0; i < lines.size(); ++i) add_result(query.id, fmt::format("{} {}", label, i + 1), lines[i]);
    return {};
  }

  void add_result(const std::string& id, std::string label, const Line& line) {
    auto& result = out_.metric_data_results.emplace_back();
    result.id = id;
    result.label = std::move(label);
    result.status_code = "Complete";
    const auto add = [&](Minute at, double point) {
      if (left_to_skip_ > 0) {
        --left_to_skip_;
      } else if (shown_ == room_) {
        cut_ = true;
        result.status_code = "PartialData";
      } else {
        ++shown_;
        result.timestamps.push_back(at);
        result.values.push_back(point);
      }
    };
    if (in_.scan_by.value_or("TimestampDescending") == "TimestampAscending") {
      for (auto at = line.begin(); at != line.end(); ++at) add(at->first, at->second);
    } else {
      for (auto at = line.rbegin(); at != line.rend(); ++at) add(at->first, at->second);
    }
  }

  Time now_{};
  std::vector<Query> queries_;  // as they stand in the request
  std::map<std::string, std::size_t> by_id_;
  std::vector<Fetch> fetches_;
  std::size_t scanned_ = 0;
  std::uint64_t about_ = 0;
  std::size_t given_ = 0;
  std::vector<Points> points_;  // by fetch
  std::vector<std::optional<Value>> values_;
  std::size_t points_left_ = 0;  // that expressions may still make
  std::size_t room_ = 0;
  std::size_t left_to_skip_ = 0;
  std::size_t shown_ = 0;
  bool cut_ = false;
};

}  // namespace

ActionPtr make_handler(op::GetMetricData, CloudWatch& cloudwatch) {
  return std::make_unique<GetMetricData>(cloudwatch);
}

}  // namespace millrace::aws::cloudwatch
