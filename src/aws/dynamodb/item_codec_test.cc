#include "aws/dynamodb/item_codec.h"

#include <gtest/gtest.h>

#include "aws/dynamodb/schema.h"

namespace millrace::aws::dynamodb {
namespace {

Attributes every_type() {
  return {{"s", Value{std::string("text")}},
          {"n", Value{*Decimal::parse("-12.5")}},
          {"b", Value{Binary{std::string("\0\xff", 2)}}},
          {"bool", Value{true}},
          {"null", Value{Null{}}},
          {"ss", Value{StringSet{{"a", "b"}}}},
          {"ns", Value{NumberSet{{Decimal(-1), Decimal(2)}}}},
          {"bs", Value{BinarySet{{Binary{"x"}, Binary{"y"}}}}},
          {"l", Value{List{Value{std::string("a")}, Value{List{}}, Value{Attributes{}}}}},
          {"m", Value{Attributes{{"", Value{Decimal(0)}}, {"k", Value{Attributes{{"deep", Value{false}}}}}}}}};
}

// In hexadecimal, as docs/format/dynamodb.md describes it: version 1 stays readable.
constexpr std::string_view sample =
    "01450a0162020200ff04626f6f6c0301026273070201780179016c080300016108000900016d0902000102016b0901046465"
    "65700300016e0101ff7cfdfcf9ff026e73060201ff7dfdff0300820300046e756c6c04017300047465787402737305020161"
    "0162";

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    out.push_back(digits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(digits[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

TEST(ItemCodecTest, EveryTypeComesBack) {
  const auto item = every_type();
  const auto bytes = encode_item(item);
  EXPECT_EQ(decode_item(bytes), item);
  EXPECT_EQ(stored_size(bytes), size_of(item));
  EXPECT_EQ(decode_item(encode_item({})), Attributes{});
}

TEST(ItemCodecTest, TheSampleOfVersion1IsRead) { EXPECT_EQ(hex(encode_item(every_type())), sample); }

TEST(ItemCodecTest, WhatIsCutOrLongerIsRefused) {
  const auto bytes = encode_item(every_type());
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_item(bytes.substr(0, size))) << size;
  EXPECT_FALSE(decode_item(bytes + '\0'));
  auto newer = bytes;
  newer[0] = 2;
  EXPECT_FALSE(decode_item(newer));
}

TEST(ItemCodecTest, DepthIsBounded) {
  Value deep{true};
  for (int i = 0; i < stored_depth_max - 1; ++i) deep = Value{List{deep}};
  EXPECT_TRUE(decode_item(encode_item({{"a", deep}})));
  deep = Value{List{Value{List{Value{List{deep}}}}}};
  EXPECT_FALSE(decode_item(encode_item({{"a", deep}})));
}

TEST(ItemCodecTest, SizesAsTheServiceCountsThem) {
  EXPECT_EQ(size_of(Attributes{{"id", Value{std::string("ab")}}}), 4u);
  EXPECT_EQ(size_of(Value{std::string("zwölf")}), 6u);
  EXPECT_EQ(size_of(Value{true}), 1u);
  EXPECT_EQ(size_of(Value{Null{}}), 1u);
  EXPECT_EQ(size_of(Value{List{}}), 3u);
  EXPECT_EQ(size_of(Value{List{Value{true}}}), 5u);
  EXPECT_EQ(size_of(Value{Attributes{{"k", Value{true}}}}), 6u);
  EXPECT_EQ(size_of(Value{StringSet{{"a", "bc"}}}), 3u);
}

TEST(SchemaTest, ComesBack) {
  TableSchema schema{.number = 7,
                     .name = "leases",
                     .id = "00000000-0000-0000-0000-000000000000",
                     .created = from_ms(1'700'000'000'000),
                     .keys = {{"id", ValueType::S}, KeyAttribute{"at", ValueType::N}},
                     .on_demand = true,
                     .on_demand_since = from_ms(1'700'000'000'001),
                     .on_demand_limit = Throughput{5, 6},
                     .last_index = 3,
                     .stream_view = "NEW_IMAGE",
                     .kms = true,
                     .kms_key = "key",
                     .table_class = "STANDARD",
                     .deletion_protected = true,
                     .expiry_attribute = "ttl",
                     .backups = true,
                     .backup_days = 35,
                     .tags = {{"team", "mill"}}};
  schema.indexes.push_back({.number = 3,
                            .global = true,
                            .name = "by-owner",
                            .keys = {{"owner", ValueType::B}, std::nullopt},
                            .projection = ProjectionType::include,
                            .attributes = {"x", "y"},
                            .throughput = {1, 2}});
  const auto bytes = encode_schema(schema);
  EXPECT_EQ(decode_schema(bytes), schema);
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_schema(bytes.substr(0, size))) << size;
  EXPECT_FALSE(decode_schema(bytes + '\0'));
  EXPECT_EQ(schema.definitions().size(), 3u);
}

}  // namespace
}  // namespace millrace::aws::dynamodb
