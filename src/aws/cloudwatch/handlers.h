// Makes the handler of each operation. An operation of the model without a line here does not compile (service.cc).
#pragma once
#include <memory>
#include <string>

#include "aws/call.h"
#include "aws/cloudwatch/errors.h"
#include "aws/cloudwatch/metric_name.h"
#include "aws/cloudwatch/service.h"

namespace millrace::aws::cloudwatch {

namespace op = models::cloudwatch::op;
using ActionPtr = std::unique_ptr<Action>;

// put_metric_data.cc
ActionPtr make_handler(op::PutMetricData, CloudWatch& cloudwatch);
// get_metric_data.cc
ActionPtr make_handler(op::GetMetricData, CloudWatch& cloudwatch);
// get_metric_statistics.cc
ActionPtr make_handler(op::GetMetricStatistics, CloudWatch& cloudwatch);
// list_metrics.cc
ActionPtr make_handler(op::ListMetrics, CloudWatch& cloudwatch);

template <class Op>
class Handler : public Action {
 public:
  explicit Handler(CloudWatch& cloudwatch) : cloudwatch_(cloudwatch) {}
  const codec::Operation& operation() const final { return Op::info; }
  void* input() final { return &in_; }
  const void* output() const final { return &out_; }

 protected:
  static World world_of(const Call& call) { return {.region = call.caller.region, .account = call.caller.account}; }

  CloudWatch& cloudwatch_;
  typename Op::input in_;
  typename Op::output out_;
};

// --- what several operations check: checks.cc ---

// A metric from its parts; `where` begins the names of parameters in errors ("MetricData.member.1.").
Outcome<MetricName> check_metric(std::string_view name_space, std::string_view name,
                                 const std::vector<models::cloudwatch::Dimension>& dimensions, std::string_view where,
                                 const Limits& limits);
// Seconds as whole minutes: less than a minute counts as one, since nothing finer is kept.
Outcome<std::int32_t> check_period(std::int32_t seconds, std::string_view parameter);

}  // namespace millrace::aws::cloudwatch
