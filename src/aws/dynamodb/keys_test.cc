#include "aws/dynamodb/keys.h"

#include <gtest/gtest.h>

#include <random>

#include "aws/dynamodb/condition.h"
#include "aws/dynamodb/key_condition.h"

namespace millrace::aws::dynamodb {
namespace {

std::string encoded(const Value& value) {
  std::string out;
  append_key_value(value, out);
  return out;
}

std::string random_bytes(std::mt19937_64& random) {
  // Few different bytes, the difficult ones among them, so that prefixes are frequent.
  constexpr std::string_view alphabet(
      "\0\1\xfe\xff"
      "ab",
      6);
  std::string out(1 + random() % 5, 'x');
  for (char& c : out) c = alphabet[random() % alphabet.size()];
  return out;
}

TEST(KeysTest, EncodedKeysSortAsTheirBytesAndNoneBeginsWithAnother) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    const auto left = random_bytes(random);
    const auto right = random_bytes(random);
    for (const bool binary : {false, true}) {
      const auto as_value = [binary](const std::string& bytes) { return binary ? Value{Binary{bytes}} : Value{bytes}; };
      const auto one = encoded(as_value(left));
      const auto two = encoded(as_value(right));
      EXPECT_EQ(one <=> two, left <=> right);
      if (left != right) EXPECT_FALSE(one.starts_with(two));
      EXPECT_EQ(one.starts_with(key_value_prefix(as_value(right))), left.starts_with(right));
    }
  }
}

TEST(KeysTest, TheEndOfAPrefix) {
  EXPECT_EQ(behind("a"), "b");
  EXPECT_EQ(behind("a\xff\xff"), "b");
  EXPECT_EQ(behind("\xff"), "");
  EXPECT_LT(std::string("a\xff\xff"), behind("a"));
}

// A range of keys has exactly the items for which the condition holds.
TEST(KeysTest, KeyConditionsAreRanges) {
  using Kind = Condition::Kind;
  std::mt19937_64 random(5);
  const auto random_value = [&](ValueType type) {
    if (type == ValueType::S) return Value{random_bytes(random)};
    if (type == ValueType::B) return Value{Binary{random_bytes(random)}};
    return Value{*Decimal::parse(std::to_string(static_cast<int>(random() % 41) - 20) + "e" +
                                 std::to_string(static_cast<int>(random() % 7) - 3))};
  };
  const auto operand = [](std::string name) { return Operand{.kind = Operand::Kind::path, .path = Path{{name}}}; };
  for (int i = 0; i < 20'000; ++i) {
    const auto type = static_cast<ValueType>(random() % 3);
    Source source;
    source.table.number = 1;
    source.table.keys = {{"h", ValueType::S}, KeyAttribute{"r", type}};
    const Attributes item = {{"h", Value{std::string("x")}}, {"r", random_value(type)}};
    Condition range{.kind = static_cast<Kind>(static_cast<int>(Kind::equal) + static_cast<int>(random() % 6)),
                    .operands = {operand("r"), Operand{.value = random_value(type)}}};
    if (range.kind == Kind::not_equal) {
      range.kind = type == ValueType::N ? Kind::between : Kind::begins_with;
      if (type == ValueType::N) range.operands.push_back(Operand{.value = random_value(type)});
    }
    const Condition hash{.kind = Kind::equal, .operands = {operand("h"), Operand{.value = Value{std::string("x")}}}};
    const auto keys = key_range(Condition{.kind = Kind::conjunction, .conditions = {range, hash}}, source);
    ASSERT_TRUE(keys.has_value()) << keys.error().message;
    const auto entry = source.prefix() + *place_of(source.table.keys, item);
    EXPECT_EQ(entry >= keys->begin && entry < keys->end, holds(range, item));
  }
}

TEST(KeysTest, WorldsAndEntriesDoNotMeet) {
  EXPECT_EQ(world_key("us-east-1", "000000000000"), "dynamodb/us-east-1/000000000000");
  EXPECT_TRUE(index_prefix(1, 2).starts_with(indexes_prefix(1)));
  EXPECT_FALSE(items_prefix(256).starts_with(items_prefix(1)));
  EXPECT_NE(table_entry("x")[0], token_entry("x")[0]);
}

}  // namespace
}  // namespace millrace::aws::dynamodb
