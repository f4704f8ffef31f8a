#include "aws/sqs/dead_letter_visit.h"

#include "aws/sqs/handler.h"

namespace millrace::aws::sqs {

Outcome<void> read_given_policy(const Given& given, std::optional<RedrivePolicy>& into) {
  const std::string* const text = find_given(given, redrive_policy_attribute);
  if (text == nullptr || text->empty()) return {};
  auto policy = parse_redrive_policy(*text);
  if (!policy) return refuse(std::move(policy.error()));
  into = std::move(*policy);
  return {};
}

void visit_dead_letter_target(Sqs& sqs, const std::optional<RedrivePolicy>& policy, const QueueName& source,
                              CallPtr call, Callback<void(env::Core&, CallPtr)> next) {
  env::Core& home = call->home;
  if (!policy) return next(home, std::move(call));
  auto& engine = sqs.engine();
  auto task = [&policy = *policy, &source, call = std::move(call), next = std::move(next)](engine::Lane& lane) mutable {
    auto outcome = check_serving(lane);
    if (outcome) outcome = check_redrive_target(policy, source, broker::find_queue(lane, policy.target.key()));
    if (outcome) return next(lane.core(), std::move(call));
    call->failure = std::move(outcome.error());
    go_home(lane.core(), std::move(call), [](CallPtr back) { finish(std::move(back)); });
  };
  engine.run(engine.lane_of(policy->target.key()), home, std::move(task));
}

}  // namespace millrace::aws::sqs
