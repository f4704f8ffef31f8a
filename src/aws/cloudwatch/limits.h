// Limits of the service, in one table: the column `aws` is the service's own, `relaxed` lifts what only gets in the way on
// one's own machines. Ranges of single members stand in models/aws/cloudwatch.model.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace millrace::aws::cloudwatch {

struct Limits {
  std::size_t request_bytes_max;        // of PutMetricData
  std::size_t data_max;                 // of one PutMetricData
  std::size_t values_max;               // of one datum
  std::size_t dimensions_max;           // of one metric
  std::size_t statistics_points_max;    // datapoints of one GetMetricStatistics
  std::size_t extended_statistics_max;  // of one GetMetricStatistics
  std::size_t queries_max;              // of one GetMetricData
  std::size_t data_points_max;          // datapoints in one answer of GetMetricData
  std::size_t scanned_points_max;       // datapoints that one GetMetricData may go through, before MaxDatapoints
  std::size_t computed_points_max;      // datapoints that the expressions of one GetMetricData may make on their way
  std::size_t expression_depth_max;     // parentheses and function calls within each other
  std::size_t expression_bytes_max;
  std::size_t list_page;
  std::size_t metrics_max;  // custom metrics of an account in a region
  Duration oldest;          // a datum's time, before now
  Duration newest;          // and after it
  Duration kept;            // of custom metrics, by the minute
  Duration kept_short;      // the same when their table is nearly full
};

inline constexpr Limits aws_limits{
    .request_bytes_max = 1 << 20,
    .data_max = 1'000,
    .values_max = 150,
    .dimensions_max = 30,
    .statistics_points_max = 1'440,
    .extended_statistics_max = 10,
    .queries_max = 500,
    .data_points_max = 100'800,
    .scanned_points_max = 1'000'000,
    .computed_points_max = 3'000'000,
    .expression_depth_max = 32,
    .expression_bytes_max = 2'048,
    .list_page = 500,
    .metrics_max = 20'000,
    .oldest = std::chrono::days(14),
    .newest = std::chrono::hours(2),
    .kept = std::chrono::days(15),
    .kept_short = std::chrono::days(1),
};

inline constexpr Limits relaxed_limits = [] {
  Limits limits = aws_limits;
  limits.request_bytes_max = 8 << 20;
  limits.statistics_points_max = 21'600;  // fifteen days of minutes
  return limits;
}();

}  // namespace millrace::aws::cloudwatch
