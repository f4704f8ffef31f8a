// APNs: pushes to devices of Apple, over HTTP/2 with a token that a key signs (ES256).
#pragma once
#include <memory>

#include "delivery/push.h"

namespace millrace::delivery {

// Credentials: PlatformCredential is the signing key (.p8), PlatformPrincipal its id, and ApplePlatformTeamID and
// ApplePlatformBundleID are needed. A certificate instead (which has neither) is ErrorCode::unsupported.
Result<std::shared_ptr<PushProvider>> make_apns_provider(PushPlatform platform, const PlatformCredentials& credentials,
                                                         const PushUrls& urls, env::Core& core, HttpClient& http);

Outcome read_apns_answer(const Result<HttpAnswer>& answer);

}  // namespace millrace::delivery
