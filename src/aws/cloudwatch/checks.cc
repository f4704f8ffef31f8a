// Checks that several operations share.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/cloudwatch/handlers.h"

namespace millrace::aws::cloudwatch {
namespace {

// Printable ASCII, and something else than blanks.
bool is_name(std::string_view text) {
  const bool printable = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  return printable && text.find_first_not_of(' ') != std::string_view::npos;
}

}  // namespace

Outcome<MetricName> check_metric(std::string_view name_space, std::string_view name,
                                 const std::vector<models::cloudwatch::Dimension>& dimensions, std::string_view where,
                                 const Limits& limits) {
  if (!is_name(name_space) || name_space.starts_with(':')) {
    return refuse(invalid_value(name_space, "Namespace"));
  }
  if (!is_name(name)) return refuse(invalid_value(name, fmt::format("{}MetricName", where)));
  if (dimensions.size() > limits.dimensions_max) {
    return refuse(invalid(fmt::format("The collection {}Dimensions must not have a size greater than {}.", where,
                                      limits.dimensions_max)));
  }
  MetricName metric{.name_space = std::string(name_space), .name = std::string(name), .dimensions = {}};
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    const auto& [key, value] = dimensions[i];
    const auto at = [&](std::string_view member) {
      return fmt::format("{}Dimensions.member.{}.{}", where, i + 1, member);
    };
    if (!is_name(key) || key.starts_with(':')) return refuse(invalid_value(key, at("Name")));
    if (!is_name(value)) return refuse(invalid_value(value, at("Value")));
    metric.dimensions.emplace_back(key, value);
  }
  std::ranges::sort(metric.dimensions);
  const auto twice = std::ranges::adjacent_find(metric.dimensions, {}, &std::pair<std::string, std::string>::first);
  if (twice != metric.dimensions.end()) {
    return refuse(invalid(fmt::format("The dimension {} is given twice in {}Dimensions.", twice->first, where)));
  }
  return metric;
}

Outcome<std::int32_t> check_period(std::int32_t seconds, std::string_view parameter) {
  constexpr std::array<std::int32_t, 5> short_periods{1, 5, 10, 20, 30};
  if (std::ranges::find(short_periods, seconds) != short_periods.end()) return 1;
  if (seconds > 0 && seconds % 60 == 0) return seconds / 60;
  return refuse(invalid_value(std::to_string(seconds), parameter, "It must be 1, 5, 10, 20, 30 or a multiple of 60."));
}

}  // namespace millrace::aws::cloudwatch
