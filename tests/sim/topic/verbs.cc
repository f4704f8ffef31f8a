#include "sim/topic/verbs.h"

#include <utility>

#include "broker/topic/filter_event.h"
#include "engine/lane.h"

namespace millrace::sim {
namespace {

std::unexpected<Failure> refused(const Error& error) { return std::unexpected(refusal(error.code, error.message)); }

std::unexpected<Failure> no_topic(const std::string& topic) {
  return std::unexpected(refusal(ErrorCode::not_found, "no topic " + topic));
}

}  // namespace

void TopicVerbs::create(const std::string& topic, const broker::TopicConfig& config, Callback<void(Reply<bool>)> done) {
  server_.on_lane<bool>(topic, std::move(done), [this, topic, config](engine::Lane& lane, auto answered) mutable {
    const bool made = broker::find_topic(lane, topic) == nullptr;
    if (auto ok = lane.admits_new(); made && !ok) return answered(refused(ok.error()));
    if (made) broker::create_topic(lane, topic, config);
    server_.answer<bool>(lane, made, std::move(answered));
  });
}

void TopicVerbs::subscribe(const std::string& topic, broker::Subscription subscription,
                           Callback<void(Reply<bool>)> done) {
  server_.on_lane<bool>(
      topic, std::move(done),
      [this, topic, subscription = std::move(subscription)](engine::Lane& lane, auto answered) mutable {
        auto* found = broker::find_topic(lane, topic);
        if (found == nullptr) return answered(no_topic(topic));
        if (auto ok = lane.admits_new(); !ok) return answered(refused(ok.error()));
        found->put(subscription);
        server_.answer<bool>(lane, true, std::move(answered));
      });
}

void TopicVerbs::publish(const std::string& topic, PublishRequest request,
                         Callback<void(Reply<broker::Published>)> done) {
  server_.on_lane<broker::Published>(
      topic, std::move(done), [this, topic, request = std::move(request)](engine::Lane& lane, auto answered) mutable {
        auto* found = broker::find_topic(lane, topic);
        if (found == nullptr) return answered(no_topic(topic));
        if (server_.sabotaged(Sabotage::forget_dedup) && request.dedup) {
          (*request.dedup)[0] ^= static_cast<std::uint8_t>(server_.world().generation());
        }
        const broker::FilterEvent event;
        const broker::NewPublication publication{.message = {.encoding = broker::Encoding::sns,
                                                             .id = request.id,
                                                             .group = request.group,
                                                             .body = request.body},
                                                 .event = &event,
                                                 .dedup = request.dedup};
        if (server_.sabotaged(Sabotage::drop_sends, 3)) {
          return server_.answer(lane, broker::Published{.id = request.id}, std::move(answered));
        }
        auto published = found->publish(publication);
        if (!published) return answered(refused(published.error()));
        server_.answer(lane, *published, std::move(answered));
      });
}

}  // namespace millrace::sim
