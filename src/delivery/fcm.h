// FCM: pushes through Firebase Cloud Messaging's HTTP v1 API, with an access token for a service account (OAuth 2).
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "delivery/push.h"

namespace millrace::delivery {

// Credentials: PlatformCredential is the service account's JSON file. A key of the API that Google has shut down is
// ErrorCode::unsupported.
Result<std::shared_ptr<PushProvider>> make_fcm_provider(const PlatformCredentials& credentials, const PushUrls& urls,
                                                        env::Core& core, HttpClient& http);

// The body for messages:send. The payload is {"fcmV1Message": ...}, taken as it is, or one of the former API (notification,
// data, time_to_live, collapse_key, priority and so on), which is rewritten. ErrorCode::invalid when it is neither.
Result<std::string> fcm_body(const Push& push);

Outcome read_fcm_answer(const HttpAnswer& answer);

}  // namespace millrace::delivery
