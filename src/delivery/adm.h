// ADM: pushes to devices of Amazon, with an access token for a client's id and secret (OAuth 2).
#pragma once
#include <memory>
#include <string_view>

#include "delivery/push.h"

namespace millrace::delivery {

// Credentials: PlatformPrincipal is the client's id, PlatformCredential its secret.
Result<std::shared_ptr<PushProvider>> make_adm_provider(const PlatformCredentials& credentials, const PushUrls& urls,
                                                        env::Core& core, HttpClient& http);

Outcome read_adm_answer(const HttpAnswer& answer, std::string_view device_token);

}  // namespace millrace::delivery
