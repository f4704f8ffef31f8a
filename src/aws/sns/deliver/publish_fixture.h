// A fixture below those of deliveries: one topic on the simulated machine, what is published to it, and what is left of it.
#pragma once
#include <cstring>
#include <string>

#include "aws/sns/stored.h"
#include "aws/sns/subscription_attributes.h"
#include "broker/topic/topic_fixture.h"

namespace millrace::aws::sns::deliver {

class PublishTest : public broker::TopicTest {
 protected:
  static constexpr auto topic_key = "sns/us-east-1/000000000000/t";
  static constexpr auto topic_arn = "arn:aws:sns:us-east-1:000000000000:t";

  PublishTest() : TopicTest(2) {}

  broker::Subscription to(SubscriptionProtocol protocol, const std::string& endpoint, bool raw = false) {
    broker::Subscription given{
        .id = id_of(endpoint), .protocol = static_cast<std::uint8_t>(protocol), .confirmed = true, .raw = raw};
    given.created = world.now();
    given.target = broker::Topic::own_target(topic_key, given.id);
    given.endpoint = endpoint;
    return given;
  }

  struct Extra {
    std::string subject;
    bool structured = false;
    AttributeViews attributes;
  };
  broker::MessageId publish_message(const std::string& text, const Extra& extra) {
    broker::FilterEvent event;
    const auto properties = encode_publication({.topic_arn = topic_arn,
                                                .subject = extra.subject,
                                                .structured = extra.structured,
                                                .attributes = extra.attributes});
    broker::NewPublication publication{.event = &event};
    publication.message.encoding = broker::Encoding::sns;
    const auto number = ++published_;
    std::memcpy(publication.message.id.data(), &number, sizeof number);
    publication.message.properties = properties;
    publication.message.body = text;
    EXPECT_TRUE(topic(topic_key).publish(publication).has_value());
    durable(lane_of(topic_key));
    return publication.message.id;
  }
  broker::MessageId publish_message(const std::string& text) { return publish_message(text, Extra()); }

  std::uint64_t left(const std::string& key) {
    const auto counts = queue(key).counts();
    return counts.ready + counts.in_flight + counts.delayed;
  }
  std::uint64_t total(metrics::Metric metric) {
    const auto* series = lane_of(topic_key).metrics().find(metrics::Kind::topic, topic_key);
    return series != nullptr ? series->total(metric).sum : 0;
  }

 private:
  std::uint64_t published_ = 0;
};

}  // namespace millrace::aws::sns::deliver
