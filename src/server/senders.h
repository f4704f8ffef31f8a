// What sends to other servers, as the configuration describes it.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "delivery/http_client.h"
#include "delivery/lambda.h"
#include "delivery/push.h"
#include "delivery/sms.h"
#include "env/core.h"
#include "env/net.h"
#include "server/config.h"

namespace millrace::server {

// The only line of the file that the key names.
Result<std::string> read_secret(std::string_view key, const std::string& path);
// Reads the secret; fails when that is not possible.
Result<delivery::LambdaEndpoint> lambda_endpoint(const Config& config);
delivery::PushUrls push_urls(const Config& config);
// Null when none is configured. The gateway lives on `core`; net and client must outlive it. Fails when the password cannot
// be read or is none that SMPP takes.
Result<std::unique_ptr<delivery::SmsGateway>> make_sms_gateway(const Config& config, env::Core& core, env::Net& net,
                                                               delivery::HttpClient& http);

}  // namespace millrace::server
