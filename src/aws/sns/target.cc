#include "aws/sns/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "aws/sns/errors.h"
#include "aws/sqs/names.h"
#include "broker/topic/topic.h"

namespace millrace::aws::sns {
namespace {

struct Row {
  SubscriptionProtocol protocol;
  std::string_view name;
};
constexpr std::array<Row, 9> protocols{{
    {SubscriptionProtocol::http, "http"},
    {SubscriptionProtocol::https, "https"},
    {SubscriptionProtocol::email, "email"},
    {SubscriptionProtocol::email_json, "email-json"},
    {SubscriptionProtocol::sms, "sms"},
    {SubscriptionProtocol::sqs, "sqs"},
    {SubscriptionProtocol::application, "application"},
    {SubscriptionProtocol::lambda, "lambda"},
    {SubscriptionProtocol::firehose, "firehose"},
}};

constexpr std::size_t endpoint_bytes_max = 2048;
constexpr std::size_t phone_digits_min = 3;
constexpr std::size_t phone_digits_max = 15;
constexpr std::size_t port_digits_max = 5;
constexpr unsigned long port_max = 65'535;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Something, "@", and a host with a dot in it or a name of one's own network.
bool is_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) return false;
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) > ' ' && c != ','; });
}

// HOST or HOST:PORT: a name in whatever alphabet, or an address, of IPv6 in brackets and without a zone.
bool is_host(std::string_view text) {
  const bool address = text.starts_with('[');  // of IPv6
  if (address) text.remove_prefix(1);
  const auto host = text.substr(0, text.find(address ? ']' : ':'));
  if (host.empty() || (address && host.size() == text.size())) return false;
  auto port = text.substr(host.size() + (address ? 1 : 0));
  const auto fits = [address](char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (address) return std::isxdigit(byte) != 0 || c == ':' || c == '.';
    return std::isalnum(byte) != 0 || byte > 0x7F || c == '-' || c == '.' || c == '_';
  };
  if (!std::ranges::all_of(host, fits) || (address && !host.contains(':'))) return false;
  if (port.empty()) return true;
  if (port.front() != ':') return false;
  port.remove_prefix(1);
  if (port.size() > port_digits_max || !std::ranges::all_of(port, is_digit)) return false;
  return port.empty() || std::stoul(std::string(port)) <= port_max;
}

// SCHEME://HOST…; what else stands in a URL is the endpoint's business.
bool is_url(std::string_view scheme, std::string_view text) {
  if (!text.starts_with(scheme) || !text.substr(scheme.size()).starts_with("://")) return false;
  const auto rest = text.substr(scheme.size() + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  const auto host = authority.substr(authority.rfind('@') + 1);
  return is_host(host) && std::ranges::all_of(text, [](char c) {
           return static_cast<unsigned char>(c) > ' ' && c != 0x7F && c != '\\';
         });
}

bool is_arn(std::string_view text, std::string_view service, std::string_view resource_start) {
  const auto arn = parse_arn(text);
  return arn && arn->service == service && is_region(arn->region) && is_account(arn->account) &&
         arn->resource.starts_with(resource_start) && arn->resource.size() > resource_start.size();
}

Outcome<void> check_queue(const std::string& endpoint, const TopicName& topic) {
  const auto queue = sqs::parse_arn(endpoint);
  if (!queue) return refuse(invalid("SQS endpoint ARN"));
  if (queue->fifo() && !topic.fifo()) {
    return refuse(
        invalid("Invalid parameter: Endpoint", "FIFO SQS Queues can not be subscribed to standard SNS topics"));
  }
  return {};
}

bool has_form(SubscriptionProtocol protocol, const std::string& endpoint) {
  switch (protocol) {
    case SubscriptionProtocol::http:
    case SubscriptionProtocol::https: return is_url(name_of(protocol), endpoint);
    case SubscriptionProtocol::email:
    case SubscriptionProtocol::email_json: return is_address(endpoint);
    case SubscriptionProtocol::sms: return is_phone_number(endpoint);
    case SubscriptionProtocol::sqs: return sqs::parse_arn(endpoint).has_value();
    case SubscriptionProtocol::application: return parse_endpoint_arn(endpoint).has_value();
    case SubscriptionProtocol::lambda: return is_arn(endpoint, "lambda", "function:");
    case SubscriptionProtocol::firehose: return is_arn(endpoint, "firehose", "deliverystream/");
  }
  return false;
}

Failure wrong_form(SubscriptionProtocol protocol, const std::string& endpoint) {
  switch (protocol) {
    case SubscriptionProtocol::http:
    case SubscriptionProtocol::https: return invalid("Endpoint must match the specified protocol");
    case SubscriptionProtocol::email:
    case SubscriptionProtocol::email_json: return invalid("Email address");
    case SubscriptionProtocol::sms: return invalid_text(fmt::format("Invalid SMS endpoint: {}", endpoint));
    case SubscriptionProtocol::sqs: return invalid("SQS endpoint ARN");
    case SubscriptionProtocol::application: return invalid("ApplicationEndpoint ARN");
    case SubscriptionProtocol::lambda: return invalid("Lambda endpoint ARN");
    case SubscriptionProtocol::firehose: return invalid("Firehose endpoint ARN");
  }
  return invalid("Endpoint");
}

}  // namespace

std::optional<SubscriptionProtocol> parse_protocol(std::string_view name) {
  const auto at = std::ranges::find(protocols, name, &Row::name);
  return at == protocols.end() ? std::nullopt : std::optional(at->protocol);
}

std::string_view name_of(SubscriptionProtocol protocol) {
  const auto at = std::ranges::find(protocols, protocol, &Row::protocol);
  return at == protocols.end() ? std::string_view() : at->name;
}

bool is_http(SubscriptionProtocol protocol) {
  return protocol == SubscriptionProtocol::http || protocol == SubscriptionProtocol::https;
}

bool offers_raw(SubscriptionProtocol protocol) {
  return is_http(protocol) || protocol == SubscriptionProtocol::sqs || protocol == SubscriptionProtocol::firehose;
}

Outcome<void> check_endpoint(SubscriptionProtocol protocol, const std::string& endpoint, const TopicName& topic) {
  if (endpoint.size() > endpoint_bytes_max) return refuse(invalid("Endpoint", "It is too long"));
  if (!has_form(protocol, endpoint)) return refuse(wrong_form(protocol, endpoint));
  if (protocol == SubscriptionProtocol::sqs) return check_queue(endpoint, topic);
  if (topic.fifo()) {
    return refuse(invalid("Invalid parameter: Endpoint", "Only SQS Queues can be subscribed to FIFO SNS topics"));
  }
  return {};
}

bool must_confirm(SubscriptionProtocol protocol, const std::string& endpoint, const Caller& caller) {
  switch (protocol) {
    case SubscriptionProtocol::http:
    case SubscriptionProtocol::https:
    case SubscriptionProtocol::email:
    case SubscriptionProtocol::email_json: return true;
    case SubscriptionProtocol::sqs: return sqs::parse_arn(endpoint)->account != caller.account;
    case SubscriptionProtocol::sms:
    case SubscriptionProtocol::application:
    case SubscriptionProtocol::lambda:
    case SubscriptionProtocol::firehose: break;
  }
  return false;
}

void set_target(broker::Subscription& subscription, const std::string& endpoint, const TopicName& topic) {
  if (protocol_of(subscription) == SubscriptionProtocol::sqs) {
    subscription.target = sqs::parse_arn(endpoint)->key();
    subscription.endpoint.clear();
  } else {
    subscription.target = broker::Topic::own_target(topic.key(), subscription.id);
    subscription.endpoint = endpoint;
  }
}

std::string endpoint_of(const broker::Subscription& subscription) {
  if (!subscription.endpoint.empty()) return subscription.endpoint;
  const auto queue = sqs::parse_key(subscription.target);
  return queue ? queue->arn() : std::string();
}

std::string find_key(SubscriptionProtocol protocol, const std::string& endpoint) {
  return protocol == SubscriptionProtocol::sqs ? sqs::parse_arn(endpoint)->key() : endpoint;
}

bool is_strict_phone_number(std::string_view text) {
  if (!text.starts_with('+')) return false;
  text.remove_prefix(1);
  return text.size() >= phone_digits_min && text.size() <= phone_digits_max && std::ranges::all_of(text, is_digit);
}

std::string plain_phone_number(std::string_view text) {
  std::string plain = "+";
  std::ranges::copy_if(text, std::back_inserter(plain), is_digit);
  return plain;
}

bool is_phone_number(std::string_view text) {
  constexpr std::string_view separators = " -./";
  char before = 0;
  for (const char c : text) {
    const bool separator = separators.contains(c);
    if (separator && !is_digit(before)) return false;
    if (!separator && !is_digit(c) && !(c == '+' && before == 0)) return false;
    before = c;
  }
  return is_digit(before) && is_strict_phone_number(plain_phone_number(text));
}

}  // namespace millrace::aws::sns
