// Creating, finding, changing and removing queues.
#include <fmt/format.h>

#include "aws/sqs/attributes.h"
#include "aws/sqs/dead_letter_visit.h"
#include "aws/sqs/handlers.h"
#include "aws/sqs/tags.h"

namespace millrace::aws::sqs {
namespace {

class CreateQueue final : public QueueHandler<op::CreateQueue> {
 public:
  using QueueHandler::QueueHandler;

 private:
  void handle(CallPtr call) override {
    queue_ = {call->caller.region, call->caller.account, in_.queue_name};
    key_ = queue_.key();
    if (auto ok = prepare(*call); !ok) return finish(std::move(call), std::move(ok.error()));
    visit_dead_letter_target(sqs_, policy_, queue_, std::move(call),
                             [this](env::Core& from, CallPtr checked) { visit(from, std::move(checked)); });
  }

  Outcome<void> prepare(Call&) override {
    config_.fifo = asks_for_fifo(in_.attributes);
    config_.acquired_max = config_.fifo ? sqs_.limits().fifo_in_flight_max : sqs_.limits().standard_in_flight_max;
    if (auto ok = check_new_name(queue_.name, config_.fifo); !ok) return ok;
    if (auto ok = apply_attributes(in_.attributes, config_); !ok) return ok;
    if (auto ok = check_tags(in_.tags, sqs_.limits()); !ok) return ok;
    for (auto& [key, value] : in_.tags) config_.tags.insert_or_assign(key, value);
    if (auto ok = check_tag_count(config_.tags.size(), queue_.name, sqs_.limits()); !ok) return ok;
    return read_given_policy(in_.attributes, policy_);
  }

  void at_lane(engine::Lane& lane, CallPtr call) override {
    if (auto ok = create(lane); !ok) call->failure = std::move(ok.error());
    end(lane, std::move(call));
  }

  Outcome<void> create(engine::Lane& lane) {
    if (broker::Queue* const queue = broker::find_queue(lane, key_)) return act(lane, *queue);
    if (const auto removed = lane.removed_at(key_); removed && lane.now() < *removed + sqs_.limits().recreate_after) {
      return refuse(Failure{&errors::queue_deleted_recently,
                            "You must wait 60 seconds after deleting a queue before you can create another with the "
                            "same name."});
    }
    if (auto room = lane.admits_new(); !room) return refuse(failure_of(room.error()));
    broker::create_queue(lane, key_, config_);
    return {};
  }

  // The queue exists: what the call asks for must be what it is.
  Outcome<void> act(engine::Lane&, broker::Queue& queue) override {
    auto difference = find_difference(in_.attributes, queue_, queue.config());
    if (!difference) return refuse(std::move(difference.error()));
    if (!*difference) return {};
    return refuse(Failure{
        &errors::queue_name_exists,
        fmt::format("A queue already exists with the same name and a different value for attribute {}", **difference)});
  }

  void complete(Call& call) override { out_.queue_url = queue_.url(call.base_url()); }

  broker::QueueConfig config_;
  std::optional<RedrivePolicy> policy_;
};

class DeleteQueue final : public QueueHandler<op::DeleteQueue> {
 public:
  using QueueHandler::QueueHandler;

 private:
  Outcome<void> act(engine::Lane& lane, broker::Queue& queue) override {
    lane.remove(queue.id());
    return {};
  }
};

class GetQueueUrl final : public QueueHandler<op::GetQueueUrl> {
 public:
  using QueueHandler::QueueHandler;

 private:
  void handle(CallPtr call) override {
    queue_ = {call->caller.region, in_.queue_owner_aws_account_id.value_or(call->caller.account), in_.queue_name};
    if (!is_queue_name(queue_.name) || !is_account(queue_.account)) {
      return finish(std::move(call), queue_does_not_exist());
    }
    key_ = queue_.key();
    visit(std::move(call));
  }

  Outcome<void> act(engine::Lane&, broker::Queue&) override { return {}; }
  void complete(Call& call) override { out_.queue_url = queue_.url(call.base_url()); }
};

class GetQueueAttributes final : public QueueHandler<op::GetQueueAttributes> {
 public:
  using QueueHandler::QueueHandler;

 private:
  Outcome<void> prepare(Call&) override { return check_attribute_names(in_.attribute_names); }

  Outcome<void> act(engine::Lane&, broker::Queue& queue) override {
    const QueueFacts facts{queue_, queue.config(), queue.created(), queue.modified(), queue.counts()};
    auto attributes = read_attributes(in_.attribute_names, facts);
    if (!attributes) return refuse(std::move(attributes.error()));
    out_.attributes = std::move(*attributes);
    return {};
  }
};

class SetQueueAttributes final : public QueueHandler<op::SetQueueAttributes> {
 public:
  using QueueHandler::QueueHandler;

 private:
  Outcome<void> prepare(Call&) override {
    if (in_.attributes.empty()) return refuse(missing_parameter("Attribute.Name"));
    return read_given_policy(in_.attributes, policy_);
  }

  void start(CallPtr call) override {
    visit_dead_letter_target(sqs_, policy_, queue_, std::move(call),
                             [this](env::Core& from, CallPtr checked) { visit(from, std::move(checked)); });
  }

  Outcome<void> act(engine::Lane&, broker::Queue& queue) override {
    auto config = queue.config();
    if (auto ok = apply_attributes(in_.attributes, config); !ok) return ok;
    queue.configure(std::move(config));
    return {};
  }

  std::optional<RedrivePolicy> policy_;
};

}  // namespace

ActionPtr make_handler(op::CreateQueue, Sqs& sqs) { return std::make_unique<CreateQueue>(sqs); }
ActionPtr make_handler(op::DeleteQueue, Sqs& sqs) { return std::make_unique<DeleteQueue>(sqs); }
ActionPtr make_handler(op::GetQueueUrl, Sqs& sqs) { return std::make_unique<GetQueueUrl>(sqs); }
ActionPtr make_handler(op::GetQueueAttributes, Sqs& sqs) { return std::make_unique<GetQueueAttributes>(sqs); }
ActionPtr make_handler(op::SetQueueAttributes, Sqs& sqs) { return std::make_unique<SetQueueAttributes>(sqs); }

}  // namespace millrace::aws::sqs
