#include "aws/cloudwatch/metric_name.h"

#include <fmt/format.h>

namespace millrace::aws::cloudwatch {

std::string World::prefix(std::string_view service) const { return fmt::format("{}/{}/{}/", service, region, account); }

std::optional<std::string_view> MetricName::find(std::string_view dimension) const {
  for (const auto& [key, value] : dimensions) {
    if (key == dimension) return value;
  }
  return std::nullopt;
}

std::string to_prefix(const MetricName& metric) {
  std::string text;
  const auto add = [&](std::string_view part) {
    text += part;
    text += '\0';
  };
  add(metric.name_space);
  add(metric.name);
  for (const auto& [key, value] : metric.dimensions) {
    add(key);
    add(value);
  }
  // A dimension's name is not empty, so this ends them.
  add({});
  return text;
}

std::string to_text(const MetricName& metric, std::string_view unit) {
  auto text = to_prefix(metric);
  text += unit;
  return text;
}

std::optional<NamedUnit> from_text(std::string_view text) {
  bool whole = true;
  const auto next = [&] {
    const auto end = text.find('\0');
    if (end == std::string_view::npos) {
      whole = false;
      return std::string();
    }
    std::string part(text.substr(0, end));
    text.remove_prefix(end + 1);
    return part;
  };
  NamedUnit named;
  named.metric.name_space = next();
  named.metric.name = next();
  while (whole) {
    auto key = next();
    if (key.empty()) break;
    named.metric.dimensions.emplace_back(std::move(key), next());
  }
  if (!whole) return std::nullopt;
  named.unit = text;
  return named;
}

}  // namespace millrace::aws::cloudwatch
