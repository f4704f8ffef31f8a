#include "aws/sqs/redrive.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "aws/sqs/errors.h"
#include "aws/sqs/json_text.h"
#include "broker/queue/queue.h"

namespace millrace::aws::sqs {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view policy_name = "RedrivePolicy";
constexpr std::string_view allow_name = "RedriveAllowPolicy";

// An integer, or the text of one. Nothing when it is neither; `shown` is what a message calls it.
std::optional<std::int64_t> read_count(dom::element value, std::string& shown) {
  std::int64_t number = 0;
  if (value.get(number) == simdjson::SUCCESS) {
    shown = std::to_string(number);
    return number;
  }
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) {
    shown = simdjson::minify(value);
    return std::nullopt;
  }
  shown = text;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
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
  const JsonText json(text);
  dom::object object;
  if (!json.object(object)) {
    return refuse(invalid_attribute(policy_name, "Redrive policy is not a valid JSON map."));
  }
  std::optional<dom::element> count;
  std::optional<dom::element> arn;
  bool unknown = false;
  for (const auto [key, value] : object) {
    if (key == "maxReceiveCount") {
      count = value;
    } else if (key == "deadLetterTargetArn") {
      arn = value;
    } else {
      unknown = true;
    }
  }
  if (!count) return bad("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  if (!arn) return bad("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  RedrivePolicy policy{.sent = text};
  std::string shown;
  const auto receives = read_count(*count, shown);
  if (!receives || *receives < 1 || *receives > receive_count_max) {
    return bad(fmt::format("Invalid value for maxReceiveCount: {}, valid values are from 1 to {} both inclusive.", shown,
                           receive_count_max));
  }
  policy.receives_max = static_cast<std::uint32_t>(*receives);
  std::string_view target;
  if (arn->get(target) != simdjson::SUCCESS) return bad("Invalid value for deadLetterTargetArn.");
  const auto form = read_arn_form(target);
  if (!form.arn) return bad("Invalid value for deadLetterTargetArn.");
  if (!form.qualified) return bad("Dead-letter target ARN should be fully qualified ARN.");
  if (unknown) return bad("Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].");
  if (form.service != "sqs") return bad("Only SQS queues are valid resources for deadLetterTargetArn.");
  auto name = parse_arn(target);
  if (!name) return bad("Dead letter target does not exist.");
  policy.target = std::move(*name);
  policy.compact = JsonText::compact(text);
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
    return refuse(invalid_value(text, allow_name,
                                fmt::format("Amazon SQS can't create the redrive allow policy. {}", reason)));
  };
  const JsonText json(text);
  dom::object object;
  if (!json.object(object)) return malformed();
  std::string_view permission;
  std::optional<dom::array> sources;
  for (const auto [key, value] : object) {
    dom::array list;
    if (key == "redrivePermission" && value.get(permission) == simdjson::SUCCESS) continue;
    if (key != "sourceQueueArns" || value.get(list) != simdjson::SUCCESS) return malformed();
    sources = list;
  }
  RedriveAllowPolicy policy{.compact = JsonText::compact(text)};
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
    std::string_view arn;
    if (sources->at(i).get(arn) != simdjson::SUCCESS) return malformed();
    // One that names no queue of ours allows nobody, and is kept in the text.
    if (const auto name = parse_arn(arn)) policy.source_keys.push_back(name->key());
  }
  const bool by_queue = policy.allow == broker::RedriveAllow::listed;
  if (by_queue && (!sources || sources->size() == 0)) {
    return bad("When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.");
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
