// What becomes of a publication whose targets are not there, refuse it, or come and go.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "broker/topic/topic_fixture.h"

namespace millrace::broker {
namespace {

using Bodies = std::vector<std::string>;

const std::vector<std::string> queues = {"sqs/a", "sqs/b", "sqs/c", "sqs/d", "sqs/e", "sqs/f", "sqs/g", "sqs/h"};

class TopicTargets : public TopicTest {};

TEST_F(TopicTargets, WhatHasNoTargetGoesToTheDeadLetterQueue) {
  make_topic("sns/t");
  make("sqs/dead");
  for (const auto& key : queues) subscribe_with_dead_letters("sns/t", key, "sqs/dead");
  make("sqs/a");
  publish("sns/t", "news");
  arrive();
  EXPECT_EQ(drain("sqs/a"), Bodies{"news"});
  EXPECT_EQ(drain("sqs/dead"), Bodies(queues.size() - 1, "news"));
}

TEST_F(TopicTargets, RawCopiesThatQueuesRefuseGoToTheDeadLetterQueue) {
  make_topic("sns/t");
  make("sqs/dead");
  for (const auto& key : queues) {
    make(key);
    auto given = subscription(key);
    given.raw = key != queues.front();
    if (key != queues.back()) given.dead_letter = "sqs/dead";
    subscribe("sns/t", given);
  }
  auto outside = subscription("own");
  outside.target = Topic::own_target("sns/t", outside.id);
  outside.raw = true;
  subscribe("sns/t", outside);
  const auto published = publish("sns/t", "news", {.raw_refusal = "too much"});
  EXPECT_EQ(published.matched, 2u);
  EXPECT_EQ(published.drained, 1u);
  EXPECT_EQ(published.refused, queues.size() - 1);
  EXPECT_EQ(published.redriven, queues.size() - 2);
  crash_and_restart();
  arrive();
  for (const auto& key : queues) EXPECT_EQ(drain(key), key == queues.front() ? Bodies{"news"} : Bodies{}) << key;
  EXPECT_EQ(drain(outside.target), Bodies{"news"});
  std::set<SubscriptionId> from;
  const auto take = [&](Result<std::vector<Acquired>> got) {
    ASSERT_TRUE(got.has_value());
    for (const auto& each : *got) {
      EXPECT_EQ(each.message.body, "news");
      const auto delivery = decode_delivery(each.message.delivery).value_or(Delivery{});
      EXPECT_TRUE(delivery.dead_letter && !delivery.raw);
      EXPECT_EQ(delivery.words, "too much");
      from.insert(delivery.subscription);
    }
  };
  queue("sqs/dead").acquire({.count_max = 10}, take);
  until([&] { return !from.empty(); });
  EXPECT_EQ(from.size(), queues.size() - 2);
  EXPECT_FALSE(from.contains(id_of(queues.front())) || from.contains(id_of(queues.back())));
}

// They have the same deduplication id, and are not the same.
TEST_F(TopicTargets, RefusedCopiesThatShareAFifoDeadLetterQueueAreAllThere) {
  make_topic("sns/t.fifo", {.fifo = true});
  make("sqs/dead.fifo", {.fifo = true});
  for (const std::string key : {"sqs/a.fifo", "sqs/b.fifo", "sqs/c.fifo"}) {
    make(key, {.fifo = true});
    subscribe_with_dead_letters("sns/t.fifo", key, "sqs/dead.fifo", true);
  }
  publish("sns/t.fifo", "news", {.group = "g", .dedup = "d", .raw_refusal = "too much"});
  arrive();
  EXPECT_EQ(queue("sqs/dead.fifo").counts().ready, 3u);
}

TEST_F(TopicTargets, DeadLettersOfRefusedCopiesAreNoMoreThanTheLaneTakes) {
  options.pending_bytes_max = 30'000;
  restart();
  make_topic("sns/t");
  make("sqs/dead");
  for (const auto& key : queues) {
    make(key);
    subscribe_with_dead_letters("sns/t", key, "sqs/dead", true);
  }
  const auto published = publish("sns/t", std::string(10'000, 'x'), {.raw_refusal = "too much"});
  EXPECT_EQ(published.refused, queues.size());
  EXPECT_GE(published.redriven, 2u);
  EXPECT_LE(published.redriven, 4u);
  EXPECT_EQ(published.letters_lost, queues.size() - published.redriven);
  arrive();
  EXPECT_EQ(queue("sqs/dead").counts().ready, published.redriven);
}

TEST_F(TopicTargets, WithoutADeadLetterQueueItIsGivenUp) {
  make_topic("sns/t");
  auto nowhere = subscription("sqs/nowhere");
  subscribe("sns/t", nowhere);
  auto dead_end = subscription("sqs/nowhere-2");
  dead_end.dead_letter = "sqs/not-there-either";
  subscribe("sns/t", dead_end);
  make("sqs/a");
  subscribe("sns/t", "sqs/a");
  publish("sns/t", "news");
  arrive();
  crash_and_restart();
  arrive();
  publish("sns/t", "more");
  arrive();
  EXPECT_EQ(drain("sqs/a"), (Bodies{"news", "more"}));
}

// What a topic remembers of its targets must not outlive them.
TEST_F(TopicTargets, TargetsComeAndGo) {
  make_topic("sns/t");
  make("sqs/dead");
  for (const auto& key : queues) {
    subscribe_with_dead_letters("sns/t", key, "sqs/dead");
    make(key);
  }
  const auto arrives = [&](const std::string& body, const std::string& key, const Bodies& there, const Bodies& dead) {
    publish("sns/t", body);
    arrive();
    EXPECT_EQ(drain(key), there) << body;
    EXPECT_EQ(drain("sqs/dead"), dead) << body;
  };
  for (const auto& key : queues) {
    arrives("known", key, {"known"}, {});
    lane_of(key).remove(queue(key).id());
    make("sqs/another");  // takes the next id
    publish("sns/t", "lost");
    arrive();
    EXPECT_EQ(drain("sqs/another"), Bodies{});
    EXPECT_EQ(drain("sqs/dead"), Bodies{"lost"});
    lane_of("sqs/another").remove(queue("sqs/another").id());
    make(key);
    arrives("anew", key, {"anew"}, {});
    for (const auto& other : queues) drain(other);
  }
}

TEST_F(TopicTargets, ASubscriptionThatChangesIsSeenAtOnce) {
  make_topic("sns/t");
  for (const auto& key : queues) make(key);
  const auto flag = [&](const std::string& key) {
    publish("sns/t", "news");
    arrive();
    std::optional<Delivery> delivery;
    queue(key).acquire({.count_max = 1}, [&](Result<std::vector<Acquired>> got) {
      ASSERT_EQ(got.value().size(), 1u);
      delivery = decode_delivery(got->front().message.delivery);
    });
    until([&] { return delivery.has_value(); });
    return delivery.value_or(Delivery{}).raw;
  };
  for (const auto& key : queues) {
    auto given = subscription(key);
    subscribe("sns/t", given);
    EXPECT_FALSE(flag(key)) << key;
    given.raw = true;
    subscribe("sns/t", given);
    EXPECT_TRUE(flag(key)) << key;
    // The next one gets the place of this one.
    topic("sns/t").erase(given.id);
    durable(lane_of("sns/t"));
  }
}

}  // namespace
}  // namespace millrace::broker
