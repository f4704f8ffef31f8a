#include "aws/sns/application_attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "aws/sns/errors.h"

namespace millrace::aws::sns {
namespace {

constexpr std::array<std::string_view, 9> platforms{"ADM",   "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX",
                                                    "BAIDU", "GCM",  "MPNS",         "WNS"};

// How a value is checked.
enum class Check : std::uint8_t { any, topic, role, percent, flag };
struct Row {
  std::string_view name;
  Check check;
  bool secret = false;
};
constexpr std::array<Row, 14> application_rows{{
    {"ApplePlatformBundleID", Check::any},
    {"ApplePlatformTeamID", Check::any},
    {"AppleCertificateExpirationDate", Check::any},
    {"Enabled", Check::flag},
    {"EventDeliveryFailure", Check::topic},
    {"EventEndpointCreated", Check::topic},
    {"EventEndpointDeleted", Check::topic},
    {"EventEndpointUpdated", Check::topic},
    {"FailureFeedbackRoleArn", Check::role},
    {"PlatformCredential", Check::any, true},
    {"PlatformPrincipal", Check::any, true},
    {"SuccessFeedbackRoleArn", Check::role},
    {"SuccessFeedbackSampleRate", Check::percent},
    {"AuthenticationMethod", Check::any},
}};
constexpr std::array<Row, 3> endpoint_rows{{
    {"CustomUserData", Check::any},
    {"Enabled", Check::flag},
    {"Token", Check::any},
}};
constexpr std::size_t token_bytes_max = 4096;

bool is_valid(Check check, std::string_view value) {
  if (check == Check::any || value.empty()) return true;
  if (check == Check::flag) return parse_flag(value).has_value();
  if (check == Check::percent) {
    int percent = -1;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), percent);
    return error == std::errc{} && end == value.data() + value.size() && percent >= 0 && percent <= 100;
  }
  const auto arn = parse_arn(value);
  if (!arn) return false;
  if (check == Check::role) return arn->service == "iam" && arn->resource.starts_with("role/");
  return arn->service == "sns" && is_topic_name(arn->resource);
}

Failure bad(std::string_view reason) { return invalid("Attributes", reason); }

// Flags are kept in lower case.
Outcome<void> apply(std::span<const Row> rows, const Given& given, Attributes& attributes) {
  for (const auto& [name, value] : given) {
    const auto row = std::ranges::find(rows, name, &Row::name);
    if (row == rows.end()) return refuse(bad(fmt::format("Invalid attribute name: {}", name)));
    if (!is_valid(row->check, value)) return refuse(bad(fmt::format("Invalid value for attribute: {}", name)));
    const auto flag = row->check == Check::flag ? parse_flag(value) : std::nullopt;
    annotate(attributes, name, flag ? std::string(*flag ? "true" : "false") : value);
  }
  return {};
}

}  // namespace

bool is_platform(std::string_view platform) { return std::ranges::find(platforms, platform) != platforms.end(); }

Outcome<void> apply_application_attributes(const Given& given, Attributes& attributes) {
  return apply(application_rows, given, attributes);
}

Attributes shown_application(const Attributes& attributes) {
  Attributes shown = attributes;
  for (const auto& row : application_rows) {
    if (row.secret) shown.erase(std::string(row.name));
  }
  return shown;
}

Outcome<void> apply_endpoint_attributes(const Given& given, const Limits& limits, Attributes& attributes) {
  if (auto ok = apply(endpoint_rows, given, attributes); !ok) return ok;
  if (annotation(attributes, user_data_attribute).size() > limits.user_data_bytes_max) {
    return refuse(
        bad(fmt::format("Invalid value for attribute: CustomUserData: must be at most {} bytes long in UTF-8 "
                        "encoding",
                        limits.user_data_bytes_max)));
  }
  const auto& token = annotation(attributes, token_attribute);
  if (token.empty() || token.size() > token_bytes_max) return refuse(bad("Invalid value for attribute: Token"));
  return {};
}

}  // namespace millrace::aws::sns
