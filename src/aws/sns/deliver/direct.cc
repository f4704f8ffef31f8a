#include "aws/sns/deliver/direct.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "aws/sns/stored.h"
#include "broker/queue/queues.h"

namespace millrace::aws::sns::deliver {
namespace {

struct Row {
  SubscriptionProtocol protocol;
  std::string_view name;
};
// Longer than such messages are tried.
constexpr Duration kept = std::chrono::hours(24);

constexpr std::array<Row, 2> queues{{{SubscriptionProtocol::sms, "SMS"}, {SubscriptionProtocol::application, "PUSH"}}};

struct DirectKey {
  std::string_view region;
  std::string_view account;
  SubscriptionProtocol protocol{};
};

std::optional<DirectKey> parse_direct_key(std::string_view key) {
  if (!key.starts_with(direct_prefix)) return std::nullopt;
  key.remove_prefix(direct_prefix.size());
  const auto slash = key.find('/');
  const auto mark = key.find('#');
  if (slash == std::string_view::npos || mark == std::string_view::npos || mark < slash) return std::nullopt;
  for (const auto& row : queues) {
    if (row.name != key.substr(mark + 1)) continue;
    return DirectKey{key.substr(0, slash), key.substr(slash + 1, mark - slash - 1), row.protocol};
  }
  return std::nullopt;
}

}  // namespace

std::string direct_key(std::string_view region, std::string_view account, SubscriptionProtocol protocol) {
  const auto& row = protocol == SubscriptionProtocol::sms ? queues[0] : queues[1];
  return fmt::format("{}{}/{}#{}", direct_prefix, region, account, row.name);
}

std::optional<SubscriptionProtocol> direct_protocol(std::string_view key) {
  const auto parsed = parse_direct_key(key);
  if (!parsed) return std::nullopt;
  return parsed->protocol;
}

Result<void> publish_directly(engine::Lane& lane, const DirectPublication& publication) {
  if (auto ok = lane.admits_new(); !ok) return ok;
  const auto key = direct_key(publication.region, publication.account, publication.protocol);
  auto* queue = broker::find_queue(lane, key);
  if (queue == nullptr) {
    broker::QueueConfig config;
    config.retention = kept;
    queue = &broker::create_queue(lane, key, config);
  }
  const auto properties = encode_publication({.subject = publication.subject,
                                              .address = publication.address,
                                              .structured = publication.structured,
                                              .attributes = publication.attributes});
  const auto delivery = broker::encode(broker::Delivery{});
  auto sent = queue->send({.message = {.encoding = broker::Encoding::sns,
                                       .id = publication.id,
                                       .properties = properties,
                                       .body = publication.text,
                                       .delivery = delivery},
                           .delay = {},
                           .dedup = {}});
  return sent ? Result<void>() : pass(sent);
}

std::optional<Recipient> direct_recipient(std::string_view key, const broker::Message& message) {
  const auto parsed = parse_direct_key(key);
  const auto stored = decode_publication(message.properties);
  if (!parsed || !stored || stored->address.empty()) return std::nullopt;
  return Recipient{.protocol = parsed->protocol,
                   .endpoint = std::string(stored->address),
                   .region = std::string(parsed->region),
                   .account = std::string(parsed->account),
                   .retries = retries_of(parsed->protocol)};
}

}  // namespace millrace::aws::sns::deliver
