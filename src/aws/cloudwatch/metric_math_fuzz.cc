// Metric math: whatever is asked, it is refused or evaluated, within its limits.
#include "aws/cloudwatch/expression.h"

namespace cloudwatch = millrace::aws::cloudwatch;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto parsed = cloudwatch::parse_expression(text, {.bytes_max = 2048, .depth_max = 32});
  if (!parsed) return 0;
  (void)cloudwatch::names_in(**parsed);
  const auto at = [](int minute) { return cloudwatch::Minute(millrace::metrics::Minutes(minute)); };
  const cloudwatch::Value line = cloudwatch::Line{{at(0), 1}, {at(2), 2.5}};
  cloudwatch::Scope scope;
  scope.find = [&](std::string_view) { return &line; };
  scope.metrics.emplace_back("m", cloudwatch::Line{{at(1), 3}});
  scope.end = at(4);
  (void)cloudwatch::evaluate(**parsed, scope);
  return 0;
}
