#include <gtest/gtest.h>

#include "aws/digest.h"
#include "aws/kinesis/hash_key.h"
#include "aws/kinesis/names.h"
#include "aws/kinesis/sequence_number.h"

namespace millrace::aws::kinesis {
namespace {

TEST(HashKey, IsTheMd5OfThePartitionKey) {
  // MD5("a") = 0cc175b9c0f1b6a831c399e269772661
  EXPECT_EQ(hash_of("a"), (HashKey{0x0cc175b9c0f1b6a8} << 64 | HashKey{0x31c399e269772661}));
}

TEST(HashKey, OfKeysOfEveryLength) {
  std::string key;
  for (int i = 0; i < 200; ++i) {
    HashKey wanted = 0;
    for (const auto byte : md5(key)) wanted = wanted << 8 | byte;
    EXPECT_EQ(hash_of(key), wanted) << key.size();
    key.push_back(static_cast<char>('!' + i % 90));
  }
}

TEST(HashKey, OfManyKeysAtOnce) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < 150; ++i) keys.emplace_back(i % 70, static_cast<char>('!' + i % 90));
  for (const std::size_t count : {0, 1, 7, 8, 9, 150}) {
    std::vector<HashKey> hashes(count);
    KeyHasher hasher;
    for (std::size_t i = 0; i < count; ++i) hasher.add(keys[i], hashes[i]);
    hasher.finish();
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(hashes[i], hash_of(keys[i])) << i << " of " << count;
  }
}

TEST(HashKey, ReadsDecimalsStrictly) {
  EXPECT_EQ(parse_hash_key("0"), HashKey{0});
  EXPECT_EQ(parse_hash_key("340282366920938463463374607431768211455"), hash_key_max);
  EXPECT_EQ(text_of(hash_key_max), "340282366920938463463374607431768211455");
  EXPECT_EQ(text_of(0), "0");
  for (const auto* bad : {"", "00", "01", "-1", "+1", " 1", "1x", "340282366920938463463374607431768211456",
                          "999999999999999999999999999999999999999", "1000000000000000000000000000000000000000"}) {
    EXPECT_EQ(parse_hash_key(bad), std::nullopt) << bad;
  }
}

TEST(HashKey, EvenRangesAreThoseOfTheService) {
  EXPECT_EQ(uniform_range(0, 1), HashRange{});
  EXPECT_EQ(text_of(uniform_range(0, 2).last), "170141183460469231731687303715884105727");
  EXPECT_EQ(text_of(uniform_range(1, 3).first), "113427455640312821154458202477256070485");
  for (const std::uint32_t parts : {1u, 2u, 3u, 7u, 64u, 1000u}) {
    HashKey next = 0;
    for (std::uint32_t i = 0; i < parts; ++i) {
      const auto range = uniform_range(i, parts);
      EXPECT_EQ(range.first, next) << i << " of " << parts;
      EXPECT_GT(range.last, range.first);
      next = range.last + 1;
    }
    EXPECT_EQ(next, 0) << parts;
  }
}

TEST(SequenceNumber, Has56DigitsAndIsReadAsWritten) {
  for (const std::uint64_t created : {0ull, 1'764'000'000'000ull, (1ull << 48) - 1}) {
    for (const std::uint64_t offset : {0ull, 1ull, 1ull << 40, ~0ull}) {
      for (const std::uint32_t shard : {0u, 1u, 0xFFFFFFFFu}) {
        const SequenceNumber number{created, offset, shard};
        const auto text = text_of(number);
        EXPECT_EQ(text.size(), sequence_digits);
        EXPECT_EQ(parse_sequence_number(text), number);
      }
    }
  }
}

TEST(SequenceNumber, GrowsAsItsTextDoes) {
  const SequenceNumber parent{1000, 500, 7};
  EXPECT_LT(text_of(parent), text_of({1000, 501, 7}));
  EXPECT_LT(text_of(parent), text_of({1001, 0, 8}));
  EXPECT_LT(text_of({1000, ~0ull, 0xFFFFFFFF}), text_of({1001, 0, 0}));
}

TEST(SequenceNumber, NeighboursAreCountedOn) {
  SequenceNumber number{1'764'000'000'000, 99'999'990, 3};
  SequenceText text(number);
  for (int i = 0; i < 1000; ++i) {
    std::string digits(sequence_digits, '?');
    text.write(digits.data());
    ASSERT_EQ(digits, text_of(number));
    text.next();
    ++number.offset;
  }
}

TEST(SequenceNumber, RefusesForeignOnes) {
  EXPECT_FALSE(parse_sequence_number("0"));
  EXPECT_FALSE(parse_sequence_number("49590338271490256608559692538361571095921575989136588898"));
  auto text = text_of({1000, 500, 7});
  text.back() = text.back() == '9' ? '8' : '9';
  EXPECT_FALSE(parse_sequence_number(text));
  EXPECT_FALSE(parse_sequence_number(std::string(56, '9')));
  EXPECT_TRUE(looks_like_sequence_number("0"));
  EXPECT_FALSE(looks_like_sequence_number("007"));
  EXPECT_FALSE(looks_like_sequence_number(std::string(130, '1')));
}

TEST(Names, Arns) {
  const StreamName stream{"eu-west-1", "123456789012", "orders.v1"};
  EXPECT_EQ(parse_stream_arn(stream.arn()), stream);
  for (const auto* bad :
       {"", "arn:aws:kinesis:eu-west-1:123456789012:orders", "arn:aws:sqs:eu-west-1:123456789012:stream/a",
        "arn:aws:kinesis:eu-west-1:12345678901:stream/a", "arn:aws:kinesis:eu-west-1:123456789012:stream/",
        "arn:aws:kinesis:eu-west-1:123456789012:stream/a b"}) {
    EXPECT_EQ(parse_stream_arn(bad), std::nullopt) << bad;
  }
  const auto arn = consumer_arn(stream, "reader", from_ms(1'700'000'000'500));
  EXPECT_EQ(arn, "arn:aws:kinesis:eu-west-1:123456789012:stream/orders.v1/consumer/reader:1700000000");
  const auto consumer = parse_consumer_arn(arn);
  ASSERT_TRUE(consumer);
  EXPECT_EQ(consumer->stream, stream);
  EXPECT_EQ(consumer->consumer, "reader");
  EXPECT_EQ(consumer->created_s, 1'700'000'000);
  EXPECT_FALSE(parse_consumer_arn(stream.arn()));
}

TEST(Names, ShardIds) {
  EXPECT_EQ(shard_id(17), "shardId-000000000017");
  EXPECT_EQ(parse_shard_id("shardId-000000000017"), 17u);
  EXPECT_EQ(parse_shard_id("17"), 17u);
  for (const auto* bad : {"", "shardId-", "shardId-x", "shard-1", "shardId--1", "shardId-9999999999999"}) {
    EXPECT_EQ(parse_shard_id(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace millrace::aws::kinesis
