// How much of a subscription is under way at once, and when: as its endpoint answers, and as the policy says.
#include <set>

#include "aws/sns/deliver/counters.h"
#include "aws/sns/deliver/deliver_fixture.h"

namespace millrace::aws::sns::deliver {
namespace {

using metrics::Metric;
using std::chrono::seconds;

TEST(WindowTest, PausesGrowAndDifferFromWindowToWindow) {
  const Time begin = from_ms(1'000'000);
  std::set<Duration> pauses;
  for (std::uint64_t own = 0; own < 1'024; own += 64) {
    Window window(2, own);
    window.failed(begin, begin);
    EXPECT_LE(window.pause(begin), Window::first_pause * 2);
    Time now = begin;
    for (int round = 0; round < 12; ++round) {
      now += window.pause(now);
      window.failed(now, now);
    }
    const auto pause = window.pause(now);
    EXPECT_GE(pause, Window::pause_max * 3 / 4);
    EXPECT_LE(pause, Window::pause_max * 5 / 4 + Window::tick);
    EXPECT_EQ((now + pause).time_since_epoch() % Window::tick, Duration{});
    pauses.insert(pause);
    window.answered(1);
    EXPECT_EQ(window.pause(now), Duration{});
  }
  EXPECT_GE(pauses.size(), 12u);
}

class Windows : public DeliverTest {
 protected:
  Windows() { make_topic(topic_key); }
};

TEST_F(Windows, ManyAreUnderWayAtOnceButNotMore) {
  const auto given = to_url();
  put(given);
  for (int i = 0; i < 1'500; ++i) publish_message("m" + std::to_string(i));
  pass(seconds(1));
  EXPECT_EQ(http.calls.size(), Window::first_size);
  std::set<std::string> seen;
  std::size_t most = 0;
  while (left(given) > 0) {
    seen.insert(call().body());
    most = std::max(most, http.calls.size());
    answer(200);
  }
  EXPECT_EQ(most, Drain::http_under_way_max);
  EXPECT_EQ(seen.size(), 1'500u);
}

TEST_F(Windows, TheWindowFollowsHowTheEndpointAnswers) {
  put(with_policy(R"({"healthyRetryPolicy":{"minDelayTarget":600,"maxDelayTarget":600,"numRetries":5}})"));
  for (int i = 0; i < 300; ++i) publish_message("x");
  for (int i = 0; i < 60; ++i) answer(200);
  EXPECT_GE(http.calls.size(), 32u);
  while (!http.calls.empty()) http.fail_call();
  pass(std::chrono::milliseconds(5));
  EXPECT_TRUE(http.calls.empty()) << "there is a pause";
  EXPECT_LE(next_call(), Duration(100));
  EXPECT_EQ(http.calls.size(), 1u) << "it is as narrow as can be";
  http.fail_call();
  pass(std::chrono::milliseconds(15));
  EXPECT_TRUE(http.calls.empty()) << "it is longer now";
  answer(200);
  pass(std::chrono::milliseconds(15));
  EXPECT_EQ(http.calls.size(), 2u) << "there is no pause any more, and it grows";
}

// What the transport has no room for is no attempt, however often that happens.
TEST_F(Windows, ARefusalByTheTransportIsNoAttempt) {
  auto given = with_policy(R"({"healthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":1,"numRetries":0}})");
  given.raw = true;
  put(given);
  publish_message("x");
  const Time from = world.now();
  int refused = 0;
  for (; world.now() < from + std::chrono::minutes(2); ++refused) {
    next_call();
    http.answer(fail(ErrorCode::over_limit, "too many calls"));
    pass(std::chrono::milliseconds(2));
    EXPECT_TRUE(http.calls.empty()) << "there is a pause";
  }
  EXPECT_GE(refused, 13);
  EXPECT_LE(refused, 40);
  next_call();
  EXPECT_EQ(call().body(), "x");
  EXPECT_EQ(http.calls.size(), 1u);
  answer(200);
  EXPECT_EQ(left(given), 0u);
  EXPECT_EQ(total(Metric::number_of_notifications_delivered), 1u);
  EXPECT_EQ(total(Metric::number_of_notifications_failed), 0u);
}

TEST_F(Windows, LargeMessagesAreFewAtOnce) {
  const auto given = to_url();
  put(given);
  for (int i = 0; i < 8; ++i) publish_message(std::string(100'000, 'x'));
  pass(seconds(1));
  int seen = 0;
  for (; left(given) > 0; ++seen) {
    call();
    EXPECT_LE(http.calls.size() * 100'000, Drain::under_way_bytes_max + 300'000);
    if (seen > 4) EXPECT_LE(http.calls.size() * 100'000, Drain::under_way_bytes_max);
    answer(200);
  }
  EXPECT_EQ(seen, 8);
}

TEST_F(Windows, AThrottleHolds) {
  put(with_policy(R"({"throttlePolicy":{"maxReceivesPerSecond":2}})"));
  for (int i = 0; i < 20; ++i) publish_message("x");
  int calls = 0;
  const Time from = world.now();
  for (; world.now() < from + seconds(5); world.run_for(std::chrono::milliseconds(10))) {
    for (; !http.calls.empty(); ++calls) http.answer(200);
  }
  EXPECT_GE(calls, 10);
  EXPECT_LE(calls, 13);
}

// A thousand endpoints that never answer stand beside one that does.
TEST_F(Windows, DeadEndpointsDoNotHoldUpALiveOne) {
  constexpr int dead = 1'000;
  for (int i = 0; i < dead; ++i) {
    auto given = to_url("http://dead.example/" + std::to_string(i));
    topic(topic_key).put(given);
    worker->watch(lane_of(topic_key), given.target);
  }
  const auto live = to_url();
  put(live);
  std::size_t pending_max = 0;
  for (int round = 0; round < 5; ++round) {
    publish_message("m" + std::to_string(round));
    const auto is_live = [](const auto& pending) { return pending.call.url == url; };
    const Time from = world.now();
    until([&] { return std::ranges::any_of(http.calls, is_live); });
    EXPECT_LT(world.now() - from, seconds(1));
    const auto at = std::ranges::find_if(http.calls, is_live);
    auto pending = std::move(*at);
    http.calls.erase(at);
    pending.done(delivery::HttpAnswer{.status = 200});
    pass(std::chrono::milliseconds(10));
    EXPECT_EQ(left(live), 0u);
    pending_max = std::max(pending_max, http.calls.size());
  }
  EXPECT_EQ(pending_max, Window::first_size * dead);
  for (int i = 0; i < 40; ++i) publish_message("more");
  const auto is_live = [](const auto& pending) { return pending.call.url == url; };
  std::size_t live_max = 0;
  while (left(live) > 0) {
    live_max = std::max(live_max, static_cast<std::size_t>(std::ranges::count_if(http.calls, is_live)));
    const auto at = std::ranges::find_if(http.calls, is_live);
    ASSERT_NE(at, http.calls.end());
    auto pending = std::move(*at);
    http.calls.erase(at);
    pending.done(delivery::HttpAnswer{.status = 200});
    pass(std::chrono::milliseconds(2));
  }
  EXPECT_GE(live_max, 16u);
  EXPECT_EQ(http.calls.size(), Window::first_size * dead);
}

// If they came back all at once, the lane with the others would wait.
TEST_F(Windows, EndpointsThatFailedTogetherAreNotCalledAgainTogether) {
  constexpr int dead = 500;
  for (int i = 0; i < dead; ++i) {
    auto given = to_url("http://dead.example/" + std::to_string(i));
    topic(topic_key).put(given);
    worker->watch(lane_of(topic_key), given.target);
  }
  for (int i = 0; i < 40; ++i) publish_message("x");
  std::size_t most = 0;
  const Time from = world.now();
  while (world.now() < from + seconds(60)) {
    if (world.now() > from + seconds(20)) most = std::max(most, http.calls.size());
    while (!http.calls.empty()) http.fail_call();
    pass(std::chrono::milliseconds(100));
  }
  EXPECT_GT(most, 0u);
  EXPECT_LT(most, dead / 5);
}

TEST_F(Windows, ADeadEndpointIsCalledNowAndThen) {
  const auto given =
      with_policy(R"({"healthyRetryPolicy":{"minDelayTarget":600,"maxDelayTarget":600,"numRetries":5}})");
  put(given);
  constexpr std::uint64_t count = 200;
  for (std::uint64_t i = 0; i < count; ++i) publish_message("x");
  const Time from = world.now();
  std::uint64_t calls = 0;
  while (world.now() < from + seconds(60)) {
    for (; !http.calls.empty(); ++calls) http.fail_call();
    pass(std::chrono::milliseconds(10));
  }
  EXPECT_GE(calls, 8u);
  EXPECT_LE(calls, 16u);
  EXPECT_EQ(queue(given.target).counts().ready, count - calls);
  // It is alive again: no pause any more.
  next_call();
  const Time alive = world.now();
  for (auto left = count - calls; left > 0; --left) answer(200);
  EXPECT_LT(world.now() - alive, seconds(2));
}

}  // namespace
}  // namespace millrace::aws::sns::deliver
