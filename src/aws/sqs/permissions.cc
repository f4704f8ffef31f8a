// AddPermission and RemovePermission: they edit the queue's Policy attribute.
#include "aws/sqs/attributes.h"
#include "aws/sqs/handlers.h"
#include "aws/sqs/policy.h"

namespace millrace::aws::sqs {
namespace {

std::string policy_of(const broker::Queue& queue) {
  const auto& annotations = queue.config().annotations;
  const auto at = annotations.find(std::string(policy_attribute));
  return at == annotations.end() ? std::string() : at->second;
}

Outcome<void> keep_policy(broker::Queue& queue, Outcome<std::string> policy) {
  if (!policy) return refuse(std::move(policy.error()));
  auto config = queue.config();
  if (policy->empty()) {
    config.annotations.erase(std::string(policy_attribute));
  } else {
    config.annotations.insert_or_assign(std::string(policy_attribute), std::move(*policy));
  }
  queue.configure(std::move(config));
  return {};
}

class AddPermission final : public QueueHandler<op::AddPermission> {
 public:
  using QueueHandler::QueueHandler;

 private:
  Permission permission() const { return {in_.label, in_.aws_account_ids, in_.actions}; }
  Outcome<void> prepare(Call&) override { return check_permission(permission(), sqs_.limits()); }
  Outcome<void> act(engine::Lane&, broker::Queue& queue) override {
    return keep_policy(queue, add_permission(policy_of(queue), permission(), queue_, sqs_.limits()));
  }
};

class RemovePermission final : public QueueHandler<op::RemovePermission> {
 public:
  using QueueHandler::QueueHandler;

 private:
  Outcome<void> prepare(Call&) override {
    if (in_.label.empty()) return refuse(missing_parameter("Label"));
    return {};
  }
  Outcome<void> act(engine::Lane&, broker::Queue& queue) override {
    return keep_policy(queue, remove_permission(policy_of(queue), in_.label));
  }
};

}  // namespace

ActionPtr make_handler(op::AddPermission, Sqs& sqs) { return std::make_unique<AddPermission>(sqs); }
ActionPtr make_handler(op::RemovePermission, Sqs& sqs) { return std::make_unique<RemovePermission>(sqs); }

}  // namespace millrace::aws::sqs
