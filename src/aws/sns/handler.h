// Handlers: what an operation of SNS is made of.
//
// Handler<Op, Base> holds input and output. Most operations concern one topic (TopicHandler), one subscription
// (SubscriptionHandler) or what the account keeps beside its topics (AccountHandler): checked at home (prepare), done in
// one visit to the lane of that (act), and finished at home (complete) once everything they did or saw is durable.
#pragma once
#include <string>

#include "aws/lane_action.h"
#include "aws/sns/account.h"
#include "aws/sns/errors.h"
#include "aws/sns/names.h"
#include "aws/sns/service.h"
#include "broker/topic/topic.h"

namespace millrace::aws::sns {

namespace op = models::sns::op;
namespace model = models::sns;

template <class Op, class Base>
class Handler : public Base {
 public:
  explicit Handler(Sns& sns) : sns_(sns) {}
  const codec::Operation& operation() const final { return Op::info; }
  void* input() final { return &in_; }
  const void* output() const final { return &out_; }

 protected:
  Sns& service() final { return sns_; }
  const Limits& limits() const { return sns_.limits(); }

  Sns& sns_;
  typename Op::input in_;
  typename Op::output out_;
};

// The flow of an operation on one topic, without its types.
class TopicAction : public LaneAction {
 public:
  void handle(CallPtr call) override;

 protected:
  virtual Sns& service() = 0;
  // The topic that the call names.
  virtual Outcome<TopicName> subject(Call& call) = 0;
  // At home: checks what can be checked without the topic.
  virtual Outcome<void> prepare(Call& /*call*/) { return {}; }
  // At home, after prepare: goes to the lane. Overridden by operations that visit other lanes first.
  virtual void start(CallPtr call);
  // On the lane.
  virtual Outcome<void> act(engine::Lane& lane, broker::Topic& topic) = 0;
  virtual Failure not_found() const { return topic_not_found(); }

  // At home: the same, once there is a key that signs what is published.
  void start_signed(CallPtr call);
  void visit_topic(env::Core& from, CallPtr call);
  // At home: counts what the topic's account has on all lanes, then goes on at home, unless a lane cannot say.
  void count_account(CallPtr call, Callback<void(CallPtr, AccountCounts)> then);
  // On the lane: changes what the topic's subscriptions are, and keeps the census right.
  void put(engine::Lane& lane, broker::Topic& topic, const broker::Subscription& subscription);
  void erase(engine::Lane& lane, broker::Topic& topic, const broker::SubscriptionId& id);
  // On the lane: refuses one filter policy more than the topic, or the account, may have.
  Outcome<void> check_filter_count(const broker::Topic& topic, const AccountCounts& account);
  // On the topic's lane.
  virtual void at_lane(engine::Lane& lane, CallPtr call);

  TopicName topic_;
  std::string key_;
};

template <class Op>
class TopicHandler : public Handler<Op, TopicAction> {
 public:
  using Handler<Op, TopicAction>::Handler;

 protected:
  Outcome<TopicName> subject(Call& call) override {
    if constexpr (requires { this->in_.resource_arn; }) {
      return resolve_topic(this->in_.resource_arn, call.caller, "ResourceArn");
    } else {
      return resolve_topic(this->in_.topic_arn, call.caller);
    }
  }
};

template <class Op>
class SubscriptionHandler : public Handler<Op, TopicAction> {
 public:
  using Handler<Op, TopicAction>::Handler;

 protected:
  Outcome<TopicName> subject(Call& call) override {
    auto name = resolve_subscription(this->in_.subscription_arn, call.caller);
    if (!name) return refuse(std::move(name.error()));
    id_ = name->id;
    return std::move(name->topic);
  }
  Failure not_found() const override { return subscription_not_found(); }

  broker::SubscriptionId id_{};
};

// The flow of an operation on what an account keeps beside its topics.
class AccountAction : public LaneAction {
 public:
  void handle(CallPtr call) override;

 protected:
  virtual Sns& service() = 0;
  // At home: checks what can be checked without the account's table, and says whose it is if not the caller's.
  virtual Outcome<void> prepare(Call& /*call*/) { return {}; }
  // On the lane.
  virtual Outcome<void> act(Account& account) = 0;

  std::string region_;
  std::string account_;
};

template <class Op>
class AccountHandler : public Handler<Op, AccountAction> {
 public:
  using Handler<Op, AccountAction>::Handler;
};

}  // namespace millrace::aws::sns
