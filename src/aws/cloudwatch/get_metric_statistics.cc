// GetMetricStatistics: the figures of one metric.
#include <fmt/format.h>

#include "aws/cloudwatch/fetch.h"
#include "aws/cloudwatch/handlers.h"
#include "aws/cloudwatch/statistic_name.h"
#include "aws/gather.h"

namespace millrace::aws::cloudwatch {
namespace {

class GetMetricStatistics final : public Handler<op::GetMetricStatistics> {
 public:
  using Handler::Handler;

 private:
  void handle(CallPtr call) override {
    if (auto ok = prepare(*call); !ok) return finish(std::move(call), std::move(ok.error()));
    env::Core& home = call->home;
    auto ask = [world = world_of(*call), &limits = cloudwatch_.limits(), fetch = fetch_](engine::Lane& lane) {
      return fetch_from(lane, world, limits, fetch);
    };
    gather<Points>(cloudwatch_.engine(), home, std::move(ask), [this, call = std::move(call)](auto answers) mutable {
      if (!answers) return finish(std::move(call), std::move(answers.error()));
      Points points;
      for (auto& each : *answers) merge(points, std::move(each));
      out_.label = in_.metric_name;
      for (const auto& [at, summary] : points) describe(at, summary);
      finish(std::move(call));
    });
  }

  Outcome<void> prepare(const Call& call) {
    const auto& limits = cloudwatch_.limits();
    auto metric = check_metric(in_.namespace_, in_.metric_name, in_.dimensions, {}, limits);
    if (!metric) return refuse(std::move(metric.error()));
    auto period = check_period(in_.period, "Period");
    if (!period) return refuse(std::move(period.error()));
    if (in_.start_time >= in_.end_time) {
      return refuse(invalid("The parameter StartTime must be less than the parameter EndTime."));
    }
    if (auto ok = read_statistics(); !ok) return ok;
    // What is older or later than what can be there costs nothing.
    const Time now = call.home.now();
    fetch_ = {.metric = std::move(*metric),
              .unit = in_.unit,
              .from = metrics::minute_of(in_.start_time),
              .to = metrics::minute_of(std::min(in_.end_time, now + limits.newest) + Minutes(1) - Duration(1)),
              .period = Minutes(*period)};
    const auto span = std::chrono::duration_cast<std::chrono::seconds>(in_.end_time - in_.start_time).count();
    const auto asked = (span + in_.period - 1) / in_.period;
    if (asked > static_cast<std::int64_t>(limits.statistics_points_max)) {
      return refuse(combination(
          fmt::format("You have requested up to {} datapoints, which exceeds the limit of {}. You may reduce the "
                      "datapoints requested by increasing Period, or decreasing the time range.",
                      asked, limits.statistics_points_max)));
    }
    return {};
  }

  Outcome<void> read_statistics() {
    if (in_.statistics.empty() && in_.extended_statistics.empty()) {
      return refuse(combination("At least one of the parameters Statistics and ExtendedStatistics must be specified."));
    }
    if (in_.extended_statistics.size() > cloudwatch_.limits().extended_statistics_max) {
      return refuse(invalid("The collection ExtendedStatistics is larger than allowed."));
    }
    for (std::size_t i = 0; i < in_.statistics.size(); ++i) {
      const auto statistic = parse_statistic(in_.statistics[i]);
      if (!statistic || statistic->kind == StatisticName::Kind::percentile) {
        return refuse(invalid_value(in_.statistics[i], fmt::format("Statistics.member.{}", i + 1)));
      }
      plain_.push_back(*statistic);
    }
    for (std::size_t i = 0; i < in_.extended_statistics.size(); ++i) {
      const auto statistic = parse_statistic(in_.extended_statistics[i]);
      if (!statistic || statistic->kind != StatisticName::Kind::percentile) {
        return refuse(invalid_value(in_.extended_statistics[i], fmt::format("ExtendedStatistics.member.{}", i + 1),
                                    "This server offers percentiles: p0 to p100."));
      }
      extended_.push_back(*statistic);
    }
    return {};
  }

  void describe(const PointAt& at, const Summary& summary) {
    models::cloudwatch::Datapoint point;
    point.timestamp = at.start;
    point.unit = at.unit;
    for (const auto& statistic : plain_) {
      const auto value = value_of(summary, statistic);
      switch (statistic.kind) {
        case StatisticName::Kind::sample_count: point.sample_count = value; break;
        case StatisticName::Kind::average: point.average = value; break;
        case StatisticName::Kind::sum: point.sum = value; break;
        case StatisticName::Kind::minimum: point.minimum = value; break;
        case StatisticName::Kind::maximum: point.maximum = value; break;
        case StatisticName::Kind::percentile: break;
      }
    }
    for (std::size_t i = 0; i < extended_.size(); ++i) {
      if (const auto value = value_of(summary, extended_[i])) {
        point.extended_statistics.emplace_back(in_.extended_statistics[i], *value);
      }
    }
    // Where only percentiles were asked for and none is known there is nothing to say.
    if (plain_.empty() && point.extended_statistics.empty()) return;
    out_.datapoints.push_back(std::move(point));
  }

  Fetch fetch_;
  std::vector<StatisticName> plain_;
  std::vector<StatisticName> extended_;
};

}  // namespace

ActionPtr make_handler(op::GetMetricStatistics, CloudWatch& cloudwatch) {
  return std::make_unique<GetMetricStatistics>(cloudwatch);
}

}  // namespace millrace::aws::cloudwatch
