// A stream's partition over the real engine on a simulated machine: what readers see, and when.
#include "broker/stream/stream_partition.h"

#include "broker/queue/queue_fixture.h"
#include "broker/stream/stream_fixture.h"

namespace millrace::broker {
namespace {

using env::sim::Effect;
using env::sim::Fault;
using env::sim::Operation;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_F(StreamTest, GivesOffsetsWithoutGaps) {
  begin();
  EXPECT_EQ(append("a").get(), 1u);
  EXPECT_EQ(append("bcd", 3).get(), 2u);
  EXPECT_EQ(append("e").get(), 5u);
  EXPECT_EQ(text(), "1:a 2:bcd 5:e");
  EXPECT_EQ(partition().end().get(), 6u);
}

TEST_F(StreamTest, ABatchIsGivenWholeWhereverItIsEntered) {
  begin();
  append("ab", 2);
  append("cdef", 4);
  append("g");
  EXPECT_EQ(text(4), "3:cdef 7:g");
  EXPECT_EQ(text(7), "7:g");
  const auto at_end = read(8);
  EXPECT_TRUE(at_end.batches.empty());
  EXPECT_TRUE(at_end.at_tip);
  EXPECT_EQ(at_end.next.get(), 8u);
}

TEST_F(StreamTest, ShowsNothingThatIsNotDurable) {
  begin();
  append("a");
  ASSERT_TRUE(partition().append(2, as_bytes("bc")).has_value());
  EXPECT_EQ(partition().end().get(), 2u);
  EXPECT_EQ(partition().next().get(), 4u);
  EXPECT_EQ(text(), "1:a");
  durable(lane());
  EXPECT_EQ(text(), "1:a 2:bc");
}

TEST_F(StreamTest, AReadEndsAtItsLimits) {
  begin();
  for (int i = 0; i < 6; ++i) append("0123456789", 10);
  auto got = read(1, {.records_max = 25});
  EXPECT_EQ(got.batches.size(), 3u);
  EXPECT_EQ(got.next.get(), 31u);
  EXPECT_FALSE(got.at_tip);
  got = read(got.next.get(), {.bytes_max = 15});
  EXPECT_EQ(got.batches.size(), 1u) << "the second one would not fit";
  got = read(1, {.bytes_max = 1});
  EXPECT_EQ(got.batches.size(), 1u) << "the first one is given whatever its size";
  // The limit counts the records that were asked for, not those of the batch before the place.
  got = read(10, {.records_max = 2});
  EXPECT_EQ(got.batches.size(), 2u);
}

TEST_F(StreamTest, TellsHowFarBehindAReaderIs) {
  begin();
  append("a");
  pass(seconds(30));
  append("b");
  pass(seconds(10));
  EXPECT_EQ(read(1, {.records_max = 1}).behind / seconds(1), 10);
  EXPECT_EQ(read(1).behind, Duration::zero());
  append("c");
  append("d");
  EXPECT_GT(read(1, {.records_max = 1}).behind, Duration::zero());
  EXPECT_GT(read(3, {.records_max = 1}).behind, Duration::zero()) << "young, but not the last";
}

TEST_F(StreamTest, AClosedPartitionTakesNothingAndEnds) {
  begin();
  append("a");
  EXPECT_FALSE(read(1).at_end);
  partition().close();
  EXPECT_FALSE(read(1).at_end) << "a power cut could still take it back";
  durable(lane());
  EXPECT_TRUE(read(1).at_end);
  const auto refused = partition().append(1, as_bytes("b"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  crash_and_restart();
  EXPECT_TRUE(partition().closed());
  EXPECT_TRUE(read(1).at_end);
  EXPECT_EQ(text(), "1:a");
}

TEST_F(StreamTest, RefusesABatchThatNoJournalFileHolds) {
  begin();
  const std::string large(options.journal_file_bytes, 'x');
  const auto refused = partition().append(1, as_bytes(large));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::over_limit);
  EXPECT_EQ(append("a").get(), 1u);
}

TEST_F(StreamTest, WatchersHearOfWhatIsDurable) {
  begin();
  int heard = 0;
  partition().watch(Offset(1), [&] { ++heard; });
  partition().watch(Offset(2), [&] { heard += 10; });
  const auto silent = partition().watch(Offset(1), [&] { heard += 100; });
  partition().unwatch(silent);
  pass(seconds(1));
  EXPECT_EQ(heard, 0);
  append("a");
  pass(seconds(1));
  EXPECT_EQ(heard, 1);
  append("b");
  pass(seconds(1));
  EXPECT_EQ(heard, 11);
  partition().watch(Offset(1), [&] { heard += 1000; });
  pass(seconds(1));
  EXPECT_EQ(heard, 1011) << "there already";
}

TEST_F(StreamTest, WatchersHearOfTheEndAndOfRemoval) {
  begin();
  int heard = 0;
  partition().watch(Offset(50), [&] { ++heard; });
  partition().close();
  durable(lane());
  pass(seconds(1));
  EXPECT_EQ(heard, 1);
  begin("other");
  StreamPartition& other = *find_stream_partition(lane(), "other");
  other.watch(Offset(1), [&] { heard += 10; });
  lane().remove(other.id());
  pass(seconds(1));
  EXPECT_EQ(heard, 11);
}

TEST_F(StreamTest, SurvivesAPowerCutFromJournalAndSegments) {
  begin();
  std::string expected;
  for (std::uint64_t i = 0; i < 400; ++i) {
    const std::string body(1000, static_cast<char>('a' + i % 26));
    const auto first = append(body, 1 + i % 3);
    expected += std::to_string(first.get()) + ":" + body + " ";
  }
  expected.pop_back();
  ASSERT_GT(lane().stats().segments_written, 0u) << "the test wants both";
  EXPECT_EQ(text(), expected);
  crash_and_restart();
  EXPECT_EQ(text(), expected);
  const auto next = partition().next();
  restart();
  EXPECT_EQ(text(), expected);
  EXPECT_EQ(append("x"), next);
}

TEST_F(StreamTest, ReadsFromTheMiddleOfASegment) {
  begin();
  for (int i = 0; i < 300; ++i) append(std::string(2000, 'x'), 7);
  ASSERT_GT(partition().backlog().extents().size(), 1u);
  for (std::uint64_t from = 1; from < 2100; from += 13) {
    const auto got = read(from, {.records_max = 1});
    ASSERT_EQ(got.batches.size(), 1u);
    EXPECT_LE(got.batches[0].first.get(), from);
    EXPECT_GT(got.batches[0].first.get() + 7, from);
  }
}

TEST_F(StreamTest, FindsTheFirstRecordAtATime) {
  begin();
  std::vector<Time> times;
  for (int i = 0; i < 200; ++i) {
    times.push_back(world.now());
    append(std::string(1500, 'x'), 2);
    pass(seconds(7));
  }
  ASSERT_GT(partition().backlog().extents().size(), 0u);
  EXPECT_EQ(find_time(times[0] - seconds(5)).get(), 1u);
  for (std::size_t i = 0; i < times.size(); i += 9) {
    EXPECT_EQ(find_time(times[i]).get(), 1 + 2 * i);
    EXPECT_EQ(find_time(times[i] + seconds(3)).get(), 3 + 2 * i);
  }
  EXPECT_EQ(find_time(world.now()), partition().end());
}

TEST_F(StreamTest, WhatIsTooOldIsNeitherGivenNorKept) {
  begin("s", {.retention = hours(24)});
  for (int i = 0; i < 200; ++i) {
    append(std::string(1500, 'x'), 2);
    pass(minutes(15));
  }
  // 200 steps of 15 minutes are 50 hours; 96 of them are within a day.
  const auto got = read(1, {.records_max = 1});
  ASSERT_EQ(got.batches.size(), 1u);
  EXPECT_GE(got.batches[0].time, world.now() - hours(24));
  EXPECT_LT(got.batches[0].time, world.now() - hours(24) + minutes(16));
  EXPECT_LE(partition().first(), got.batches[0].first);
  EXPECT_GT(partition().first().get(), 100u) << "a mark is near";
  // Segments of the first day are gone from the disk, not only from sight.
  const auto& extents = partition().backlog().extents();
  ASSERT_FALSE(extents.empty());
  EXPECT_GT(extents.front().first.get(), 150u);
  EXPECT_LT(lane().segments().all().size(), lane().stats().segments_written);
  // A longer retention does not bring anything back; a shorter one hides at once.
  const auto oldest = got.batches[0].first;
  partition().configure({.retention = hours(48)});
  EXPECT_EQ(read(1, {.records_max = 1}).batches[0].first, oldest);
  partition().configure({.retention = hours(1)});
  EXPECT_GE(read(1, {.records_max = 1}).batches[0].time, world.now() - hours(1));
  pass(hours(2));
  EXPECT_EQ(partition().first(), partition().end());
  EXPECT_TRUE(read(1).batches.empty());
  pass(minutes(3));
  EXPECT_TRUE(partition().backlog().extents().empty());
}

TEST_F(StreamTest, AReaderOutlivesTheRemovalOfWhatItReads) {
  begin();
  for (int i = 0; i < 300; ++i) append(std::string(2000, 'x'));
  ASSERT_GT(partition().backlog().extents().size(), 0u);
  std::optional<Result<StreamRead>> answer;
  partition().read(Offset(1), {}, [&](Result<StreamRead> got) { answer = std::move(got); });
  ASSERT_FALSE(answer.has_value()) << "it waits for a segment";
  lane().remove(partition().id());
  until([&] { return answer.has_value(); });
  EXPECT_FALSE(answer->has_value());
}

TEST_F(StreamTest, AFailedSyncFailsWhoWaitsAndLosesNothingAcknowledged) {
  begin();
  append("a");
  world.disk().set_faults({Fault{.effect = Effect::fail, .on = Operation::sync, .nth = 1}});
  ASSERT_TRUE(partition().append(1, as_bytes("b")).has_value());
  bool woken = false;
  partition().watch(Offset(2), [&] { woken = true; });
  std::optional<Result<void>> result;
  lane().when_durable([&](Result<void> ok) { result = std::move(ok); });
  until([&] { return result.has_value(); });
  EXPECT_FALSE(result->has_value());
  until([&] { return lane().stats().recoveries == 1 && lane().serving(); });
  until([&] { return woken; });  // so that the watcher looks again
  EXPECT_EQ(text(), "1:a");
  EXPECT_EQ(append("c").get(), 2u);
}

TEST(TimeMarks, StayFewAndNeverPointTooFar) {
  TimeMarks marks;
  const Time start = from_ms(1'000'000);
  for (std::uint64_t i = 0; i < 100'000; ++i) marks.note(Offset(1 + i), start + Duration(i * 700));
  EXPECT_LE(marks.size(), TimeMarks::marks_max);
  EXPECT_GT(marks.size(), TimeMarks::marks_max / 4);
  for (std::uint64_t i = 0; i < 100'000; i += 997) {
    const auto at = marks.before(start + Duration(i * 700), Offset(1));
    EXPECT_LE(at.get(), 1 + i);
    EXPECT_GT(at.get() + 100'000 / (TimeMarks::marks_max / 4), i);
  }
  EXPECT_EQ(marks.before(start - seconds(1), Offset(7)).get(), 7u);
  std::string saved;
  ByteWriter out(saved);
  marks.save(out);
  TimeMarks loaded;
  ByteReader in(saved);
  ASSERT_TRUE(loaded.load(in).has_value());
  EXPECT_EQ(loaded, marks);
}

}  // namespace
}  // namespace millrace::broker
