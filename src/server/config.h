// Configuration of `millrace serve`: one table of keys, the same on the command line and in the TOML file.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "delivery/address_rules.h"
#include "delivery/money.h"
#include "delivery/smtp_relay.h"

namespace millrace::server {

struct Config {
  std::string listen = "127.0.0.1:4566";
  std::string tls_listen;       // empty: none
  std::string tls_certificate;  // empty: one that is made at the start
  std::string tls_key;
  std::string data = "./data";
  bool durable = true;   // durability = sync
  bool relaxed = false;  // limits = relaxed
  std::optional<std::uint32_t> lanes;
  std::uint32_t cores = 0;  // 0: one for each of the machine's
  std::string public_url;
  bool trust_forwarded = false;
  bool insecure = false;
  std::optional<std::uint32_t> kinesis_delay;  // milliseconds
  bool io_uring = true;
  std::string log_level = "info";
  // How others are called; outside.h makes of it what calls them.
  std::string delivery_ca_file;
  std::string delivery_deny{delivery::AddressRules::deny_default};
  std::string delivery_allow;
  std::uint32_t delivery_connections_max = 4096;
  std::string smtp_url;  // empty: no mail
  std::string smtp_user;
  std::string smtp_password_file;
  std::optional<delivery::SmtpRelay::StartTls> smtp_starttls;  // none: required if there is a user, otherwise optional
  std::string mail_from;
  // Other servers that deliveries go to; senders.h makes of them what sends. Empty: their own places, or none.
  std::string lambda_url;
  std::string lambda_access_key;
  std::string lambda_secret_key_file;
  std::string apns_url;
  std::string apns_sandbox_url;
  std::string fcm_url;
  std::string fcm_token_url;
  std::string adm_url;
  std::string adm_token_url;
  std::string smpp_address;
  std::string smpp_system_id;
  std::string smpp_password_file;
  std::string sms_url;
  std::string sms_method = "POST";
  std::string sms_headers;
  std::string sms_body;
  delivery::MicroUsd sms_price{};  // of each part of a message
};

// One key. `set` gives the text of the allowed values when it does not take the value.
struct Key {
  std::string_view name;   // in TOML; `--name` with dashes on the command line
  std::string_view value;  // what stands for the value in the help; empty: a switch
  std::string_view help;
  std::string_view allowed;
  bool (*set)(Config& config, std::string_view value);
};
std::span<const Key> keys();

// Sets `name` or says which key, which value and what is allowed. `where` is for the message: "--lanes", "FILE:3".
Result<void> set(Config& config, std::string_view name, std::string_view value, std::string_view where);
// Reads a TOML file over `config`.
Result<void> read_file(Config& config, const std::string& path);
// Rules between keys.
Result<void> validate(const Config& config);

}  // namespace millrace::server
