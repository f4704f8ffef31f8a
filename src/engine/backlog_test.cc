// A backlog alone: places and spans, what is dropped and trimmed, and what a checkpoint brings back.
#include "engine/backlog.h"

#include <gtest/gtest.h>

#include <string>

#include "env/sim/world.h"

namespace millrace::engine {
namespace {

class BacklogTest : public testing::Test {
 protected:
  // A record in a journal file; its bytes say which.
  static log::Slice record(std::uint64_t journal_id, std::uint64_t number = 0) {
    auto chunk = std::make_shared<log::Chunk>(4096);
    store_le(chunk->data(), number);
    return {.chunk = chunk, .bytes = Bytes(chunk->data(), 8), .journal_id = journal_id};
  }
  void push(std::uint64_t seq, std::uint64_t journal_id = 1) { backlog.push(RecordSeq(seq), record(journal_id, seq)); }
  // The number of the record at a position; 0 when none is in memory.
  static std::uint64_t at(const Backlog& of, std::uint64_t seq) {
    const auto* place = of.in_memory(RecordSeq(seq));
    const auto* slice = place != nullptr ? &place->record : nullptr;
    return slice == nullptr ? 0 : load_le<std::uint64_t>(slice->bytes.data());
  }
  void extent(std::uint64_t segment, std::uint64_t first, std::uint64_t last, std::uint64_t count) {
    segments.add(segment, 1000, count, count);
    backlog.add(
        {.segment = segment, .first = RecordSeq(first), .last = RecordSeq(last), .count = count, .live = count});
  }
  static std::string saved(const Backlog& of) {
    std::string out;
    ByteWriter writer(out);
    of.save(writer);
    return out;
  }
  // What a checkpoint of version 1 holds: the same without the position after the last place.
  static std::string version_1(std::uint64_t first_tail, std::uint64_t places,
                               std::initializer_list<std::uint64_t> runs) {
    std::string out;
    ByteWriter writer(out);
    writer.varint(0);
    writer.varint(first_tail);
    writer.varint(places);
    for (const auto run : runs) writer.varint(run);
    return out;
  }
  static Result<void> load(Backlog& into, const std::string& from, bool positions = true) {
    ByteReader in(from);
    auto ok = into.load_state(in, positions);
    if (ok) EXPECT_TRUE(in.done());
    return ok;
  }

  env::sim::World world{{.seed = 1, .cores = 1}};
  Segments segments{world.core(0), nullptr};
  Backlog backlog{segments};
};

TEST_F(BacklogTest, ARecordThatSpansStandsAtItsLastPosition) {
  push(1);
  push(501);  // 2 to 501
  push(502);
  EXPECT_EQ(backlog.next().get(), 503u);
  EXPECT_EQ(at(backlog, 1), 1u);
  EXPECT_EQ(at(backlog, 2), 501u);
  EXPECT_EQ(at(backlog, 250), 501u);
  EXPECT_EQ(at(backlog, 501), 501u);
  EXPECT_EQ(at(backlog, 502), 502u);
  EXPECT_EQ(at(backlog, 503), 0u);
  EXPECT_EQ(backlog.place_of(RecordSeq(2)), 1u);
  EXPECT_EQ(backlog.place_of(RecordSeq(501)), 1u);
  EXPECT_EQ(backlog.place_of(RecordSeq(502)), 2u);
  EXPECT_EQ(backlog.place_of(RecordSeq(503)), 3u);
  EXPECT_EQ(backlog.place_of(RecordSeq(0)), 0u);
}

TEST_F(BacklogTest, TrimmingKeepsTheRecordThatHoldsTheFirstPosition) {
  push(10);
  push(20);
  push(30);
  backlog.trim_below(RecordSeq(11));
  EXPECT_EQ(backlog.first_tail().get(), 11u);
  EXPECT_EQ(at(backlog, 10), 0u);
  EXPECT_EQ(at(backlog, 11), 20u);
  backlog.trim_below(RecordSeq(15));
  EXPECT_EQ(at(backlog, 12), 20u) << "a part of it is still wanted";
  backlog.trim_below(RecordSeq(31));
  EXPECT_TRUE(backlog.tail().empty());
  EXPECT_EQ(backlog.first_tail(), backlog.next());
  push(35);
  EXPECT_EQ(at(backlog, 31), 35u);
}

TEST_F(BacklogTest, TrimmingDropsWholeExtentsOnly) {
  extent(1, 10, 100, 10);
  extent(2, 110, 200, 10);
  backlog.trim_below(RecordSeq(1));
  ASSERT_EQ(backlog.extents().size(), 2u);
  backlog.push(RecordSeq(300), record(5, 300));
  backlog.trim_below(RecordSeq(100));
  EXPECT_EQ(backlog.extents().size(), 2u) << "its last position is still wanted";
  backlog.trim_below(RecordSeq(101));
  ASSERT_EQ(backlog.extents().size(), 1u);
  EXPECT_EQ(backlog.extents().front().live, 10u);
  EXPECT_FALSE(segments.all().contains(1));
  EXPECT_EQ(segments.take_dead(), std::vector<std::uint64_t>{1});
  backlog.trim_below(RecordSeq(150));
  EXPECT_EQ(backlog.extents().size(), 1u);
  backlog.trim_below(RecordSeq(301));
  EXPECT_TRUE(backlog.extents().empty());
  EXPECT_TRUE(segments.all().empty());
}

TEST_F(BacklogTest, GapsBetweenExtentsAreSkipped) {
  push(8);
  push(40, 2);
  backlog.forget_until(2);
  extent(1, 8, 8, 1);
  extent(2, 40, 40, 1);
  push(45, 3);
  EXPECT_EQ(backlog.first_stored(RecordSeq(1)).get(), 8u);
  EXPECT_EQ(backlog.first_stored(RecordSeq(9)).get(), 40u);
  EXPECT_EQ(backlog.first_stored(RecordSeq(40)).get(), 40u);
  EXPECT_EQ(backlog.first_stored(RecordSeq(41)).get(), 41u) << "in memory, in the record that ends at 45";
  EXPECT_EQ(backlog.first_stored(RecordSeq(46)).get(), 46u);
  EXPECT_EQ(backlog.first_stored(RecordSeq(99)), backlog.next());
}

TEST_F(BacklogTest, SettlingForgetsByJournalFile) {
  push(3, 1);
  push(6, 1);
  push(9, 2);
  EXPECT_EQ(backlog.oldest_journal(), 1u);
  EXPECT_EQ(backlog.live_in_memory(RecordSeq(3), RecordSeq(6)), 2u);
  EXPECT_EQ(backlog.live_in_memory(RecordSeq(1), RecordSeq(9)), 3u);
  std::vector<std::uint64_t> seen;
  backlog.for_each_until(1, [&](const Backlog::Place& place) { seen.push_back(place.seq.get()); });
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{3, 6}));
  backlog.forget_until(1);
  EXPECT_EQ(backlog.first_tail().get(), 7u);
  EXPECT_EQ(backlog.oldest_journal(), 2u);
  EXPECT_EQ(at(backlog, 7), 9u);
  backlog.forget_until(2);
  EXPECT_EQ(backlog.oldest_journal(), UINT64_MAX);
}

// What a checkpoint saved, and the journal gave back.
TEST_F(BacklogTest, ACheckpointBringsBackSpans) {
  extent(4, 2, 30, 7);
  backlog.push(RecordSeq(40), record(3, 40));
  push(41, 3);
  push(60, 4);
  backlog.trim_below(RecordSeq(41));
  Backlog loaded(segments);
  ASSERT_TRUE(load(loaded, saved(backlog)).has_value());
  EXPECT_EQ(loaded.next().get(), 61u);
  EXPECT_EQ(loaded.first_tail().get(), 41u);
  EXPECT_FALSE(loaded.complete().has_value()) << "the journal has not been read";
  loaded.relink(RecordSeq(40), record(3, 40));
  loaded.relink(RecordSeq(41), record(3, 41));
  loaded.relink(RecordSeq(50), record(3, 50));
  const auto missing = loaded.complete();
  ASSERT_FALSE(missing.has_value());
  EXPECT_NE(missing.error().message.find("record 60"), std::string::npos) << missing.error().message;
  loaded.relink(RecordSeq(60), record(4, 60));
  ASSERT_TRUE(loaded.complete().has_value());
  EXPECT_EQ(at(loaded, 41), 41u);
  EXPECT_EQ(at(loaded, 42), 60u);
  EXPECT_EQ(saved(loaded), saved(backlog));
}

TEST_F(BacklogTest, ACheckpointKnowsDroppedPlaces) {
  for (std::uint64_t seq = 1; seq <= 6; ++seq) push(seq);
  for (const auto seq : {1, 3, 4}) backlog.drop(RecordSeq(static_cast<std::uint64_t>(seq)));
  Backlog loaded(segments);
  ASSERT_TRUE(load(loaded, saved(backlog)).has_value());
  for (std::uint64_t seq = 1; seq <= 6; ++seq) loaded.relink(RecordSeq(seq), record(1, seq));
  ASSERT_TRUE(loaded.complete().has_value());
  EXPECT_EQ(at(loaded, 2), 2u);
  EXPECT_EQ(at(loaded, 3), 0u) << "it was dropped, and the journal does not bring it back";
  EXPECT_EQ(at(loaded, 5), 5u);
  EXPECT_EQ(loaded.first_tail().get(), 2u);
  EXPECT_EQ(loaded.next().get(), 7u);
}

TEST_F(BacklogTest, Version1HasOnePositionForEachPlace) {
  Backlog loaded(segments);
  ASSERT_TRUE(load(loaded, version_1(11, 5, {2, 1, 2}), false).has_value());
  EXPECT_EQ(loaded.first_tail().get(), 11u);
  EXPECT_EQ(loaded.next().get(), 16u);
  for (std::uint64_t seq = 11; seq < 16; ++seq) loaded.relink(RecordSeq(seq), record(1, seq));
  ASSERT_TRUE(loaded.complete().has_value());
  EXPECT_EQ(at(loaded, 12), 12u);
  EXPECT_EQ(at(loaded, 13), 0u);
  EXPECT_EQ(at(loaded, 15), 15u);
}

TEST_F(BacklogTest, WhatIsCutShortIsRefused) {
  extent(4, 2, 30, 7);
  backlog.push(RecordSeq(40), record(3, 40));
  push(41, 3);
  push(60, 4);
  const auto whole = saved(backlog);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Backlog loaded(segments);
    ByteReader in(std::string_view(whole).substr(0, size));
    EXPECT_FALSE(loaded.load_state(in, true).has_value()) << size;
  }
}

// Positions that do not ascend, or go beyond the end.
TEST_F(BacklogTest, PositionsThatCannotBeAreRefused) {
  const auto with = [](std::uint64_t next, std::initializer_list<std::uint64_t> steps) {
    std::string out;
    ByteWriter writer(out);
    writer.varint(0);
    writer.varint(10);
    writer.varint(steps.size());
    writer.varint(next);
    for (const auto step : steps) writer.varint(step);
    writer.varint(steps.size());
    return out;
  };
  Backlog fine(segments);
  EXPECT_TRUE(load(fine, with(20, {3, 7})).has_value());
  for (const auto& bad : {with(20, {3, 0}), with(20, {0, 10}), with(20, {3, 8}), with(20, {3, 4}), with(9, {}),
                          with(20, {3, UINT64_MAX})}) {
    Backlog loaded(segments);
    EXPECT_FALSE(load(loaded, bad).has_value());
  }
}

}  // namespace
}  // namespace millrace::engine
