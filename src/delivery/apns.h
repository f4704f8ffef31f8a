// APNs: pushes to devices of Apple, over HTTP/2 with a token that a key signs (ES256), or with a certificate.
#pragma once
#include <memory>

#include "delivery/push.h"

namespace millrace::delivery {

// Credentials: PlatformCredential is the signing key (.p8), PlatformPrincipal its id, and ApplePlatformTeamID and
// ApplePlatformBundleID are needed. Without those two, PlatformPrincipal is a certificate and PlatformCredential its key.
Result<std::shared_ptr<PushProvider>> make_apns_provider(PushPlatform platform, const PlatformCredentials& credentials,
                                                         const PushUrls& urls, env::Core& core, HttpClient& http);

// What a certificate of Apple's for pushes says: whose it is (the bundle's id, empty if it names none) and until when.
struct ApnsCertificate {
  std::shared_ptr<const ClientCertificate> login;
  std::string bundle_id;
  Time expires{};
};
// ErrorCode::invalid when one of them is not PEM or they do not belong together; the message names the attribute.
Result<ApnsCertificate> read_apns_certificate(const PlatformCredentials& credentials);

Outcome read_apns_answer(const Result<HttpAnswer>& answer);

}  // namespace millrace::delivery
