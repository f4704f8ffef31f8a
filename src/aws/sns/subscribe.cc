// Subscribe: a new subscription, or the one that is there.
#include <fmt/format.h>

#include "aws/request_id.h"
#include "aws/sns/handlers.h"
#include "aws/sns/subscription_attributes.h"
#include "aws/sns/token.h"

namespace millrace::aws::sns {
namespace {

// An endpoint that is asked again this soon is given the token that it has: whichever of the two questions it answers,
// it is confirmed.
constexpr Duration token_repeated = std::chrono::hours(1);

class Subscribe final : public TopicHandler<op::Subscribe> {
 public:
  using TopicHandler::TopicHandler;

 private:
  Outcome<void> prepare(Call& call) override {
    const auto protocol = parse_protocol(in_.protocol);
    if (!protocol) {
      return refuse(invalid(fmt::format("Amazon SNS does not support this protocol string: {}", in_.protocol)));
    }
    if (!in_.endpoint || in_.endpoint->empty()) return refuse(invalid("Endpoint", "no value for required parameter"));
    if (auto ok = check_endpoint(*protocol, *in_.endpoint, topic_); !ok) return ok;
    wanted_.id = random_uuid(call.home);
    wanted_.protocol = static_cast<std::uint8_t>(*protocol);
    wanted_.confirmed = !must_confirm(*protocol, *in_.endpoint, call.caller);
    wanted_.owner = call.caller.account;
    set_target(wanted_, *in_.endpoint, topic_);
    base_url_ = call.base_url();
    return apply_attributes(in_.attributes, topic_, limits(), wanted_);
  }

  void start(CallPtr call) override {
    if (protocol_of(wanted_) == SubscriptionProtocol::application) return visit_endpoint(std::move(call));
    count(std::move(call));
  }

  // A platform endpoint must be there. It is kept by its account.
  void visit_endpoint(CallPtr call) {
    const auto endpoint = parse_endpoint_arn(*in_.endpoint);
    const auto key = account_key(endpoint->application.region, endpoint->application.account);
    env::Core& home = call->home;
    visit(sns_.engine(), home, key, std::move(call), [this, key, endpoint](engine::Lane& lane, CallPtr there) {
      if (!Account(lane, key).endpoint(*endpoint)) {
        return end(lane, std::move(there),
                   refuse(invalid("Endpoint", fmt::format("Endpoint does not exist for endpoint {}", *in_.endpoint))));
      }
      go_home(lane.core(), std::move(there), [this](CallPtr back) { count(std::move(back)); });
    });
  }

  // Only those with a filter policy are counted over the whole account.
  void count(CallPtr call) {
    if (wanted_.filter.empty()) return TopicAction::start(std::move(call));
    count_account(std::move(call), [this](CallPtr back, AccountCounts counts) {
      account_ = counts;
      TopicAction::start(std::move(back));
    });
  }

  Outcome<void> act(engine::Lane& lane, broker::Topic& topic) override {
    const auto protocol = protocol_of(wanted_);
    if (auto there = topic.find(wanted_.protocol, find_key(protocol, *in_.endpoint)))
      return repeat(lane, topic, *there);
    const auto counts = topic.counts();
    const auto limit = topic_.fifo() ? limits().fifo_subscriptions_max : limits().subscriptions_max;
    if (counts.confirmed + counts.pending >= limit) {
      return refuse(Failure{&errors::subscription_limit_exceeded_exception, "Subscription limit exceeded"});
    }
    if (auto ok = check_replay(wanted_, topic.config(), Setting::at_creation); !ok) return ok;
    if (!wanted_.filter.empty()) {
      if (auto ok = check_filter_count(topic, account_); !ok) return ok;
    }
    if (auto room = lane.admits_new(); !room) return refuse(failure_of(room.error()));
    wanted_.created = lane.now();
    return keep(lane, topic);
  }

  // What is asked for must be what is there. One that waits for its confirmation is asked again.
  Outcome<void> repeat(engine::Lane& lane, broker::Topic& topic, const broker::Subscription& there) {
    wanted_ = there;
    if (auto ok = apply_attributes(in_.attributes, topic_, limits(), wanted_); !ok) return ok;
    // How far a replay is does not make it another one.
    const auto policy = annotation(wanted_.annotations, replay_annotation);
    if (policy == annotation(there.annotations, replay_annotation)) wanted_.replay = there.replay;
    if (wanted_ != there) {
      return refuse(attribute_failure(Setting::at_creation, "Subscription already exists with different attributes"));
    }
    return there.confirmed ? Outcome<void>() : keep(lane, topic);
  }

  Outcome<void> keep(engine::Lane& lane, broker::Topic& topic) {
    if (!wanted_.confirmed) {
      wanted_.created = lane.now();
      const auto before = read_token(wanted_.token);
      const bool fresh = before && before->asked + token_repeated > lane.now();
      if (!fresh) wanted_.token = make_token(lane.core(), wanted_.id, lane.now());
    }
    put(lane, topic, wanted_);
    ConfirmationSender* const sender = sns_.confirmation_sender();
    if (wanted_.confirmed || sender == nullptr) return {};
    lane.when_durable([&lane, sender,
                       confirmation = Confirmation{ConfirmationKind::subscription, topic_, wanted_, wanted_.token,
                                                   base_url_}](Result<void> durable) {
      if (durable) sender->send(lane, confirmation);
    });
    return {};
  }

  void complete(Call&) override {
    const bool shown = wanted_.confirmed || in_.return_subscription_arn.value_or(false);
    out_.subscription_arn = shown ? SubscriptionName{topic_, wanted_.id}.arn() : std::string("pending confirmation");
  }

  broker::Subscription wanted_;
  std::string base_url_;
  AccountCounts account_;
};

}  // namespace

ActionPtr make_handler(op::Subscribe, Sns& sns) { return std::make_unique<Subscribe>(sns); }

}  // namespace millrace::aws::sns
