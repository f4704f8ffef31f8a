// Resource policies: validated as JSON and kept; nobody is refused by them yet.
#include <fmt/format.h>

#include "aws/kinesis/handlers.h"
#include "aws/kinesis/resource.h"
#include "codec/json_value.h"

namespace millrace::aws::kinesis {
namespace {

class PutResourcePolicy final : public ResourceHandler<op::PutResourcePolicy> {
 public:
  using ResourceHandler::ResourceHandler;

 private:
  Outcome<void> prepare(Call&) override {
    const auto bytes_max = kinesis_.limits().policy_bytes_max;
    if (in_.policy.size() > bytes_max) {
      return refuse(limit_exceeded(fmt::format("A resource policy has at most {} bytes.", bytes_max)));
    }
    const auto policy = codec::parse_json(in_.policy);
    const auto* const statement = policy ? policy->find("Statement") : nullptr;
    if (statement == nullptr || (statement->array() == nullptr && statement->object() == nullptr)) {
      return refuse(invalid_argument("The resource policy is not a valid JSON policy document."));
    }
    return {};
  }
  Outcome<bool> use(Tags&, std::string& policy) override {
    policy = in_.policy;
    return true;
  }
};

Failure no_policy(const std::string& arn) {
  return {&errors::resource_not_found_exception, fmt::format("No resource policy found for resource ARN {}.", arn)};
}

class GetResourcePolicy final : public ResourceHandler<op::GetResourcePolicy> {
 public:
  using ResourceHandler::ResourceHandler;

 private:
  Outcome<bool> use(Tags&, std::string& policy) override {
    if (policy.empty()) return refuse(no_policy(in_.resource_arn));
    out_.policy = policy;
    return false;
  }
};

class DeleteResourcePolicy final : public ResourceHandler<op::DeleteResourcePolicy> {
 public:
  using ResourceHandler::ResourceHandler;

 private:
  Outcome<bool> use(Tags&, std::string& policy) override {
    if (policy.empty()) return refuse(no_policy(in_.resource_arn));
    policy.clear();
    return true;
  }
};

}  // namespace

ActionPtr make_handler(op::PutResourcePolicy, Kinesis& kinesis) { return std::make_unique<PutResourcePolicy>(kinesis); }
ActionPtr make_handler(op::GetResourcePolicy, Kinesis& kinesis) { return std::make_unique<GetResourcePolicy>(kinesis); }
ActionPtr make_handler(op::DeleteResourcePolicy, Kinesis& kinesis) {
  return std::make_unique<DeleteResourcePolicy>(kinesis);
}

}  // namespace millrace::aws::kinesis
