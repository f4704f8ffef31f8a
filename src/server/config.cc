#include "server/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "delivery/mail_message.h"
#include "delivery/sms_http.h"
#include "engine/data_directory.h"
#include "http/message.h"

namespace millrace::server {
namespace {

bool read_switch(std::string_view value, bool& into) {
  if (value != "true" && value != "false") return false;
  into = value == "true";
  return true;
}

bool read_choice(std::string_view value, std::string_view yes, std::string_view no, bool& into) {
  if (value != yes && value != no) return false;
  into = value == yes;
  return true;
}

bool read_number(std::string_view value, std::uint32_t least, std::uint32_t most, std::uint32_t& into) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), into);
  return error == std::errc{} && end == value.data() + value.size() && into >= least && into <= most;
}

constexpr std::uint32_t cores_max = 256;
constexpr std::uint32_t kinesis_delay_max = 600'000;
constexpr std::size_t smpp_system_id_max = 15;  // the protocol's

bool read_address(std::string_view value, std::string& into) {
  into = value;
  const auto [host, port] = http::split_host(value);
  std::uint32_t number = 0;
  return !host.empty() && read_number(port, 0, 65535, number);
}

bool read_text(std::string_view value, std::string& into) {
  into = value;
  return !value.empty();
}
bool read_path(std::string_view value, std::string& into) { return read_text(value, into); }

constexpr std::string_view url_allowed = "http://HOST[:PORT][/PATH] or https://HOST[:PORT][/PATH]";

bool read_url(std::string_view value, std::string& into) {
  into = value;
  return value.starts_with("http://") || value.starts_with("https://");
}

bool read_price(std::string_view value, delivery::MicroUsd& into) {
  const auto price = delivery::read_usd(value);
  if (price) into = *price;
  return price.has_value();
}

constexpr std::uint32_t delivery_connections_most = 65536;
constexpr std::string_view networks_allowed =
    "networks such as 10.0.0.0/8 and fd00::/8, and the names metadata, loopback, private and all, with commas between "
    "them; or none";

// Only the word means that there are none: an empty list is a mistake more often.
bool read_networks(std::string_view value, std::string& into) {
  into = value == "none" ? "" : value;
  return !value.empty() && delivery::AddressRules::parse(into, "").has_value();
}

bool read_starttls(std::string_view value, std::optional<delivery::SmtpRelay::StartTls>& into) {
  using enum delivery::SmtpRelay::StartTls;
  constexpr std::pair<std::string_view, delivery::SmtpRelay::StartTls> choices[] = {
      {"never", never}, {"optional", optional}, {"required", required}};
  const auto* choice = std::ranges::find(choices, value, [](const auto& pair) { return pair.first; });
  if (choice == std::end(choices)) return false;
  into = choice->second;
  return true;
}

constexpr Key table[] = {
    {"listen", "HOST:PORT", "Address to serve on. Port 0 lets the system choose one.",
     "HOST:PORT, such as 127.0.0.1:4566, [::1]:4566 or localhost:0",
     [](Config& config, std::string_view value) { return read_address(value, config.listen); }},
    {"tls_listen", "HOST:PORT", "Address to serve on with TLS beside the other one (default: none).",
     "HOST:PORT, such as 127.0.0.1:4567, [::1]:4567 or localhost:0",
     [](Config& config, std::string_view value) { return read_address(value, config.tls_listen); }},
    {"tls_certificate", "FILE",
     "Certificate for tls_listen, followed by those of its issuers, in PEM; without it, one is made at the start.",
     "the path of a PEM file",
     [](Config& config, std::string_view value) { return read_path(value, config.tls_certificate); }},
    {"tls_key", "FILE", "Private key of tls_certificate, in PEM, without a password.", "the path of a PEM file",
     [](Config& config, std::string_view value) { return read_path(value, config.tls_key); }},
    {"data", "DIR", "Directory that holds everything; made if it does not exist.", "the path of a directory",
     [](Config& config, std::string_view value) { return read_path(value, config.data); }},
    {"durability", "sync|os",
     "When a reply leaves: sync, after the data is on disk; os, after it is handed to the operating system.",
     "sync or os",
     [](Config& config, std::string_view value) { return read_choice(value, "sync", "os", config.durable); }},
    {"limits", "aws|relaxed",
     "aws: the services' own limits and throttling; relaxed: no throttling, no waiting periods.", "aws or relaxed",
     [](Config& config, std::string_view value) { return read_choice(value, "relaxed", "aws", config.relaxed); }},
    {"lanes", "N", "Journals that work side by side; fixed when the directory is made (default: one for each core).",
     "a number from 1 to 1024",
     [](Config& config, std::string_view value) {
       return read_number(value, 1, engine::lanes_max, config.lanes.emplace());
     }},
    {"cores", "N", "Threads that serve (default: one for each core of the machine).", "a number from 1 to 256",
     [](Config& config, std::string_view value) { return read_number(value, 1, cores_max, config.cores); }},
    {"public_url", "URL",
     "Beginning of queue URLs in replies (default: as we were called) and of links in messages (as we listen).",
     "http://HOST[:PORT] or https://HOST[:PORT]",
     [](Config& config, std::string_view value) {
       config.public_url = value;
       return value.starts_with("http://") || value.starts_with("https://");
     }},
    {"trust_forwarded", "", "Believe X-Forwarded-Proto and X-Forwarded-Host (only behind a proxy that sets them).",
     "true or false",
     [](Config& config, std::string_view value) { return read_switch(value, config.trust_forwarded); }},
    {"insecure", "", "Serve addresses other than loopback although requests are not authenticated yet.",
     "true or false", [](Config& config, std::string_view value) { return read_switch(value, config.insecure); }},
    {"kinesis_delay", "MS",
     "How long streams stay CREATING, UPDATING and DELETING at least (default: 500, or 0 with relaxed limits).",
     "milliseconds, from 0 to 600000",
     [](Config& config, std::string_view value) {
       return read_number(value, 0, kinesis_delay_max, config.kinesis_delay.emplace());
     }},
    {"io_uring", "true|false", "Write the journal through io_uring where the kernel offers it.", "true or false",
     [](Config& config, std::string_view value) { return read_switch(value, config.io_uring); }},
    {"delivery_deny", "NETWORKS",
     "Networks that endpoints of subscriptions must not be in (default: metadata). Names with commas between them.",
     networks_allowed,
     [](Config& config, std::string_view value) { return read_networks(value, config.delivery_deny); }},
    {"delivery_allow", "NETWORKS", "Exceptions from delivery_deny.", networks_allowed,
     [](Config& config, std::string_view value) { return read_networks(value, config.delivery_allow); }},
    {"delivery_ca_file", "FILE", "Certificates, in PEM, that other servers' may be signed with, beside the system's.",
     "the path of a PEM file",
     [](Config& config, std::string_view value) { return read_path(value, config.delivery_ca_file); }},
    {"delivery_connections_max", "N", "Connections to other servers at once (default: 4096).",
     "a number from 8 to 65536",
     [](Config& config, std::string_view value) {
       return read_number(value, 8, delivery_connections_most, config.delivery_connections_max);
     }},
    {"smtp_url", "URL", "Relay that takes mail (default: none, and no mail is sent).",
     "smtp://HOST[:PORT] or smtps://HOST[:PORT]",
     [](Config& config, std::string_view value) {
       config.smtp_url = value;
       const auto rest = value.substr(std::min(value.find("://"), value.size()));
       return (value.starts_with("smtp://") || value.starts_with("smtps://")) && rest.size() > 3 &&
              !rest.substr(3).contains('/');
     }},
    {"smtp_user", "NAME", "Name to log in with at smtp_url.", "a name",
     [](Config& config, std::string_view value) { return read_text(value, config.smtp_user); }},
    {"smtp_password_file", "FILE", "File that holds the password of smtp_user.", "the path of a file",
     [](Config& config, std::string_view value) { return read_path(value, config.smtp_password_file); }},
    {"smtp_starttls", "WHEN",
     "STARTTLS with smtp://: never, optional (and not verified) or required (default: required with smtp_user, "
     "otherwise "
     "optional).",
     "never, optional or required",
     [](Config& config, std::string_view value) { return read_starttls(value, config.smtp_starttls); }},
    {"mail_from", "ADDRESS", "Sender of mail.", "an address, such as alerts@example.com or Alerts <alerts@example.com>",
     [](Config& config, std::string_view value) {
       config.mail_from = value;
       return delivery::parse_mailbox(value).has_value();
     }},
    {"lambda_url", "URL", "Where functions are invoked; {region} stands for the region (default: where AWS has them).",
     url_allowed, [](Config& config, std::string_view value) { return read_url(value, config.lambda_url); }},
    {"lambda_access_key", "KEY", "Access key that invocations of functions are signed with.", "an access key",
     [](Config& config, std::string_view value) { return read_text(value, config.lambda_access_key); }},
    {"lambda_secret_key_file", "FILE", "File that holds the secret of lambda_access_key.", "the path of a file",
     [](Config& config, std::string_view value) { return read_path(value, config.lambda_secret_key_file); }},
    {"apns_url", "URL", "Where pushes for devices of Apple go (default: where Apple has it).", url_allowed,
     [](Config& config, std::string_view value) { return read_url(value, config.apns_url); }},
    {"apns_sandbox_url", "URL", "The same for the platforms whose names end with SANDBOX.", url_allowed,
     [](Config& config, std::string_view value) { return read_url(value, config.apns_sandbox_url); }},
    {"fcm_url", "URL", "Where pushes through Firebase Cloud Messaging go (default: where Google has it).", url_allowed,
     [](Config& config, std::string_view value) { return read_url(value, config.fcm_url); }},
    {"fcm_token_url", "URL", "Where access tokens for that come from (default: what the service account says).",
     url_allowed, [](Config& config, std::string_view value) { return read_url(value, config.fcm_token_url); }},
    {"adm_url", "URL", "Where pushes for devices of Amazon go (default: where Amazon has it).", url_allowed,
     [](Config& config, std::string_view value) { return read_url(value, config.adm_url); }},
    {"adm_token_url", "URL", "Where access tokens for that come from (default: where Amazon has it).", url_allowed,
     [](Config& config, std::string_view value) { return read_url(value, config.adm_token_url); }},
    {"smpp_address", "HOST:PORT", "Message centre for SMS, over SMPP 3.4 (default: none).",
     "HOST:PORT, such as smsc.example.org:2775",
     [](Config& config, std::string_view value) { return read_address(value, config.smpp_address); }},
    {"smpp_system_id", "NAME", "Name to log in with at smpp_address.", "1 to 15 characters",
     [](Config& config, std::string_view value) {
       return read_text(value, config.smpp_system_id) && value.size() <= smpp_system_id_max;
     }},
    {"smpp_password_file", "FILE", "File that holds the password of smpp_system_id.", "the path of a file",
     [](Config& config, std::string_view value) { return read_path(value, config.smpp_password_file); }},
    {"sms_url", "URL",
     "Gateway for SMS over HTTP (default: none); {phone}, {text}, {sender} and {type} stand for the message's.",
     url_allowed, [](Config& config, std::string_view value) { return read_url(value, config.sms_url); }},
    {"sms_method", "METHOD", "Method of requests to sms_url.", "POST, PUT or GET",
     [](Config& config, std::string_view value) {
       config.sms_method = value;
       return value == "POST" || value == "PUT" || value == "GET";
     }},
    {"sms_headers", "LINES", "Headers of requests to sms_url, a line for each.", "lines of NAME: VALUE",
     [](Config& config, std::string_view value) {
       config.sms_headers = value;
       return delivery::read_header_lines(value).has_value();
     }},
    {"sms_body", "TEXT",
     "Body of requests to sms_url, JSON unless a content-type says otherwise; placeholders as there.", "a text",
     [](Config& config, std::string_view value) { return read_text(value, config.sms_body); }},
    {"sms_price", "USD",
     "What each part of a message for a phone costs, which MonthlySpendLimit is measured against (default: 0).",
     "dollars with at most six digits behind the point, such as 0.00645",
     [](Config& config, std::string_view value) { return read_price(value, config.sms_price); }},
    {"log_level", "LEVEL", "How much to log.", "debug, info, warn or error",
     [](Config& config, std::string_view value) {
       config.log_level = value;
       constexpr std::string_view levels[] = {"debug", "info", "warn", "error"};
       return std::ranges::find(levels, value) != std::end(levels);
     }},
};

bool is_loopback(std::string_view listen) {
  const auto host = http::split_host(listen).host;
  return host == "localhost" || host == "[::1]" || host == "::1" || host.starts_with("127.");
}

}  // namespace

std::span<const Key> keys() { return table; }

Result<void> set(Config& config, std::string_view name, std::string_view value, std::string_view where) {
  const auto key = std::ranges::find(table, name, &Key::name);
  if (key == std::end(table)) {
    std::string names;
    for (const auto& known : table) names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
    return fail(ErrorCode::invalid, fmt::format("{}: there is no key `{}`; the keys are {}", where, name, names));
  }
  if (!key->set(config, value)) {
    return fail(ErrorCode::invalid,
                fmt::format("{}: {} = \"{}\" is not possible; allowed: {}", where, name, value, key->allowed));
  }
  return {};
}

Result<void> validate(const Config& config) {
  const std::pair<std::string_view, const std::string&> addresses[] = {{"listen", config.listen},
                                                                       {"tls_listen", config.tls_listen}};
  for (const auto& [key, address] : addresses) {
    if (address.empty() || is_loopback(address) || config.insecure) continue;
    return fail(ErrorCode::invalid,
                fmt::format("{} = \"{}\" would let other machines in, and requests are not authenticated yet; "
                            "allowed: a loopback address, or any with --insecure",
                            key, address));
  }
  if (config.tls_certificate.empty() != config.tls_key.empty()) {
    const bool key = config.tls_key.empty();
    return fail(ErrorCode::invalid,
                fmt::format("{} = \"{}\" needs {} beside it; allowed: both, or none of them",
                            key ? "tls_certificate" : "tls_key", key ? config.tls_certificate : config.tls_key,
                            key ? "tls_key" : "tls_certificate"));
  }
  if (config.lambda_access_key.empty() != config.lambda_secret_key_file.empty()) {
    const bool secret = config.lambda_access_key.empty();
    return fail(ErrorCode::invalid, fmt::format("{} = \"{}\" needs {} beside it; allowed: both, or none of them",
                                                secret ? "lambda_secret_key_file" : "lambda_access_key",
                                                secret ? config.lambda_secret_key_file : config.lambda_access_key,
                                                secret ? "lambda_access_key" : "lambda_secret_key_file"));
  }
  if (config.smtp_user.empty() != config.smtp_password_file.empty()) {
    return fail(
        ErrorCode::invalid,
        fmt::format("smtp_user = \"{}\" and smtp_password_file = \"{}\" belong together; allowed: both, or none",
                    config.smtp_user, config.smtp_password_file));
  }
  if (!config.smtp_url.empty() && config.mail_from.empty()) {
    return fail(
        ErrorCode::invalid,
        fmt::format("smtp_url = \"{}\" needs mail_from beside it; allowed: both, or none of them", config.smtp_url));
  }
  if (!config.smpp_address.empty() && !config.sms_url.empty()) {
    return fail(ErrorCode::invalid, fmt::format("sms_url = \"{}\" is a second gateway for SMS beside smpp_address; "
                                                "allowed: one of them",
                                                config.sms_url));
  }
  if (config.smpp_address.empty() != config.smpp_system_id.empty()) {
    return fail(ErrorCode::invalid,
                fmt::format("smpp_address = \"{}\" and smpp_system_id = \"{}\" belong together; allowed: both, or none",
                            config.smpp_address, config.smpp_system_id));
  }
  if (config.tls_listen.empty() && !config.tls_certificate.empty()) {
    return fail(ErrorCode::invalid, fmt::format("tls_certificate = \"{}\" serves nothing without tls_listen; allowed: "
                                                "with tls_listen = \"HOST:PORT\"",
                                                config.tls_certificate));
  }
  return {};
}

}  // namespace millrace::server
