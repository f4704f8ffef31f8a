// ReceiveMessage. The only operation that may wait: for messages, as long as the client asks and stays.
#include <fmt/format.h>

#include <algorithm>

#include "aws/sqs/handlers.h"
#include "aws/sqs/message_attributes.h"
#include "aws/sqs/outgoing.h"
#include "aws/sqs/receipt_handle.h"
#include "aws/sqs/text.h"

namespace millrace::aws::sqs {
namespace {

// Shared by the call and by the task that runs when its client goes away. Touched on the lane only.
struct Poll {
  bool gone = false;
  broker::WaiterId waiter{};
};

// System attributes that the request asks for.
class SystemNames {
 public:
  SystemNames(std::span<const std::string> older, std::span<const std::string> newer, Protocol protocol) {
    // With both lists given, the service's protocols differ: JSON gives all that either names, query goes by the older.
    const bool older_only = protocol == Protocol::query && !older.empty();
    add(older);
    if (!older_only) add(newer);
  }
  bool wants(std::string_view name) const { return all_ || std::ranges::find(names_, name) != names_.end(); }
  bool none() const { return !all_ && names_.empty(); }

 private:
  void add(std::span<const std::string> names) {
    for (const std::string_view name : names) {
      if (name == "All") all_ = true;
      names_.push_back(name);
    }
  }
  bool all_ = false;
  std::vector<std::string_view> names_;
};

Outcome<void> check_system_names(std::span<const std::string> names) {
  constexpr auto& known = models::sqs::message_system_attribute_set;
  for (const auto& name : names) {
    if (name == "All" || std::ranges::find(known, name) != known.end()) continue;
    // The older parameter's type is that of queue attributes: those are legal and match nothing.
    constexpr auto& settable = models::sqs::queue_attribute_set;
    constexpr auto& read_only = models::sqs::read_only_queue_attribute_set;
    if (std::ranges::find(settable, name) != settable.end()) continue;
    if (std::ranges::find(read_only, name) != read_only.end()) continue;
    return refuse(unknown_attribute(name));
  }
  return {};
}

std::string text_of_ms(Time time) { return std::to_string(to_ms(time)); }

class ReceiveMessage final : public QueueHandler<op::ReceiveMessage> {
 public:
  using QueueHandler::QueueHandler;

 private:
  Outcome<void> prepare(Call&) override {
    if (auto ok = check_system_names(in_.attribute_names); !ok) return ok;
    if (auto ok = check_system_names(in_.message_system_attribute_names); !ok) return ok;
    request_.count_max = static_cast<std::uint32_t>(in_.max_number_of_messages.value_or(1));
    if (in_.visibility_timeout) request_.visibility = std::chrono::seconds(*in_.visibility_timeout);
    if (in_.receive_request_attempt_id && queue_.fifo()) return prepare_attempt(*in_.receive_request_attempt_id);
    return {};
  }

  Outcome<void> prepare_attempt(const std::string& id) {
    if (!is_message_id_text(id, sqs_.limits().group_id_max)) {
      return refuse(invalid_value(id, "ReceiveRequestAttemptId",
                                  "ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 "
                                  "to 128 in length."));
    }
    const auto digest = sha256(id);
    auto& attempt = request_.attempt.emplace();
    std::copy_n(digest.begin(), attempt.size(), attempt.begin());
    return {};
  }

  void start(CallPtr call) override {
    const bool waits = in_.wait_time_seconds.value_or(1) > 0;
    if (waits) {
      poll_ = std::make_shared<Poll>();
      call->responder.on_gone([&engine = sqs_.engine(), &home = call->home, key = key_, poll = poll_]() mutable {
        engine.run(engine.lane_of(key), home, [key, poll = std::move(poll)](engine::Lane& lane) {
          poll->gone = true;
          if (broker::Queue* const queue = broker::find_queue(lane, key)) queue->cancel(poll->waiter);
        });
      });
    }
    visit(std::move(call));
  }

  void at_lane(engine::Lane& lane, CallPtr call) override {
    broker::Queue* const queue = broker::find_queue(lane, key_);
    Outcome<void> outcome = queue != nullptr ? act(lane, *queue) : refuse(queue_does_not_exist());
    if (!outcome) {
      call->failure = std::move(outcome.error());
      return end(lane, std::move(call));
    }
    lane_ = lane.id();
    acquire(lane, *queue, std::move(call));
  }

  Outcome<void> act(engine::Lane& lane, broker::Queue& queue) override {
    return check_rate(sqs_, lane, queue, Rated::receive);
  }

  void acquire(engine::Lane& lane, broker::Queue& queue, CallPtr call) {
    // The client went away before its request came here: it must take no messages.
    if (poll_ && poll_->gone) return;
    request_.wait = in_.wait_time_seconds ? std::chrono::seconds(*in_.wait_time_seconds) : queue.config().wait;
    // The poll outlives this handler, which may be gone by the time acquire() returns.
    const auto poll = poll_;
    const auto waiter = queue.acquire(request_, [this, &lane, id = queue.id(), call = std::move(call)](
                                                    Result<std::vector<broker::Acquired>> got) mutable {
      if (!got) call->failure = failure_of_acquire(got.error());
      if (got) acquired_ = std::move(*got);
      if (got) count_received(lane, id);
      go_home(lane.core(), std::move(call), [this](CallPtr back) {
        if (!back->failure) complete(*back);
        finish(std::move(back));
      });
    });
    if (poll) poll->waiter = waiter;
  }

  // On the lane. The queue may be gone, or another object than before.
  void count_received(engine::Lane& lane, engine::PartitionId id) const {
    engine::Partition* const queue = lane.find(id);
    if (queue == nullptr) return;
    auto& series = queue->series(metrics::Kind::queue);
    if (acquired_.empty()) {
      series.add(metrics::Metric::number_of_empty_receives, 1, lane.now());
    } else {
      series.add(metrics::Metric::number_of_messages_received, acquired_.size(), lane.now());
    }
  }

  static Failure failure_of_acquire(const Error& error) {
    if (error.code == ErrorCode::over_limit) {
      return {&errors::over_limit,
              "Too many messages have been received without being deleted. Please delete your received messages or let "
              "them timeout before receiving more."};
    }
    // The queue was deleted while the client waited.
    if (error.code == ErrorCode::not_found) return queue_does_not_exist();
    return failure_of(error);
  }

  void complete(Call& call) override {
    const SystemNames system(in_.attribute_names, in_.message_system_attribute_names, call.protocol);
    const AttributeFilter filter(in_.message_attribute_names);
    out_.messages.reserve(acquired_.size());
    for (const auto& each : acquired_) describe(each, system, filter, out_.messages.emplace_back());
    acquired_.clear();
  }

  void describe(const broker::Acquired& from, const SystemNames& system, const AttributeFilter& filter,
                models::sqs::Message& into) const {
    const auto& message = from.message;
    auto properties = message.encoding == broker::Encoding::sqs ? decode_properties(message.properties) : std::nullopt;
    auto id = message.id;
    if (properties) {
      into.body = message.body;
    } else {
      properties = read_foreign(message, id, into.body.emplace());
    }
    into.message_id = view(text_of(id));
    into.receipt_handle = encode_handle({lane_, from.receipt});
    into.md5_of_body = hex(properties->body_md5);
    if (!system.none()) describe_system(from, *properties, system, into.attributes);
    if (!filter.empty()) describe_attributes(*properties, filter, into);
  }

  // Written by another protocol: published to a topic, or with a body and nothing else that this service knows.
  Properties read_foreign(const broker::Message& message, broker::MessageId& id, std::string& body) const {
    Properties properties;
    auto copy = sqs_.published() != nullptr ? sqs_.published()->copy_for_queue(message) : std::nullopt;
    if (copy) {
      id = copy->id;
      body = std::move(copy->body);
      properties.attributes = std::move(copy->attributes);
      properties.trace_header = copy->trace_header;
      properties.ordered = copy->ordered;
    }
    if (!copy) body = message.body;
    properties.body_md5 = md5(body);
    return properties;
  }

  void describe_system(const broker::Acquired& from, const Properties& properties, const SystemNames& system,
                       codec::Map<std::string>& into) const {
    const auto& message = from.message;
    const auto add = [&](std::string_view name, auto value) {
      if (system.wants(name)) into.emplace_back(name, value());
    };
    const auto text = [](std::string_view value) { return [value] { return std::string(value); }; };
    add("SenderId", text(message.sender));
    add("SentTimestamp", [&] { return text_of_ms(message.sent); });
    add("ApproximateReceiveCount", [&] { return std::to_string(from.acquired_count); });
    add("ApproximateFirstReceiveTimestamp", [&] { return text_of_ms(from.first_acquired); });
    if (queue_.fifo()) {
      add("SequenceNumber", [&] { return sequence_number(from.receipt.seq); });
      add("MessageDeduplicationId", text(message.dedup_id));
    }
    // A FIFO topic's groups mean nothing to a standard queue.
    const bool grouped = queue_.fifo() || !properties.ordered;
    if (grouped && !message.group.empty()) add("MessageGroupId", text(message.group));
    if (!properties.trace_header.empty()) add("AWSTraceHeader", text(properties.trace_header));
    if (const auto origin = parse_key(message.origin)) add("DeadLetterQueueSourceArn", [&] { return origin->arn(); });
  }

  static void describe_attributes(Properties& properties, const AttributeFilter& filter, models::sqs::Message& into) {
    auto& attributes = properties.attributes;
    std::erase_if(attributes, [&](const AttributeView& each) { return !filter.matches(each.name); });
    if (attributes.empty()) return;
    into.md5_of_message_attributes = hex(md5_of(attributes));
    for (const auto& each : attributes) {
      auto& value = into.message_attributes.emplace_back(each.name, models::sqs::MessageAttributeValue{}).second;
      value.data_type = each.type;
      if (each.binary) {
        value.binary_value = codec::Blob{std::string(each.value)};
      } else {
        value.string_value = each.value;
      }
    }
  }

  broker::AcquireRequest request_;
  std::shared_ptr<Poll> poll_;  // null when the call does not wait
  engine::LaneId lane_{};
  std::vector<broker::Acquired> acquired_;
};

}  // namespace

ActionPtr make_handler(op::ReceiveMessage, Sqs& sqs) { return std::make_unique<ReceiveMessage>(sqs); }

}  // namespace millrace::aws::sqs
