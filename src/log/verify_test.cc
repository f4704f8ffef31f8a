#include "log/verify.h"

#include <gtest/gtest.h>

#include "log/journal_format.h"
#include "log/log_fixture.h"

namespace millrace::log {
namespace {

using testing::Lane;

void write_segment(Store& store, std::uint64_t id) {
  auto object = store.create(Kind::segment, id);
  SegmentWriter segment(**object, id);
  ASSERT_TRUE(segment.begin_extent(PartitionId(4)));
  for (std::uint64_t seq = 1; seq <= 2000; ++seq) ASSERT_TRUE(segment.add(seq, 0, as_bytes(std::string(100, 's'))));
  ASSERT_TRUE(segment.finish());
}

// A store with something of each kind.
void fill(Lane& lane) {
  lane.start();
  for (int i = 0; i < 60; ++i) lane.append(std::string(3000, 'v'), PartitionId(4), 9);
  lane.core.run();
  ASSERT_TRUE(write_checkpoint(*lane.store, 1, as_bytes("the state")));
  write_segment(*lane.store, 1);
  lane.head.checkpoint_id = 1;
  lane.head.checkpoint_sequence = 30;
  ASSERT_TRUE(lane.store->write_head(lane.head));
  lane.core.advance(Duration(1000));
  lane.files.crash();
}

TEST(Verify, CountsAndShowsWhatIsThere) {
  Lane lane;
  fill(lane);
  Visitor visitor;
  std::uint64_t entries = 0;
  std::string content;
  std::uint64_t records = 0;
  visitor.entry = [&](const Entry& entry, const Slice& slice) {
    ++entries;
    EXPECT_EQ(entry.partition, PartitionId(4));
    EXPECT_EQ(entry.type, 9u);
    EXPECT_EQ(slice.bytes.size(), 3000u);
  };
  visitor.checkpoint = [&](std::uint64_t, const std::string& text) { content = text; };
  visitor.block = [&](std::uint64_t, const Block& block) { records += block.records.size(); };
  const auto verified = verify(*lane.store, &visitor);
  ASSERT_TRUE(verified);
  EXPECT_TRUE(verified->findings.empty());
  EXPECT_EQ(verified->head, lane.head);
  EXPECT_EQ(verified->entries, 60u);
  EXPECT_EQ(entries, 60u);
  EXPECT_EQ(content, "the state");
  EXPECT_EQ(verified->records, 2000u);
  EXPECT_EQ(records, 2000u);
  EXPECT_TRUE(verified->clean_end);
}

TEST(Verify, ChangesNothing) {
  Lane lane;
  fill(lane);
  const auto before = lane.files.changes();
  ASSERT_TRUE(verify(**FileStore::open_to_read(lane.files, "lane")));
  EXPECT_EQ(lane.files.changes(), before);
}

TEST(Verify, FindsSeveralDamagesAndNamesEach) {
  Lane lane;
  fill(lane);
  const auto flip = [&](const std::string& name, std::size_t offset) {
    lane.files.content("lane/" + name)[offset] ^= 4;
  };
  flip(object_name(Kind::journal, 1), 5000);
  flip(object_name(Kind::journal, 2), 100);
  flip(object_name(Kind::checkpoint, 1), 40);
  flip(object_name(Kind::segment, 1), 100);
  flip(object_name(Kind::segment, 1), 70'000);
  const auto verified = verify(*lane.store);
  ASSERT_TRUE(verified);
  std::vector<std::string> files;
  for (const Finding& finding : verified->findings) files.push_back(finding.file);
  EXPECT_EQ(files, (std::vector<std::string>{"lane/checkpoint-0000000000000001", "lane/journal-0000000000000001",
                                             "lane/journal-0000000000000002", "lane/segment-0000000000000001",
                                             "lane/segment-0000000000000001"}));
  EXPECT_EQ(verified->findings.at(3).offset, 32u);
  EXPECT_GT(verified->findings.at(4).offset, 60'000u);
  EXPECT_GT(verified->records, 0u) << "the undamaged block is still read";
}

TEST(Verify, MissingParts) {
  Lane lane;
  fill(lane);
  ASSERT_TRUE(lane.files.remove("lane/" + object_name(Kind::checkpoint, 1)));
  EXPECT_EQ(verify(*lane.store)->findings.size(), 1u);
  ASSERT_TRUE(lane.files.remove("lane/head"));
  const auto verified = verify(*lane.store);
  ASSERT_TRUE(verified);
  ASSERT_EQ(verified->findings.size(), 1u);
  EXPECT_EQ(verified->findings[0].file, "lane/head");
}

TEST(Verify, ATornTailIsNoDamage) {
  Lane lane;
  lane.start();
  lane.append("safe");
  lane.core.run();
  lane.append("torn");
  lane.core.run();
  lane.files.content("lane/" + object_name(Kind::journal, 1))[group_alignment + 70] ^= 1;
  const auto verified = verify(*lane.store);
  ASSERT_TRUE(verified);
  EXPECT_TRUE(verified->findings.empty());
  EXPECT_EQ(verified->torn_tail_bytes, group_alignment);
  EXPECT_EQ(verified->entries, 1u);
  EXPECT_FALSE(verified->clean_end);
}

}  // namespace
}  // namespace millrace::log
