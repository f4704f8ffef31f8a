#include "codec/json_value.h"

#include <gtest/gtest.h>

namespace millrace::codec {
namespace {

std::string rewritten(std::string_view text) {
  const auto value = parse_json(text);
  EXPECT_TRUE(value) << text;
  std::string out;
  if (value) write_json(*value, out);
  return out;
}

TEST(JsonValue, reads_a_redrive_policy) {
  const auto value =
      parse_json(R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:000000000000:dead","maxReceiveCount":5})");
  ASSERT_TRUE(value);
  ASSERT_NE(value->find("maxReceiveCount"), nullptr);
  EXPECT_EQ(*value->find("maxReceiveCount")->integer(), 5);
  EXPECT_EQ(*value->find("deadLetterTargetArn")->string(), "arn:aws:sqs:eu-west-1:000000000000:dead");
  EXPECT_EQ(value->find("missing"), nullptr);
  EXPECT_EQ(value->find("maxReceiveCount")->string(), nullptr);
  EXPECT_EQ(value->find("maxReceiveCount")->find("x"), nullptr);
}

TEST(JsonValue, keeps_types_and_order_and_finds_the_last) {
  EXPECT_EQ(rewritten(R"( {"b" : [1, -2, 2.5, true, false, null, "\u00e9\n\"\\"], "a": {}} )"),
            "{\"b\":[1,-2,2.5,true,false,null,\"\xC3\xA9\\n\\\"\\\\\"],\"a\":{}}");
  EXPECT_EQ(*parse_json(R"({"a":1,"a":2})")->find("a")->integer(), 2);
  EXPECT_NE(parse_json("18446744073709551615")->number(), nullptr);
  EXPECT_EQ(*parse_json("-9223372036854775808")->integer(), INT64_MIN);
  EXPECT_EQ(*parse_json("\"scalar\""), JsonValue{std::string("scalar")});
}

TEST(JsonValue, refuses_what_is_not_json_too_deep_or_too_large) {
  for (const char* text : {"", " ", "{", "{\"a\":}", "[1,]", "{} {}", "\"\xFF\"", "nul", "{'a':1}"}) {
    EXPECT_FALSE(parse_json(text)) << text;
  }
  EXPECT_TRUE(parse_json("[[[1]]]", {.depth_max = 4}));
  EXPECT_FALSE(parse_json("[[[[[1]]]]]", {.depth_max = 4}));
  EXPECT_FALSE(parse_json("[1,2,3]", {.bytes_max = 6}));
  EXPECT_TRUE(parse_json("[1,2,3]", {.bytes_max = 7}));
}

TEST(JsonValue, a_large_document_leaves_the_kept_parser_alone) {
  const std::string large = '"' + std::string(200'000, 'x') + '"';
  EXPECT_EQ(parse_json(large)->string()->size(), 200'000u);
  EXPECT_EQ(*parse_json("1")->integer(), 1);
}

}  // namespace
}  // namespace millrace::codec
