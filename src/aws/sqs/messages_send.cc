// SendMessage and SendMessageBatch.
#include <fmt/format.h>

#include "aws/sqs/batch.h"
#include "aws/sqs/handlers.h"
#include "aws/sqs/outgoing.h"

namespace millrace::aws::sqs {
namespace {

constexpr std::string_view trace_field = "X-Amzn-Trace-Id";

// Fills a result that both operations have in common.
template <class Result>
void describe(const Outgoing& message, const broker::Sent& sent, bool fifo, Result& result) {
  result.message_id = view(text_of(sent.id));
  result.md5_of_message_body = hex(message.body_md5);
  if (!message.attributes_md5.empty()) result.md5_of_message_attributes = message.attributes_md5;
  if (!message.system_attributes_md5.empty()) result.md5_of_message_system_attributes = message.system_attributes_md5;
  if (fifo) result.sequence_number = sequence_number(sent.seq);
}

// On the lane.
void count_sent(engine::Lane& lane, broker::Queue& queue, const Outgoing& message, const broker::Sent& sent) {
  auto& series = queue.series(metrics::Kind::queue);
  if (sent.duplicate) {
    series.add(metrics::Metric::number_of_deduplicated_sent_messages, 1, lane.now());
  } else {
    series.add(metrics::Metric::number_of_messages_sent, 1, lane.now());
    series.add(metrics::Metric::sent_message_size, message.size, lane.now());
  }
}

class SendMessage final : public QueueHandler<op::SendMessage> {
 public:
  using QueueHandler::QueueHandler;

 private:
  Outcome<void> prepare(Call& call) override {
    if (in_.message_body.empty()) return refuse(missing_parameter("MessageBody"));
    const MessageInput input{in_.message_body,
                             in_.delay_seconds,
                             in_.message_attributes,
                             in_.message_system_attributes,
                             in_.message_deduplication_id,
                             in_.message_group_id};
    return prepare_message(input, queue_.fifo(), call, sqs_.limits(), call.request.headers.get(trace_field), message_);
  }

  Outcome<void> act(engine::Lane& lane, broker::Queue& queue) override {
    if (auto ok = check_rate(sqs_, lane, queue, Rated::send, message_.message.message.group); !ok) return ok;
    if (!fits(message_, queue)) return refuse(message_too_long(queue.config().message_bytes_max));
    if (auto ok = check_dedup(message_, queue); !ok) return ok;
    auto sent = queue.send(message_.message);
    if (!sent) return refuse(failure_of(sent.error()));
    sent_ = *sent;
    count_sent(lane, queue, message_, sent_);
    return {};
  }

  void complete(Call&) override { describe(message_, sent_, queue_.fifo(), out_); }

  Outgoing message_;
  broker::Sent sent_;
};

class SendMessageBatch final : public QueueHandler<op::SendMessageBatch> {
 public:
  using QueueHandler::QueueHandler;

 private:
  // What becomes of one entry.
  struct Item {
    Outgoing message;
    broker::Sent sent;
    std::optional<Failure> failure;
  };

  Outcome<void> prepare(Call& call) override {
    if (auto ok = check_batch(in_.entries, "SendMessageBatchRequestEntry", sqs_.limits()); !ok) return ok;
    items_.resize(in_.entries.size());
    std::size_t total = 0;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      auto outcome = prepare_entry(i, call);
      // A FIFO queue takes all of a batch or nothing.
      if (!outcome && queue_.fifo()) return whole(std::move(outcome.error()));
      if (!outcome) items_[i].failure = std::move(outcome.error());
      total += items_[i].message.size;
    }
    if (total <= sqs_.limits().batch_bytes_max) return {};
    return refuse(Failure{&errors::batch_request_too_long,
                          fmt::format("Batch requests cannot be longer than {} bytes. You have sent {} bytes.",
                                      sqs_.limits().batch_bytes_max, total)});
  }

  Outcome<void> prepare_entry(std::size_t i, Call& call) {
    const auto& entry = in_.entries[i];
    if (!entry.message_body) {
      return refuse(missing_parameter(fmt::format("SendMessageBatchRequestEntry.{}.MessageBody", i + 1)));
    }
    if (entry.message_body->empty()) {
      if (queue_.fifo()) {
        return refuse(missing_parameter(fmt::format("SendMessageBatchRequestEntry.{}.MessageBody", i + 1)));
      }
      static constexpr codec::ServiceError empty_value{"", "EmptyValue", 400};
      return refuse(Failure{&empty_value, "Message body must not be empty."});
    }
    const MessageInput input{*entry.message_body,
                             entry.delay_seconds,
                             entry.message_attributes,
                             entry.message_system_attributes,
                             entry.message_deduplication_id,
                             entry.message_group_id};
    return prepare_message(input, queue_.fifo(), call, sqs_.limits(), {}, items_[i].message);
  }

  // A missing group id has another code when it is an entry's.
  static Outcome<void> whole(Failure failure) {
    if (failure.kind == &errors::missing_parameter && failure.message.find("MessageGroupId") != std::string::npos) {
      failure.kind = &errors::invalid_parameter_value;
    }
    return refuse(std::move(failure));
  }

  Outcome<void> act(engine::Lane& lane, broker::Queue& queue) override {
    const auto group = queue_.fifo() ? items_.front().message.message.message.group : std::string_view();
    if (auto ok = check_rate(sqs_, lane, queue, Rated::send, group); !ok) return ok;
    const auto bytes_max = queue.config().message_bytes_max;
    for (auto& item : items_) {
      if (item.failure) continue;
      if (auto ok = check_dedup(item.message, queue); !ok) return ok;
      if (fits(item.message, queue)) continue;
      if (queue_.fifo()) return refuse(message_too_long(bytes_max));
      item.failure = invalid_parameter(fmt::format(
          "One or more parameters cannot be validated. Reason: Message must be shorter than {} bytes.", bytes_max));
    }
    return send_all(lane, queue);
  }

  Outcome<void> send_all(engine::Lane& lane, broker::Queue& queue) {
    bool any_sent = false;
    for (auto& item : items_) {
      if (item.failure) continue;
      auto sent = queue.send(item.message.message);
      if (sent) {
        item.sent = *sent;
        any_sent = true;
        count_sent(lane, queue, item.message, item.sent);
        continue;
      }
      // Nothing is stored yet: SDKs repeat the whole request. Otherwise only what failed must be repeated.
      if (!any_sent) return refuse(failure_of(sent.error()));
      item.failure = failure_of(sent.error());
    }
    return {};
  }

  void complete(Call&) override {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const auto& item = items_[i];
      const auto& id = in_.entries[i].id;
      if (item.failure) {
        out_.failed.push_back(failed_entry(id, *item.failure));
        continue;
      }
      auto& result = out_.successful.emplace_back();
      result.id = id;
      describe(item.message, item.sent, queue_.fifo(), result);
    }
  }

  std::vector<Item> items_;  // one for each entry; not resized once views point into it
};

}  // namespace

ActionPtr make_handler(op::SendMessage, Sqs& sqs) { return std::make_unique<SendMessage>(sqs); }
ActionPtr make_handler(op::SendMessageBatch, Sqs& sqs) { return std::make_unique<SendMessageBatch>(sqs); }

}  // namespace millrace::aws::sqs
