// GetSubscriptionAttributes and SetSubscriptionAttributes.
#include "aws/sns/handlers.h"
#include "aws/sns/subscription_attributes.h"

namespace millrace::aws::sns {
namespace {

class GetSubscriptionAttributes final : public SubscriptionHandler<op::GetSubscriptionAttributes> {
 public:
  using SubscriptionHandler::SubscriptionHandler;

 private:
  Outcome<void> act(engine::Lane&, broker::Topic& topic) override {
    const auto subscription = topic.find(id_);
    if (!subscription) return refuse(subscription_not_found());
    out_.attributes = read_attributes({{topic_, id_}, topic.config(), *subscription});
    return {};
  }
};

class SetSubscriptionAttributes final : public SubscriptionHandler<op::SetSubscriptionAttributes> {
 public:
  using SubscriptionHandler::SubscriptionHandler;

 private:
  // Only a new filter policy may be one too many.
  void start(CallPtr call) override {
    if (in_.attribute_name != "FilterPolicy") return TopicAction::start(std::move(call));
    count_account(std::move(call), [this](CallPtr back, AccountCounts counts) {
      account_ = counts;
      TopicAction::start(std::move(back));
    });
  }

  Outcome<void> act(engine::Lane& lane, broker::Topic& topic) override {
    auto subscription = topic.find(id_);
    if (!subscription) return refuse(subscription_not_found());
    const bool filtered = !subscription->filter.empty();
    const auto value = in_.attribute_value.value_or("");
    if (auto ok = set_attribute(in_.attribute_name, value, topic_, limits(), *subscription); !ok) return ok;
    if (auto ok = check_replay(*subscription, topic.config(), Setting::alone); !ok) return ok;
    if (!filtered && !subscription->filter.empty()) {
      if (auto ok = check_filter_count(topic, account_); !ok) return ok;
    }
    put(lane, topic, *subscription);
    return {};
  }

  AccountCounts account_;
};

}  // namespace

ActionPtr make_handler(op::GetSubscriptionAttributes, Sns& sns) {
  return std::make_unique<GetSubscriptionAttributes>(sns);
}
ActionPtr make_handler(op::SetSubscriptionAttributes, Sns& sns) {
  return std::make_unique<SetSubscriptionAttributes>(sns);
}

}  // namespace millrace::aws::sns
