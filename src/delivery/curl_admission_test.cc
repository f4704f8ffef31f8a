#include "delivery/curl_admission.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

namespace millrace::delivery {
namespace {

struct One : Admittee {
  using Admittee::Admittee;
};

class AdmissionTest : public ::testing::Test {
 protected:
  Admission::Verdict add(const std::string& endpoint, std::uint64_t deadline = 1000) {
    auto& one = ones_.emplace_back(endpoint);
    one.deadline_ns = deadline;
    const auto verdict = admission_->add(one);
    if (verdict == Admission::Verdict::begins) under_way_.push_back(&one);
    return verdict;
  }
  void add_many(const std::string& endpoint, int count) {
    for (int i = 0; i < count; ++i) add(endpoint);
  }
  // Ends everything of the endpoint that is under way, then begins what may begin.
  void finish_all(const std::string& endpoint, Admission::Outcome outcome) {
    std::vector<Admittee*> rest;
    std::vector<Admittee*> over;
    for (auto* one : under_way_) (one->endpoint() == endpoint ? over : rest).push_back(one);
    under_way_ = rest;
    for (auto* one : over) admission_->finished(*one, outcome);
    begin_next();
  }
  void begin_next() {
    while (auto* one = admission_->next()) under_way_.push_back(one);
  }
  std::size_t under_way(const std::string& endpoint) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(under_way_, [&](const Admittee* one) { return one->endpoint() == endpoint; }));
  }

  std::deque<One> ones_;
  std::vector<Admittee*> under_way_;
  std::optional<Admission> admission_{AdmissionLimits{.under_way_max = 64, .under_way_per_endpoint_max = 16}};
};

TEST_F(AdmissionTest, AnEndpointWidensWithAnswersAndNarrowsWithFailures) {
  add_many("a", 200);
  for (const std::size_t width : {1, 2, 8, 16}) {
    EXPECT_EQ(under_way("a"), width) << "each answer doubles it";
    finish_all("a", Admission::Outcome::quick);
  }
  finish_all("a", Admission::Outcome::failed);
  EXPECT_EQ(under_way("a"), 1u);
  finish_all("a", Admission::Outcome::failed);
  EXPECT_EQ(under_way("a"), 1u);
  finish_all("a", Admission::Outcome::slow);
  EXPECT_EQ(under_way("a"), 2u);
}

TEST_F(AdmissionTest, ALineIsFirstComeFirstServed) {
  for (const std::uint64_t deadline : {5, 4, 3, 2, 1, 9, 8}) add("a", deadline);
  finish_all("a", Admission::Outcome::failed);
  ASSERT_EQ(under_way_.size(), 1u);
  EXPECT_EQ(under_way_.front()->deadline_ns, 4u);
}

TEST_F(AdmissionTest, DeadEndpointsLeaveRoomForOthers) {
  add("live");
  finish_all("live", Admission::Outcome::quick);
  for (int i = 0; i < 100; ++i) add_many("dead" + std::to_string(i), 100);
  EXPECT_EQ(admission_->under_way(), 16u) << "a quarter of the room before they were tried";
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 100; ++i) finish_all("dead" + std::to_string(i), Admission::Outcome::failed);
  }
  EXPECT_EQ(admission_->under_way(), 32u) << "half of it after they have failed";
  EXPECT_EQ(add("new"), Admission::Verdict::begins);
  EXPECT_EQ(add("live"), Admission::Verdict::begins);
}

TEST_F(AdmissionTest, QuickEndpointsLeaveRoomForNewOnes) {
  for (const std::string name : {"a", "b", "c", "d", "e"}) {
    add_many(name, 15);
    for (int i = 0; i < 4; ++i) finish_all(name, Admission::Outcome::quick);
    add_many(name, 100);
  }
  EXPECT_EQ(admission_->under_way(), 48u) << "a quarter is left";
  EXPECT_EQ(add("new"), Admission::Verdict::begins);
}

TEST_F(AdmissionTest, EndpointsTakeTurns) {
  // Sixteen endpoints fill the quarter that the untried ones have.
  for (int i = 0; i < 16; ++i) add("full" + std::to_string(i));
  add_many("a", 3);
  add_many("b", 3);
  ASSERT_EQ(under_way("a") + under_way("b"), 0u);
  finish_all("full0", Admission::Outcome::failed);
  EXPECT_EQ(under_way("a"), 1u);
  finish_all("full1", Admission::Outcome::failed);
  EXPECT_EQ(under_way("b"), 1u);
}

TEST_F(AdmissionTest, WhatWaitsExpires) {
  add("a");
  add("a", 30);
  add("a", 10);
  add("a", 20);
  EXPECT_EQ(admission_->earliest_deadline(), 10u);
  EXPECT_EQ(admission_->expired(9), nullptr);
  auto* one = admission_->expired(25);
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(one->deadline_ns, 10u);
  one = admission_->expired(25);
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(one->deadline_ns, 20u);
  EXPECT_EQ(admission_->expired(25), nullptr);
  EXPECT_EQ(admission_->waiting(), 1u);
  finish_all("a", Admission::Outcome::quick);
  EXPECT_EQ(under_way("a"), 1u);
  EXPECT_EQ(admission_->earliest_deadline(), Admission::never);
}

TEST_F(AdmissionTest, ALineHasAnEnd) {
  admission_.emplace(
      AdmissionLimits{.under_way_max = 8, .under_way_per_endpoint_max = 2, .waiting_per_endpoint_max = 3});
  add_many("a", 1 + 3);
  EXPECT_EQ(add("a"), Admission::Verdict::refused);
  EXPECT_EQ(add("b"), Admission::Verdict::begins);
}

TEST_F(AdmissionTest, EndpointsAreForgottenTheLongestIdleFirst) {
  admission_.emplace(AdmissionLimits{.endpoints_remembered_max = 10});
  for (int i = 0; i < 100; ++i) {
    const auto name = std::to_string(i);
    add(name);
    finish_all(name, Admission::Outcome::quick);
  }
  EXPECT_EQ(admission_->endpoints(), 10u);
  add_many("99", 8);
  EXPECT_EQ(under_way("99"), 2u) << "remembered, with what it had earned";
  add_many("0", 8);
  EXPECT_EQ(under_way("0"), Admission::first_width);
}

}  // namespace
}  // namespace millrace::delivery
