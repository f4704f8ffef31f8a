#include "aws/sns/handler.h"

#include "aws/sns/deliver/worker.h"

namespace millrace::aws::sns {

void TopicAction::handle(CallPtr call) {
  auto topic = subject(*call);
  if (!topic) return finish(std::move(call), std::move(topic.error()));
  topic_ = std::move(*topic);
  key_ = topic_.key();
  if (auto prepared = prepare(*call); !prepared) return finish(std::move(call), std::move(prepared.error()));
  start(std::move(call));
}

void TopicAction::start(CallPtr call) {
  env::Core& home = call->home;
  visit_topic(home, std::move(call));
}

void TopicAction::start_signed(CallPtr call) {
  env::Core& home = call->home;
  service().signer().prepare(home, [this, call = std::move(call)](Outcome<void> ready) mutable {
    if (!ready) return finish(std::move(call), std::move(ready.error()));
    TopicAction::start(std::move(call));
  });
}

void TopicAction::visit_topic(env::Core& from, CallPtr call) {
  visit(service().engine(), from, key_, std::move(call),
        [this](engine::Lane& lane, CallPtr there) { at_lane(lane, std::move(there)); });
}

void TopicAction::at_lane(engine::Lane& lane, CallPtr call) {
  broker::Topic* const topic = broker::find_topic(lane, key_);
  end(lane, std::move(call), topic != nullptr ? act(lane, *topic) : refuse(not_found()));
}

void TopicAction::count_account(CallPtr call, Callback<void(CallPtr, AccountCounts)> then) {
  env::Core& home = call->home;
  auto ask = [this, prefix = key_prefix(topic_.region, topic_.account)](engine::Lane& lane) {
    return service().census(lane.id()).of(lane, prefix);
  };
  gather<AccountCounts>(service().engine(), home, std::move(ask),
                        [call = std::move(call), then = std::move(then)](auto counts) mutable {
                          if (!counts) return finish(std::move(call), std::move(counts.error()));
                          AccountCounts total;
                          for (const auto& each : *counts) {
                            total.topics += each.topics;
                            total.fifo_topics += each.fifo_topics;
                            total.filter_policies += each.filter_policies;
                          }
                          then(std::move(call), total);
                        });
}

void TopicAction::put(engine::Lane& lane, broker::Topic& topic, const broker::Subscription& subscription) {
  auto& counts = service().census(lane.id()).of(lane, key_prefix(topic_.region, topic_.account));
  counts.filter_policies -= topic.counts().filtered;
  topic.put(subscription);
  if (auto* const worker = service().worker()) worker->watch(lane, subscription.target);
  counts.filter_policies += topic.counts().filtered;
}

void TopicAction::erase(engine::Lane& lane, broker::Topic& topic, const broker::SubscriptionId& id) {
  auto& counts = service().census(lane.id()).of(lane, key_prefix(topic_.region, topic_.account));
  counts.filter_policies -= topic.counts().filtered;
  topic.erase(id);
  counts.filter_policies += topic.counts().filtered;
}

Outcome<void> TopicAction::check_filter_count(const broker::Topic& topic, const AccountCounts& account) {
  const auto& limits = service().limits();
  if (topic.counts().filtered < limits.filter_policies_max &&
      account.filter_policies < limits.filter_policies_account_max) {
    return {};
  }
  return refuse(Failure{&errors::filter_policy_limit_exceeded_exception, "Filter policy limit exceeded"});
}

void AccountAction::handle(CallPtr call) {
  region_ = call->caller.region;
  account_ = call->caller.account;
  if (auto prepared = prepare(*call); !prepared) return finish(std::move(call), std::move(prepared.error()));
  env::Core& home = call->home;
  const auto key = account_key(region_, account_);
  visit(service().engine(), home, key, std::move(call), [this, key](engine::Lane& lane, CallPtr there) {
    Account account(lane, key);
    end(lane, std::move(there), act(account));
  });
}

}  // namespace millrace::aws::sns
