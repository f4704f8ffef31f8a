#include "aws/cloudwatch/statistic_name.h"

#include <array>
#include <charconv>

namespace millrace::aws::cloudwatch {
namespace {

constexpr std::array<std::string_view, 5> plain_names{"SampleCount", "Average", "Sum", "Minimum", "Maximum"};
constexpr std::size_t percentile_digits_max = 12;  // of "99.9999999999"

}  // namespace

std::optional<StatisticName> parse_statistic(std::string_view name) {
  for (std::size_t i = 0; i < plain_names.size(); ++i) {
    if (name == plain_names[i]) return StatisticName{.kind = static_cast<StatisticName::Kind>(i), .percent = 0};
  }
  if (!name.starts_with('p') || name.size() < 2 || name.size() > percentile_digits_max + 2) return std::nullopt;
  const auto digits = name.substr(1);
  if (digits.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  double percent = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), percent);
  if (error != std::errc() || end != digits.data() + digits.size() || percent > 100) return std::nullopt;
  return StatisticName{.kind = StatisticName::Kind::percentile, .percent = percent};
}

std::optional<double> value_of(const Summary& summary, const StatisticName& statistic) {
  switch (statistic.kind) {
    case StatisticName::Kind::sample_count: return summary.count();
    case StatisticName::Kind::average: return summary.average();
    case StatisticName::Kind::sum: return summary.sum();
    case StatisticName::Kind::minimum: return summary.min();
    case StatisticName::Kind::maximum: return summary.max();
    case StatisticName::Kind::percentile: return summary.percentile(statistic.percent);
  }
  return std::nullopt;
}

}  // namespace millrace::aws::cloudwatch
