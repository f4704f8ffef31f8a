#include "aws/sns/publication.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/digest.h"
#include "aws/sns/errors.h"
#include "aws/sns/message_attributes.h"
#include "aws/sns/target.h"
#include "aws/sqs/message_attributes.h"
#include "aws/sqs/text.h"
#include "codec/json_value.h"
#include "codec/text.h"

namespace millrace::aws::sns {
namespace {

// ---- Where to ----

Outcome<Destination> read_target(const std::string& arn, const Caller& caller) {
  const auto parsed = read_arn(arn, "TargetArn");
  if (!parsed) return refuse(parsed.error());
  Destination destination;
  if (!parsed->resource.starts_with("endpoint/")) {
    auto topic = resolve_topic(arn, caller, "TargetArn");
    if (!topic) return refuse(std::move(topic.error()));
    destination.topic = std::move(*topic);
    return destination;
  }
  auto endpoint = parse_endpoint_arn(arn);
  if (!endpoint || (!caller.anonymous && endpoint->application.region != caller.region)) {
    return refuse(invalid("TargetArn", "No endpoint found for the target arn specified"));
  }
  destination.kind = Destination::Kind::endpoint;
  destination.endpoint = std::move(*endpoint);
  return destination;
}

// ---- What ----

Outcome<void> check_subject(const std::optional<std::string>& subject, const Limits& limits) {
  if (!subject) return {};
  const bool control =
      std::ranges::any_of(*subject, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (subject->empty() || subject->front() == ' ' || control ||
      codec::count_characters(*subject) > limits.subject_max) {
    return refuse(invalid("Subject"));
  }
  return {};
}

// A JSON object, in which "default" is a string. What devices get may stand there alone.
Outcome<void> check_structure(const MessageInput& input, const Destination& destination, const Limits& limits) {
  const auto json = codec::parse_json(input.message, {.bytes_max = limits.message_bytes_max});
  if (!json || json->object() == nullptr) {
    return refuse(invalid("Message Structure - JSON message body failed to parse"));
  }
  const auto* const text = json->find("default");
  const bool there = text != nullptr && text->string() != nullptr;
  if (there || destination.kind == Destination::Kind::endpoint) return {};
  return refuse(invalid("Message Structure - No default entry in JSON message body"));
}

Outcome<void> check_id(const std::optional<std::string>& id, std::string_view parameter, const Limits& limits) {
  if (!id || sqs::is_message_id_text(*id, limits.id_max)) return {};
  return refuse(
      invalid(parameter, fmt::format("{} can only include alphanumeric and punctuation characters. 1 to {} in length",
                                     parameter, limits.id_max)));
}

Outcome<void> check_ids(const MessageInput& input, const Destination& destination, const Limits& limits) {
  const bool fifo = destination.kind == Destination::Kind::topic && destination.topic.fifo();
  if (!fifo && input.dedup_id) {
    return refuse(
        invalid("MessageDeduplicationId",
                "The request includes MessageDeduplicationId parameter that is not valid for this topic type"));
  }
  if (fifo && (!input.group_id || input.group_id->empty())) {
    return refuse(invalid("The MessageGroupId parameter is required for FIFO topics"));
  }
  if (destination.kind != Destination::Kind::topic && input.group_id) {
    return refuse(
        invalid("MessageGroupId", "The request includes MessageGroupId parameter that is not valid for this target"));
  }
  if (auto ok = check_id(input.group_id, "MessageGroupId", limits); !ok) return ok;
  return check_id(input.dedup_id, "MessageDeduplicationId", limits);
}

Outcome<void> check_batch_ids(const models::sns::PublishBatchInput& input, const Limits& limits) {
  const auto& entries = input.publish_batch_request_entries;
  std::vector<std::string_view> ids;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].id) return refuse(null_member(fmt::format("publishBatchRequestEntries.{}.member.id", i + 1)));
    ids.emplace_back(*entries[i].id);
  }
  auto sorted = ids;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) {
    return refuse(Failure{&errors::batch_entry_ids_not_distinct_exception,
                          "Two or more batch entries in the request have the same Id."});
  }
  for (const auto id : ids) {
    if (id.size() > limits.batch_id_max) {
      return refuse(Failure{&errors::invalid_batch_entry_id_exception,
                            fmt::format("The Id of a batch entry in the batch request is too long: {}", id)});
    }
    if (!is_plain_name(id, limits.batch_id_max)) {
      return refuse(Failure{
          &errors::invalid_batch_entry_id_exception,
          fmt::format("The Id of a batch entry in the batch request contains an impermissible character: {}", id)});
    }
  }
  return {};
}

}  // namespace

Outcome<Destination> read_destination(const models::sns::PublishInput& input, const Caller& caller) {
  const int given = (input.topic_arn ? 1 : 0) + (input.target_arn ? 1 : 0) + (input.phone_number ? 1 : 0);
  if (given == 0) return refuse(invalid("TopicArn or TargetArn", "no value for required parameter"));
  if (given > 1) {
    return refuse(invalid("TopicArn or TargetArn", "Only one of TopicArn, TargetArn and PhoneNumber may be given"));
  }
  if (input.target_arn) return read_target(*input.target_arn, caller);
  Destination destination;
  if (input.phone_number) {
    if (!is_phone_number(*input.phone_number)) {
      return refuse(invalid("PhoneNumber", *input.phone_number + " is not valid to publish to"));
    }
    destination.kind = Destination::Kind::phone;
    destination.phone = *input.phone_number;
    return destination;
  }
  auto topic = resolve_topic(*input.topic_arn, caller);
  if (!topic) return refuse(std::move(topic.error()));
  destination.topic = std::move(*topic);
  return destination;
}

Outcome<CheckedMessage> check_message(const MessageInput& input, const Destination& destination, const Limits& limits,
                                      std::size_t entry) {
  if (auto ok = check_subject(input.subject, limits); !ok) return refuse(std::move(ok.error()));
  if (input.message.empty()) return refuse(invalid("Empty message"));
  auto attributes = read_attributes(input.attributes, limits, entry);
  if (!attributes) return refuse(std::move(attributes.error()));
  CheckedMessage message{.text = input.message, .attributes = std::move(*attributes)};
  message.size = message.text.size() + sqs::size_of(message.attributes);
  if (message.attributes.size() > limits.raw_attributes_max) {
    message.raw_refusal = fmt::format("Number of message attributes [{}] exceeds the allowed maximum [{}].",
                                      message.attributes.size(), limits.raw_attributes_max);
  }
  // Of a batch all messages count together.
  if (entry == 0 && message.size > limits.message_bytes_max) return refuse(invalid("Message too long"));
  if (auto ok = check_ids(input, destination, limits); !ok) return refuse(std::move(ok.error()));
  if (input.structure) {
    if (*input.structure != "json") return refuse(invalid("MessageStructure"));
    if (auto ok = check_structure(input, destination, limits); !ok) return refuse(std::move(ok.error()));
    message.structured = true;
  }
  if (input.subject) message.subject = *input.subject;
  if (input.group_id) message.group = *input.group_id;
  if (destination.kind == Destination::Kind::topic && destination.topic.fifo()) {
    message.dedup_by_text = !input.dedup_id;
    message.dedup_id = input.dedup_id ? *input.dedup_id : hex(sha256(message.text));
  }
  return message;
}

Outcome<std::vector<CheckedMessage>> check_batch(const models::sns::PublishBatchInput& input,
                                                 const Destination& destination, const Limits& limits) {
  const auto& entries = input.publish_batch_request_entries;
  if (entries.empty()) {
    return refuse(Failure{&errors::empty_batch_request_exception, "The batch request doesn't contain any entries."});
  }
  if (entries.size() > limits.batch_entries_max) {
    return refuse(Failure{&errors::too_many_entries_in_batch_request_exception,
                          "The batch request contains more entries than permissible."});
  }
  if (auto ok = check_batch_ids(input, limits); !ok) return refuse(std::move(ok.error()));
  std::vector<CheckedMessage> messages;
  std::size_t total = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = entries[i];
    if (!entry.message) {
      return refuse(null_member(fmt::format("publishBatchRequestEntries.{}.member.message", i + 1)));
    }
    const MessageInput one{*entry.message,
                           entry.subject,
                           entry.message_structure,
                           entry.message_attributes,
                           entry.message_deduplication_id,
                           entry.message_group_id};
    auto message = check_message(one, destination, limits, i + 1);
    if (!message) return refuse(std::move(message.error()));
    total += message->size;
    messages.push_back(std::move(*message));
  }
  if (total > limits.message_bytes_max) {
    return refuse(Failure{&errors::batch_request_too_long_exception,
                          "The length of all the messages put together is more than the limit."});
  }
  return messages;
}

Outcome<void> check_dedup(const CheckedMessage& message, const broker::TopicConfig& topic) {
  if (!message.dedup_by_text || topic.content_dedup) return {};
  return refuse(invalid(
      "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"));
}

std::optional<broker::DedupDigest> dedup_digest(const CheckedMessage& message) {
  if (message.dedup_id.empty()) return std::nullopt;
  broker::DedupDigest digest;
  const auto full = sha256(message.dedup_id);
  std::copy_n(full.begin(), digest.size(), digest.begin());
  return digest;
}

}  // namespace millrace::aws::sns
