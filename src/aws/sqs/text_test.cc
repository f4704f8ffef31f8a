#include "aws/sqs/text.h"

#include <gtest/gtest.h>

#include "aws/sqs/move_task.h"
#include "aws/sqs/outgoing.h"

namespace millrace::aws::sqs {
namespace {

TEST(Text, CharactersOfMessages) {
  for (const auto* good : {"plain", "\t\n\r", "\xC3\xA9", "\xEF\xBF\xBD", "\xF0\x9F\x98\x80", "\xED\x9F\xBF",
                           "\xEE\x80\x80", "\xEF\xBB\xBF"}) {
    EXPECT_TRUE(is_message_text(good)) << good;
  }
  for (const auto* bad :
       {"\x01", "a\x08", "\x0B", "\x1F", "\xEF\xBF\xBE", "x\xEF\xBF\xBF", "\xC3", "\xFF", "\xED\xA0\x80"}) {
    EXPECT_FALSE(is_message_text(bad)) << bad;
  }
  EXPECT_FALSE(is_message_text(std::string_view("a\0b", 3)));
  // Also where the search for the first byte meets it late.
  EXPECT_FALSE(is_message_text("\xEF\xBF\xBD\xEF\xBF\xBD" + std::string(100, 'x') + "\xEF\xBF\xBF"));
}

TEST(Text, Ids) {
  EXPECT_TRUE(is_message_id_text("aZ09!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", 128));
  EXPECT_TRUE(is_message_id_text(std::string(128, 'x'), 128));
  EXPECT_FALSE(is_message_id_text(std::string(129, 'x'), 128));
  EXPECT_FALSE(is_message_id_text("", 128));
  EXPECT_FALSE(is_message_id_text("a b", 128));
  EXPECT_FALSE(is_message_id_text("\xC3\xA9", 128));
}

TEST(Text, SequenceNumbersAscendAsText) {
  EXPECT_EQ(sequence_number(broker::Seq(1)).size(), 20u);
  EXPECT_LT(sequence_number(broker::Seq(9)), sequence_number(broker::Seq(10)));
}

TEST(MoveTask, HandlesComeBack) {
  const QueueName source{"us-east-1", "000000000000", "dlq"};
  const auto text = encode_task({7, source});
  const auto back = decode_task(text);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->id, 7u);
  EXPECT_EQ(back->source_arn, source.arn());
  EXPECT_NE(text, encode_task({8, source}));
  EXPECT_FALSE(decode_task("foobared"));
  EXPECT_FALSE(decode_task(""));
}

TEST(MoveTask, AHandleOfAnotherSourceNamesNoTask) {
  // {"taskId":"00000000-0000-4000-8000-000000000007","sourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
  const auto other = decode_task(
      "eyJ0YXNrSWQiOiIwMDAwMDAwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDciLCJzb3VyY2VBcm4iOiJhcm46YXdzOnNxczp1cy1lYXN0LTE6"
      "MDAwMDAwMDAwMDAwOmRscSJ9");
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->id);
  EXPECT_EQ(other->source_arn, "arn:aws:sqs:us-east-1:000000000000:dlq");
}

}  // namespace
}  // namespace millrace::aws::sqs
