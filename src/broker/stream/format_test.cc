// Reads the checked-in samples of a lane with streams, a table and a queue in it: whatever changes, version 2 of a lane,
// with versions 1 and 2 of a stream, stays readable.
#include <gtest/gtest.h>

#include "broker/queue/sample_fixture.h"
#include "broker/stream/stream_fixture.h"
#include "broker/table/table.h"

namespace millrace::broker {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const std::string samples = std::string(MILLRACE_SOURCE_DIR) + "/tests/format/";

class StreamFormatTest : public SampleTest<StreamTest> {
 protected:
  void expect_sample();

  void write_table(std::vector<TableWrite> writes) {
    ASSERT_TRUE(open_table(lane(), "t")->write(writes).has_value());
    durable(lane());
  }

  // Every kind of entry, some in the checkpoint, some after it, some in segments; one segment is rewritten, with a part of
  // an extent gone.
  void make_sample() {
    begin_sample();
    begin("s", {.retention = hours(1), .properties = "before"});
    begin("closed");
    make("q");
    write_table({{"a", "1"}, {"b", "2"}});
    for (std::uint32_t i = 0; i < 60; ++i) {
      append(std::to_string(i) + std::string(500, '.'), 1 + i % 4);
      send("q", std::string(900, 'q'));
      pass(minutes(1));
    }
    StreamPartition& closed = *find_stream_partition(lane(), "closed");
    ASSERT_TRUE(closed.append(3, as_bytes("the end")).has_value());
    closed.close();
    pass(minutes(30));
    for (auto got = receive("q", 10); !got.empty(); got = receive("q", 10)) {
      for (const auto& message : got) queue("q").accept(message.receipt);
      settle_all();
    }
    pass(minutes(2));
    partition().configure({.retention = hours(24 * 365), .properties = "after"});
    write_table({{"b", std::nullopt}, {"c", "3"}});
    append("last but one", 500);
    append("last");
    ASSERT_GT(partition().first().get(), 1u);
  }
};

TEST_F(StreamFormatTest, TheSampleOfVersion1IsRead) {
  read_sample(samples + "v2-streams");
  expect_sample();
}

TEST_F(StreamFormatTest, TheSampleOfVersion2IsRead) {
  if (writing()) {
    make_sample();
    write_sample(samples + "v2-streams-2");
  }
  read_sample(samples + "v2-streams-2");
  expect_sample();
}

void StreamFormatTest::expect_sample() {
  use("s");
  EXPECT_EQ(partition().config(), (StreamConfig{.retention = hours(24 * 365), .properties = "after"}));
  EXPECT_FALSE(partition().closed());
  ASSERT_FALSE(partition().backlog().extents().empty());
  ASSERT_FALSE(partition().backlog().tail().empty());
  // 60 batches of 1, 2, 3 and 4 records in turn are 150 records.
  EXPECT_EQ(partition().end().get(), 1u + 150 + 500 + 1);
  const auto from = partition().first();
  EXPECT_GT(from.get(), 1u);
  std::uint64_t next = 0;
  std::uint32_t number = 0;
  std::vector<std::string> ends;
  for (auto at = from.get();;) {
    const auto got = read(at);
    for (const auto& batch : got.batches) {
      const std::string text(as_text(batch.bytes));
      if (next != 0) EXPECT_EQ(batch.first.get(), next);
      next = batch.first.get() + batch.records;
      if (batch.first.get() > 150) {
        ends.push_back(text);
        continue;
      }
      const auto i = static_cast<std::uint32_t>(std::stoul(text));
      if (number != 0) EXPECT_EQ(i, number + 1);
      number = i;
      EXPECT_EQ(batch.records, 1 + i % 4);
      EXPECT_EQ(text, std::to_string(i) + std::string(500, '.'));
      EXPECT_EQ(find_time(batch.time), batch.first);
    }
    at = got.next.get();
    if (got.at_tip) break;
  }
  EXPECT_EQ(number, 59u);
  EXPECT_EQ(ends, (std::vector<std::string>{"last but one", "last"}));

  use("closed");
  EXPECT_TRUE(partition().closed());
  EXPECT_EQ(text(), "1:the end");
  EXPECT_TRUE(read(4).at_end);

  const auto* table = find_table(lane(), "t");
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->entries(), (Table::Entries{{"a", "1"}, {"c", "3"}}));
  EXPECT_EQ(queue("q").counts().ready, 0u);
}

}  // namespace
}  // namespace millrace::broker
