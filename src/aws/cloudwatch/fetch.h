// Fetch: the summaries of one metric in a range of time, wherever they come from: the lane's metrics table for AWS/SQS and
// AWS/Kinesis, the table of custom metrics for everything else.
//
// fetch_from() runs on every lane and gives what that lane knows; merge() puts the lanes' answers together at home.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/cloudwatch/metric_name.h"
#include "aws/cloudwatch/metric_store.h"
#include "aws/cloudwatch/summary.h"
#include "engine/lane.h"
#include "metrics/metric.h"

namespace millrace::aws::cloudwatch {

struct Fetch {
  MetricName metric;
  std::optional<std::string> unit;  // only what was measured in it
  Minute from{};                    // periods begin here
  Minute to{};
  Minutes period{1};
};

struct PointAt {
  Minute start{};  // of the period
  std::string_view unit;
  auto operator<=>(const PointAt&) const = default;
};
using Points = std::map<PointAt, Summary>;

inline constexpr std::string_view sqs_namespace = "AWS/SQS";
inline constexpr std::string_view sns_namespace = "AWS/SNS";
inline constexpr std::string_view kinesis_namespace = "AWS/Kinesis";

// On the lane.
Points fetch_from(engine::Lane& lane, const World& world, const Limits& limits, const Fetch& fetch);
void merge(Points& into, Points&& from);

// The unit's name at CloudWatch, and the one among those that it knows (nothing for another text). The views stay valid.
std::string_view name_of(metrics::Unit unit);
std::optional<std::string_view> known_unit(std::string_view unit);

}  // namespace millrace::aws::cloudwatch
