// An operation on the platform application that PlatformApplicationArn names.
#pragma once
#include <utility>

#include "aws/sns/handler.h"

namespace millrace::aws::sns {

template <class Op>
class ApplicationHandler : public AccountHandler<Op> {
 public:
  using AccountHandler<Op>::AccountHandler;

 protected:
  Outcome<void> prepare(Call& call) override {
    auto name = resolve_application(this->in_.platform_application_arn, call.caller);
    if (!name) return refuse(std::move(name.error()));
    name_ = std::move(*name);
    this->region_ = name_.region;
    this->account_ = name_.account;
    return {};
  }

  ApplicationName name_;
};

}  // namespace millrace::aws::sns
