#include "aws/sqs/outgoing.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/sqs/errors.h"
#include "aws/sqs/text.h"

namespace millrace::aws::sqs {
namespace {

constexpr std::string_view wrong_queue_type = "The request include parameter that is not valid for this queue type.";
constexpr std::int32_t delay_seconds_max = 900;

Outcome<void> check_id(const std::optional<std::string>& id, std::string_view parameter, const Limits& limits) {
  if (!id || is_message_id_text(*id, limits.group_id_max)) return {};
  return refuse(invalid_value(*id, parameter,
                              fmt::format("{} can only include alphanumeric and punctuation characters. 1 to {} in "
                                          "length.",
                                          parameter, limits.group_id_max)));
}

Outcome<void> check_ids(const MessageInput& input, bool fifo, const Limits& limits) {
  if (fifo && !input.group_id) return refuse(missing_parameter("MessageGroupId"));
  if (auto ok = check_id(input.group_id, "MessageGroupId", limits); !ok) return ok;
  if (!fifo && input.dedup_id) {
    return refuse(invalid_value(*input.dedup_id, "MessageDeduplicationId", wrong_queue_type));
  }
  return check_id(input.dedup_id, "MessageDeduplicationId", limits);
}

Outcome<void> check_delay(const MessageInput& input, bool fifo) {
  const std::int32_t seconds = input.delay_seconds.value_or(0);
  if (seconds < 0 || seconds > delay_seconds_max) {
    return refuse(invalid_value(std::to_string(seconds), "DelaySeconds",
                                fmt::format("DelaySeconds must be >= 0 and <= {}.", delay_seconds_max)));
  }
  if (fifo && seconds != 0) return refuse(invalid_value(std::to_string(seconds), "DelaySeconds", wrong_queue_type));
  return {};
}

broker::DedupDigest digest_of(std::string_view dedup_id) {
  broker::DedupDigest digest;
  const auto full = sha256(dedup_id);
  std::copy_n(full.begin(), digest.size(), digest.begin());
  return digest;
}

}  // namespace

Outcome<void> prepare_message(const MessageInput& input, bool fifo, Call& call, const Limits& limits,
                              std::string_view trace_header, Outgoing& out) {
  if (!is_message_text(input.body))
    return refuse(Failure{&errors::invalid_message_contents, std::string(message_text_rule)});
  if (auto ok = check_ids(input, fifo, limits); !ok) return ok;
  if (auto ok = check_delay(input, fifo); !ok) return ok;
  auto attributes = read_attributes(input.attributes, limits);
  if (!attributes) return refuse(std::move(attributes.error()));
  auto system = read_system_attributes(input.system_attributes);
  if (!system) return refuse(std::move(system.error()));

  out.size = input.body.size() + size_of(*attributes);
  out.body_md5 = md5(input.body);
  if (!attributes->empty()) out.attributes_md5 = hex(md5_of(*attributes));
  if (!system->empty()) {
    out.system_attributes_md5 = hex(md5_of(*system));
    trace_header = system->front().value;
  }
  out.properties = encode_properties(out.body_md5, trace_header, *attributes);
  out.sender = call.caller.anonymous ? call.caller.account : call.caller.access_key;

  auto& message = out.message.message;
  message.encoding = broker::Encoding::sqs;
  message.id = random_uuid(call.home);
  message.sender = out.sender;
  message.properties = out.properties;
  message.body = input.body;
  if (input.group_id) message.group = *input.group_id;
  if (fifo) {
    if (!input.dedup_id) out.content_id = hex(sha256(input.body));
    message.dedup_id = input.dedup_id ? std::string_view(*input.dedup_id) : std::string_view(out.content_id);
    out.message.dedup = digest_of(message.dedup_id);
  } else if (input.delay_seconds) {
    out.message.delay = std::chrono::seconds(*input.delay_seconds);
  }
  return {};
}

bool fits(const Outgoing& message, const broker::Queue& queue) {
  return message.size <= queue.config().message_bytes_max;
}

Outcome<void> check_dedup(const Outgoing& message, const broker::Queue& queue) {
  if (message.content_id.empty() || queue.config().content_dedup) return {};
  return refuse(invalid_parameter(
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"));
}

std::string sequence_number(broker::Seq seq) { return fmt::format("1{:019}", seq.get()); }

}  // namespace millrace::aws::sqs
