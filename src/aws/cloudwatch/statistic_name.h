// StatisticName: which figure of a Summary is asked for: "Average", "p99.9".
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "aws/cloudwatch/summary.h"

namespace millrace::aws::cloudwatch {

struct StatisticName {
  enum class Kind : std::uint8_t { sample_count, average, sum, minimum, maximum, percentile };
  Kind kind = Kind::average;
  double percent = 0;  // of a percentile
};

// Nothing for a name that is not known here: trimmed and winsorized means and the like are not offered.
std::optional<StatisticName> parse_statistic(std::string_view name);
// Nothing when the summary does not tell.
std::optional<double> value_of(const Summary& summary, const StatisticName& statistic);

}  // namespace millrace::aws::cloudwatch
