#include "broker/queue/queue.h"

#include "broker/queue/queue_fixture.h"

namespace millrace::broker {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Bodies = std::vector<std::string>;

TEST_F(QueueTest, GivesMessagesInTheirOrderOnce) {
  make("q");
  for (const char* body : {"a", "b", "c"}) send("q", body);
  EXPECT_EQ(bodies("q", 2), (Bodies{"a", "b"}));
  EXPECT_EQ(bodies("q", 2), (Bodies{"c"}));
  EXPECT_EQ(bodies("q", 2), Bodies{});
}

TEST_F(QueueTest, ReturnsWhatIsNotAccepted) {
  make("q");
  send("q", "a");
  const auto first = receive("q").at(0);
  EXPECT_EQ(first.count, 1u);
  pass(seconds(31));
  const auto second = receive("q").at(0);
  EXPECT_EQ(second.body, "a");
  EXPECT_EQ(second.count, 2u);
  EXPECT_EQ(queue("q").accept(first.receipt), AcceptOutcome::stale);
  EXPECT_EQ(queue("q").accept(second.receipt), AcceptOutcome::accepted);
  EXPECT_EQ(queue("q").accept(second.receipt), AcceptOutcome::gone);
  pass(seconds(31));
  EXPECT_EQ(bodies("q"), Bodies{});
}

TEST_F(QueueTest, CountsExactly) {
  make("q");
  for (int i = 0; i < 5; ++i) send("q", "x");
  send("q", "later", {.delay = seconds(60)});
  receive("q", 2);
  auto counts = queue("q").counts();
  EXPECT_EQ(counts.ready, 3u);
  EXPECT_EQ(counts.in_flight, 2u);
  EXPECT_EQ(counts.delayed, 1u);
  pass(seconds(61));
  counts = queue("q").counts();
  EXPECT_EQ(counts.ready, 6u);
  EXPECT_EQ(counts.in_flight, 0u);
}

TEST_F(QueueTest, DelaysOneMessageWithoutHoldingUpTheOthers) {
  make("q");
  send("q", "later", {.delay = seconds(10)});
  send("q", "now");
  EXPECT_EQ(bodies("q"), Bodies{"now"});
  pass(seconds(11));
  EXPECT_EQ(bodies("q"), Bodies{"later"});
}

TEST_F(QueueTest, WakesAPollerThatWaits) {
  make("q");
  std::optional<Result<std::vector<Acquired>>> answer;
  queue("q").acquire({.count_max = 1, .wait = seconds(20)},
                     [&](Result<std::vector<Acquired>> got) { answer = std::move(got); });
  pass(seconds(5));
  EXPECT_FALSE(answer.has_value());
  send("q", "hello");
  until([&] { return answer.has_value(); });
  ASSERT_EQ((*answer)->size(), 1u);
  EXPECT_EQ((**answer)[0].message.body, "hello");
}

TEST_F(QueueTest, APollerThatWaitedLongEnoughGetsNothing) {
  make("q");
  const auto begun = world.now();
  EXPECT_TRUE(receive("q", 1, seconds(20)).empty());
  EXPECT_GE(world.now() - begun, seconds(20));
}

TEST_F(QueueTest, ACancelledPollerTakesNothing) {
  make("q");
  const auto waiter = queue("q").acquire({.count_max = 1, .wait = seconds(20)}, [](auto) { ADD_FAILURE(); });
  queue("q").cancel(waiter);
  send("q", "a");
  EXPECT_EQ(bodies("q"), Bodies{"a"});
}

TEST_F(QueueTest, APollerGetsWhatBecomesVisibleWhileItWaits) {
  make("q");
  send("q", "a");
  receive("q", 1, {}, seconds(5));
  const auto got = receive("q", 1, seconds(20));
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].count, 2u);
}

TEST_F(QueueTest, RenewsUpToTwelveHours) {
  make("q");
  send("q", "a");
  const auto got = receive("q").at(0);
  EXPECT_EQ(queue("q").renew(got.receipt, std::chrono::hours(12)), RenewOutcome::renewed);
  pass(seconds(2));
  EXPECT_EQ(queue("q").renew(got.receipt, std::chrono::hours(12)), RenewOutcome::over_total);
  EXPECT_EQ(queue("q").renew(got.receipt, {}), RenewOutcome::renewed);
  EXPECT_EQ(bodies("q"), Bodies{"a"});
}

// SQS takes the visibility timeout of an older receipt too, as long as the message is in flight; a FIFO queue does not.
TEST_F(QueueTest, AnOlderReceiptRenewsInAStandardQueueOnly) {
  make("q");
  make("f.fifo", {.fifo = true});
  send("q", "a");
  send("f.fifo", "a", {.group = "g", .dedup = "1"});
  for (const std::string name : {"q", "f.fifo"}) {
    const auto older = receive(name, 1, {}, seconds(5)).at(0);
    pass(seconds(6));
    EXPECT_EQ(receive(name).at(0).count, 2u);
    EXPECT_EQ(queue(name).renew(older.receipt, {}), name == "q" ? RenewOutcome::renewed : RenewOutcome::stale);
    EXPECT_EQ(bodies(name), name == "q" ? Bodies{"a"} : Bodies{});
  }
}

TEST_F(QueueTest, SurvivesAPowerCut) {
  make("q");
  send("q", "kept");
  send("q", "deleted");
  send("q", "held");
  auto got = receive("q", 3, {}, seconds(60));
  ASSERT_EQ(got.size(), 3u);
  queue("q").renew(got[0].receipt, {});
  queue("q").accept(got[1].receipt);
  durable(lane_of("q"));
  crash_and_restart();
  EXPECT_EQ(bodies("q"), Bodies{"kept"});
  // The receipt is still good.
  EXPECT_EQ(queue("q").accept(got[2].receipt), AcceptOutcome::accepted);
  EXPECT_EQ(queue("q").counts().in_flight, 1u);
}

TEST_F(QueueTest, PurgeRemovesEverything) {
  make("q");
  for (int i = 0; i < 5; ++i) send("q", "x");
  receive("q", 2);
  EXPECT_TRUE(queue("q").purge().has_value());
  EXPECT_EQ(queue("q").purge().error().code, ErrorCode::conflict);
  send("q", "new");
  EXPECT_EQ(queue("q").counts().ready, 1u);
  pass(seconds(40));
  EXPECT_EQ(bodies("q"), Bodies{"new"});
}

TEST_F(QueueTest, ForgetsWhatIsTooOld) {
  make("q", {.retention = minutes(2)});
  send("q", "old");
  pass(minutes(1));
  send("q", "young");
  pass(seconds(61));
  EXPECT_EQ(bodies("q"), Bodies{"young"});
  pass(minutes(3));
  EXPECT_EQ(queue("q").counts().ready, 0u);
}

// --- FIFO ---

TEST_F(QueueTest, AFifoGroupIsBlockedWhileInFlight) {
  make("f.fifo", {.fifo = true});
  send("f.fifo", "a1", {.group = "a", .dedup = "1"});
  send("f.fifo", "a2", {.group = "a", .dedup = "2"});
  send("f.fifo", "b1", {.group = "b", .dedup = "3"});
  send("f.fifo", "a3", {.group = "a", .dedup = "4"});
  const auto first = receive("f.fifo").at(0);
  EXPECT_EQ(first.body, "a1");
  EXPECT_EQ(bodies("f.fifo"), Bodies{"b1"});
  EXPECT_EQ(bodies("f.fifo"), Bodies{});
  EXPECT_EQ(queue("f.fifo").accept(first.receipt), AcceptOutcome::accepted);
  EXPECT_EQ(bodies("f.fifo"), (Bodies{"a2", "a3"}));
}

TEST_F(QueueTest, FifoOrderHoldsAfterATimeoutAndARestart) {
  make("f.fifo", {.fifo = true});
  for (int i = 1; i <= 4; ++i) send("f.fifo", std::to_string(i), {.group = "g", .dedup = std::to_string(i)});
  EXPECT_EQ(receive("f.fifo", 2, {}, seconds(10)).size(), 2u);
  crash_and_restart();
  EXPECT_EQ(bodies("f.fifo"), Bodies{});
  pass(seconds(11));
  EXPECT_EQ(bodies("f.fifo"), (Bodies{"1", "2", "3", "4"}));
}

TEST_F(QueueTest, DeduplicatesForFiveMinutesOverDeleteAndRestart) {
  make("f.fifo", {.fifo = true});
  const auto first = send("f.fifo", "a", {.group = "g", .dedup = "same"});
  queue("f.fifo").accept(receive("f.fifo").at(0).receipt);
  durable(lane_of("f.fifo"));
  crash_and_restart();
  const auto second = send("f.fifo", "b", {.group = "g", .dedup = "same"});
  EXPECT_TRUE(second.duplicate);
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(bodies("f.fifo"), Bodies{});
  pass(minutes(5) + seconds(1));
  EXPECT_FALSE(send("f.fifo", "c", {.group = "g", .dedup = "same"}).duplicate);
}

TEST_F(QueueTest, AnExpiredFifoReceiptIsRefused) {
  make("f.fifo", {.fifo = true});
  send("f.fifo", "a", {.group = "g", .dedup = "1"});
  const auto got = receive("f.fifo", 1, {}, seconds(5)).at(0);
  pass(seconds(6));
  EXPECT_EQ(queue("f.fifo").accept(got.receipt), AcceptOutcome::expired);
}

TEST_F(QueueTest, TheSameAttemptGetsTheSameMessages) {
  make("f.fifo", {.fifo = true});
  send("f.fifo", "a", {.group = "g", .dedup = "1"});
  std::vector<Receipt> receipts;
  for (int i = 0; i < 2; ++i) {
    std::optional<Result<std::vector<Acquired>>> answer;
    queue("f.fifo").acquire({.count_max = 1, .attempt = digest("attempt")},
                            [&](Result<std::vector<Acquired>> got) { answer = std::move(got); });
    until([&] { return answer.has_value(); });
    ASSERT_EQ((*answer)->size(), 1u);
    receipts.push_back((**answer)[0].receipt);
  }
  EXPECT_EQ(receipts[0], receipts[1]);
}

TEST_F(QueueTest, AFifoDelayChangesForMessagesAlreadyThere) {
  make("f.fifo", {.fifo = true, .delay = minutes(10)});
  send("f.fifo", "a", {.group = "g", .dedup = "1"});
  EXPECT_EQ(bodies("f.fifo"), Bodies{});
  auto config = queue("f.fifo").config();
  config.delay = {};
  queue("f.fifo").configure(config);
  EXPECT_EQ(bodies("f.fifo"), Bodies{"a"});
}

// --- fair queues ---

TEST_F(QueueTest, AQuietGroupPassesABusyOne) {
  make("q");
  for (int i = 0; i < 300; ++i) try_send("q", "busy", {.group = "busy"});
  durable(lane_of("q"));
  receive("q", 10);
  try_send("q", "quiet", {.group = "quiet"});
  durable(lane_of("q"));
  EXPECT_EQ(receive("q").at(0).body, "quiet");
  EXPECT_EQ(queue("q").counts().ready, 290u);
}

// --- dead letters ---

class DeadLetterTest : public QueueTest, public testing::WithParamInterface<const char*> {};

// The second name hashes to the other lane or to the same: both ways are one mechanism.
INSTANTIATE_TEST_SUITE_P(Targets, DeadLetterTest, testing::Values("dead", "dead-2", "dead-3", "dead-4"));

TEST_P(DeadLetterTest, MovesAfterTooManyAttempts) {
  const std::string dead = GetParam();
  make(dead);
  make("q", {.dead_letter = DeadLetterPolicy{.target = dead, .acquired_max = 2}});
  const auto sent = send("q", "poison");
  for (int i = 0; i < 2; ++i) queue("q").renew(receive("q").at(0).receipt, {});
  EXPECT_EQ(bodies("q"), Bodies{});
  pass(seconds(1));
  const auto got = receive(dead).at(0);
  EXPECT_EQ(got.body, "poison");
  EXPECT_EQ(got.id, sent.id);
  EXPECT_EQ(got.origin, "q");
  EXPECT_EQ(got.count, 3u);
  EXPECT_EQ(queue("q").counts().ready, 0u);
}

TEST_P(DeadLetterTest, ComesBackWhenTheTargetIsGone) {
  const std::string dead = GetParam();
  make("q", {.dead_letter = DeadLetterPolicy{.target = dead, .acquired_max = 1}});
  send("q", "poison");
  queue("q").renew(receive("q").at(0).receipt, {});
  EXPECT_EQ(bodies("q"), Bodies{});
  pass(seconds(2));
  EXPECT_EQ(bodies("q"), Bodies{"poison"});
}

TEST_P(DeadLetterTest, MoveTasksBringThemHome) {
  const std::string dead = GetParam();
  make(dead);
  make("q", {.dead_letter = DeadLetterPolicy{.target = dead, .acquired_max = 1}});
  for (int i = 0; i < 25; ++i) try_send("q", std::to_string(i));
  for (int i = 0; i < 25; ++i) {
    for (const auto& got : receive("q", 1)) queue("q").renew(got.receipt, {});
  }
  receive("q");
  pass(seconds(1));
  EXPECT_EQ(queue(dead).counts().ready, 25u);
  ASSERT_TRUE(queue(dead).start_move("", 100).has_value());
  EXPECT_EQ(queue(dead).start_move("", 0).error().code, ErrorCode::conflict);
  pass(Duration(150));
  crash_and_restart();
  pass(seconds(5));
  const auto task = queue(dead).moves().at(0);
  EXPECT_EQ(task.status, MoveStatus::completed);
  EXPECT_EQ(task.moved, 25u);
  EXPECT_EQ(queue("q").counts().ready, 25u);
  EXPECT_EQ(queue(dead).counts().ready, 0u);
}

// --- the life of a message on disk ---

TEST_F(QueueTest, AnOldBacklogIsReadFromSegments) {
  make("q");
  const std::string filler(1000, 'x');
  for (int i = 0; i < 3000; ++i) {
    try_send("q", std::to_string(i) + " " + filler);
    if (i % 50 == 0) durable(lane_of("q"));
  }
  durable(lane_of("q"));
  pass(seconds(5));
  EXPECT_FALSE(queue("q").backlog().extents().empty());
  crash_and_restart();
  EXPECT_EQ(queue("q").counts().ready, 3000u);
  int next = 0;
  while (next < 3000) {
    const auto got = receive("q", 10);
    ASSERT_FALSE(got.empty());
    for (const auto& message : got) {
      ASSERT_EQ(message.body.substr(0, message.body.find(' ')), std::to_string(next++));
      queue("q").accept(message.receipt);
    }
  }
  pass(seconds(3));
  EXPECT_TRUE(lane_of("q").segments().all().empty());
  std::uint64_t segments = 0;
  for (const auto& path : world.disk().paths()) segments += path.find("segment-") != std::string::npos;
  EXPECT_EQ(segments, 0u);
}

TEST_F(QueueTest, SparseSegmentsAreRewritten) {
  make("q");
  const std::string filler(1000, 'x');
  for (int i = 0; i < 2000; ++i) {
    try_send("q", filler);
    if (i % 50 == 0) durable(lane_of("q"));
  }
  pass(seconds(5));
  int kept = 0;
  for (int i = 0; i < 200; ++i) {
    const auto got = receive("q", 10, {}, std::chrono::hours(1));
    for (std::size_t k = 0; k < got.size(); ++k) {
      if (i % 20 == 0 && k == 0) {
        ++kept;
      } else {
        queue("q").accept(got[k].receipt);
      }
    }
  }
  pass(seconds(30));
  std::uint64_t bytes = 0;
  for (const auto& path : world.disk().paths()) {
    if (path.find("segment-") != std::string::npos) bytes += world.disk().size_of(path).value();
  }
  EXPECT_EQ(kept, 10);
  EXPECT_LT(bytes, 200'000u);
  crash_and_restart();
  pass(std::chrono::hours(2));
  EXPECT_EQ(bodies("q").size(), 10u);
}

TEST_F(QueueTest, ACleanStopLeavesNoJournalToReplay) {
  make("q");
  for (int i = 0; i < 20; ++i) send("q", std::to_string(i));
  restart();
  EXPECT_EQ(queue("q").counts().ready, 20u);
  EXPECT_EQ(bodies("q", 3), (Bodies{"0", "1", "2"}));
}

}  // namespace
}  // namespace millrace::broker
