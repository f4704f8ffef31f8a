#include "codec/xml_writer.h"

#include <gtest/gtest.h>

#include "models/sqs.h"

namespace millrace::codec {
namespace {

namespace sqs = models::sqs;

template <class S>
std::string members(const S& object) {
  std::string out;
  write_xml_members(S::shape, &object, out);
  return out;
}

// The elements that the clients of the query protocol look for.
TEST(XmlWriter, uses_the_names_that_clients_read) {
  sqs::Message message{.message_id = "m", .receipt_handle = "r", .md5_of_body = "d", .body = "b"};
  message.attributes = {{"SenderId", "AID"}};
  message.message_attributes.emplace_back(
      "raw", sqs::MessageAttributeValue{.binary_value = Blob{"\xFF"}, .data_type = "Binary"});
  EXPECT_EQ(
      members(sqs::ReceiveMessageResult{.messages = {message}}),
      "<Message><MessageId>m</MessageId><ReceiptHandle>r</ReceiptHandle><MD5OfBody>d</MD5OfBody><Body>b</Body>"
      "<Attribute><Name>SenderId</Name><Value>AID</Value></Attribute>"
      "<MessageAttribute><Name>raw</Name><Value><BinaryValue>/w==</BinaryValue><DataType>Binary</DataType></Value>"
      "</MessageAttribute></Message>");
  EXPECT_EQ(members(sqs::GetQueueAttributesResult{.attributes = {{"DelaySeconds", "0"}, {"Policy", ""}}}),
            "<Attribute><Name>DelaySeconds</Name><Value>0</Value></Attribute>"
            "<Attribute><Name>Policy</Name><Value></Value></Attribute>");
  EXPECT_EQ(members(sqs::ListQueueTagsResult{.tags = {{"k", "v"}}}), "<Tag><Key>k</Key><Value>v</Value></Tag>");
  EXPECT_EQ(members(sqs::ListQueuesResult{.queue_urls = {"a", "b"}, .next_token = "t"}),
            "<QueueUrl>a</QueueUrl><QueueUrl>b</QueueUrl><NextToken>t</NextToken>");
  EXPECT_EQ(members(sqs::ListDeadLetterSourceQueuesResult{.queue_urls = {"a"}}), "<QueueUrl>a</QueueUrl>");
  EXPECT_EQ(
      members(sqs::DeleteMessageBatchResult{
          .successful = {{.id = "1"}}, .failed = {{.id = "2", .sender_fault = true, .code = "C", .message = "M"}}}),
      "<DeleteMessageBatchResultEntry><Id>1</Id></DeleteMessageBatchResultEntry>"
      "<BatchResultErrorEntry><Id>2</Id><SenderFault>true</SenderFault><Code>C</Code><Message>M</Message>"
      "</BatchResultErrorEntry>");
  EXPECT_EQ(members(sqs::ChangeMessageVisibilityBatchResult{.successful = {{.id = "1"}}}),
            "<ChangeMessageVisibilityBatchResultEntry><Id>1</Id></ChangeMessageVisibilityBatchResultEntry>");
  EXPECT_EQ(members(sqs::SendMessageBatchResult{
                .successful = {{.id = "1", .message_id = "m", .md5_of_message_body = "d", .sequence_number = "7"}}}),
            "<SendMessageBatchResultEntry><Id>1</Id><MessageId>m</MessageId><MD5OfMessageBody>d</MD5OfMessageBody>"
            "<SequenceNumber>7</SequenceNumber></SendMessageBatchResultEntry>");
  EXPECT_EQ(members(sqs::ListMessageMoveTasksResult{.results = {{.status = "RUNNING", .started_timestamp = 5}}}),
            "<ListMessageMoveTasksResultEntry><Status>RUNNING</Status><StartedTimestamp>5</StartedTimestamp>"
            "</ListMessageMoveTasksResultEntry>");
}

TEST(XmlWriter, escapes_so_that_text_comes_back_as_it_was) {
  std::string out;
  write_xml_text("a\r\n\t&<>\"'\x01\xC3\xA9", out);
  EXPECT_EQ(out, "a&#xD;\n\t&amp;&lt;&gt;&quot;'\xEF\xBF\xBD\xC3\xA9");
}

// One character that XML does not have makes parsers refuse the whole reply.
TEST(XmlWriter, replaces_what_is_no_character_of_xml) {
  std::string out;
  write_xml_text(
      "\xEF\xBF\xBE"
      "a\xEF\xBF\xBF\xEF\xBF\xBD\xEF\xBF\xBC\xEF\xAC\x81"
      "b\xF0\x9F\xBF\xBF\xEF\xBF\xBF",
      out);
  EXPECT_EQ(out,
            "\xEF\xBF\xBD"
            "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBC\xEF\xAC\x81"
            "b\xF0\x9F\xBF\xBF\xEF\xBF\xBD");
}

TEST(XmlWriter, wraps_a_reply) {
  const std::string start = "<?xml version=\"1.0\"?><";
  const std::string ns = " xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">";
  const std::string end = "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></";
  std::string out;
  write_xml_response("DeleteQueue", sqs::query_namespace, "r", nullptr, nullptr, out);
  EXPECT_EQ(out, start + "DeleteQueueResponse" + ns + end + "DeleteQueueResponse>");
  out.clear();
  const sqs::ReceiveMessageResult nothing;
  write_xml_response("ReceiveMessage", sqs::query_namespace, "r", &nothing.shape, &nothing, out);
  EXPECT_EQ(out, start + "ReceiveMessageResponse" + ns + "<ReceiveMessageResult/>" + end + "ReceiveMessageResponse>");
  out.clear();
  write_xml_error(sqs::errors::queue_does_not_exist, "It < is gone", sqs::query_namespace, "r", out);
  EXPECT_EQ(out, start + "ErrorResponse" + ns +
                     "<Error><Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>"
                     "<Message>It &lt; is gone</Message><Detail/></Error><RequestId>r</RequestId></ErrorResponse>");
  out.clear();
  write_xml_error(sqs::errors::internal_failure, "m", sqs::query_namespace, "r", out);
  EXPECT_NE(out.find("<Type>Receiver</Type><Code>InternalFailure</Code>"), out.npos);
}

// ---- What is not flattened, as other services have it ----

struct Topic {
  std::vector<std::string> names;
  Map<std::string> attributes;
  static const Shape shape;
};
constexpr std::array<Field, 2> topic_fields = {
    field<&Topic::names>("Names", {}, {.query = "Names.member", .outer = "Names", .item = "member"}),
    field<&Topic::attributes>(
        "Attributes", {},
        {.query = "Attributes.entry", .outer = "Attributes", .item = "entry", .key = "key", .value = "value"}),
};
constinit const Shape Topic::shape{"Topic", topic_fields};

TEST(XmlWriter, wraps_lists_that_are_not_flattened) {
  EXPECT_EQ(members(Topic{.names = {"a", "b"}, .attributes = {{"k", "v"}}}),
            "<Names><member>a</member><member>b</member></Names>"
            "<Attributes><entry><key>k</key><value>v</value></entry></Attributes>");
  EXPECT_EQ(members(Topic{}), "");
}

}  // namespace
}  // namespace millrace::codec
