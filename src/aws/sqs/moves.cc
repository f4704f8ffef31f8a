// StartMessageMoveTask, CancelMessageMoveTask and ListMessageMoveTasks.
#include <fmt/format.h>

#include <algorithm>

#include "aws/gather.h"
#include "aws/sqs/handlers.h"
#include "aws/sqs/move_task.h"

namespace millrace::aws::sqs {
namespace {

constexpr std::size_t arn_parts = 6;

Failure no_resource(std::string_view parameter) {
  return {&errors::resource_not_found_exception,
          fmt::format("The resource that you specified for the {} parameter doesn't exist.", parameter)};
}

Failure no_task() { return {&errors::resource_not_found_exception, "Task does not exist."}; }

// The queue that an ARN names, as seen from the caller's region.
Outcome<QueueName> read_arn(const std::string& arn, std::string_view parameter, const Caller& caller) {
  const auto colons = static_cast<std::size_t>(std::ranges::count(arn, ':'));
  if (!arn.starts_with("arn:") || colons + 1 < arn_parts) {
    return refuse(invalid_parameter(fmt::format(
        "You must use this format to specify the {}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>",
        parameter)));
  }
  auto name = parse_arn(arn);
  if (!name || name->region != caller.region) return refuse(no_resource(parameter));
  return std::move(*name);
}

std::string_view name_of(broker::MoveStatus status) {
  switch (status) {
    case broker::MoveStatus::running: return "RUNNING";
    case broker::MoveStatus::completed: return "COMPLETED";
    case broker::MoveStatus::cancelling: return "CANCELLING";
    case broker::MoveStatus::cancelled: return "CANCELLED";
    case broker::MoveStatus::failed: return "FAILED";
  }
  return "";
}

// An operation on the queue that an ARN names.
template <class Op>
class MoveHandler : public Handler<Op, QueueAction> {
 public:
  using Handler<Op, QueueAction>::Handler;

 protected:
  Sqs& service() final { return this->sqs_; }
  const std::string& queue_url() const final { return this->key_; }  // not used: handle() is replaced
  Failure not_found() const final { return no_resource("SourceArn"); }

  void begin(CallPtr call, Outcome<QueueName> source) {
    if (!source) return finish(std::move(call), std::move(source.error()));
    this->queue_ = std::move(*source);
    this->key_ = this->queue_.key();
    if (auto ok = this->prepare(*call); !ok) return finish(std::move(call), std::move(ok.error()));
    this->start(std::move(call));
  }
};

class StartMessageMoveTask final : public MoveHandler<op::StartMessageMoveTask> {
 public:
  using MoveHandler::MoveHandler;

 private:
  // What a lane knows of the two queues.
  struct Found {
    bool source = false;
    bool destination = false;
    bool feeds_source = false;  // a queue whose dead letters go to the source
  };

  void handle(CallPtr call) override {
    auto source = read_arn(in_.source_arn, "SourceArn", call->caller);
    begin(std::move(call), std::move(source));
  }

  Outcome<void> prepare(Call& call) override {
    if (!in_.destination_arn) return {};
    auto destination = read_arn(*in_.destination_arn, "DestinationArn", call.caller);
    if (!destination) return refuse(std::move(destination.error()));
    if (*destination == queue_) {
      return refuse(invalid_parameter("Source queue arn and destination queue arn cannot be the same."));
    }
    destination_ = std::move(*destination);
    return {};
  }

  void start(CallPtr call) override {
    auto ask = [source = key_, destination = destination_ ? destination_->key() : std::string(),
                keys = key_prefix(queue_.region, queue_.account)](engine::Lane& lane) {
      Found found;
      found.source = broker::find_queue(lane, source) != nullptr;
      found.destination = broker::find_queue(lane, destination) != nullptr;
      each_name(lane, keys, {}, [&](std::string_view, const std::string& key, engine::PartitionId) {
        const broker::Queue* const queue = broker::find_queue(lane, key);
        if (queue == nullptr) return true;
        const auto& policy = queue->config().dead_letter;
        found.feeds_source = policy && policy->target == source;
        return !found.feeds_source;
      });
      return found;
    };
    env::Core& home = call->home;
    gather<Found>(sqs_.engine(), home, std::move(ask), [this, call = std::move(call)](auto found) mutable {
      if (!found) return finish(std::move(call), std::move(found.error()));
      if (auto ok = check(*found); !ok) return finish(std::move(call), std::move(ok.error()));
      visit(std::move(call));
    });
  }

  Outcome<void> check(const std::vector<Found>& found) const {
    if (std::ranges::none_of(found, &Found::source)) return refuse(no_resource("SourceArn"));
    if (destination_ && std::ranges::none_of(found, &Found::destination)) return refuse(no_resource("DestinationArn"));
    if (std::ranges::none_of(found, &Found::feeds_source)) {
      return refuse(invalid_parameter("Source queue must be configured as a Dead Letter Queue."));
    }
    if (destination_ && destination_->fifo() != queue_.fifo()) {
      return refuse(invalid_parameter("The source queue and destination queue must be of the same queue type."));
    }
    return {};
  }

  Outcome<void> act(engine::Lane&, broker::Queue& queue) override {
    const auto rate = static_cast<std::uint32_t>(in_.max_number_of_messages_per_second.value_or(0));
    auto task = queue.start_move(destination_ ? destination_->key() : std::string(), rate);
    if (task) {
      out_.task_handle = encode_task({task->id, queue_});
      return {};
    }
    if (task.error().code != ErrorCode::conflict) return refuse(failure_of(task.error()));
    return refuse(invalid_parameter(
        "There is already a task running. Only one active task is allowed for a source queue arn at a given time."));
  }

  std::optional<QueueName> destination_;
};

class CancelMessageMoveTask final : public MoveHandler<op::CancelMessageMoveTask> {
 public:
  using MoveHandler::MoveHandler;

 private:
  void handle(CallPtr call) override {
    const auto task = decode_task(in_.task_handle);
    if (!task) {
      return finish(std::move(call), invalid_parameter("Value for parameter TaskHandle is invalid."));
    }
    id_ = task->id;
    auto source = read_arn(task->source_arn, "SourceArn", call->caller);
    begin(std::move(call), std::move(source));
  }

  Outcome<void> act(engine::Lane&, broker::Queue& queue) override {
    if (!id_) return refuse(no_task());
    auto task = queue.cancel_move(*id_);
    if (task) {
      out_.approximate_number_of_messages_moved = static_cast<std::int64_t>(task->moved);
      return {};
    }
    const auto code = task.error().code;
    // A task that has ended can no longer be cancelled: to the service it is not there.
    if (code == ErrorCode::not_found || code == ErrorCode::conflict) return refuse(no_task());
    return refuse(failure_of(task.error()));
  }

  std::optional<std::uint64_t> id_;
};

class ListMessageMoveTasks final : public MoveHandler<op::ListMessageMoveTasks> {
 public:
  using MoveHandler::MoveHandler;

 private:
  void handle(CallPtr call) override {
    auto source = read_arn(in_.source_arn, "SourceArn", call->caller);
    begin(std::move(call), std::move(source));
  }

  Outcome<void> act(engine::Lane&, broker::Queue& queue) override {
    const auto count_max = static_cast<std::size_t>(in_.max_results.value_or(1));
    for (const auto& task : queue.moves()) {
      if (out_.results.size() == count_max) break;
      describe(task, out_.results.emplace_back());
    }
    return {};
  }

  void describe(const broker::MoveTask& task, models::sqs::ListMessageMoveTasksResultEntry& into) const {
    into.status = name_of(task.status);
    into.source_arn = queue_.arn();
    into.started_timestamp = to_ms(task.started);
    into.approximate_number_of_messages_moved = static_cast<std::int64_t>(task.moved);
    into.approximate_number_of_messages_to_move = static_cast<std::int64_t>(task.to_move);
    if (const auto target = parse_key(task.target)) into.destination_arn = target->arn();
    if (task.rate_max > 0) into.max_number_of_messages_per_second = static_cast<std::int32_t>(task.rate_max);
    if (task.status == broker::MoveStatus::running) into.task_handle = encode_task({task.id, queue_});
    if (task.status == broker::MoveStatus::failed) into.failure_reason = reason_of(task);
  }

  // The service names a missing destination by the error that sending to it would give.
  static std::string reason_of(const broker::MoveTask& task) {
    const bool no_destination = task.failure.find("does not exist") != std::string::npos;
    return no_destination ? std::string(errors::queue_does_not_exist.query) : task.failure;
  }
};

}  // namespace

ActionPtr make_handler(op::StartMessageMoveTask, Sqs& sqs) { return std::make_unique<StartMessageMoveTask>(sqs); }
ActionPtr make_handler(op::CancelMessageMoveTask, Sqs& sqs) { return std::make_unique<CancelMessageMoveTask>(sqs); }
ActionPtr make_handler(op::ListMessageMoveTasks, Sqs& sqs) { return std::make_unique<ListMessageMoveTasks>(sqs); }

}  // namespace millrace::aws::sqs
