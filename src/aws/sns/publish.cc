// Publish and PublishBatch.
#include <fmt/format.h>

#include "aws/request_id.h"
#include "aws/sns/application_attributes.h"
#include "aws/sns/deliver/counters.h"
#include "aws/sns/deliver/dead_letter.h"
#include "aws/sns/deliver/direct.h"
#include "aws/sns/deliver/worker.h"
#include "aws/sns/envelope.h"
#include "aws/sns/handlers.h"
#include "aws/sns/publication.h"
#include "aws/sns/stored.h"
#include "broker/topic/filter_event.h"

namespace millrace::aws::sns {
namespace {

constexpr std::string_view trace_field = "X-Amzn-Trace-Id";
// What queues say of who sent a message that came from a topic.
constexpr std::string_view sender_id = "AIDAIT2UOQQY3AUEKVGXU";

// What the dead letters of copies say that SQS refuses.
std::string words_of(engine::Lane& lane, std::string_view refusal) {
  const auto request_id = text_of(random_uuid(lane.core()));
  return encode(DeadLetterReason{
      .error_code = "400", .error_message = refusal, .request_id = view(request_id), .text_name = "sqs"});
}

}  // namespace

Outcome<broker::Published> publish_to(broker::Topic& topic, const TopicName& name, const CheckedMessage& message,
                                      const broker::MessageId& id, std::string_view trace_header) {
  const auto& config = topic.config();
  if (auto ok = check_dedup(message, config); !ok) return refuse(std::move(ok.error()));
  const std::string arn = name.arn();
  const bool second = annotation(config.annotations, signature_version_attribute) == "2";
  const auto properties = encode_publication({.topic_arn = arn,
                                              .subject = message.subject,
                                              .trace_header = trace_header,
                                              .signature = second ? SignatureVersion::sha256 : SignatureVersion::sha1,
                                              .structured = message.structured,
                                              .attributes = message.attributes});
  broker::FilterEvent event;
  for (const auto& each : message.attributes) event.add_attribute(each.name, each.type, each.value);
  broker::NewPublication publication{.message = {.encoding = broker::Encoding::sns,
                                                 .id = id,
                                                 .sender = sender_id,
                                                 .group = message.group,
                                                 .dedup_id = message.dedup_id,
                                                 .properties = properties,
                                                 .body = message.text},
                                     .event = &event,
                                     .dedup = dedup_digest(message)};
  std::string refusal;
  if (!message.raw_refusal.empty()) publication.raw_refusal = refusal = words_of(topic.lane(), message.raw_refusal);
  auto published = topic.publish(publication);
  if (!published) return refuse(failure_of(published.error()));
  if (!published->duplicate) deliver::count_published(topic, message.size, !message.attributes.empty(), *published);
  return *published;
}

namespace {

class Publish final : public Handler<op::Publish, TopicAction> {
 public:
  using Handler::Handler;

 private:
  Outcome<TopicName> subject(Call& call) override {
    auto destination = read_destination(in_, call.caller);
    if (!destination) return refuse(std::move(destination.error()));
    destination_ = std::move(*destination);
    return destination_.topic;
  }

  Outcome<void> prepare(Call& call) override {
    const MessageInput input{
        in_.message,         in_.subject, in_.message_structure, in_.message_attributes, in_.message_deduplication_id,
        in_.message_group_id};
    auto message = check_message(input, destination_, limits());
    if (!message) return refuse(std::move(message.error()));
    message_ = std::move(*message);
    id_ = random_uuid(call.home);
    trace_header_ = call.request.headers.get(trace_field);
    return {};
  }

  void start(CallPtr call) override {
    if (destination_.kind == Destination::Kind::topic) return start_signed(std::move(call));
    account_of_caller(call->caller);
    env::Core& home = call->home;
    if (destination_.kind == Destination::Kind::phone) return publish_directly(home, std::move(call));
    const auto key = account_key(region_, account_);
    visit(sns_.engine(), home, key, std::move(call), [this, key](engine::Lane& lane, CallPtr there) {
      if (auto ok = check_endpoint(Account(lane, key)); !ok) return end(lane, std::move(there), ok);
      publish_directly(lane.core(), std::move(there));
    });
  }

  void account_of_caller(const Caller& caller) {
    const auto& application = destination_.endpoint.application;
    const bool phone = destination_.kind == Destination::Kind::phone;
    region_ = phone ? caller.region : application.region;
    account_ = phone ? caller.account : application.account;
  }

  Outcome<void> check_endpoint(const Account& account) const {
    const auto endpoint = account.endpoint(destination_.endpoint);
    if (!endpoint) return refuse(invalid("TargetArn", "No endpoint found for the target arn specified"));
    if (annotation(*endpoint, enabled_attribute) != "true") {
      return refuse(Failure{&errors::endpoint_disabled_exception, "Endpoint is disabled"});
    }
    const auto application = account.application(destination_.endpoint.application);
    if (!application || annotation(*application, enabled_attribute) != "true") {
      return refuse(Failure{&errors::platform_application_disabled_exception, "Platform application is disabled"});
    }
    return {};
  }

  // To a phone or a device, by way of a queue of the account.
  void publish_directly(env::Core& core, CallPtr call) {
    const bool phone = destination_.kind == Destination::Kind::phone;
    const auto protocol = phone ? SubscriptionProtocol::sms : SubscriptionProtocol::application;
    const auto address = phone ? destination_.phone : destination_.endpoint.arn();
    const auto key = deliver::direct_key(region_, account_, protocol);
    visit(sns_.engine(), core, key, std::move(call), [this, key, protocol, address](engine::Lane& lane, CallPtr there) {
      const auto kept = deliver::publish_directly(lane, {.region = region_,
                                                         .account = account_,
                                                         .protocol = protocol,
                                                         .address = address,
                                                         .id = id_,
                                                         .text = message_.text,
                                                         .subject = message_.subject,
                                                         .structured = message_.structured,
                                                         .attributes = message_.attributes});
      published_.id = id_;
      if (auto* const worker = kept ? sns_.worker() : nullptr) worker->watch(lane, key);
      end(lane, std::move(there), kept ? Outcome<void>() : refuse(failure_of(kept.error())));
    });
  }

  Outcome<void> act(engine::Lane&, broker::Topic& topic) override {
    const auto published = publish_to(topic, topic_, message_, id_, trace_header_);
    if (!published) return refuse(published.error());
    published_ = *published;
    return {};
  }

  void complete(Call&) override {
    out_.message_id = view(text_of(published_.id));
    if (topic_.fifo()) out_.sequence_number = sequence_text(published_.sequence);
  }

  Destination destination_;
  std::string region_;  // of a phone's or a device's account
  std::string account_;
  CheckedMessage message_;
  broker::MessageId id_{};
  std::string trace_header_;
  broker::Published published_;
};

class PublishBatch final : public TopicHandler<op::PublishBatch> {
 public:
  using TopicHandler::TopicHandler;

 private:
  void start(CallPtr call) override { start_signed(std::move(call)); }

  Outcome<void> prepare(Call& call) override {
    auto messages = check_batch(in_, {.kind = Destination::Kind::topic, .topic = topic_}, limits());
    if (!messages) return refuse(std::move(messages.error()));
    messages_ = std::move(*messages);
    for (std::size_t i = 0; i < messages_.size(); ++i) ids_.push_back(random_uuid(call.home));
    trace_header_ = call.request.headers.get(trace_field);
    return {};
  }

  Outcome<void> act(engine::Lane&, broker::Topic& topic) override {
    for (const auto& message : messages_) {
      if (auto ok = check_dedup(message, topic.config()); !ok) return ok;
    }
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      auto published = publish_to(topic, topic_, messages_[i], ids_[i], trace_header_);
      // Nothing is stored yet: SDKs repeat the whole request. Otherwise only what failed must be repeated.
      if (!published && i == 0) return refuse(std::move(published.error()));
      results_.push_back(std::move(published));
    }
    return {};
  }

  void complete(Call&) override {
    for (std::size_t i = 0; i < results_.size(); ++i) {
      const auto& id = *in_.publish_batch_request_entries[i].id;
      if (!results_[i]) {
        auto& failed = out_.failed.emplace_back();
        failed.id = id;
        failed.code = results_[i].error().kind->query;
        failed.message = results_[i].error().message;
        failed.sender_fault = results_[i].error().kind->sender;
        continue;
      }
      auto& result = out_.successful.emplace_back();
      result.id = id;
      result.message_id = view(text_of(results_[i]->id));
      if (topic_.fifo()) result.sequence_number = sequence_text(results_[i]->sequence);
    }
  }

  std::vector<CheckedMessage> messages_;
  std::vector<broker::MessageId> ids_;
  std::string trace_header_;
  std::vector<Outcome<broker::Published>> results_;
};

}  // namespace

ActionPtr make_handler(op::Publish, Sns& sns) { return std::make_unique<Publish>(sns); }
ActionPtr make_handler(op::PublishBatch, Sns& sns) { return std::make_unique<PublishBatch>(sns); }

}  // namespace millrace::aws::sns
