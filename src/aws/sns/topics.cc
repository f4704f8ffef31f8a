// Creating, changing and removing topics.
#include <fmt/format.h>

#include "aws/sns/data_protection.h"
#include "aws/sns/handlers.h"
#include "aws/sns/tags.h"
#include "aws/sns/topic_attributes.h"

namespace millrace::aws::sns {
namespace {

class CreateTopic final : public Handler<op::CreateTopic, TopicAction> {
 public:
  using Handler::Handler;

 private:
  Outcome<TopicName> subject(Call& call) override {
    return TopicName{call.caller.region, call.caller.account, in_.name};
  }

  Outcome<void> prepare(Call& call) override {
    const auto fifo = asks_for_fifo(in_.attributes);
    if (!fifo) return refuse(fifo.error());
    config_.fifo = *fifo;
    if (auto ok = check_name(); !ok) return ok;
    if (auto ok = apply_attributes(in_.attributes, {limits(), config_, call.home.now()}); !ok) return ok;
    auto tags = read_tags(in_.tags);
    if (!tags) return refuse(std::move(tags.error()));
    config_.tags = std::move(*tags);
    if (auto ok = check_tag_count(config_.tags, limits()); !ok) return ok;
    if (!in_.data_protection_policy) return {};
    if (config_.fifo) return refuse(invalid("DataProtectionPolicy", "It is not supported for FIFO topics"));
    annotate(config_.annotations, data_protection_annotation, *in_.data_protection_policy);
    return check_data_protection_policy(*in_.data_protection_policy, limits());
  }

  Outcome<void> check_name() const {
    if (config_.fifo && (!topic_.fifo() || !is_topic_name(topic_.name) || topic_.name.size() > name_max)) {
      return refuse(
          invalid("Topic Name",
                  "Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase "
                  "ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters "
                  "long."));
    }
    if (!config_.fifo && (topic_.fifo() || !is_topic_name(topic_.name))) return refuse(invalid("Topic Name"));
    return {};
  }

  // How many topics the account has is known by all lanes together.
  void start(CallPtr call) override {
    count_account(std::move(call), [this](CallPtr back, AccountCounts counts) {
      topics_ = config_.fifo ? counts.fifo_topics : counts.topics;
      env::Core& home = back->home;
      visit_topic(home, std::move(back));
    });
  }

  void at_lane(engine::Lane& lane, CallPtr call) override { end(lane, std::move(call), create(lane)); }

  Outcome<void> create(engine::Lane& lane) {
    if (broker::Topic* const topic = broker::find_topic(lane, key_)) return act(lane, *topic);
    if (topics_ >= (config_.fifo ? limits().fifo_topics_max : limits().topics_max)) {
      return refuse(Failure{&errors::topic_limit_exceeded_exception, "Topic limit exceeded"});
    }
    if (auto room = lane.admits_new(); !room) return refuse(failure_of(room.error()));
    auto& counts = sns_.census(lane.id()).of(lane, key_prefix(topic_.region, topic_.account));
    broker::create_topic(lane, key_, config_);
    ++(config_.fifo ? counts.fifo_topics : counts.topics);
    return {};
  }

  // The topic is there: what the call asks for must be what it is.
  Outcome<void> act(engine::Lane&, broker::Topic& topic) override {
    const auto same = agrees(in_.attributes, limits(), topic.config());
    if (!same) return refuse(same.error());
    if (!*same) {
      return refuse(attribute_failure(Setting::at_creation, "Topic already exists with different attributes"));
    }
    for (const auto& [key, value] : config_.tags) {
      const auto at = topic.config().tags.find(key);
      if (at == topic.config().tags.end() || at->second != value) {
        return refuse(invalid("Tags", "Topic already exists with different tags"));
      }
    }
    return {};
  }

  void complete(Call&) override { out_.topic_arn = topic_.arn(); }

  broker::TopicConfig config_;
  std::uint64_t topics_ = 0;
};

// A topic that is not there is removed already.
class DeleteTopic final : public TopicHandler<op::DeleteTopic> {
 public:
  using TopicHandler::TopicHandler;

 private:
  void at_lane(engine::Lane& lane, CallPtr call) override {
    broker::Topic* const topic = broker::find_topic(lane, key_);
    end(lane, std::move(call), topic != nullptr ? act(lane, *topic) : Outcome<void>());
  }

  Outcome<void> act(engine::Lane& lane, broker::Topic& topic) override {
    const auto& config = topic.config();
    if (config.archive_days != 0) {
      return refuse(Failure{&errors::invalid_state_exception,
                            "The topic has an active archive policy. Remove it before deleting the topic."});
    }
    auto& counts = sns_.census(lane.id()).of(lane, key_prefix(topic_.region, topic_.account));
    --(config.fifo ? counts.fifo_topics : counts.topics);
    counts.filter_policies -= topic.counts().filtered;
    topic.remove();
    return {};
  }
};

class GetTopicAttributes final : public TopicHandler<op::GetTopicAttributes> {
 public:
  using TopicHandler::TopicHandler;

 private:
  Outcome<void> act(engine::Lane&, broker::Topic& topic) override {
    out_.attributes = read_attributes({topic_, topic.config(), topic.counts()});
    return {};
  }
};

class SetTopicAttributes final : public TopicHandler<op::SetTopicAttributes> {
 public:
  using TopicHandler::TopicHandler;

 private:
  Outcome<void> act(engine::Lane& lane, broker::Topic& topic) override {
    auto config = topic.config();
    const auto value = in_.attribute_value.value_or("");
    if (auto ok = set_attribute(in_.attribute_name, value, {limits(), config, lane.now()}); !ok) return ok;
    topic.configure(std::move(config));
    return {};
  }
};

}  // namespace

ActionPtr make_handler(op::CreateTopic, Sns& sns) { return std::make_unique<CreateTopic>(sns); }
ActionPtr make_handler(op::DeleteTopic, Sns& sns) { return std::make_unique<DeleteTopic>(sns); }
ActionPtr make_handler(op::GetTopicAttributes, Sns& sns) { return std::make_unique<GetTopicAttributes>(sns); }
ActionPtr make_handler(op::SetTopicAttributes, Sns& sns) { return std::make_unique<SetTopicAttributes>(sns); }

}  // namespace millrace::aws::sns
