// What a stream's partition promises when disks fail, machines stop and segments are rewritten: what was acknowledged is
// there, at its offset, and what readers were told stays true.
#include <algorithm>
#include <map>
#include <set>

#include "broker/partitions.h"
#include "broker/stream/stream_fixture.h"
#include "engine/audit.h"

namespace millrace::broker {
namespace {

using env::sim::Effect;
using env::sim::Fault;
using env::sim::Operation;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class StreamRecoveryTest : public StreamTest {
 protected:
  // Appends without waiting; notes what became durable, and where.
  void append_and_note(const std::string& body, std::uint32_t records) {
    if (!lane().serving()) return;
    const auto appended = partition().append(records, as_bytes(body));
    if (!appended) return;
    lane().when_durable([this, body, first = appended->first.get()](Result<void> durable) {
      if (durable) acknowledged[first] = body;
    });
  }

  // Everything there is, by offset. Offsets have no gaps.
  std::map<std::uint64_t, std::string> everything() {
    std::map<std::uint64_t, std::string> all;
    std::uint64_t from = 1;
    for (;;) {
      const auto got = read(from);
      for (const auto& batch : got.batches) {
        EXPECT_EQ(batch.first.get(), from) << "a gap, or an overlap";
        all[from] = std::string(as_text(batch.bytes));
        from = batch.first.get() + batch.records;
      }
      EXPECT_EQ(got.next.get(), from);
      if (got.at_tip) return all;
    }
  }

  void expect_nothing_lost() {
    const auto all = everything();
    for (const auto& [first, body] : acknowledged) {
      const auto at = all.find(first);
      ASSERT_NE(at, all.end()) << "offset " << first << " was acknowledged";
      EXPECT_EQ(at->second, body);
    }
  }

  void wait_until_serving() {
    until([&] { return lane().serving(); });
  }

  // As `millrace check` looks at the disk.
  void expect_sound() {
    engine.reset();
    world.crash();
    world.restart();
    auto store = log::FileStore::open(world.core(0).files(), "/data/lane-0");
    ASSERT_TRUE(store.has_value());
    const auto sound = engine::audit(world.core(0), std::move(*store), partition_factory());
    EXPECT_TRUE(sound.has_value()) << sound.error().message;
    open();
  }

  std::map<std::uint64_t, std::string> acknowledged;
};

// Retention drops a part of an extent from sight only. When its segment is rewritten for another reason, that part goes,
// and the segment counts what is left.
TEST_F(StreamRecoveryTest, ARewrittenSegmentCountsWhatIsLeft) {
  begin("s", {.retention = hours(1)});
  make("q");
  for (int i = 0; i < 200; ++i) {
    append(std::string(400, 'x'));
    send("q", std::string(1000, 'q'));
    send("q", std::string(1000, 'r'));
    pass(seconds(10));
  }
  restart();
  ASSERT_GT(partition().backlog().extents().size(), 0u);
  pass(minutes(39));
  const auto& front = partition().backlog().extents().front();
  ASSERT_TRUE(front.first < partition().first() && partition().first() < front.last) << "the test wants a part gone";
  const auto segments = lane().stats().segments_written;
  for (auto got = receive("q", 10); !got.empty(); got = receive("q", 10)) {
    for (const auto& message : got) queue("q").accept(message.receipt);
    settle_all();
  }
  pass(minutes(2));
  const auto& extents = partition().backlog().extents();
  ASSERT_FALSE(extents.empty());
  ASSERT_GT(lane().stats().segments_written, segments) << "the test wants segments rewritten";
  ASSERT_GT(partition().first().get(), 1u);
  for (const auto& extent : extents) EXPECT_LE(extent.live, extent.count);
  for (const auto& [id, segment] : lane().segments().all()) EXPECT_LE(segment.live, segment.records) << id;
  expect_sound();
}

// A mark may stand behind the durable end. Nobody is sent there: a power cut would let others have those offsets.
TEST_F(StreamRecoveryTest, ASearchEndsWhereTheDurableRecordsEnd) {
  begin();
  append("a");
  ASSERT_TRUE(partition().append(3, as_bytes("b")).has_value());
  // The lane's time goes on while the disk is slow; three marks follow that no disk has.
  for (int i = 0; i < 3; ++i) {
    world.shift_wall_clock(seconds(2));
    ASSERT_TRUE(partition().append(3, as_bytes("c")).has_value());
  }
  ASSERT_EQ(partition().end().get(), 2u);
  EXPECT_EQ(find_time(world.now() + seconds(1)).get(), 2u);
  EXPECT_LE(partition().first(), partition().end());
}

TEST_F(StreamRecoveryTest, ThePartitionBeginsWhereTheDurableRecordsEndAtTheLatest) {
  begin("s", {.retention = seconds(3)});
  append("a");
  ASSERT_TRUE(partition().append(3, as_bytes("b")).has_value());
  world.shift_wall_clock(seconds(2));
  ASSERT_TRUE(partition().append(3, as_bytes("c")).has_value());
  world.shift_wall_clock(seconds(2));
  ASSERT_TRUE(partition().append(3, as_bytes("d")).has_value());
  world.shift_wall_clock(seconds(2));
  ASSERT_EQ(partition().end().get(), 2u);
  EXPECT_LE(partition().first(), partition().end());
  std::optional<Offset> next;
  partition().read(Offset(1), {}, [&](Result<StreamRead> got) { next = got->next; });
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->get(), 2u);
}

TEST_F(StreamRecoveryTest, AnUnacknowledgedBatchIsThereWhollyOrNotAtAll) {
  begin();
  for (std::uint64_t round = 0; round < 60; ++round) {
    const auto before = partition().next().get();
    ASSERT_TRUE(partition().append(500, as_bytes(std::string(20'000, 'x'))).has_value());
    pass(Duration(0));
    for (std::uint64_t step = 0; step < round; ++step) world.step();
    crash_and_restart();
    const auto after = partition().next().get();
    EXPECT_TRUE(after == before || after == before + 500) << after;
    const auto all = everything();
    for (const auto& [first, body] : all) EXPECT_EQ(body.size(), 20'000u);
  }
  EXPECT_GT(partition().next().get(), 1u) << "some are there";
}

TEST_F(StreamRecoveryTest, AFlippedBitIsReportedAndNothingOfItIsGiven) {
  begin();
  for (int i = 0; i < 300; ++i) append(std::string(2000, 'x'));
  restart();
  ASSERT_GT(partition().backlog().extents().size(), 0u);
  std::string victim;
  for (const auto& path : world.disk().paths()) {
    if (path.find("/segment-") != std::string::npos) victim = path;
  }
  ASSERT_TRUE(world.disk().flip_bit(victim, *world.disk().size_of(victim) / 2, 3));
  std::uint64_t from = 1;
  std::optional<Error> error;
  while (!error) {
    std::optional<Result<StreamRead>> answer;
    partition().read(Offset(from), {}, [&](Result<StreamRead> got) { answer = std::move(got); });
    until([&] { return answer.has_value(); });
    if (!*answer) {
      error = answer->error();
      break;
    }
    for (const auto& batch : (*answer)->batches) EXPECT_EQ(as_text(batch.bytes), std::string(2000, 'x'));
    from = (*answer)->next.get();
    if ((*answer)->at_tip) break;
  }
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, ErrorCode::damaged);
  EXPECT_NE(error->message.find("segment-"), std::string::npos) << error->message;
}

struct NthFault {
  Operation on;
  std::uint64_t nth;
};

class StreamNthFaultTest : public StreamRecoveryTest, public testing::WithParamInterface<NthFault> {};

std::vector<NthFault> faults() {
  std::vector<NthFault> all;
  for (const auto on : {Operation::write, Operation::sync, Operation::sync_directory, Operation::rename,
                        Operation::remove, Operation::create, Operation::read}) {
    for (std::uint64_t nth = 1; nth <= 8; ++nth) all.push_back({on, nth});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Faults, StreamNthFaultTest, testing::ValuesIn(faults()), [](const auto& info) {
  std::string name(env::sim::name_of(info.param.on));
  std::ranges::replace(name, ' ', '_');
  return name + std::to_string(info.param.nth);
});

// One operation of the disk fails, whichever it is: the lane goes on by itself, loses nothing, and readers find all of it.
TEST_P(StreamNthFaultTest, LosesNothingAndGoesOn) {
  begin();
  const std::string filler(4000, 'x');
  world.disk().set_faults({Fault{.effect = Effect::fail, .on = GetParam().on, .nth = GetParam().nth}});
  for (std::uint32_t i = 0; i < 600; ++i) {
    append_and_note(std::to_string(i) + " " + filler, 1 + i % 4);
    if (i % 10 == 0) pass(Duration(5));
    if (i % 50 == 0 && lane().serving()) partition().read(Offset(1 + i / 2), {}, [](const auto&) {});
  }
  pass(seconds(5));
  wait_until_serving();
  world.disk().set_faults({});
  expect_nothing_lost();
  const auto before = acknowledged.size();
  for (std::uint32_t i = 0; i < 100; ++i) {
    append_and_note(std::to_string(600 + i) + " " + filler, 1 + i % 4);
    if (i % 10 == 0) pass(Duration(5));
  }
  pass(seconds(5));
  EXPECT_EQ(acknowledged.size(), before + 100);
  crash_and_restart();
  expect_nothing_lost();
  expect_sound();
  expect_nothing_lost();
}

TEST_F(StreamRecoveryTest, AFullDiskRefusesRecordsAndServesReaders) {
  begin();
  const std::string filler(2000, 'x');
  std::uint32_t i = 0;
  for (; i < 1000; ++i) {
    append_and_note(std::to_string(i) + " " + filler, 2);
    if (i % 10 == 0) pass(Duration(5));
  }
  pass(seconds(3));
  world.disk().set_capacity(world.disk().used());
  std::optional<Error> refused;
  for (; i < 5000 && !refused; ++i) {
    if (auto tried = partition().append(1, as_bytes(filler)); !tried) refused = tried.error();
    pass(Duration(2));
  }
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->code, ErrorCode::disk_full);
  expect_nothing_lost();
  world.disk().set_capacity(UINT64_MAX);
  pass(seconds(3));
  append("again");
  expect_nothing_lost();
}

}  // namespace
}  // namespace millrace::broker
