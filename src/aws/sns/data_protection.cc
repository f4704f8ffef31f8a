#include "aws/sns/data_protection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/sns/handlers.h"
#include "aws/sns/topic_attributes.h"
#include "codec/json_value.h"
#include "codec/text.h"

namespace millrace::aws::sns {
namespace {

constexpr std::string_view policy_version = "2021-06-01";
constexpr std::array<std::string_view, 4> policy_members{"Name", "Description", "Version", "Statement"};

class GetDataProtectionPolicy final : public TopicHandler<op::GetDataProtectionPolicy> {
 public:
  using TopicHandler::TopicHandler;

 private:
  Outcome<void> act(engine::Lane&, broker::Topic& topic) override {
    const auto& policy = annotation(topic.config().annotations, data_protection_annotation);
    if (!policy.empty()) out_.data_protection_policy = policy;
    return {};
  }
};

class PutDataProtectionPolicy final : public TopicHandler<op::PutDataProtectionPolicy> {
 public:
  using TopicHandler::TopicHandler;

 private:
  Outcome<void> prepare(Call&) override { return check_data_protection_policy(in_.data_protection_policy, limits()); }

  Outcome<void> act(engine::Lane&, broker::Topic& topic) override {
    if (topic.config().fifo) return refuse(invalid("DataProtectionPolicy", "It is not supported for FIFO topics"));
    auto config = topic.config();
    annotate(config.annotations, data_protection_annotation, in_.data_protection_policy);
    topic.configure(std::move(config));
    return {};
  }
};

}  // namespace

// An empty policy removes the topic's.
Outcome<void> check_data_protection_policy(const std::string& text, const Limits& limits) {
  const auto bad = [](std::string_view reason) { return refuse(invalid("DataProtectionPolicy", reason)); };
  if (text.empty()) return {};
  if (codec::count_characters(text) > limits.data_protection_policy_max) {
    return bad(fmt::format("The policy must have at most {} characters", limits.data_protection_policy_max));
  }
  const auto policy = codec::parse_json(text);
  if (!policy || policy->object() == nullptr) return bad("failed to parse JSON.");
  for (const auto& [name, value] : *policy->object()) {
    if (std::ranges::find(policy_members, name) == policy_members.end()) {
      return bad(fmt::format("Unexpected JSON member: {}", name));
    }
  }
  const auto text_of = [&](std::string_view name) {
    const auto* const member = policy->find(name);
    return member != nullptr && member->string() != nullptr ? std::string_view(*member->string()) : std::string_view();
  };
  if (text_of("Name").empty()) return bad("Name must be specified");
  if (text_of("Version") != policy_version) return bad(fmt::format("Version must be {}", policy_version));
  const auto* const statements = policy->find("Statement");
  if (statements == nullptr || statements->array() == nullptr || statements->array()->empty()) {
    return bad("Statement must be a list of statements");
  }
  return {};
}

ActionPtr make_handler(op::GetDataProtectionPolicy, Sns& sns) { return std::make_unique<GetDataProtectionPolicy>(sns); }
ActionPtr make_handler(op::PutDataProtectionPolicy, Sns& sns) { return std::make_unique<PutDataProtectionPolicy>(sns); }

}  // namespace millrace::aws::sns
