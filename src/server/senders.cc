#include "server/senders.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "delivery/smpp_client.h"
#include "delivery/sms_http.h"
#include "server/text_file.h"

namespace millrace::server {
namespace {

constexpr std::size_t smpp_password_max = 8;  // the protocol's

Result<std::unique_ptr<delivery::SmsGateway>> make_smpp(const Config& config, env::Core& core, env::Net& net) {
  delivery::SmppOptions options{.address = config.smpp_address, .bind = {.system_id = config.smpp_system_id}};
  if (!config.smpp_password_file.empty()) {
    auto password = read_secret("smpp_password_file", config.smpp_password_file);
    if (!password) return pass(password);
    if (password->size() > smpp_password_max) {
      return fail(ErrorCode::invalid, fmt::format("smpp_password_file = \"{}\" holds {} characters; allowed: up to {}",
                                                  config.smpp_password_file, password->size(), smpp_password_max));
    }
    options.bind.password = std::move(*password);
  }
  return std::make_unique<delivery::SmppClient>(core, net, std::move(options));
}

void take(const std::string& value, std::string& into) {
  if (!value.empty()) into = value;
}

}  // namespace

Result<std::string> read_secret(std::string_view key, const std::string& path) {
  auto text = read_text_file(fmt::format("{} = \"{}\"", key, path), path, "the path of a file");
  while (text && (text->ends_with('\n') || text->ends_with('\r'))) text->pop_back();
  return text;
}

Result<delivery::LambdaEndpoint> lambda_endpoint(const Config& config) {
  // Who does not check signatures may still want one.
  delivery::LambdaEndpoint endpoint{.credentials = {.access_key = "test", .secret_key = "test"}};
  take(config.lambda_url, endpoint.url);
  if (!config.lambda_access_key.empty()) {
    auto secret = read_secret("lambda_secret_key_file", config.lambda_secret_key_file);
    if (!secret) return pass(secret);
    endpoint.credentials = {.access_key = config.lambda_access_key, .secret_key = std::move(*secret)};
  }
  return endpoint;
}

delivery::PushUrls push_urls(const Config& config) {
  delivery::PushUrls urls;
  const std::pair<const std::string&, std::string&> places[] = {
      {config.apns_url, urls.apns}, {config.apns_sandbox_url, urls.apns_sandbox},
      {config.fcm_url, urls.fcm},   {config.fcm_token_url, urls.fcm_token},
      {config.adm_url, urls.adm},   {config.adm_token_url, urls.adm_token}};
  for (const auto& [from, to] : places) {
    take(from, to);
    while (to.ends_with('/')) to.pop_back();
  }
  return urls;
}

Result<std::unique_ptr<delivery::SmsGateway>> make_sms_gateway(const Config& config, env::Core& core, env::Net& net,
                                                               delivery::HttpClient& http) {
  if (!config.smpp_address.empty()) return make_smpp(config, core, net);
  if (config.sms_url.empty()) return nullptr;
  auto headers = delivery::read_header_lines(config.sms_headers);
  if (!headers) return pass(headers);
  return std::make_unique<delivery::SmsHttp>(
      http,
      delivery::SmsHttpOptions{
          .method = config.sms_method, .url = config.sms_url, .headers = std::move(*headers), .body = config.sms_body});
}

}  // namespace millrace::server
