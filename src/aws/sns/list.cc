// ListTopics, ListSubscriptions and ListSubscriptionsByTopic: pages, the first two gathered from all lanes.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "aws/gather.h"
#include "aws/sns/handlers.h"
#include "aws/sns/paging.h"
#include "aws/sns/target.h"

namespace millrace::aws::sns {
namespace {

// "NAME POSITION": within the topic of that name, or after it when the position is 0.
struct Place {
  std::string topic;
  std::uint32_t position = 0;
};
std::string text_of(const Place& place) { return fmt::format("{} {}", place.topic, place.position); }
Outcome<Place> read_place(const std::string& text) {
  Place place;
  if (text.empty()) return place;
  const auto blank = std::min(text.find(' '), text.size());
  place.topic = text.substr(0, blank);
  const char* const digits = text.data() + std::min(blank + 1, text.size());
  const auto [end, error] = std::from_chars(digits, text.data() + text.size(), place.position);
  if (error != std::errc{} || end != text.data() + text.size()) return refuse(bad_next_token());
  return place;
}

model::Subscription describe(const TopicName& topic, const broker::Subscription& subscription) {
  model::Subscription out;
  out.subscription_arn =
      subscription.confirmed ? SubscriptionName{topic, subscription.id}.arn() : std::string("PendingConfirmation");
  out.owner = subscription.owner;
  out.protocol = name_of(protocol_of(subscription));
  out.endpoint = endpoint_of(subscription);
  out.topic_arn = topic.arn();
  return out;
}

class ListTopics final : public Handler<op::ListTopics, TopicAction> {
 public:
  using Handler::Handler;

 private:
  Outcome<TopicName> subject(Call& call) override { return TopicName{call.caller.region, call.caller.account, {}}; }
  Outcome<void> act(engine::Lane&, broker::Topic&) override { return {}; }

  void start(CallPtr call) override {
    about_ = fmt::format("topics {}", key_);
    auto last = read_page(in_.next_token, about_);
    if (!last) return finish(std::move(call), std::move(last.error()));
    env::Core& home = call->home;
    auto ask = [prefix = key_, last = *last, count_max = limits().page + 1](engine::Lane& lane) {
      std::vector<std::string> names;
      // One after the last name: a name and a NUL is the smallest text that follows it.
      each_name(lane, prefix, last.empty() ? last : last + '\0',
                [&](std::string_view name, const std::string&, engine::PartitionId) {
                  names.emplace_back(name);
                  return names.size() < count_max;
                });
      return names;
    };
    gather<std::vector<std::string>>(sns_.engine(), home, std::move(ask),
                                     [this, call = std::move(call)](auto lists) mutable {
                                       if (!lists) return finish(std::move(call), std::move(lists.error()));
                                       fill(*lists);
                                       finish(std::move(call));
                                     });
  }

  void fill(std::vector<std::vector<std::string>>& lists) {
    std::vector<std::string> names;
    for (auto& list : lists) std::ranges::move(list, std::back_inserter(names));
    std::ranges::sort(names);
    out_.next_token = each_of_page(
        names, limits().page, about_, [](const std::string& name) { return name; },
        [this](const std::string& name) {
          topic_.name = name;
          out_.topics.emplace_back().topic_arn = topic_.arn();
        });
  }

  std::string about_;
};

class ListSubscriptions final : public Handler<op::ListSubscriptions, TopicAction> {
 public:
  using Handler::Handler;

 private:
  struct Found {
    Place after;       // where one goes on after it
    std::size_t rank;  // of those of its lane
    broker::Subscription subscription;
  };

  Outcome<TopicName> subject(Call& call) override { return TopicName{call.caller.region, call.caller.account, {}}; }
  Outcome<void> act(engine::Lane&, broker::Topic&) override { return {}; }

  void start(CallPtr call) override {
    about_ = fmt::format("subscriptions {}", key_);
    auto last = read_page(in_.next_token, about_);
    if (!last) return finish(std::move(call), std::move(last.error()));
    auto place = read_place(*last);
    if (!place) return finish(std::move(call), std::move(place.error()));
    env::Core& home = call->home;
    auto ask = [prefix = key_, place = *place, count_max = limits().page + 1](engine::Lane& lane) {
      return collect(lane, prefix, place, count_max);
    };
    gather<std::vector<Found>>(sns_.engine(), home, std::move(ask), [this, call = std::move(call)](auto lists) mutable {
      if (!lists) return finish(std::move(call), std::move(lists.error()));
      fill(*lists);
      finish(std::move(call));
    });
  }

  static std::vector<Found> collect(engine::Lane& lane, const std::string& prefix, const Place& from,
                                    std::size_t count_max) {
    std::vector<Found> found;
    each_name(lane, prefix, from.topic, [&](std::string_view name, const std::string& key, engine::PartitionId) {
      Place at{std::string(name), 0};
      if (at.topic == from.topic && from.position == 0) return true;
      if (at.topic == from.topic) at.position = from.position;
      const broker::Topic* const topic = broker::find_topic(lane, key);
      while (topic != nullptr && found.size() < count_max) {
        auto next = topic->list(at.position, 1);
        if (next.empty()) break;
        found.push_back({at, found.size(), std::move(next.front())});
        if (at.position == 0) break;
      }
      return found.size() < count_max;
    });
    return found;
  }

  void fill(std::vector<std::vector<Found>>& lists) {
    std::vector<Found> all;
    for (auto& list : lists) std::ranges::move(list, std::back_inserter(all));
    // All of a topic are of one lane.
    std::ranges::sort(all, [](const Found& a, const Found& b) {
      return std::tie(a.after.topic, a.rank) < std::tie(b.after.topic, b.rank);
    });
    out_.next_token = each_of_page(
        all, limits().page, about_, [](const Found& each) { return text_of(each.after); },
        [this](const Found& each) {
          topic_.name = each.after.topic;
          out_.subscriptions.push_back(describe(topic_, each.subscription));
        });
  }

  std::string about_;
};

class ListSubscriptionsByTopic final : public TopicHandler<op::ListSubscriptionsByTopic> {
 public:
  using TopicHandler::TopicHandler;

 private:
  Outcome<void> prepare(Call&) override {
    about_ = fmt::format("subscriptions of {}", key_);
    const auto last = read_page(in_.next_token, about_);
    if (!last) return refuse(last.error());
    const auto place = read_place(*last);
    if (!place) return refuse(place.error());
    position_ = place->position;
    return {};
  }

  Outcome<void> act(engine::Lane&, broker::Topic& topic) override {
    for (const auto& each : topic.list(position_, limits().page)) {
      out_.subscriptions.push_back(describe(topic_, each));
    }
    if (position_ != 0) out_.next_token = make_page_token(about_, text_of({topic_.name, position_}));
    return {};
  }

  std::string about_;
  std::uint32_t position_ = 0;
};

}  // namespace

ActionPtr make_handler(op::ListTopics, Sns& sns) { return std::make_unique<ListTopics>(sns); }
ActionPtr make_handler(op::ListSubscriptions, Sns& sns) { return std::make_unique<ListSubscriptions>(sns); }
ActionPtr make_handler(op::ListSubscriptionsByTopic, Sns& sns) {
  return std::make_unique<ListSubscriptionsByTopic>(sns);
}

}  // namespace millrace::aws::sns
