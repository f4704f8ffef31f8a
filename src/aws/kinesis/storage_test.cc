// What Kinesis stores and hands out: batches, entries of the catalog, iterators; and the rates of shards.
#include <gtest/gtest.h>

#include "aws/kinesis/catalog_entries.h"
#include "aws/kinesis/record_batch.h"
#include "aws/kinesis/sealed.h"
#include "aws/kinesis/shard_iterator.h"
#include "aws/kinesis/throttle.h"
#include "aws/kinesis/usage.h"
#include "codec/text.h"

namespace millrace::aws::kinesis {
namespace {

std::vector<std::string> read_all(const std::string& batch) {
  BatchReader reader(as_bytes(batch));
  std::vector<std::string> records;
  for (StoredRecord record; reader.next(record);) {
    records.push_back(std::string(record.partition_key) + "=" + std::string(record.data));
  }
  EXPECT_TRUE(reader.good());
  return records;
}

TEST(RecordBatch, IsReadAsWritten) {
  const std::string key(256, 'k');
  const std::string data(100'000, 'd');
  const std::string batch = write_batch(true, std::vector<StoredRecord>{{"a", "first"}, {"b", ""}, {key, data}});
  EXPECT_TRUE(BatchReader(as_bytes(batch)).encrypted());
  const auto records = read_all(batch);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0], "a=first");
  EXPECT_EQ(records[1], "b=");
  EXPECT_EQ(records[2].size(), 256u + 1 + 100'000);
}

// docs/format/stream-batch.md: these bytes must stay readable.
TEST(RecordBatch, SampleOfVersionOne) {
  std::string bytes;
  ASSERT_TRUE(codec::hex_decode("0100020000000161017802627a00", bytes));
  EXPECT_EQ(read_all(bytes), (std::vector<std::string>{"a=x", "bz="}));
  EXPECT_EQ(write_batch(false, std::vector<StoredRecord>{{"a", "x"}, {"bz", ""}}), bytes);
}

TEST(RecordBatch, DamageEndsTheReading) {
  const std::string batch = write_batch(false, std::vector<StoredRecord>{{"a", "xyz"}});
  for (std::size_t size = 0; size < batch.size(); ++size) {
    BatchReader reader(as_bytes(std::string_view(batch).substr(0, size)));
    StoredRecord record;
    EXPECT_FALSE(reader.next(record));
    EXPECT_FALSE(reader.good());
  }
}

TEST(CatalogEntries, AreReadAsWritten) {
  StreamEntry stream{.id = "x",
                     .created = from_ms(5),
                     .status = StreamStatus::updating,
                     .ready = from_ms(6),
                     .mode = StreamMode::on_demand,
                     .retention_hours = 48,
                     .encrypted = true,
                     .key_id = "alias/k",
                     .record_kib_max = 10'240,
                     .metrics = 5,
                     .warm_target_mibps = 7,
                     .warm_current_mibps = 3,
                     .policy = "{}",
                     .config = 9,
                     .settled = 8,
                     .next_shard = 12,
                     .tags = {{"a", "b"}},
                     .shard_count_updates = {from_ms(1)},
                     .mode_updates = {from_ms(2)},
                     .peaks = {{20'000, 5, 6}}};
  const auto bytes = encode(stream);
  const auto read = decode_stream(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(encode(*read), bytes);
  EXPECT_EQ(read->tags, stream.tags);
  EXPECT_EQ(read->peaks.at(0).records_per_second, 6u);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_stream(std::string_view(bytes).substr(0, size)));
  }
  EXPECT_FALSE(decode_stream(bytes + "x"));

  const ShardEntry shard{.created = from_ms(9),
                         .parent = 1,
                         .adjacent_parent = 2,
                         .range = {5, hash_key_max},
                         .state = ShardState::closed,
                         .end = 77,
                         .closed = from_ms(10)};
  const auto shard_read = decode_shard(encode(shard));
  ASSERT_TRUE(shard_read);
  EXPECT_EQ(encode(*shard_read), encode(shard));
  EXPECT_EQ(shard_read->range, shard.range);
  EXPECT_EQ(shard_read->adjacent_parent, 2u);

  const ConsumerEntry consumer{.created = from_ms(3),
                               .status = ConsumerStatus::deleting,
                               .ready = from_ms(4),
                               .tags = {{"k", ""}},
                               .policy = "p"};
  EXPECT_EQ(encode(decode_consumer(encode(consumer)).value()), encode(consumer));
  const AccountEntry account{.committed = true, .started = from_ms(1), .ended = from_ms(2)};
  EXPECT_EQ(encode(decode_account(encode(account)).value()), encode(account));
  const ShardProperties properties{3, from_ms(4), true, false, 1 << 20};
  EXPECT_EQ(encode(decode_properties(encode(properties)).value()), encode(properties));
}

TEST(ShardIterator, IsReadAsWrittenAndNothingElseIs) {
  const ShardIterator iterator{
      {"us-east-1", "000000000000", std::string(128, 's')}, from_ms(1), 9, 1ull << 40, from_ms(2)};
  const auto text = encode_iterator(iterator);
  EXPECT_LE(text.size(), 512u);
  EXPECT_EQ(decode_iterator(text), iterator);
  for (std::size_t i = 0; i < text.size(); i += 7) {
    auto changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(decode_iterator(changed)) << i;
  }
  EXPECT_FALSE(decode_iterator(""));
  EXPECT_FALSE(decode_iterator("AAAA"));
  EXPECT_FALSE(unseal(Sealed::shards, text));
}

TEST(Throttle, GivesASecondsWorthThenTheRate) {
  Throttle throttle(10);
  const Time start = from_ms(1'000'000);
  int taken = 0;
  for (int i = 0; i < 3000; ++i) taken += throttle.take(Rated::records_in, "s", 1000, 1, start);
  EXPECT_EQ(taken, 1000);
  EXPECT_FALSE(throttle.take(Rated::records_in, "s", 1000, 1, start));
  EXPECT_TRUE(throttle.take(Rated::records_in, "t", 1000, 1, start));
  EXPECT_TRUE(throttle.take(Rated::records_in, "s", 1000, 100, start + Duration(100)));
  EXPECT_FALSE(throttle.take(Rated::records_in, "s", 1000, 1, start + Duration(100)));
}

TEST(Throttle, WhatIsLargeIsTakenOnCredit) {
  Throttle throttle(10);
  const Time start = from_ms(1'000'000);
  throttle.charge(Rated::bytes_out, "s", 2'000'000, 10'000'000, start);
  EXPECT_FALSE(throttle.ready(Rated::bytes_out, "s", 2'000'000, start));
  EXPECT_FALSE(throttle.ready(Rated::bytes_out, "s", 2'000'000, start + Duration(3'900)));
  EXPECT_TRUE(throttle.ready(Rated::bytes_out, "s", 2'000'000, start + Duration(4'100)));
  // A record that is larger than a second's worth passes a full bucket.
  EXPECT_TRUE(throttle.take(Rated::bytes_in, "s", 1'000'000, 10'000'000, start));
  EXPECT_FALSE(throttle.take(Rated::bytes_in, "s", 1'000'000, 1, start + Duration(8'000)));
  EXPECT_EQ(throttle.wait(Rated::bytes_in, "s", 1'000'000, start + Duration(8'000)), Duration(1'001));
}

TEST(Throttle, ItsMemoryIsBounded) {
  Throttle throttle(10);
  for (int i = 0; i < 1000; ++i) throttle.take(Rated::calls_out, std::to_string(i), 5, 5, from_ms(1'000'000));
  EXPECT_LE(throttle.size(), 10u);
}

TEST(Usage, RemembersTheGreatestRate) {
  Usage usage;
  Time now = from_ms(1'000'000);
  for (int i = 0; i < 100; ++i) usage.add("s", 1000, 10, now += Duration(100));
  for (int i = 0; i < 100; ++i) usage.add("s", 10, 1, now += Duration(100));
  const auto use = usage.take("s", now + std::chrono::seconds(30));
  EXPECT_GT(use.bytes_per_second, 9'000u);
  EXPECT_LE(use.bytes_per_second, 10'100u);
  EXPECT_EQ(usage.take("other", now).bytes_per_second, 0u);
}

}  // namespace
}  // namespace millrace::aws::kinesis
