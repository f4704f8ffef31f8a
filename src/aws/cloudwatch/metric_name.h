// MetricName: what a metric is called: its namespace, its name, its dimensions.
#pragma once
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::aws::cloudwatch {

// Account and region; metrics of different worlds never meet.
struct World {
  std::string region;
  std::string account;
  // The partition that holds the custom metrics.
  std::string table_key() const { return "cloudwatch/" + region + "/" + account; }
  // What the keys of a service's things begin with: "sqs/us-east-1/000000000000/".
  std::string prefix(std::string_view service) const;
};

struct MetricName {
  std::string name_space;
  std::string name;
  std::vector<std::pair<std::string, std::string>> dimensions;  // in order

  // The value of a dimension.
  std::optional<std::string_view> find(std::string_view dimension) const;
  auto operator<=>(const MetricName&) const = default;
};

// A metric with its unit as one text, whose order is that of namespaces, then names, then dimensions. None of the parts
// holds a NUL. Stored: docs/format/cloudwatch.md.
std::string to_text(const MetricName& metric, std::string_view unit);
// The beginning that this metric has in every unit.
std::string to_prefix(const MetricName& metric);
struct NamedUnit {
  MetricName metric;
  std::string unit;
};
std::optional<NamedUnit> from_text(std::string_view text);

}  // namespace millrace::aws::cloudwatch
