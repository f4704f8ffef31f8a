// AddPermission and RemovePermission: they edit the topic's Policy attribute.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/policy_document.h"
#include "aws/sns/handlers.h"
#include "aws/sns/topic_attributes.h"

namespace millrace::aws::sns {
namespace {

constexpr std::size_t label_max = 100;
// What a topic's owner may give away.
constexpr std::array<std::string_view, 9> shared_actions{
    "GetTopicAttributes", "SetTopicAttributes",       "AddPermission", "RemovePermission", "DeleteTopic",
    "Subscribe",          "ListSubscriptionsByTopic", "Publish",       "Receive"};

void keep_policy(broker::Topic& topic, std::string policy) {
  auto config = topic.config();
  annotate(config.annotations, policy_attribute, std::move(policy));
  topic.configure(std::move(config));
}

class AddPermission final : public TopicHandler<op::AddPermission> {
 public:
  using TopicHandler::TopicHandler;

 private:
  Outcome<void> prepare(Call&) override {
    if (in_.label.empty() || in_.label.size() > label_max) return refuse(invalid("Label"));
    if (in_.aws_account_id.empty()) return refuse(null_member("aWSAccountId"));
    if (in_.action_name.empty()) return refuse(null_member("actionName"));
    for (const auto& account : in_.aws_account_id) {
      if (!is_account(account)) return refuse(invalid_text("Invalid parameter: Policy Error: PrincipalNotFound"));
    }
    for (const auto& action : in_.action_name) {
      if (std::ranges::find(shared_actions, action) == shared_actions.end()) {
        return refuse(invalid_text("Invalid parameter: Policy statement action out of service scope!"));
      }
    }
    return {};
  }

  Outcome<void> act(engine::Lane&, broker::Topic& topic) override {
    const PolicyStatement statement{in_.label, in_.aws_account_id, in_.action_name, "SNS:", topic_.arn()};
    auto policy = add_statement(policy_of(topic_, topic.config()), statement, limits().policy_statements_max);
    if (!policy) {
      switch (policy.error()) {
        case PolicyError::exists:
        case PolicyError::repeated: return refuse(invalid_text("Invalid parameter: Statement already exists"));
        case PolicyError::too_many: return refuse(invalid_text("Invalid parameter: Policy Error: too many statements"));
        case PolicyError::malformed:
        case PolicyError::not_found: break;
      }
      return refuse(invalid_text("Invalid parameter: Policy Error: null"));
    }
    keep_policy(topic, std::move(*policy));
    return {};
  }
};

class RemovePermission final : public TopicHandler<op::RemovePermission> {
 public:
  using TopicHandler::TopicHandler;

 private:
  // A label that is not there is no mistake.
  Outcome<void> act(engine::Lane&, broker::Topic& topic) override {
    auto policy = remove_statement(policy_of(topic_, topic.config()), in_.label);
    if (policy) keep_policy(topic, std::move(*policy));
    return {};
  }
};

}  // namespace

ActionPtr make_handler(op::AddPermission, Sns& sns) { return std::make_unique<AddPermission>(sns); }
ActionPtr make_handler(op::RemovePermission, Sns& sns) { return std::make_unique<RemovePermission>(sns); }

}  // namespace millrace::aws::sns
