// ConfirmSubscription, and Unsubscribe. A subscription that its endpoint ends without credentials is kept for a while beside
// the topics (Account), since whoever owns the endpoint is told of it and may take it back with a token.
#include <fmt/format.h>

#include "aws/sns/handlers.h"
#include "aws/sns/subscription_attributes.h"
#include "aws/sns/token.h"

namespace millrace::aws::sns {
namespace {

Failure bad_token() { return invalid("Token"); }

class ConfirmSubscription final : public TopicHandler<op::ConfirmSubscription> {
 public:
  using TopicHandler::TopicHandler;

 private:
  Outcome<TopicName> subject(Call& call) override {
    auto topic = resolve_topic(in_.topic_arn, call.caller);
    if (!topic) return refuse(invalid("Topic"));
    return topic;
  }

  Outcome<void> prepare(Call& call) override {
    if (!looks_like_token(in_.token)) return refuse(invalid_text("Invalid token"));
    const auto token = read_token(in_.token);
    if (!token) return refuse(bad_token());
    token_ = *token;
    confirmed_ = token_.subscription;
    signed_ = !call.caller.anonymous;
    return {};
  }

  Failure not_found() const override { return bad_token(); }

  void at_lane(engine::Lane& lane, CallPtr call) override {
    broker::Topic* const topic = broker::find_topic(lane, key_);
    if (topic != nullptr && !topic->find(token_.subscription)) return look_among_ended(lane, std::move(call));
    TopicAction::at_lane(lane, std::move(call));
  }

  Outcome<void> act(engine::Lane& lane, broker::Topic& topic) override {
    auto subscription = topic.find(token_.subscription);
    if (subscription->confirmed) return {};
    return confirm(lane, topic, std::move(*subscription));
  }

  // Whether the token is the one that was sent, and not too old.
  bool proves(engine::Lane& lane, const broker::Subscription& subscription) const {
    return subscription.token == in_.token && lane.now() <= token_.asked + limits().token_life;
  }

  Outcome<void> confirm(engine::Lane& lane, broker::Topic& topic, broker::Subscription subscription) {
    if (!proves(lane, subscription)) return refuse(bad_token());
    subscription.confirmed = true;
    subscription.token.clear();
    if (signed_) {
      annotate(subscription.annotations, authenticated_annotation, "true");
      const bool authenticate = parse_flag(in_.authenticate_on_unsubscribe.value_or("")).value_or(false);
      annotate(subscription.annotations, authenticate_annotation, authenticate ? "true" : "");
    }
    put(lane, topic, subscription);
    return {};
  }

  // Perhaps it ended, and comes back.
  void look_among_ended(engine::Lane& lane, CallPtr call) {
    const auto key = account_key(topic_.region, topic_.account);
    visit(sns_.engine(), lane.core(), key, std::move(call), [this, key](engine::Lane& there, CallPtr at_account) {
      auto ended = Account(there, key).ended(token_.subscription);
      if (!ended || ended->topic != topic_.name) return end(there, std::move(at_account), refuse(bad_token()));
      visit(sns_.engine(), there.core(), key_, std::move(at_account),
            [this, key, ended = std::move(ended->subscription)](engine::Lane& back, CallPtr at_topic) {
              auto outcome = bring_back(back, ended);
              if (!outcome) return end(back, std::move(at_topic), std::move(outcome));
              forget_ended(back, key, std::move(at_topic));
            });
    });
  }

  // It is back, for certain; its token is good for once.
  void forget_ended(engine::Lane& lane, const std::string& key, CallPtr call) {
    once_durable(lane, std::move(call), [this, key](env::Core& core, CallPtr durable) {
      visit(sns_.engine(), core, key, std::move(durable), [this, key](engine::Lane& there, CallPtr at_account) {
        end(there, std::move(at_account), Account(there, key).erase_ended(token_.subscription));
      });
    });
  }

  Outcome<void> bring_back(engine::Lane& lane, const broker::Subscription& ended) {
    broker::Topic* const topic = broker::find_topic(lane, key_);
    if (topic == nullptr || !proves(lane, ended)) return refuse(bad_token());
    // Its endpoint may have subscribed again meanwhile.
    const auto& endpoint = ended.endpoint.empty() ? ended.target : ended.endpoint;
    if (const auto again = topic->find(ended.protocol, endpoint)) {
      confirmed_ = again->id;
      return {};
    }
    return confirm(lane, *topic, ended);
  }

  void complete(Call&) override { out_.subscription_arn = SubscriptionName{topic_, confirmed_}.arn(); }

  Token token_;
  broker::SubscriptionId confirmed_{};
  bool signed_ = false;
};

// One that is not there has ended already.
class Unsubscribe final : public SubscriptionHandler<op::Unsubscribe> {
 public:
  using SubscriptionHandler::SubscriptionHandler;

 private:
  Outcome<void> prepare(Call& call) override {
    caller_ = call.caller;
    base_url_ = call.base_url();
    return {};
  }

  void at_lane(engine::Lane& lane, CallPtr call) override {
    broker::Topic* const topic = broker::find_topic(lane, key_);
    const auto outcome = topic != nullptr ? act(lane, *topic) : Outcome<void>();
    if (!outcome || !by_endpoint_) return end(lane, std::move(call), outcome);
    once_durable(lane, std::move(call),
                 [this](env::Core& core, CallPtr durable) { keep_ended(core, std::move(durable)); });
  }

  Outcome<void> act(engine::Lane& lane, broker::Topic& topic) override {
    auto subscription = topic.find(id_);
    if (!subscription) return {};
    if (!subscription->confirmed) {
      return refuse(invalid("SubscriptionArn", "Cannot unsubscribe a subscription that is pending confirmation"));
    }
    if (caller_.anonymous && annotation(subscription->annotations, authenticate_annotation) == "true") {
      return refuse(not_authorized("The subscription can only be ended by a caller with credentials."));
    }
    by_endpoint_ = caller_.anonymous && is_told(protocol_of(*subscription));
    erase(lane, topic, id_);
    ended_ = {topic_.name, lane.now(), std::move(*subscription)};
    ended_.subscription.token = make_token(lane.core(), id_, ended_.ended);
    return {};
  }

  // Those that were asked for their consent are told.
  static bool is_told(SubscriptionProtocol protocol) {
    return is_http(protocol) || protocol == SubscriptionProtocol::email || protocol == SubscriptionProtocol::email_json;
  }

  void keep_ended(env::Core& core, CallPtr call) {
    const auto key = account_key(topic_.region, topic_.account);
    visit(sns_.engine(), core, key, std::move(call), [this, key](engine::Lane& lane, CallPtr there) {
      Account account(lane, key);
      // It has ended, whether it can be taken back or not.
      if (account.put_ended(ended_, ended_.ended - limits().token_life)) tell(lane);
      end(lane, std::move(there));
    });
  }

  void tell(engine::Lane& lane) {
    ConfirmationSender* const sender = sns_.confirmation_sender();
    if (sender == nullptr) return;
    const Confirmation confirmation{ConfirmationKind::unsubscribe, topic_, ended_.subscription,
                                    ended_.subscription.token, base_url_};
    auto& engine = sns_.engine();
    lane.when_durable([&engine, &core = lane.core(), sender, confirmation](Result<void> durable) {
      if (!durable) return;
      engine.run(engine.lane_of(confirmation.topic.key()), core,
                 [sender, confirmation](engine::Lane& topics) { sender->send(topics, confirmation); });
    });
  }

  Caller caller_;
  std::string base_url_;
  bool by_endpoint_ = false;
  EndedSubscription ended_;
};

}  // namespace

ActionPtr make_handler(op::ConfirmSubscription, Sns& sns) { return std::make_unique<ConfirmSubscription>(sns); }
ActionPtr make_handler(op::Unsubscribe, Sns& sns) { return std::make_unique<Unsubscribe>(sns); }

}  // namespace millrace::aws::sns
