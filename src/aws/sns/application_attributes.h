// Attributes of platform applications and their endpoints: which there are, and what their values may be.
#pragma once
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "aws/sns/account.h"
#include "aws/sns/limits.h"
#include "aws/sns/topic_attributes.h"

namespace millrace::aws::sns {

bool is_platform(std::string_view platform);

// Those of CreatePlatformApplication and SetPlatformApplicationAttributes, added to what is there. An empty value removes.
Outcome<void> apply_application_attributes(const Given& given, Attributes& attributes);
// What clients read: credentials are not among it.
Attributes shown_application(const Attributes& attributes);
// Those of CreatePlatformEndpoint and SetEndpointAttributes.
Outcome<void> apply_endpoint_attributes(const Given& given, const Limits& limits, Attributes& attributes);

// Annotations that others read too.
inline constexpr std::string_view credential_attribute = "PlatformCredential";
inline constexpr std::string_view principal_attribute = "PlatformPrincipal";
inline constexpr std::string_view enabled_attribute = "Enabled";
inline constexpr std::string_view token_attribute = "Token";
inline constexpr std::string_view user_data_attribute = "CustomUserData";

}  // namespace millrace::aws::sns
