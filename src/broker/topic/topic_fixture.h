// A fixture that speaks a topic's verbs, beside those of queues.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "broker/queue/queue_fixture.h"
#include "broker/topic/filter_event.h"
#include "broker/topic/topic.h"

namespace millrace::broker {

class TopicTest : public QueueTest {
 protected:
  static constexpr std::uint8_t to_queue = 1;

  explicit TopicTest(std::size_t lanes = 2) : QueueTest(lanes) {}

  void make_topic(const std::string& key, const TopicConfig& config = {}) {
    create_topic(lane_of(key), key, config);
    durable(lane_of(key));
  }
  Topic& topic(const std::string& key) {
    auto* found = find_topic(lane_of(key), key);
    EXPECT_NE(found, nullptr) << key;
    return *found;
  }

  static SubscriptionId id_of(const std::string& name) {
    SubscriptionId id{};
    for (std::uint64_t half = 0; half < 2; ++half) {
      const auto hash = stable_hash(name, half);
      std::memcpy(id.data() + 8 * half, &hash, sizeof hash);
    }
    return id;
  }
  Subscription subscription(const std::string& target) {
    return {.id = id_of(target), .protocol = to_queue, .confirmed = true, .created = world.now(), .target = target};
  }
  void subscribe(const std::string& to, const Subscription& given) {
    topic(to).put(given);
    durable(lane_of(to));
  }
  void subscribe(const std::string& to, const std::string& target) { subscribe(to, subscription(target)); }
  void subscribe_with_dead_letters(const std::string& to, const std::string& target, const std::string& dead_letter,
                                   bool raw = false) {
    auto given = subscription(target);
    given.raw = raw;
    given.dead_letter = dead_letter;
    subscribe(to, given);
  }

  struct Given {
    std::string group;
    std::string dedup;
    FilterEvent event;
    std::string raw_refusal;
  };
  Result<Published> try_publish(const std::string& to, const std::string& body, const Given& given = {}) {
    NewPublication publication{.event = &given.event, .raw_refusal = given.raw_refusal};
    publication.message.encoding = Encoding::sns;
    publication.message.body = body;
    publication.message.group = given.group;
    publication.message.dedup_id = given.dedup;
    if (!given.dedup.empty()) publication.dedup = digest(given.dedup);
    const auto number = ++published_;
    std::memcpy(publication.message.id.data(), &number, sizeof number);
    return topic(to).publish(publication);
  }
  Published publish(const std::string& to, const std::string& body, const Given& given = {}) {
    auto published = try_publish(to, body, given);
    EXPECT_TRUE(published.has_value());
    durable(lane_of(to));
    return *published;
  }

  // The world goes on until what is on its way has arrived.
  void arrive() { pass(std::chrono::seconds(2)); }

  // Receives and accepts everything that is there.
  std::vector<std::string> drain(const std::string& key) {
    std::vector<std::string> all;
    for (auto got = receive(key, 10); !got.empty(); got = receive(key, 10)) {
      for (const auto& each : got) {
        all.push_back(each.body);
        queue(key).accept(each.receipt);
      }
    }
    return all;
  }

 private:
  std::uint64_t published_ = 0;
};

}  // namespace millrace::broker
