#include "aws/sns/deliver/counters.h"

#include "aws/sns/deliver/channels_fixture.h"

namespace millrace::aws::sns::deliver {
namespace {

class Counters : public Channels {
 protected:
  struct Out {
    std::uint64_t all, attributes, none, invalid, body, invalid_body;
    bool operator==(const Out&) const = default;
  };
  Out count(bool has_attributes, const broker::FilteredOut& out) {
    const auto before = now();
    count_published(topic(topic_key), 1, has_attributes, {.filtered_out = out});
    const auto after = now();
    return {after.all - before.all,   after.attributes - before.attributes,
            after.none - before.none, after.invalid - before.invalid,
            after.body - before.body, after.invalid_body - before.invalid_body};
  }

 private:
  Out now() {
    return {total(Metric::number_of_notifications_filtered_out),
            total(Metric::filtered_out_message_attributes),
            total(Metric::filtered_out_no_message_attributes),
            total(Metric::filtered_out_invalid_attributes),
            total(Metric::filtered_out_message_body),
            total(Metric::filtered_out_invalid_message_body)};
  }
};

TEST_F(Counters, WhatAFilterLookedAtIsOneThingAndWhatItCouldNotAnother) {
  EXPECT_EQ(count(true, {.by_attributes = 2, .by_body = 3}), (Out{5, 2, 0, 0, 3, 0}));
  EXPECT_EQ(count(false, {.by_attributes = 2, .by_body = 3}), (Out{3, 0, 2, 0, 3, 0}));
  EXPECT_EQ(count(true, {.by_attributes = 2, .by_body = 3, .malformed_attributes = true}), (Out{3, 0, 0, 2, 3, 0}));
  EXPECT_EQ(count(true, {.by_attributes = 2, .by_body = 3, .unreadable_body = true}), (Out{2, 2, 0, 0, 0, 3}));
}

}  // namespace
}  // namespace millrace::aws::sns::deliver
