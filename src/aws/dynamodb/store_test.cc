// What a visit stores and the background removes, over the real engine on a simulated machine.
#include "aws/dynamodb/store.h"

#include "aws/dynamodb/expiry.h"
#include "aws/dynamodb/item_codec.h"
#include "aws/dynamodb/keys.h"
#include "broker/queue/queue_fixture.h"

namespace millrace::aws::dynamodb {
namespace {

class StoreTest : public broker::QueueTest {
 protected:
  StoreTest() : QueueTest(1) {
    table.number = 1;
    table.name = "t";
    table.keys = {{"id", ValueType::S}, std::nullopt};
    table.indexes.push_back({.number = 1, .name = "by-owner", .keys = {{"owner", ValueType::S}, std::nullopt}});
    Writes writes;
    add_schema(table, writes);
    write(writes);
  }

  engine::Lane& lane() { return lane_of(key); }
  Tables tables() { return Tables(lane(), key); }
  void write(const Writes& writes) {
    const auto ok = tables().write(writes);
    ASSERT_TRUE(ok.has_value()) << ok.error().message;
    durable(lane());
  }
  void change(const std::optional<Attributes>& before, const std::optional<Attributes>& after) {
    Writes writes;
    const auto place = place_of(table.keys, after ? *after : *before);
    add_writes(table, *place, before ? &*before : nullptr, after ? &*after : nullptr, writes);
    write(writes);
  }
  std::size_t count(std::string_view prefix) {
    std::size_t found = 0;
    for (const auto& [entry, value] : tables().entries()) found += entry.starts_with(prefix) ? 1 : 0;
    return found;
  }
  static Attributes item(std::string id, std::string owner = {}) {
    Attributes out = {{"id", Value{std::move(id)}}};
    if (!owner.empty()) out.emplace("owner", Value{std::move(owner)});
    return out;
  }

  const std::string key = world_key("us-east-1", "000000000000");
  TableSchema table;
};

TEST_F(StoreTest, IndexesFollowTheirItems) {
  change({}, item("a", "x"));
  change({}, item("b"));
  EXPECT_EQ(count(items_prefix(1)), 2u);
  EXPECT_EQ(count(index_prefix(1, 1)), 1u);
  change(item("a", "x"), item("a", "y"));
  EXPECT_EQ(count(index_prefix(1, 1)), 1u);
  change(item("b"), item("b", "y"));
  EXPECT_EQ(count(index_prefix(1, 1)), 2u);
  crash_and_restart();
  EXPECT_EQ(tables().find("t"), table);
  EXPECT_EQ(tables().item(table, *place_of(table.keys, item("b"))), item("b", "y"));
  change(item("a", "y"), item("a"));
  change(item("b", "y"), {});
  EXPECT_EQ(count(index_prefix(1, 1)), 0u);
  EXPECT_EQ(count(items_prefix(1)), 1u);
}

TEST_F(StoreTest, WhatBelongsToNothingIsRemovedInTheBackground) {
  change({}, item("a", "x"));
  write({{items_prefix(7) + "gone", encode_item(item("gone"))},
         {items_prefix(7) + "too", encode_item(item("too"))},
         {index_prefix(1, 2) + "gone", "gone"},
         {index_prefix(9, 1) + "gone", "gone"}});
  EXPECT_FALSE(expire(lane(), key));
  durable(lane());
  EXPECT_EQ(count(std::string(1, item_mark)), 1u);
  EXPECT_EQ(count(std::string(1, index_mark)), 1u);
  EXPECT_EQ(count(std::string(1, table_mark)), 1u);
}

TEST_F(StoreTest, LargeWritesTakeSeveralSteps) {
  options.journal_file_bytes = 32 << 20;
  reopen(1);
  Writes writes;
  for (int i = 0; i < 30; ++i) {
    writes.push_back({items_prefix(1) + std::to_string(i), std::string(400 << 10, 'x')});
  }
  write(writes);
  EXPECT_EQ(count(items_prefix(1)), 30u);
  ASSERT_TRUE(tables().erase(items_prefix(1)).has_value());
  EXPECT_EQ(count(items_prefix(1)), 0u);
}

// A new index with more entries than one step writes. Wherever the machine stops, it is there whole or not at all, and what
// is left of it is not taken for entries of the next one.
TEST_F(StoreTest, AnIndexThatIsCutOffLeavesNothingToTheNextOne) {
  options.journal_file_bytes = 64 << 10;
  options.journal_chunk_bytes = 16 << 10;
  reopen(1);
  Writes entries;
  for (int i = 0; i < 40; ++i) {
    entries.push_back({index_prefix(1, 2) + std::to_string(i) + std::string(2000, 'x'), std::to_string(i)});
  }
  int cut_off = 0;
  for (std::uint64_t nth = 1; nth <= 8; ++nth) {
    pass(std::chrono::seconds(2));
    write({{table_entry("t"), encode_schema(table)}});
    TableSchema after = table;
    after.last_index = 2;
    after.indexes.push_back({.number = 2, .name = "second", .keys = {{"second", ValueType::S}, std::nullopt}});
    world.disk().set_faults({{.effect = env::sim::Effect::crash, .on = env::sim::Operation::write, .nth = nth}});
    ASSERT_TRUE(tables().keep(table, after, entries).has_value());
    const auto end = world.now() + std::chrono::seconds(1);
    while (!world.crashed() && world.now() < end) world.step();
    world.disk().set_faults({});
    crash_and_restart();
    const auto now = tables().find("t");
    ASSERT_TRUE(now.has_value());
    const auto there = count(index_prefix(1, 2));
    if (now->indexes.size() == 2) {
      EXPECT_EQ(there, entries.size());
    } else if (there > 0) {
      ++cut_off;
      EXPECT_EQ(now->last_index, 2u);
    }
    ASSERT_TRUE(tables().erase(index_prefix(1, 2)).has_value());
  }
  EXPECT_GT(cut_off, 0) << "none of the stops was in between";
}

TEST_F(StoreTest, ExpiryWakesByItself) {
  table.expiry_attribute = "until";
  Writes writes;
  add_schema(table, writes);
  write(writes);
  const auto second = std::chrono::duration_cast<std::chrono::seconds>(lane().now().time_since_epoch()).count();
  auto soon = item("soon", "x");
  soon.emplace("until", Value{Decimal(second + 60)});
  auto text = item("text");
  text.emplace("until", Value{std::string("1")});
  change({}, soon);
  change({}, text);
  Expiry expiry;
  expiry.visited(lane());
  pass(std::chrono::seconds(50));
  EXPECT_EQ(count(items_prefix(1)), 2u);
  pass(std::chrono::seconds(30));
  EXPECT_EQ(count(items_prefix(1)), 1u);
  EXPECT_EQ(count(index_prefix(1, 1)), 0u);
  crash_and_restart();
  EXPECT_EQ(count(items_prefix(1)), 1u);
}

}  // namespace
}  // namespace millrace::aws::dynamodb
