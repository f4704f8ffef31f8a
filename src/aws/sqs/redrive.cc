#include "aws/sqs/redrive.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "aws/sqs/errors.h"
#include "broker/queue/queue.h"
#include "codec/json_value.h"

namespace millrace::aws::sqs {
namespace {

using codec::JsonValue;

constexpr std::string_view policy_name = "RedrivePolicy";
constexpr std::string_view allow_name = "RedriveAllowPolicy";

std::string compact(const JsonValue& value) {
  std::string text;
  codec::write_json(value, text);
  return text;
}

// An integer, or the text of one. Nothing when it is neither; `shown` is what a message calls it.
std::optional<std::int64_t> read_count(const JsonValue& value, std::string& shown) {
  const std::string* text = value.string();
  shown = text != nullptr ? *text : compact(value);
  if (text == nullptr) return value.integer() != nullptr ? std::optional(*value.integer()) : std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return number;
}

// arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME
struct ArnForm {
  bool arn = false;
  bool qualified = false;
  std::string_view service;
};
ArnForm read_arn_form(std::string_view text) {
  ArnForm form;
  form.arn = text.starts_with("arn:");
  form.qualified = form.arn && std::ranges::count(text, ':') >= 5;
  if (form.qualified) {
    text.remove_prefix(text.find(':', 4) + 1);
    form.service = text.substr(0, text.find(':'));
  }
  return form;
}

}  // namespace

Outcome<RedrivePolicy> parse_redrive_policy(const std::string& text) {
  const auto bad = [&](std::string reason) { return refuse(invalid_value(text, policy_name, reason)); };
  const auto json = codec::parse_json(text);
  if (!json || json->object() == nullptr) {
    return refuse(invalid_attribute(policy_name, "Redrive policy is not a valid JSON map."));
  }
  const JsonValue* const count = json->find("maxReceiveCount");
  const JsonValue* const arn = json->find("deadLetterTargetArn");
  const bool unknown = std::ranges::any_of(*json->object(), [](const codec::JsonMember& member) {
    return member.name != "maxReceiveCount" && member.name != "deadLetterTargetArn";
  });
  if (!count) return bad("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  if (!arn) return bad("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  RedrivePolicy policy{.sent = text};
  std::string shown;
  const auto receives = read_count(*count, shown);
  if (!receives || *receives < 1 || *receives > receive_count_max) {
    return bad(fmt::format("Invalid value for maxReceiveCount: {}, valid values are from 1 to {} both inclusive.",
                           shown, receive_count_max));
  }
  policy.receives_max = static_cast<std::uint32_t>(*receives);
  const std::string* const target = arn->string();
  const auto form = read_arn_form(target != nullptr ? *target : std::string_view());
  if (!form.arn) return bad("Invalid value for deadLetterTargetArn.");
  if (!form.qualified) return bad("Dead-letter target ARN should be fully qualified ARN.");
  if (unknown) return bad("Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].");
  if (form.service != "sqs") return bad("Only SQS queues are valid resources for deadLetterTargetArn.");
  auto name = parse_arn(*target);
  if (!name) return bad("Dead letter target does not exist.");
  policy.target = std::move(*name);
  policy.compact = compact(*json);
  return policy;
}

Outcome<void> check_redrive_target(const RedrivePolicy& policy, const QueueName& source, const broker::Queue* target) {
  const auto bad = [&](std::string_view reason) { return refuse(invalid_value(policy.sent, policy_name, reason)); };
  if (policy.target.account != source.account) return bad("Dead-letter target owner should be same as the source.");
  if (policy.target.region != source.region || target == nullptr) return bad("Dead letter target does not exist.");
  const auto& config = target->config();
  if (config.fifo != source.fifo()) return bad("Dead-letter queue must be same type of queue as the source..");
  const bool allowed = config.redrive_allow == broker::RedriveAllow::all ||
                       (config.redrive_allow == broker::RedriveAllow::listed &&
                        std::ranges::find(config.redrive_sources, source.key()) != config.redrive_sources.end());
  if (!allowed) return bad("Queue does not have permission to use the dead letter queue.");
  return {};
}

Outcome<RedriveAllowPolicy> parse_redrive_allow_policy(const std::string& text) {
  const auto malformed = [] {
    return refuse(invalid_attribute(
        allow_name, "Amazon SQS can't create the redrive allow policy, as it\u2019s in an unsupported format."));
  };
  const auto bad = [&](std::string_view reason) {
    return refuse(
        invalid_value(text, allow_name, fmt::format("Amazon SQS can't create the redrive allow policy. {}", reason)));
  };
  const auto json = codec::parse_json(text);
  if (!json || json->object() == nullptr) return malformed();
  std::string_view permission;
  const JsonValue::Array* sources = nullptr;
  for (const auto& [name, value] : *json->object()) {
    if (name == "redrivePermission" && value.string() != nullptr) {
      permission = *value.string();
    } else if (name == "sourceQueueArns" && value.array() != nullptr) {
      sources = value.array();
    } else {
      return malformed();
    }
  }
  RedriveAllowPolicy policy{.compact = compact(*json)};
  if (permission == "allowAll") {
    policy.allow = broker::RedriveAllow::all;
  } else if (permission == "denyAll") {
    policy.allow = broker::RedriveAllow::none;
  } else if (permission == "byQueue") {
    policy.allow = broker::RedriveAllow::listed;
  } else {
    return malformed();
  }
  for (std::size_t i = 0; sources && i < sources->size(); ++i) {
    const std::string* const arn = (*sources)[i].string();
    if (arn == nullptr) return malformed();
    // One that names no queue of ours allows nobody, and is kept in the text.
    if (const auto name = parse_arn(*arn)) policy.source_keys.push_back(name->key());
  }
  const bool by_queue = policy.allow == broker::RedriveAllow::listed;
  if (by_queue && (!sources || sources->size() == 0)) {
    return bad(
        "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.");
  }
  if (!by_queue && sources) {
    return bad("To specify one or more source queue ARNs, you must set redrivePermission to byQueue.");
  }
  if (by_queue && sources->size() > redrive_sources_max) {
    return bad(fmt::format("The maximum number of source queue ARNs you can specify is {}.", redrive_sources_max));
  }
  return policy;
}

}  // namespace millrace::aws::sqs
