// The hot path by hand: what a client sends for SendMessage in both encodings, and what it gets back.
#include <gtest/gtest.h>

#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "codec/query_reader.h"
#include "codec/xml_writer.h"
#include "models/sqs.h"

namespace millrace::codec {
namespace {

namespace sqs = models::sqs;

sqs::SendMessageRequest expected_request() {
  sqs::SendMessageRequest request{.queue_url = "http://localhost:4566/000000000000/q",
                                  .message_body = "a\r\n\"\xC3\xA9\""};
  request.delay_seconds = 5;
  request.message_attributes.emplace_back("kind",
                                          sqs::MessageAttributeValue{.string_value = "x&y", .data_type = "String"});
  request.message_attributes.emplace_back(
      "raw", sqs::MessageAttributeValue{.binary_value = Blob{std::string("\0\xFF", 2)}, .data_type = "Binary"});
  return request;
}

TEST(SendMessage, reads_json) {
  sqs::SendMessageRequest request;
  const auto bad = read_json(R"({"QueueUrl":"http://localhost:4566/000000000000/q","MessageBody":"a\r\n\"\u00e9\"",
    "DelaySeconds":5,"MessageGroupId":null,"Unknown":{"deep":[1,2,{}]},"MessageAttributes":{
      "kind":{"DataType":"String","StringValue":"x&y"},"raw":{"DataType":"Binary","BinaryValue":"AP8="}}})",
                             request);
  EXPECT_FALSE(bad) << bad->path << " " << bad->value;
  EXPECT_EQ(request, expected_request());
}

TEST(SendMessage, reads_query) {
  QueryParameters parameters;
  ASSERT_FALSE(
      parameters.add("Action=SendMessage&Version=2012-11-05&QueueUrl=http%3A%2F%2Flocalhost%3A4566%2F000000000000%2Fq"
                     "&MessageBody=a%0D%0A%22%C3%A9%22&DelaySeconds=5"
                     "&MessageAttribute.2.Name=raw&MessageAttribute.2.Value.DataType=Binary&MessageAttribute.2.Value."
                     "BinaryValue=AP8%3D"
                     "&MessageAttribute.1.Name=kind&MessageAttribute.1.Value.StringValue=x%26y&MessageAttribute.1."
                     "Value.DataType=String"));
  EXPECT_EQ(parameters.value("Action"), "SendMessage");
  sqs::SendMessageRequest request;
  const auto bad = read_query(parameters, request);
  EXPECT_FALSE(bad) << bad->path << " " << bad->value;
  EXPECT_EQ(request, expected_request());
}

TEST(SendMessage, writes_both_replies) {
  const sqs::SendMessageResult result{.md5_of_message_body = "900150983cd24fb0d6963f7d28e17f72", .message_id = "m-1"};
  std::string json;
  write_json(result, json);
  EXPECT_EQ(json, R"({"MD5OfMessageBody":"900150983cd24fb0d6963f7d28e17f72","MessageId":"m-1"})");
  std::string xml;
  write_xml_response("SendMessage", sqs::query_namespace, "r-1", &sqs::SendMessageResult::shape, &result, xml);
  EXPECT_EQ(xml,
            "<?xml version=\"1.0\"?><SendMessageResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">"
            "<SendMessageResult><MD5OfMessageBody>900150983cd24fb0d6963f7d28e17f72</MD5OfMessageBody>"
            "<MessageId>m-1</MessageId></SendMessageResult>"
            "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></SendMessageResponse>");
}

}  // namespace
}  // namespace millrace::codec
