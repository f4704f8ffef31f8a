#include "codec/json_reader.h"

#include <gtest/gtest.h>

#include "codec/json_writer.h"
#include "codec/query_reader.h"
#include "models/sqs.h"

namespace millrace::codec {
namespace {

namespace sqs = models::sqs;
using Kind = Violation::Kind;

template <class S>
Violation refused(std::string_view text, const ReadLimits& limits = {}) {
  S into;
  const auto bad = read_json(text, into, limits);
  EXPECT_TRUE(bad) << text.substr(0, 200);
  return bad.value_or(Violation{});
}

TEST(JsonReader, an_empty_document_is_an_empty_structure) {
  for (const char* text : {"", " \r\n", "{}", R"({"MaxResults":null,"NextToken":null})"}) {
    sqs::ListQueuesRequest request;
    EXPECT_FALSE(read_json(text, request)) << text;
    EXPECT_EQ(request, sqs::ListQueuesRequest{});
  }
}

TEST(JsonReader, null_is_absent_everywhere) {
  EXPECT_EQ(refused<sqs::DeleteQueueRequest>(R"({"QueueUrl":null})").kind, Kind::missing);
  sqs::ReceiveMessageRequest request;
  EXPECT_FALSE(read_json(R"({"QueueUrl":"q","AttributeNames":[null,"All",null]})", request));
  EXPECT_EQ(request.attribute_names, std::vector<std::string>{"All"});
}

TEST(JsonReader, the_last_of_two_members_wins) {
  sqs::ReceiveMessageRequest request;
  EXPECT_FALSE(read_json(R"({"QueueUrl":"a","QueueUrl":"b","AttributeNames":["x"],"AttributeNames":["y"]})", request));
  EXPECT_EQ(request.queue_url, "b");
  EXPECT_EQ(request.attribute_names, std::vector<std::string>{"y"});
}

TEST(JsonReader, names_the_wrong_type) {
  const auto expect = [](std::string_view value, std::string_view found) {
    const auto bad = refused<sqs::SendMessageRequest>(R"({"QueueUrl":"q","MessageBody":)" + std::string(value) + "}");
    EXPECT_EQ(bad.kind, Kind::wrong_type);
    EXPECT_EQ(bad.path, "MessageBody");
    EXPECT_EQ(bad.value, found);
    EXPECT_EQ(bad.expected, "string");
  };
  expect("1", "number");
  expect("1.5", "number");
  expect("true", "true");
  expect("false", "false");
  expect("[]", "array");
  expect("{}", "object");
  const auto number = [](std::string_view value) {
    return refused<sqs::SendMessageRequest>(R"({"QueueUrl":"q","MessageBody":"b","DelaySeconds":)" +
                                            std::string(value) + "}");
  };
  EXPECT_EQ(number("\"5\"").value, "string");
  EXPECT_EQ(number("\"5\"").expected, "integer");
  EXPECT_EQ(number("1.5").kind, Kind::wrong_type);
  EXPECT_EQ(number("901").kind, Kind::out_of_range);
  EXPECT_EQ(number("-1").value, "-1");
  EXPECT_EQ(number("2147483648").kind, Kind::out_of_range);
  EXPECT_EQ(number("9223372036854775808").value, "9223372036854775808");
  EXPECT_EQ(refused<sqs::SendMessageRequest>("[]").kind, Kind::wrong_type);
  EXPECT_EQ(refused<sqs::SendMessageRequest>("[]").expected, "structure");
  EXPECT_EQ(refused<sqs::TagQueueRequest>(R"({"QueueUrl":"q","Tags":{"a":1}})").path, "Tags.a");
  EXPECT_EQ(refused<sqs::TagQueueRequest>(R"({"QueueUrl":"q","Tags":[]})").expected, "map");
  EXPECT_EQ(refused<sqs::UntagQueueRequest>(R"({"QueueUrl":"q","TagKeys":"a"})").expected, "list");
}

TEST(JsonReader, names_the_place_in_both_protocols) {
  const auto bad = refused<sqs::SendMessageBatchRequest>(
      R"({"QueueUrl":"q","Entries":[{"Id":"a"},{"Id":"b","MessageAttributes":{"x":{},"pic":{"BinaryValue":"A"}}}]})");
  EXPECT_EQ(bad.kind, Kind::malformed);
  EXPECT_EQ(bad.path, "Entries.2.MessageAttributes.pic.BinaryValue");
  EXPECT_EQ(bad.query_path, "SendMessageBatchRequestEntry.2.MessageAttribute.2.Value.BinaryValue");
  EXPECT_EQ(bad.value, "A");
  EXPECT_EQ(refused<sqs::SendMessageBatchRequest>(R"({"QueueUrl":"q","Entries":[{}]})").query_path,
            "SendMessageBatchRequestEntry.1.Id");
}

TEST(JsonReader, refuses_what_is_not_json) {
  for (const char* text :
       {"{", "{\"QueueUrl\":\"q\"", "{} x", "\xFF", "{\"QueueUrl\":\"\xC3\"}", R"({"QueueUrl":"\ud800"})",
        R"({"QueueUrl":"a)"
        "\n"
        R"(b"})",
        "{'QueueUrl':1}", R"({"a":01})"}) {
    const auto bad = refused<sqs::DeleteQueueRequest>(text);
    EXPECT_EQ(bad.kind, Kind::malformed) << text;
    EXPECT_EQ(bad.path, "");
  }
}

TEST(JsonReader, has_limits) {
  const std::string deep = R"({"QueueUrl":"q","x":)" + std::string(100, '[') + std::string(100, ']') + "}";
  EXPECT_EQ(refused<sqs::DeleteQueueRequest>(deep).kind, Kind::malformed);
  sqs::DeleteQueueRequest request;
  EXPECT_FALSE(read_json(deep, request, {.depth_max = 200}));
  EXPECT_EQ(refused<sqs::DeleteQueueRequest>(R"({"QueueUrl":"q"})", {.bytes_max = 10}).kind, Kind::too_long);
  sqs::SendMessageRequest relaxed;
  EXPECT_FALSE(read_json(R"({"QueueUrl":"q","MessageBody":"b","DelaySeconds":5000})", relaxed, {.ranges = false}));
  EXPECT_EQ(relaxed.delay_seconds, 5000);
}

TEST(JsonReader, carries_every_character_through) {
  sqs::SendMessageRequest request{.queue_url = "q"};
  for (char32_t c = 1; c < 0x80; ++c) request.message_body += static_cast<char>(c);
  request.message_body += std::string(1, '\0') + "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xEF\xBF\xBF";
  // Larger than what a thread's parser keeps.
  while (request.message_body.size() < (1 << 20)) request.message_body += request.message_body;
  std::string text;
  write_json(request, text);
  sqs::SendMessageRequest back;
  ASSERT_FALSE(read_json(text, back, {.bytes_max = 32 << 20}));
  EXPECT_TRUE(back == request);
  text = R"({"QueueUrl":"q","MessageBody":")";
  for (int i = 0; i < 1 << 20; ++i) text += "\\u0041";
  ASSERT_FALSE(read_json(text + "\"}", back));
  EXPECT_TRUE(back.message_body == std::string(1 << 20, 'A'));
  ASSERT_FALSE(read_json(R"({"QueueUrl":"\ud83d\ude00\u0000\/","MessageBody":""})", back));
  EXPECT_EQ(back.queue_url, std::string("\xF0\x9F\x98\x80\0/", 6));
}

TEST(JsonWriter, escapes_what_json_requires) {
  std::string out;
  write_json_string(std::string_view("\0\x1f\b\f\n\r\t\"\\/\x7f\xC3\xA9", 13), out);
  EXPECT_EQ(out, "\"\\u0000\\u001f\\b\\f\\n\\r\\t\\\"\\\\/\x7f\xC3\xA9\"");
}

TEST(JsonWriter, leaves_out_what_is_absent_or_empty) {
  sqs::SendMessageBatchResult reply;
  reply.successful.push_back({.id = "a", .message_id = "m", .md5_of_message_body = "d"});
  std::string out;
  write_json(reply, out);
  EXPECT_EQ(out, R"({"Successful":[{"Id":"a","MessageId":"m","MD5OfMessageBody":"d"}]})");
  out.clear();
  write_json(sqs::ReceiveMessageResult{}, out);
  EXPECT_EQ(out, "{}");
  out.clear();
  write_json_error("com.amazonaws.sqs#OverLimit", "say \"no\"", out);
  EXPECT_EQ(out, R"({"__type":"com.amazonaws.sqs#OverLimit","message":"say \"no\""})");
  out.clear();
  write_json_error("T", "", out);
  EXPECT_EQ(out, R"({"__type":"T"})");
}

// ---- Rules that the SQS model does not use ----

constexpr std::array<std::string_view, 2> colours = {"red", "blue"};

struct Paint {
  std::string name;
  std::optional<std::string> colour;
  std::vector<std::string> coats;
  std::optional<Blob> sample;
  std::optional<std::int64_t> grams;
  std::optional<bool> glossy;
  static const Shape shape;
};
constexpr std::array<Field, 6> paint_fields = {
    field<&Paint::name>("Name", {.required = true, .min = 2, .max = 3}, {.query = "Name"}),
    field<&Paint::colour>("Colour", {.one_of = colours}, {.query = "Colour"}),
    field<&Paint::coats>("Coats", {.min = 1, .max = 2}, {.query = "Coats.member"}),
    field<&Paint::sample>("Sample", {.min = 1, .max = 2}, {.query = "Sample"}),
    field<&Paint::grams>("Grams", {.min = 5, .max = 5'000'000'000}, {.query = "Grams"}),
    field<&Paint::glossy>("Glossy", {}, {.query = "Glossy"}),
};
constinit const Shape Paint::shape{"Paint", paint_fields};

std::optional<Kind> problem_in_json(std::string_view text) {
  Paint paint;
  const auto bad = read_json(text, paint);
  return bad ? std::optional(bad->kind) : std::nullopt;
}
std::optional<Kind> problem_in_query(std::string_view text) {
  QueryParameters parameters;
  Paint paint;
  EXPECT_FALSE(parameters.add(text));
  const auto bad = read_query(parameters, paint);
  return bad ? std::optional(bad->kind) : std::nullopt;
}

TEST(Rules, hold_in_both_encodings) {
  const std::tuple<const char*, const char*, std::optional<Kind>> cases[] = {
      {R"({"Name":"ab"})", "Name=ab", {}},
      {R"({"Name":"a"})", "Name=a", Kind::too_short},
      {R"({"Name":"abcd"})", "Name=abcd", Kind::too_long},
      {R"({"Name":"éé€"})", "Name=%C3%A9%C3%A9%E2%82%AC", {}},
      {R"({"Colour":"red"})", "Colour=red", Kind::missing},
      {R"({"Name":"ab","Colour":"red"})", "Name=ab&Colour=red", {}},
      {R"({"Name":"ab","Colour":"green"})", "Name=ab&Colour=green", Kind::not_in_set},
      {R"({"Name":"ab","Coats":["1","2"]})", "Name=ab&Coats.member.1=1&Coats.member.2=2", {}},
      {R"({"Name":"ab","Coats":[]})", "Name=ab&Coats=", Kind::too_short},
      {R"({"Name":"ab","Coats":["1","2","3"]})", "Name=ab&Coats.member.1=1&Coats.member.2=2&Coats.member.3=3",
       Kind::too_long},
      {R"({"Name":"ab","Sample":"AAA="})", "Name=ab&Sample=AAA%3D", {}},
      {R"({"Name":"ab","Sample":""})", "Name=ab&Sample=", Kind::too_short},
      {R"({"Name":"ab","Sample":"AAAA"})", "Name=ab&Sample=AAAA", Kind::too_long},
      {R"({"Name":"ab","Grams":5000000000,"Glossy":false})", "Name=ab&Grams=5000000000&Glossy=false", {}},
      {R"({"Name":"ab","Grams":4})", "Name=ab&Grams=4", Kind::out_of_range},
      {R"({"Name":"ab","Glossy":true})", "Name=ab&Glossy=true", {}},
  };
  for (const auto& [json, query, expected] : cases) {
    EXPECT_EQ(problem_in_json(json), expected) << json;
    EXPECT_EQ(problem_in_query(query), expected) << query;
  }
  EXPECT_EQ(problem_in_json(R"({"Name":"ab","Glossy":"true"})"), Kind::wrong_type);
  EXPECT_EQ(problem_in_query("Name=ab&Glossy=yes"), Kind::malformed);
}

TEST(Rules, a_long_value_is_cut_between_characters) {
  std::string long_name;
  for (int i = 0; i < 200; ++i) long_name += "\xE2\x82\xAC";
  const auto bad = refused<Paint>("{\"Name\":\"" + long_name + "\"}");
  EXPECT_EQ(bad.value.size(), 255u);
  EXPECT_TRUE(long_name.starts_with(bad.value));
}

}  // namespace
}  // namespace millrace::codec
