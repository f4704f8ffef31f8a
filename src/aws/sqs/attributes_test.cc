#include "aws/sqs/attributes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "aws/sqs/errors.h"

namespace millrace::aws::sqs {
namespace {

const QueueName name{"us-east-1", "000000000000", "q"};

// The table and the model must speak of the same attributes.
TEST(QueueAttributes, TheTableIsTheModels) {
  for (const auto each : models::sqs::queue_attribute_set) {
    ASSERT_NE(find_attribute(each), nullptr) << each;
    EXPECT_NE(find_attribute(each)->write, nullptr) << each;
  }
  for (const auto each : models::sqs::read_only_queue_attribute_set) {
    ASSERT_NE(find_attribute(each), nullptr) << each;
    EXPECT_EQ(find_attribute(each)->write, nullptr) << each;
  }
  EXPECT_EQ(queue_attributes().size(),
            models::sqs::queue_attribute_set.size() + models::sqs::read_only_queue_attribute_set.size());
  EXPECT_TRUE(std::ranges::is_sorted(queue_attributes(), {}, &QueueAttribute::name));
  EXPECT_EQ(find_attribute("Foobar"), nullptr);
}

TEST(QueueAttributes, RangesAreInclusive) {
  for (const auto& row : queue_attributes()) {
    if (row.max == 0 || row.write == nullptr) continue;
    broker::QueueConfig config;
    const auto set = [&](std::int64_t value) {
      return apply_attributes({{std::string(row.name), std::to_string(value)}}, config).has_value();
    };
    EXPECT_TRUE(set(row.min)) << row.name;
    EXPECT_TRUE(set(row.max)) << row.name;
    EXPECT_FALSE(set(row.min - 1)) << row.name;
    EXPECT_FALSE(set(row.max + 1)) << row.name;
  }
}

TEST(QueueAttributes, WhatIsWrittenIsRead) {
  broker::QueueConfig config;
  config.fifo = true;
  const Given given{{"DelaySeconds", "7"},
                    {"VisibilityTimeout", "8"},
                    {"MessageRetentionPeriod", "90"},
                    {"ReceiveMessageWaitTimeSeconds", "9"},
                    {"MaximumMessageSize", "2048"},
                    {"ContentBasedDeduplication", "TRUE"},
                    {"DeduplicationScope", "messageGroup"},
                    {"FifoThroughputLimit", "perMessageGroupId"},
                    {"KmsMasterKeyId", "key"},
                    {"KmsDataKeyReusePeriodSeconds", "60"}};
  ASSERT_TRUE(apply_attributes(given, config));
  EXPECT_EQ(config.delay, std::chrono::seconds(7));
  EXPECT_EQ(config.message_bytes_max, 2048u);
  EXPECT_EQ(config.throughput_scope, broker::ThroughputScope::group);
  const QueueFacts facts{.name = name, .config = config};
  for (const auto& [each, value] : given) {
    const auto* row = find_attribute(each);
    EXPECT_EQ(row->read(*row, facts), each == "ContentBasedDeduplication" ? "true" : value) << each;
  }
}

TEST(QueueAttributes, DifferencesAreThoseOfWhatIsGiven) {
  broker::QueueConfig config;
  ASSERT_TRUE(apply_attributes({{"DelaySeconds", "5"}, {"Policy", ""}}, config));
  EXPECT_FALSE(*find_difference({}, name, config));
  EXPECT_FALSE(*find_difference({{"DelaySeconds", "5"}}, name, config));
  EXPECT_EQ(*find_difference({{"DelaySeconds", "5"}, {"VisibilityTimeout", "1"}}, name, config), "VisibilityTimeout");
  EXPECT_FALSE(find_difference({{"DelaySeconds", "no"}}, name, config));
}

TEST(QueueAttributes, CountsAndTimesAreText) {
  const broker::QueueConfig config;
  const QueueFacts facts{.name = name,
                         .config = config,
                         .created = from_ms(1'700'000'000'999),
                         .modified = from_ms(1'700'000'001'000),
                         .counts = {.ready = 1, .in_flight = 2, .delayed = 3}};
  const auto value = [&](std::string_view each) {
    const auto* row = find_attribute(each);
    return row->read(*row, facts).value_or("");
  };
  EXPECT_EQ(value("CreatedTimestamp"), "1700000000");
  EXPECT_EQ(value("LastModifiedTimestamp"), "1700000001");
  EXPECT_EQ(value("ApproximateNumberOfMessages"), "1");
  EXPECT_EQ(value("ApproximateNumberOfMessagesNotVisible"), "2");
  EXPECT_EQ(value("ApproximateNumberOfMessagesDelayed"), "3");
  EXPECT_EQ(value("QueueArn"), "arn:aws:sqs:us-east-1:000000000000:q");
}

}  // namespace
}  // namespace millrace::aws::sqs
