// PutMetricData: the values of a call become minutes of their metrics.
#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "aws/cloudwatch/fetch.h"
#include "aws/cloudwatch/handlers.h"
#include "aws/gather.h"

namespace millrace::aws::cloudwatch {
namespace {

using models::cloudwatch::MetricDatum;

// The range of a value at CloudWatch: -2^360 to 2^360, and a number.
bool is_value(double value) { return std::isfinite(value) && std::fabs(value) <= std::ldexp(1.0, 360); }

class PutMetricData final : public Handler<op::PutMetricData> {
 public:
  using Handler::Handler;

 private:
  void handle(CallPtr call) override {
    if (auto ok = prepare(*call); !ok) return finish(std::move(call), std::move(ok.error()));
    auto& engine = cloudwatch_.engine();
    table_ = world_of(*call).table_key();
    env::Core& home = call->home;
    engine.run(engine.lane_of(table_), home, [this, call = std::move(call)](engine::Lane& lane) mutable {
      auto outcome = check_serving(lane);
      if (outcome) outcome = put(lane);
      if (!outcome) {
        call->failure = std::move(outcome.error());
        return go_home(lane.core(), std::move(call), [](CallPtr back) { finish(std::move(back)); });
      }
      lane.when_durable([&core = lane.core(), call = std::move(call)](Result<void> durable) mutable {
        if (!durable) call->failure = failure_of(durable.error());
        go_home(core, std::move(call), [](CallPtr back) { finish(std::move(back)); });
      });
    });
  }

  // --- at home ---
  Outcome<void> prepare(Call& call) {
    const auto& limits = cloudwatch_.limits();
    if (call.request.body.size() > limits.request_bytes_max) {
      return refuse(Failure{&errors::request_entity_too_large,
                            fmt::format("The request is larger than {} bytes.", limits.request_bytes_max)});
    }
    if (in_.namespace_.starts_with("AWS/")) {
      return refuse(
          invalid_value(in_.namespace_, "Namespace", "Namespaces that begin with AWS/ are the service's own."));
    }
    now_ = call.home.now();
    std::size_t count = in_.metric_data.size();
    for (const auto& entity : in_.entity_metric_data) count += entity.metric_data.size();
    if (count == 0) return refuse(missing("MetricData"));
    if (count > limits.data_max) {
      return refuse(
          invalid(fmt::format("The collection MetricData must not have a size greater than {}.", limits.data_max)));
    }
    data_.reserve(count);
    for (std::size_t i = 0; i < in_.metric_data.size(); ++i) {
      if (auto ok = add(in_.metric_data[i], fmt::format("MetricData.member.{}.", i + 1)); !ok) return ok;
    }
    // Entities are how AWS relates metrics to its own resources; here their metrics are metrics like others.
    for (std::size_t i = 0; i < in_.entity_metric_data.size(); ++i) {
      const auto& data = in_.entity_metric_data[i].metric_data;
      for (std::size_t j = 0; j < data.size(); ++j) {
        const auto where = fmt::format("EntityMetricData.member.{}.MetricData.member.{}.", i + 1, j + 1);
        if (auto ok = add(data[j], where); !ok) return ok;
      }
    }
    return {};
  }

  Outcome<void> add(const MetricDatum& datum, const std::string& where) {
    const auto& limits = cloudwatch_.limits();
    auto metric = check_metric(in_.namespace_, datum.metric_name, datum.dimensions, where, limits);
    if (!metric) return refuse(std::move(metric.error()));
    const Time time = datum.timestamp.value_or(now_);
    if (time < now_ - limits.oldest || time > now_ + limits.newest) {
      return refuse(invalid(fmt::format(
          "The parameter {}Timestamp must specify a time within the past two weeks and the next two hours.", where)));
    }
    const auto resolution = datum.storage_resolution.value_or(60);
    if (resolution != 1 && resolution != 60) {
      return refuse(invalid_value(std::to_string(resolution), where + "StorageResolution", "It must be 1 or 60."));
    }
    Datum made{
        .metric = to_text(*metric, datum.unit.value_or("None")), .minute = metrics::minute_of(time), .values = {}};
    if (auto ok = read_values(datum, where, made.values); !ok) return ok;
    data_.push_back(std::move(made));
    return {};
  }

  Outcome<void> read_values(const MetricDatum& datum, const std::string& where, Summary& into) const {
    const int given = (datum.value ? 1 : 0) + (datum.statistic_values ? 1 : 0) + (datum.values.empty() ? 0 : 1);
    if (given == 0) {
      return refuse(missing(fmt::format("{0}Value, {0}Values or {0}StatisticValues", where)));
    }
    if (given > 1) {
      const auto first = datum.value ? "Value" : "StatisticValues";
      const auto second = datum.value && datum.statistic_values ? "StatisticValues" : "Values";
      return refuse(both_given(where + first, where + second));
    }
    if (datum.values.empty() && !datum.counts.empty()) {
      return refuse(combination(fmt::format("The parameter {0}Counts needs {0}Values.", where)));
    }
    if (datum.statistic_values) return read_set(*datum.statistic_values, where, into);
    if (datum.value) {
      if (!is_value(*datum.value)) return refuse(invalid_value(fmt::format("{}", *datum.value), where + "Value"));
      into.add(*datum.value);
      return {};
    }
    return read_list(datum, where, into);
  }

  static Outcome<void> read_set(const models::cloudwatch::StatisticSet& set, const std::string& where, Summary& into) {
    for (const double value : {set.sample_count, set.sum, set.minimum, set.maximum}) {
      if (!is_value(value)) return refuse(invalid_value(fmt::format("{}", value), where + "StatisticValues"));
    }
    if (set.sample_count <= 0) {
      return refuse(invalid_value(fmt::format("{}", set.sample_count), where + "StatisticValues.SampleCount",
                                  "It must be greater than 0."));
    }
    if (set.minimum > set.maximum) {
      return refuse(combination(fmt::format(
          "The parameter {0}StatisticValues.Minimum must not be greater than {0}StatisticValues.Maximum.", where)));
    }
    into.add_set(set.sample_count, set.sum, set.minimum, set.maximum);
    return {};
  }

  Outcome<void> read_list(const MetricDatum& datum, const std::string& where, Summary& into) const {
    const auto values_max = cloudwatch_.limits().values_max;
    if (datum.values.size() > values_max) {
      return refuse(
          invalid(fmt::format("The collection {}Values must not have a size greater than {}.", where, values_max)));
    }
    if (!datum.counts.empty() && datum.counts.size() != datum.values.size()) {
      return refuse(combination(fmt::format("The parameters {0}Values and {0}Counts must have the same size.", where)));
    }
    for (std::size_t i = 0; i < datum.values.size(); ++i) {
      const double count = datum.counts.empty() ? 1 : datum.counts[i];
      if (!is_value(datum.values[i])) {
        return refuse(
            invalid_value(fmt::format("{}", datum.values[i]), fmt::format("{}Values.member.{}", where, i + 1)));
      }
      if (!is_value(count) || count <= 0) {
        return refuse(invalid_value(fmt::format("{}", count), fmt::format("{}Counts.member.{}", where, i + 1)));
      }
      into.add(datum.values[i], count);
    }
    return {};
  }

  // --- on the lane ---
  Outcome<void> put(engine::Lane& lane) {
    broker::Table* const table = broker::open_table(lane, table_);
    if (table == nullptr) return refuse(failure_of({ErrorCode::unavailable, "the metrics cannot be opened"}));
    MetricStore store(*table, cloudwatch_.limits());
    const auto now = metrics::minute_of(lane.now());
    auto written = store.put(data_, now, cloudwatch_.cursor(lane.id(), table_));
    if (written) return {};
    if (written.error().code == ErrorCode::over_limit) {
      return refuse(Failure{&errors::limit_exceeded_fault, written.error().message});
    }
    return refuse(failure_of(written.error()));
  }

  Time now_{};
  std::string table_;
  std::vector<Datum> data_;
};

}  // namespace

ActionPtr make_handler(op::PutMetricData, CloudWatch& cloudwatch) {
  return std::make_unique<PutMetricData>(cloudwatch);
}

}  // namespace millrace::aws::cloudwatch
