#include "codec/query_reader.h"

#include <gtest/gtest.h>

#include "models/sqs.h"

namespace millrace::codec {
namespace {

namespace sqs = models::sqs;
using Kind = Violation::Kind;

template <class S>
S read(std::string_view text) {
  QueryParameters parameters;
  const auto malformed = parameters.add(text);
  EXPECT_FALSE(malformed) << text;
  S into;
  const auto bad = read_query(parameters, into);
  EXPECT_FALSE(bad) << text << ": " << bad->path << " " << bad->value;
  return into;
}

template <class S>
Violation refused(std::string_view text) {
  QueryParameters parameters;
  if (const auto malformed = parameters.add(text)) return *malformed;
  S into;
  const auto bad = read_query(parameters, into);
  EXPECT_TRUE(bad) << text;
  return bad.value_or(Violation{});
}

using Strings = std::vector<std::string>;

// The parameters as the clients of 2012 to 2023 spell them.
TEST(QueryReader, takes_the_names_that_clients_send) {
  const auto add =
      read<sqs::AddPermissionRequest>("QueueUrl=q&Label=l&AWSAccountId.1=1&AWSAccountId.2=2&ActionName.1=SendMessage");
  EXPECT_EQ(add.aws_account_ids, (Strings{"1", "2"}));
  EXPECT_EQ(add.actions, Strings{"SendMessage"});

  const auto create = read<sqs::CreateQueueRequest>(
      "QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5&Tag.1.Key=team&Tag.1.Value=");
  EXPECT_EQ(create.attributes, (Map<std::string>{{"DelaySeconds", "5"}}));
  EXPECT_EQ(create.tags, (Map<std::string>{{"team", ""}}));

  const auto receive = read<sqs::ReceiveMessageRequest>(
      "QueueUrl=q&AttributeName.1=All&MessageSystemAttributeName.1=SenderId&MessageAttributeName.1=a.%2A");
  EXPECT_EQ(receive.attribute_names, Strings{"All"});
  EXPECT_EQ(receive.message_system_attribute_names, Strings{"SenderId"});
  EXPECT_EQ(receive.message_attribute_names, Strings{"a.*"});

  const auto batch = read<sqs::SendMessageBatchRequest>(
      "QueueUrl=q&SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=b"
      "&SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=n"
      "&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=String"
      "&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringListValue.1=s"
      "&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.BinaryListValue.1=AA%3D%3D"
      "&SendMessageBatchRequestEntry.1.MessageSystemAttribute.1.Name=AWSTraceHeader"
      "&SendMessageBatchRequestEntry.1.MessageSystemAttribute.1.Value.StringValue=Root");
  ASSERT_EQ(batch.entries.size(), 1u);
  const auto& entry = batch.entries[0];
  EXPECT_EQ(entry.message_body, "b");
  ASSERT_EQ(entry.message_attributes.size(), 1u);
  EXPECT_EQ(entry.message_attributes[0].second.string_list_values, Strings{"s"});
  EXPECT_EQ(entry.message_attributes[0].second.binary_list_values, std::vector<Blob>{{std::string(1, '\0')}});
  EXPECT_EQ(entry.message_system_attributes.at(0).second.string_value, "Root");

  EXPECT_EQ(read<sqs::UntagQueueRequest>("QueueUrl=q&TagKey.1=a").tag_keys, Strings{"a"});
  EXPECT_EQ(read<sqs::DeleteMessageBatchRequest>(
                "QueueUrl=q&DeleteMessageBatchRequestEntry.1.Id=a&DeleteMessageBatchRequestEntry.1.ReceiptHandle=r")
                .entries.at(0)
                .receipt_handle,
            "r");
  EXPECT_EQ(
      read<sqs::ChangeMessageVisibilityBatchRequest>("QueueUrl=q&ChangeMessageVisibilityBatchRequestEntry.1.Id=a"
                                                     "&ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout=0")
          .entries.at(0)
          .visibility_timeout,
      0);
}

TEST(QueryReader, orders_lists_by_number_and_allows_gaps) {
  const auto request = read<sqs::ReceiveMessageRequest>(
      "QueueUrl=q&AttributeName.10=ten&AttributeName.2=two&AttributeName.9=nine&AttributeName.x=ignored&AttributeName.="
      "no");
  EXPECT_EQ(request.attribute_names, (Strings{"two", "nine", "ten"}));
}

TEST(QueryReader, takes_the_old_form_without_an_index) {
  const auto request = read<sqs::SetQueueAttributesRequest>(
      "QueueUrl=q&Attribute.Name=DelaySeconds&Attribute.Value=5&Attribute.2.Name=Policy&Attribute.2.Value=");
  EXPECT_EQ(request.attributes, (Map<std::string>{{"DelaySeconds", "5"}, {"Policy", ""}}));
}

TEST(QueryReader, an_empty_list_is_present) {
  EXPECT_TRUE(read<sqs::SendMessageBatchRequest>("QueueUrl=q&Entries=").entries.empty());
  EXPECT_TRUE(read<sqs::ReceiveMessageRequest>("QueueUrl=q&AttributeNames=").attribute_names.empty());
  EXPECT_EQ(refused<sqs::SendMessageBatchRequest>("QueueUrl=q").kind, Kind::missing);
}

TEST(QueryReader, the_body_wins_over_the_url_and_both_over_the_path) {
  QueryParameters parameters;
  ASSERT_FALSE(parameters.add("Action=GetQueueUrl&QueueName=url"));
  ASSERT_FALSE(parameters.add("QueueName=body"));
  parameters.add_default("QueueName", "path");
  parameters.add_default("QueueOwnerAWSAccountId", "a%20b+c");
  sqs::GetQueueUrlRequest request;
  ASSERT_FALSE(read_query(parameters, request));
  EXPECT_EQ(request.queue_name, "body");
  EXPECT_EQ(request.queue_owner_aws_account_id, "a%20b+c");
  EXPECT_EQ(parameters.value("Action"), "GetQueueUrl");
  EXPECT_EQ(parameters.value("Version"), std::nullopt);
}

TEST(QueryReader, decodes_names_and_values) {
  const auto request = read<sqs::TagQueueRequest>("&&Queue%55rl=a+b&Tag%2e1%2EKey=%C3%A9&Tag.1.Value=x%3Dy&flag&=&");
  EXPECT_EQ(request.queue_url, "a b");
  EXPECT_EQ(request.tags, (Map<std::string>{{"\xC3\xA9", "x=y"}}));
}

TEST(QueryReader, says_where_and_what_is_wrong) {
  auto bad = refused<sqs::SendMessageRequest>("QueueUrl=q&MessageBody=b&DelaySeconds=soon");
  EXPECT_EQ(bad.kind, Kind::malformed);
  EXPECT_EQ(bad.path, "DelaySeconds");
  EXPECT_EQ(bad.value, "soon");
  for (const char* number : {"", "1.5", "+1", " 1", "1x", "0x1"}) {
    EXPECT_EQ(refused<sqs::SendMessageRequest>(std::string("QueueUrl=q&MessageBody=b&DelaySeconds=") + number).kind,
              Kind::malformed);
  }
  bad = refused<sqs::SendMessageRequest>("QueueUrl=q&MessageBody=b&DelaySeconds=901");
  EXPECT_EQ(bad.kind, Kind::out_of_range);
  EXPECT_EQ(bad.value, "901");
  EXPECT_EQ(bad.rule.max, 900);
  bad = refused<sqs::SendMessageRequest>("QueueUrl=q&MessageBody=b&DelaySeconds=99999999999");
  EXPECT_EQ(bad.kind, Kind::out_of_range);

  bad = refused<sqs::SendMessageRequest>(
      "QueueUrl=q&MessageBody=b&MessageAttribute.3.Name=pic&MessageAttribute.3.Value.BinaryValue=A");
  EXPECT_EQ(bad.kind, Kind::malformed);
  EXPECT_EQ(bad.path, "MessageAttributes.pic.BinaryValue");
  EXPECT_EQ(bad.query_path, "MessageAttribute.3.Value.BinaryValue");

  bad = refused<sqs::SendMessageBatchRequest>(
      "QueueUrl=q&SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.2.MessageBody=b");
  EXPECT_EQ(bad.kind, Kind::missing);
  EXPECT_EQ(bad.path, "Entries.2.Id");
  EXPECT_EQ(bad.query_path, "SendMessageBatchRequestEntry.2.Id");

  bad = refused<sqs::TagQueueRequest>("QueueUrl=q&Tag.1.Value=v");
  EXPECT_EQ(bad.kind, Kind::missing);
  EXPECT_EQ(bad.query_path, "Tag.1.Key");
  EXPECT_EQ(refused<sqs::TagQueueRequest>("QueueUrl=q&Tag.1.Key=k").query_path, "Tag.1.Value");
  EXPECT_EQ(refused<sqs::UntagQueueRequest>("QueueUrl=q&TagKey.1.x=k").path, "TagKeys.1");
}

TEST(QueryReader, refuses_bad_encoding) {
  EXPECT_EQ(refused<sqs::DeleteQueueRequest>("QueueUrl=%zz").kind, Kind::malformed);
  EXPECT_EQ(refused<sqs::DeleteQueueRequest>("QueueUrl=%C3").path, "QueueUrl");
  EXPECT_EQ(refused<sqs::DeleteQueueRequest>("Queue%4=x").path, "");
  EXPECT_EQ(refused<sqs::TagQueueRequest>("QueueUrl=q&Tag.1.Key=%FF&Tag.1.Value=v").kind, Kind::malformed);
}

TEST(QueryReader, takes_the_largest_message_in_its_longest_form) {
  std::string text = "QueueUrl=q&MessageBody=";
  for (int i = 0; i < 1 << 20; ++i) text += "%0A";
  EXPECT_EQ(read<sqs::SendMessageRequest>(text).message_body, std::string(1 << 20, '\n'));
}

TEST(QueryReader, has_limits) {
  QueryParameters few({.parameters_max = 2});
  EXPECT_FALSE(few.add("a=1&b=2"));
  EXPECT_EQ(few.add("c=3")->kind, Kind::too_long);
  QueryParameters small({.bytes_max = 6});
  EXPECT_FALSE(small.add("a=1"));
  EXPECT_FALSE(small.add("b=2"));
  EXPECT_EQ(small.add("c")->kind, Kind::too_long);
}

}  // namespace
}  // namespace millrace::codec
