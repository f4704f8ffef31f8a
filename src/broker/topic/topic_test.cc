#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "broker/topic/topic_fixture.h"

namespace millrace::broker {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Bodies = std::vector<std::string>;

const std::vector<std::string> queues = {"sqs/a", "sqs/b", "sqs/c", "sqs/d", "sqs/e", "sqs/f", "sqs/g", "sqs/h"};

TEST_F(TopicTest, APublicationReachesEveryQueueOnce) {
  make_topic("sns/t");
  std::vector<std::size_t> by_lane(2);
  for (const auto& key : queues) {
    make(key);
    subscribe("sns/t", key);
    ++by_lane[engine->lane_of(key).get()];
  }
  ASSERT_GT(by_lane[0], 0u);
  ASSERT_GT(by_lane[1], 0u);
  EXPECT_EQ(publish("sns/t", "news").matched, queues.size());
  arrive();
  for (const auto& key : queues) EXPECT_EQ(drain(key), Bodies{"news"}) << key;
}

TEST_F(TopicTest, ACopySaysByWhichSubscriptionItCame) {
  make_topic("sns/t");
  make("sqs/a");
  auto raw = subscription("sqs/a");
  raw.raw = true;
  subscribe("sns/t", raw);
  publish("sns/t", "news");
  arrive();
  std::optional<Delivery> delivery;
  queue("sqs/a").acquire({}, [&](Result<std::vector<Acquired>> got) {
    ASSERT_TRUE(got.has_value());
    ASSERT_EQ(got->size(), 1u);
    delivery = decode_delivery(got->front().message.delivery);
  });
  until([&] { return delivery.has_value(); });
  EXPECT_EQ(delivery->subscription, raw.id);
  EXPECT_TRUE(delivery->raw);
  EXPECT_FALSE(delivery->dead_letter);
}

TEST_F(TopicTest, WakesAPollerThatWaits) {
  make_topic("sns/t");
  for (const auto& key : queues) {
    make(key);
    subscribe("sns/t", key);
  }
  std::size_t served = 0;
  for (const auto& key : queues) {
    queue(key).acquire({.wait = seconds(20)}, [&](Result<std::vector<Acquired>> got) { served += got->size(); });
  }
  const auto begun = world.now();
  publish("sns/t", "news");
  until([&] { return served == queues.size(); });
  EXPECT_LT(world.now() - begun, seconds(5));
}

TEST_F(TopicTest, OnlyWhatIsConfirmedReceives) {
  make_topic("sns/t");
  make("sqs/a");
  auto pending = subscription("sqs/a");
  pending.confirmed = false;
  subscribe("sns/t", pending);
  EXPECT_EQ(topic("sns/t").counts().pending, 1u);
  EXPECT_EQ(publish("sns/t", "early").matched, 0u);
  pending.confirmed = true;
  subscribe("sns/t", pending);
  EXPECT_EQ(topic("sns/t").counts().confirmed, 1u);
  EXPECT_EQ(topic("sns/t").counts().pending, 0u);
  publish("sns/t", "late");
  arrive();
  EXPECT_EQ(drain("sqs/a"), Bodies{"late"});
}

TEST_F(TopicTest, WhatNobodyConfirmsIsForgotten) {
  make_topic("sns/t");
  auto pending = subscription("sqs/a");
  pending.confirmed = false;
  subscribe("sns/t", pending);
  pass(Topic::pending_kept - minutes(5));
  EXPECT_EQ(topic("sns/t").counts().pending, 1u);
  pass(minutes(10));
  EXPECT_EQ(topic("sns/t").counts().pending, 0u);
  EXPECT_EQ(topic("sns/t").counts().deleted, 1u);
}

TEST_F(TopicTest, FiltersChooseWhoReceives) {
  make_topic("sns/t");
  for (const auto* key : {"sqs/a", "sqs/b", "sqs/c"}) make(key);
  auto fans = subscription("sqs/a");
  fans.filter = R"({"who": ["fans"]})";
  auto by_body = subscription("sqs/b");
  by_body.filter = R"({"price": [{"numeric": [">", 10]}]})";
  by_body.filter_scope = FilterScope::body;
  subscribe("sns/t", fans);
  subscribe("sns/t", by_body);
  subscribe("sns/t", "sqs/c");
  Given to_fans;
  to_fans.event.add_attribute("who", "String", "fans");
  const auto first = publish("sns/t", R"({"price": 5})", to_fans);
  EXPECT_EQ(first.matched, 2u);
  EXPECT_EQ(first.filtered, 1u);
  EXPECT_EQ(first.filtered_out.by_body, 1u);
  EXPECT_FALSE(first.filtered_out.unreadable_body);
  const auto second = publish("sns/t", R"({"price": 50})");
  EXPECT_EQ(second.filtered_out.by_attributes, 1u);
  EXPECT_EQ(second.filtered_out.by_body, 0u);
  const auto third = publish("sns/t", "no JSON");
  EXPECT_EQ(third.filtered, 2u);
  EXPECT_TRUE(third.filtered_out.unreadable_body);
  // One attribute that is not of its type, and no filter of attributes matches.
  Given malformed;
  malformed.event.add_attribute("who", "String", "fans");
  malformed.event.add_attribute("other", "String.Array", "no JSON");
  const auto fourth = publish("sns/t", R"({"price": 5})", malformed);
  EXPECT_TRUE(fourth.filtered_out.malformed_attributes);
  EXPECT_EQ(fourth.filtered_out.by_attributes, 1u);
  arrive();
  EXPECT_EQ(drain("sqs/a"), Bodies{R"({"price": 5})"});
  EXPECT_EQ(drain("sqs/b"), Bodies{R"({"price": 50})"});
  EXPECT_EQ(drain("sqs/c").size(), 4u);
  // Another filter takes the place of the first.
  fans.filter = R"({"who": ["players"]})";
  subscribe("sns/t", fans);
  EXPECT_EQ(publish("sns/t", "x", to_fans).matched, 1u);
}

TEST_F(TopicTest, SubscriptionsAreFoundListedAndErased) {
  make_topic("sns/t");
  for (const auto& key : queues) subscribe("sns/t", key);
  const auto found = topic("sns/t").find(to_queue, "sqs/c");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->id, id_of("sqs/c"));
  EXPECT_EQ(*topic("sns/t").find(id_of("sqs/c")), *found);
  EXPECT_FALSE(topic("sns/t").find(2, "sqs/c").has_value());
  topic("sns/t").erase(id_of("sqs/c"));
  EXPECT_FALSE(topic("sns/t").find(to_queue, "sqs/c").has_value());
  EXPECT_FALSE(topic("sns/t").find(id_of("sqs/c")).has_value());
  Bodies listed;
  std::uint32_t position = 0;
  do {
    const auto page = topic("sns/t").list(position, 3);
    EXPECT_LE(page.size(), 3u);
    for (const auto& each : page) listed.push_back(each.target);
  } while (position != 0);
  EXPECT_EQ(listed.size(), queues.size() - 1);
  EXPECT_EQ(std::ranges::count(listed, "sqs/c"), 0);
}

TEST_F(TopicTest, ManySubscriptionsComeAndGo) {
  make_topic("sns/t");
  const auto name = [](int i) { return "sqs/many-" + std::to_string(i); };
  for (int i = 0; i < 500; ++i) topic("sns/t").put(subscription(name(i)));
  for (int i = 0; i < 500; i += 3) topic("sns/t").erase(id_of(name(i)));
  for (int i = 500; i < 600; ++i) topic("sns/t").put(subscription(name(i)));
  durable(lane_of("sns/t"));
  restart();
  std::size_t left = 0;
  for (int i = 0; i < 600; ++i) {
    const bool erased = i < 500 && i % 3 == 0;
    EXPECT_EQ(topic("sns/t").find(to_queue, name(i)).has_value(), !erased) << i;
    EXPECT_EQ(topic("sns/t").find(id_of(name(i))).has_value(), !erased) << i;
    left += erased ? 0 : 1;
  }
  EXPECT_EQ(topic("sns/t").counts().confirmed, left);
}

// Many subscriptions have an object of their own, which checkpoints do not write again.
TEST_F(TopicTest, ManySubscriptionsSurviveInABaseAndItsChanges) {
  make_topic("sns/t");
  make("sqs/busy");
  const auto name = [](int i) { return "sqs/us-east-1/000000000000/" + std::string(500, 'n') + std::to_string(i); };
  std::set<std::uint64_t> bases;
  std::size_t looks = 0;
  for (int i = 0; i < 4'000; ++i) {
    topic("sns/t").put(subscription(name(i)));
    if (i % 3 == 0) topic("sns/t").erase(id_of(name(i)));
    if (i % 20 != 0) continue;
    send("sqs/busy", std::string(3'000, 'x'));
    pass(Duration(20));
    bases.insert(topic("sns/t").base());
    ++looks;
  }
  EXPECT_GT(bases.size(), 2u);
  EXPECT_LT(bases.size(), looks / 10);
  settle_all();
  for (int round = 0; round < 2; ++round) {
    round == 0 ? crash_and_restart() : restart();
    EXPECT_EQ(topic("sns/t").counts().confirmed, 2'666u);
    for (int i = 0; i < 4'000; ++i) {
      ASSERT_EQ(topic("sns/t").find(id_of(name(i))).has_value(), i % 3 != 0) << i;
      ASSERT_EQ(topic("sns/t").find(to_queue, name(i)).has_value(), i % 3 != 0) << i;
    }
  }
  // Nothing is left behind: one checkpoint, and the base that it names.
  std::size_t objects = 0;
  const auto lane = "/data/lane-" + std::to_string(engine->lane_of("sns/t").get());
  for (const auto& path : world.disk().paths()) objects += path.starts_with(lane + "/checkpoint") ? 1 : 0;
  EXPECT_EQ(objects, 2u);
}

class TopicRestartTest : public TopicTest, public testing::WithParamInterface<bool> {
 protected:
  void go_down() {
    if (GetParam()) {
      crash_and_restart();
    } else {
      restart();
    }
  }
};
INSTANTIATE_TEST_SUITE_P(HowItEnds, TopicRestartTest, testing::Bool(),
                         [](const auto& how) { return how.param ? "PowerCut" : "CleanStop"; });

TEST_P(TopicRestartTest, WhatWasPublishedArrivesOnceOverARestart) {
  make_topic("sns/t");
  for (const auto& key : queues) {
    make(key);
    subscribe("sns/t", key);
  }
  publish("sns/t", "one");
  go_down();
  publish("sns/t", "two");
  arrive();
  go_down();
  arrive();
  for (const auto& key : queues) EXPECT_EQ(drain(key), (Bodies{"one", "two"})) << key;
}

// The journal rotates several times: copies are read from segments, from the journal's window, and found again by a
// recovery whose checkpoint knows them.
TEST_P(TopicRestartTest, CopiesOutliveTheirJournal) {
  make_topic("sns/t");
  for (const auto& key : queues) {
    make(key);
    subscribe("sns/t", key);
  }
  Bodies sent;
  for (int i = 0; i < 600; ++i) {
    sent.push_back(std::to_string(i) + std::string(1'500, 'x'));
    ASSERT_TRUE(try_publish("sns/t", sent.back()).has_value());
    if (i % 20 == 0) pass(Duration(50));
  }
  arrive();
  EXPECT_GT(lane_of("sns/t").stats().checkpoints_written, 0u);
  EXPECT_GT(queue("sqs/a").backlog().extents().size(), 0u);
  EXPECT_GT(queue("sqs/a").backlog().tail().size(), 0u);
  go_down();
  arrive();
  for (const auto& key : queues) EXPECT_EQ(drain(key), sent) << key;
}

TEST_F(TopicTest, ASubscriptionsOwnQueueComesAndGoesWithIt) {
  make_topic("sns/t");
  auto web = subscription("web");
  web.protocol = 2;
  web.endpoint = "http://example.com/";
  web.target = Topic::own_target("sns/t", web.id);
  web.confirmed = false;
  subscribe("sns/t", web);
  EXPECT_EQ(find_queue(lane_of("sns/t"), web.target), nullptr);
  web.confirmed = true;
  subscribe("sns/t", web);
  ASSERT_EQ(engine->lane_of(web.target), engine->lane_of("sns/t"));
  publish("sns/t", "news");
  EXPECT_EQ(drain(web.target), Bodies{"news"});
  crash_and_restart();
  EXPECT_NE(find_queue(lane_of("sns/t"), web.target), nullptr);
  topic("sns/t").erase(web.id);
  EXPECT_EQ(find_queue(lane_of("sns/t"), web.target), nullptr);
  subscribe("sns/t", web);
  topic("sns/t").remove();
  EXPECT_EQ(find_topic(lane_of("sns/t"), "sns/t"), nullptr);
  EXPECT_EQ(find_queue(lane_of("sns/t"), web.target), nullptr);
}

TEST_F(TopicTest, AFifoTopicNumbersAndDeduplicates) {
  make_topic("sns/t.fifo", {.fifo = true});
  make("sqs/q.fifo", {.fifo = true});
  make("sqs/plain");
  subscribe("sns/t.fifo", "sqs/q.fifo");
  subscribe("sns/t.fifo", "sqs/plain");
  const auto first = publish("sns/t.fifo", "one", {.group = "g", .dedup = "1"});
  const auto again = publish("sns/t.fifo", "other", {.group = "g", .dedup = "1"});
  EXPECT_FALSE(first.duplicate);
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(again.sequence, first.sequence);
  crash_and_restart();
  EXPECT_TRUE(publish("sns/t.fifo", "other", {.group = "g", .dedup = "1"}).duplicate);
  const auto second = publish("sns/t.fifo", "two", {.group = "g", .dedup = "2"});
  EXPECT_GT(second.sequence, first.sequence);
  arrive();
  auto plain = drain("sqs/plain");
  std::ranges::sort(plain);
  EXPECT_EQ(plain, (Bodies{"one", "two"}));
  // A queue's group gives one batch after the other.
  Bodies in_order;
  for (const auto& got : receive("sqs/q.fifo", 10)) in_order.push_back(got.body);
  EXPECT_EQ(in_order, (Bodies{"one", "two"}));
  pass(minutes(6));
  EXPECT_FALSE(publish("sns/t.fifo", "three", {.group = "g", .dedup = "1"}).duplicate);
}

TEST_F(TopicTest, AQueueDropsWhatItHasSeen) {
  for (const auto* key : {"sns/one.fifo", "sns/two.fifo"}) {
    make_topic(key, {.fifo = true});
  }
  make("sqs/q.fifo", {.fifo = true});
  subscribe("sns/one.fifo", "sqs/q.fifo");
  subscribe("sns/two.fifo", "sqs/q.fifo");
  publish("sns/one.fifo", "same", {.group = "g", .dedup = "1"});
  publish("sns/two.fifo", "same", {.group = "g", .dedup = "1"});
  arrive();
  EXPECT_EQ(queue("sqs/q.fifo").counts().ready, 1u);
}

TEST_F(TopicTest, AQueuesDelayHoldsForWhatIsPublished) {
  make_topic("sns/t");
  make("sqs/slow", {.delay = seconds(60)});
  subscribe("sns/t", "sqs/slow");
  publish("sns/t", "news");
  arrive();
  EXPECT_TRUE(drain("sqs/slow").empty());
  pass(seconds(60));
  EXPECT_EQ(drain("sqs/slow"), Bodies{"news"});
}

// So many targets that one entry does not hold them.
TEST_F(TopicTest, ManyTargetsTakeSeveralEntries) {
  make_topic("sns/t");
  std::vector<std::string> many;
  for (int i = 0; i < 3'000; ++i) {
    many.push_back("sqs/us-east-1/000000000000/" + std::string(60, 'q') + std::to_string(i));
    create_queue(lane_of(many.back()), many.back(), {});
    topic("sns/t").put(subscription(many.back()));
    if (i % 200 == 0) pass(Duration(100));
  }
  settle_all();
  // The second time it is known where they are.
  for (std::uint64_t round = 1; round <= 2; ++round) {
    EXPECT_EQ(publish("sns/t", "news").matched, many.size());
    arrive();
    for (const auto& key : many) ASSERT_EQ(queue(key).counts().ready, round) << key;
  }
}

}  // namespace
}  // namespace millrace::broker
