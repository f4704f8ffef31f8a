#include "log/segment.h"

#include <gtest/gtest.h>

#include "log/testing.h"

namespace millrace::log {
namespace {

using testing::MemoryFiles;

struct Made {
  MemoryFiles files;
  std::unique_ptr<FileStore> store = std::move(*FileStore::open(files, "d"));
  SegmentInfo info;
  std::string path = "d/" + object_name(Kind::segment, 7);

  Result<std::unique_ptr<SegmentReader>> open() {
    auto object = store->open(Kind::segment, 7);
    if (!object) return pass(object);
    return SegmentReader::open(std::move(*object), 7);
  }
  // Every record, or the first error.
  Result<std::vector<std::pair<std::uint64_t, std::string>>> read() {
    auto reader = open();
    if (!reader) return pass(reader);
    std::vector<std::pair<std::uint64_t, std::string>> records;
    for (const Extent& extent : (*reader)->info().extents) {
      for (const BlockEntry& entry : extent.blocks) {
        auto block = (*reader)->read_block(extent.partition, entry);
        if (!block) return pass(block);
        for (const Record& record : (*block)->records) records.emplace_back(record.seq, as_text(record.bytes));
      }
    }
    return records;
  }
};

std::string record_text(std::uint64_t seq, std::size_t size) {
  return std::string(size, static_cast<char>('a' + seq % 26));
}

void make(Made& made, const std::function<void(SegmentWriter&)>& fill) {
  auto writer = made.store->create(Kind::segment, 7);
  ASSERT_TRUE(writer);
  SegmentWriter segment(**writer, 7);
  fill(segment);
  auto info = segment.finish();
  ASSERT_TRUE(info);
  made.info = std::move(*info);
}

void small(SegmentWriter& segment) {
  ASSERT_TRUE(segment.begin_extent(PartitionId(1)));
  ASSERT_TRUE(segment.add(10, 1000, as_bytes("ten")));
  ASSERT_TRUE(segment.add(11, 900, as_bytes("")));
  ASSERT_TRUE(segment.add(500, 1100, as_bytes("five hundred")));
  ASSERT_TRUE(segment.begin_extent(PartitionId(2)));
  ASSERT_TRUE(segment.add(0, -5, as_bytes("zero")));
}

// Two bodies, which three records of two partitions have.
void shared(SegmentWriter& segment) {
  ASSERT_TRUE(segment.add_body(as_bytes("body one")));
  ASSERT_TRUE(segment.add_body(as_bytes("body two")));
  ASSERT_TRUE(segment.begin_extent(PartitionId(1)));
  ASSERT_TRUE(segment.add_shared(10, 1000, as_bytes("a "), 1, 8));
  ASSERT_TRUE(segment.add(11, 900, as_bytes("plain")));
  ASSERT_TRUE(segment.add_shared(12, 900, as_bytes("b "), 2, 8));
  ASSERT_TRUE(segment.begin_extent(PartitionId(2)));
  ASSERT_TRUE(segment.add_shared(1, 1, as_bytes("c "), 1, 8));
}

TEST(Segment, GivesBackWhatWasWritten) {
  Made made;
  make(made, small);
  const auto records = made.read();
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_EQ(*records, (std::vector<std::pair<std::uint64_t, std::string>>{
                          {10, "ten"}, {11, ""}, {500, "five hundred"}, {0, "zero"}}));
  ASSERT_EQ(made.info.extents.size(), 2u);
  const Extent& extent = made.info.extents[0];
  EXPECT_EQ(extent.first_seq, 10u);
  EXPECT_EQ(extent.last_seq, 500u);
  EXPECT_EQ(extent.count, 3u);
  EXPECT_EQ(extent.blocks.at(0).oldest_ms, 900);
  EXPECT_EQ(extent.blocks.at(0).newest_ms, 1100);
  EXPECT_EQ(made.info.bytes, made.files.content(made.path).size());
  const auto reader = made.open();
  EXPECT_EQ((*reader)->info().extents[1].blocks.at(0).newest_ms, -5);
}

TEST(Segment, CutsBlocksNearTheirTarget) {
  Made made;
  make(made, [](SegmentWriter& segment) {
    ASSERT_TRUE(segment.begin_extent(PartitionId(1)));
    for (std::uint64_t seq = 1; seq <= 3000; ++seq) {
      // One record is larger than a block.
      const std::size_t size = seq == 1500 ? 200'000 : 100;
      ASSERT_TRUE(segment.add(seq * 3, 0, as_bytes(record_text(seq, size))));
    }
  });
  std::size_t large = 0;
  for (const auto& block : made.info.extents.at(0).blocks) {
    if (block.length > SegmentWriter::block_bytes_target) {
      ++large;
      EXPECT_EQ(block.count, 1u);
    }
  }
  EXPECT_EQ(large, 1u);
  EXPECT_LT(made.info.extents[0].blocks.size(), 10u);
  const auto records = made.read();
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), 3000u);
  EXPECT_EQ((*records)[1499].second.size(), 200'000u);
  EXPECT_EQ((*records)[2999].first, 9000u);
}

TEST(Segment, AnExtentWithoutRecordsLeavesNoTrace) {
  Made made;
  make(made, [](SegmentWriter& segment) {
    ASSERT_TRUE(segment.begin_extent(PartitionId(1)));
    ASSERT_TRUE(segment.begin_extent(PartitionId(2)));
    ASSERT_TRUE(segment.add(1, 1, as_bytes("x")));
    ASSERT_TRUE(segment.begin_extent(PartitionId(3)));
  });
  ASSERT_EQ(made.info.extents.size(), 1u);
  EXPECT_EQ(made.read()->size(), 1u);
  Made empty;
  make(empty, [](SegmentWriter&) {});
  EXPECT_TRUE(empty.read()->empty());
}

TEST(Segment, RecordsWithOneBodyAreReadWhole) {
  Made made;
  make(made, shared);
  const auto records = made.read();
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_EQ(*records, (std::vector<std::pair<std::uint64_t, std::string>>{
                          {10, "a body one"}, {11, "plain"}, {12, "b body two"}, {1, "c body one"}}));
  EXPECT_EQ(made.info.bodies.count, 2u);
  // An extent is found by its index among those of partitions.
  const auto reader = made.open();
  ASSERT_TRUE(reader);
  ASSERT_EQ((*reader)->info().extents.size(), 2u);
  EXPECT_EQ((*reader)->info().extents[1].partition, PartitionId(2));
  EXPECT_EQ((*reader)->info().bodies.count, 2u);
}

TEST(Segment, BodiesAreNamedToWhoAsksForThat) {
  Made made;
  make(made, shared);
  const auto reader = made.open();
  ASSERT_TRUE(reader);
  const Extent& extent = (*reader)->info().extents[0];
  const auto own = (*reader)->read_own(extent.partition, extent.blocks.at(0));
  ASSERT_TRUE(own);
  ASSERT_EQ((*own)->records.size(), 3u);
  EXPECT_EQ(as_text((*own)->records[0].bytes), "a ");
  EXPECT_EQ((*own)->records[0].body, 1u);
  EXPECT_EQ((*own)->records[1].body, 0u);
  Bodies bodies(**reader);
  EXPECT_EQ(as_text(*bodies.at(2)), "body two");
  // The same memory each time: who rewrites a segment knows by it that two records have one body.
  EXPECT_EQ(bodies.at(1)->data(), bodies.at(1)->data());
}

TEST(Segment, BlocksAreCutByWhatTheyAreWhenRead) {
  constexpr std::size_t body_bytes = 5'000;
  constexpr std::uint64_t count = 300;
  Made made;
  make(made, [](SegmentWriter& segment) {
    for (std::uint64_t i = 1; i <= count; ++i) {
      ASSERT_TRUE(segment.add_body(as_bytes(record_text(i, body_bytes))));
    }
    for (std::uint32_t partition = 1; partition <= 2; ++partition) {
      ASSERT_TRUE(segment.begin_extent(PartitionId(partition)));
      for (std::uint64_t i = 1; i <= count; ++i) {
        // The other reads them backwards.
        const auto body = partition == 1 ? i : count + 1 - i;
        ASSERT_TRUE(segment.add_shared(i, 0, as_bytes("head"), body, body_bytes));
      }
    }
  });
  EXPECT_LT(made.info.bytes, 2 * count * body_bytes);
  for (const auto& block : made.info.bodies.blocks) EXPECT_LE(block.length, SegmentWriter::body_block_bytes_target);
  const auto reader = made.open();
  ASSERT_TRUE(reader);
  for (const Extent& extent : (*reader)->info().extents) {
    EXPECT_GT(extent.blocks.size(), count * body_bytes / SegmentWriter::block_bytes_target);
    for (const auto& entry : extent.blocks) {
      const auto block = (*reader)->read_block(extent.partition, entry);
      ASSERT_TRUE(block) << block.error().message;
      EXPECT_LE((*block)->buffer_bytes, SegmentWriter::block_bytes_target);
    }
  }
  const auto records = made.read();
  ASSERT_TRUE(records) << records.error().message;
  ASSERT_EQ(records->size(), 2 * count);
  for (std::uint64_t i = 0; i < 2 * count; ++i) {
    const auto body = i < count ? i + 1 : 2 * count - i;
    EXPECT_EQ((*records)[i].second, "head" + record_text(body, body_bytes)) << i;
  }
}

class SegmentDamage : public ::testing::TestWithParam<void (*)(SegmentWriter&)> {};
INSTANTIATE_TEST_SUITE_P(Segments, SegmentDamage, ::testing::Values(&small, &shared));

TEST_P(SegmentDamage, EveryFlippedBitIsFoundAndNamed) {
  Made made;
  make(made, GetParam());
  std::string& content = made.files.content(made.path);
  for (std::size_t bit = 0; bit < content.size() * 8; ++bit) {
    const char flipped = static_cast<char>(1 << (bit % 8));
    content[bit / 8] ^= flipped;
    const auto records = made.read();
    ASSERT_FALSE(records) << bit;
    EXPECT_EQ(records.error().code, ErrorCode::damaged);
    EXPECT_TRUE(records.error().message.starts_with(made.path + ", offset ")) << records.error().message;
    content[bit / 8] ^= flipped;
  }
  EXPECT_TRUE(made.read());
}

TEST_P(SegmentDamage, EveryTruncationIsFound) {
  Made made;
  make(made, GetParam());
  std::string& content = made.files.content(made.path);
  const std::string whole = content;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    content = whole.substr(0, size);
    const auto records = made.read();
    ASSERT_FALSE(records) << size;
    EXPECT_EQ(records.error().code, ErrorCode::damaged);
  }
  content = whole + '\0';
  EXPECT_FALSE(made.read());
}

TEST(Segment, TheWrongSegmentUnderTheNameIsFound) {
  Made made;
  make(made, small);
  auto object = made.store->open(Kind::segment, 7);
  const auto reader = SegmentReader::open(std::move(*object), 8);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, ErrorCode::damaged);
}

}  // namespace
}  // namespace millrace::log
