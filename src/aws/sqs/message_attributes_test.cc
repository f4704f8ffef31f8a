#include "aws/sqs/message_attributes.h"

#include <gtest/gtest.h>

#include "aws/sqs/errors.h"

namespace millrace::aws::sqs {
namespace {

using models::sqs::MessageAttributeValue;
using Attributes = codec::Map<MessageAttributeValue>;

MessageAttributeValue text(std::string type, std::string value) {
  MessageAttributeValue result;
  result.data_type = std::move(type);
  result.string_value = std::move(value);
  return result;
}

std::string md5_text(const Attributes& attributes) {
  const auto views = read_attributes(attributes, aws_limits);
  return views ? hex(md5_of(*views)) : views.error().message;
}

// Digests recorded with the service.
TEST(MessageAttributes, Digests) {
  EXPECT_EQ(md5_text({{"timestamp", text("Number", "1493147359900")}}), "235c5c510d26fb653d073faed50ae77c");
  EXPECT_EQ(md5_text({{"Foo", text("String", "Bar")}}), "ae7155c6026991b6d54b11589678bf9c");
  EXPECT_EQ(md5_text({{"MyAttribute", text("String", "foobar")}}), "adb59cd4678ea5a855436b949cd07ab6");
  EXPECT_EQ(md5_text({{"Help.Me", text("String", "Me")},
                      {"Hello", text("String", "There")},
                      {"General", text("String", "Kenobi")}}),
            "4c360f3fdafd970e05fae2f149d997f5");
  EXPECT_EQ(md5_text({{"UserId", text("Number.bigint", "1234567890123456789012")}}),
            "797ab158d73dcb5242dedc4412c8e855");
  MessageAttributeValue binary;
  binary.data_type = "Binary";
  binary.binary_value = codec::Blob{
      "traceparent\x1e"
      "00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01"};
  EXPECT_EQ(md5_text({{"attr1", binary}}), "8cbe4db156db8a94db8b801b7addb984");
}

TEST(MessageAttributes, SystemAttributesHaveADigestOfTheirOwn) {
  models::sqs::MessageSystemAttributeValue trace;
  trace.data_type = "String";
  trace.string_value = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
  const codec::Map<models::sqs::MessageSystemAttributeValue> attributes{{"AWSTraceHeader", trace}};
  const auto views = read_system_attributes(attributes);
  ASSERT_TRUE(views);
  EXPECT_EQ(hex(md5_of(*views)), "5ae4d5d7636402d80f4eb6d213245a88");
}

TEST(MessageAttributes, SizeCountsNameTypeAndValue) {
  const Attributes attributes{{"k", text("String", "x")}};
  EXPECT_EQ(size_of(*read_attributes(attributes, aws_limits)), 8u);
}

TEST(MessageAttributes, Numbers) {
  const auto good = [](const std::string& value) {
    return read_attributes(Attributes{{"n", text("Number", value)}}, aws_limits).has_value();
  };
  for (const auto* value : {"0", "-1", "+1", "1.5", ".5", "1e10", "1E-10", "-0.0001", "000", "1e126", "9e126",
                            "99999999999999999999999999999999999999", "1e-128"}) {
    EXPECT_TRUE(good(value)) << value;
  }
  for (const auto* value : {"", "abc", "1x", "1e", "--1", "1.2.3", "e5", ".", "0x10", " 1", "1e127", "1e-129", "NaN",
                            "999999999999999999999999999999999999999", "1e99999999999999999999"}) {
    EXPECT_FALSE(good(value)) << value;
  }
}

TEST(MessageAttributes, Names) {
  const auto good = [](const std::string& name) {
    return read_attributes(Attributes{{name, text("String", "x")}}, aws_limits).has_value();
  };
  for (const auto* name : {"a", "A.b-c_9", "attr.1\xC3\xB8\xC3\x9F", "Amazonas", "aws", "AWSx"}) {
    EXPECT_TRUE(good(name)) << name;
  }
  EXPECT_TRUE(good(std::string(256, 'n')));
  EXPECT_FALSE(good(std::string(257, 'n')));
  for (const auto* name : {"", ".a", "a.", "a..b", "a b", "a!", "a\"", "a(", "a?", "a\xC2\xA7", "AWS.x", "aWs.x",
                           "Amazon.x", "amazon.x"}) {
    EXPECT_FALSE(good(name)) << name;
  }
}

TEST(MessageAttributes, ANameTwiceIsRefused) {
  const Attributes attributes{{"a", text("String", "1")}, {"b", text("String", "2")}, {"a", text("String", "3")}};
  EXPECT_FALSE(read_attributes(attributes, aws_limits));
}

TEST(MessageAttributes, StoredAndRead) {
  const Attributes attributes{{"z", text("String.json", "{}")}, {"a", text("Number", "1")}};
  const auto views = read_attributes(attributes, aws_limits);
  const auto stored = encode_properties(md5("body"), "Root=1", *views);
  const auto back = decode_properties(stored);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->body_md5, md5("body"));
  EXPECT_EQ(back->trace_header, "Root=1");
  ASSERT_EQ(back->attributes.size(), 2u);
  EXPECT_EQ(back->attributes[0].name, "a");
  EXPECT_EQ(back->attributes[1].type, "String.json");
  EXPECT_EQ(md5_of(back->attributes), md5_of(*views));
  for (std::size_t size = 0; size < stored.size(); ++size)
    EXPECT_FALSE(decode_properties(stored.substr(0, size))) << size;
  EXPECT_FALSE(decode_properties(stored + "x"));
}

// A message that version 1 wrote: it must stay readable.
TEST(MessageAttributes, AStoredSampleIsReadable) {
  static constexpr char bytes[] =
      "\x01\x5d\x41\x40\x2a\xbc\x4b\x2a\x76\xb9\x71\x9d\x91\x10\x17\xc5\x92"
      "\x06Root=1\x02\x01"
      "a\x06Number\x00\x02"
      "42\x01z\x0a"
      "Binary.png\x01\x03\x00\xff\x7f";
  constexpr std::string_view sample(bytes, sizeof bytes - 1);
  const auto properties = decode_properties(sample);
  ASSERT_TRUE(properties);
  EXPECT_EQ(hex(properties->body_md5), "5d41402abc4b2a76b9719d911017c592");
  EXPECT_EQ(properties->trace_header, "Root=1");
  ASSERT_EQ(properties->attributes.size(), 2u);
  EXPECT_EQ(properties->attributes[0].value, "42");
  EXPECT_EQ(properties->attributes[1].type, "Binary.png");
  EXPECT_TRUE(properties->attributes[1].binary);
  EXPECT_EQ(properties->attributes[1].value, std::string_view("\x00\xff\x7f", 3));
  EXPECT_EQ(encode_properties(properties->body_md5, properties->trace_header, properties->attributes), sample);
}

TEST(AttributeFilter, NamesAndPrefixes) {
  const auto matches = [](std::vector<std::string> names, std::string_view name) {
    return AttributeFilter(names).matches(name);
  };
  EXPECT_TRUE(matches({"All"}, "x"));
  EXPECT_TRUE(matches({"*"}, "x"));
  EXPECT_TRUE(matches({".*"}, "x"));
  EXPECT_TRUE(matches({"Hel.*"}, "Hello"));
  EXPECT_TRUE(matches({"Hel.*"}, "Help.Me"));
  EXPECT_FALSE(matches({"Hel.*"}, "hello"));
  EXPECT_TRUE(matches({"a", "b"}, "b"));
  EXPECT_FALSE(matches({"a"}, "ab"));
  EXPECT_FALSE(matches({"all"}, "x"));
  EXPECT_TRUE(AttributeFilter({}).empty());
  const std::vector<std::string> blank{""};
  EXPECT_TRUE(AttributeFilter(blank).empty());
}

}  // namespace
}  // namespace millrace::aws::sqs
