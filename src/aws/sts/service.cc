#include "aws/sts/service.h"

#include <fmt/format.h>

#include <type_traits>

#include "aws/call.h"
#include "models/sts.h"

namespace millrace::aws::sts {
namespace {

namespace errors = models::sts::errors;
namespace op = models::sts::op;

bool is_root(const Caller& caller) { return caller.anonymous || is_account(caller.access_key); }

template <class Op>
class Handler final : public Action {
 public:
  const codec::Operation& operation() const override { return Op::info; }
  void* input() override { return &in_; }
  const void* output() const override { return &out_; }

  void handle(CallPtr call) override {
    if constexpr (std::is_same_v<Op, op::GetCallerIdentity>) {
      out_.user_id = user_id(call->caller);
      out_.account = call->caller.account;
      out_.arn = user_arn(call->caller);
    } else if constexpr (std::is_same_v<Op, op::GetAccessKeyInfo>) {
      out_.account = is_account(in_.access_key_id) ? in_.access_key_id : std::string(default_account);
    } else {
      call->failure = Failure{&errors::access_denied, fmt::format("User: {} is not authorized to perform: sts:{}",
                                                                  user_arn(call->caller), Op::name)};
    }
    finish(std::move(call));
  }

 private:
  typename Op::input in_;
  typename Op::output out_;
};

}  // namespace

std::string user_id(const Caller& caller) { return is_root(caller) ? caller.account : caller.access_key; }

std::string user_arn(const Caller& caller) {
  if (is_root(caller)) return fmt::format("arn:aws:iam::{}:root", caller.account);
  std::string name = caller.access_key;
  for (char& c : name) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!word && std::string_view("_+=,.@-").find(c) == std::string_view::npos) c = '-';
  }
  return fmt::format("arn:aws:iam::{}:user/{}", caller.account, name);
}

std::string_view Sts::json_target() const { return models::sts::json_target; }
std::string_view Sts::query_version() const { return models::sts::query_version; }
std::string_view Sts::xml_namespace() const { return models::sts::query_namespace; }

std::unique_ptr<Action> Sts::make(std::string_view operation) {
  std::unique_ptr<Action> made;
  models::sts::operations::for_each([&]<class Op>(Op) {
    if (Op::name == operation) made = std::make_unique<Handler<Op>>();
  });
  return made;
}

Failure Sts::phrase(const codec::Violation& violation, const Call&) const {
  using Kind = codec::Violation::Kind;
  if (violation.path.empty()) return {&errors::malformed_input, "The request cannot be read."};
  const std::string_view reason =
      violation.kind == Kind::missing ? "Member must not be null" : "Member must satisfy its constraints";
  return {&errors::validation_error,
          fmt::format("1 validation error detected: Value at '{}' failed to satisfy constraint: {}", violation.path,
                      reason)};
}

}  // namespace millrace::aws::sts
