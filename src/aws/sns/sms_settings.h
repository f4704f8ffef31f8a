// Settings of an account's text messages (SetSMSAttributes), as those read them who send.
#pragma once
#include <string_view>

#include "aws/sns/account.h"
#include "aws/sns/topic_attributes.h"
#include "delivery/money.h"
#include "delivery/sms.h"

namespace millrace::aws::sns {

inline constexpr std::string_view spend_limit_setting = "MonthlySpendLimit";  // whole dollars
inline constexpr std::string_view spend_limit_default = "1";
inline constexpr int spend_limit_most = 1'000'000;
inline constexpr std::string_view status_role_setting = "DeliveryStatusIAMRole";
inline constexpr std::string_view status_sampling_setting = "DeliveryStatusSuccessSamplingRate";
inline constexpr std::string_view default_sender_setting = "DefaultSenderID";
inline constexpr std::string_view default_type_setting = "DefaultSMSType";
inline constexpr std::string_view promotional_type = "Promotional";
inline constexpr std::string_view transactional_type = "Transactional";

inline std::string_view name_of(delivery::Sms::Type type) {
  return type == delivery::Sms::Type::transactional ? transactional_type : promotional_type;
}

// What an account may spend in a month.
inline delivery::MicroUsd spend_limit_of(const Attributes& settings) {
  const auto& limit = annotation(settings, spend_limit_setting);
  return delivery::read_usd(limit.empty() ? spend_limit_default : limit).value_or(delivery::MicroUsd{});
}

}  // namespace millrace::aws::sns
