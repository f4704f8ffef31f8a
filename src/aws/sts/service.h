// Sts: tells clients who they are. It gives no credentials: everything else of the service is refused.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "aws/service.h"

namespace millrace::aws::sts {

class Sts final : public Service {
 public:
  std::string_view name() const override { return "sts"; }
  std::string_view json_target() const override;
  std::string_view json_type() const override { return "application/x-amz-json-1.1"; }
  std::string_view query_version() const override;
  std::string_view xml_namespace() const override;
  std::unique_ptr<Action> make(std::string_view operation) override;
  std::optional<PathParameter> read_path(std::string_view) const override { return std::nullopt; }
  bool offered_on_path(std::string_view) const override { return false; }
  Failure phrase(const codec::Violation& violation, const Call& call) const override;
};

// "arn:aws:iam::123456789012:user/alice"; an account's own key, and a caller without one, is its root user.
std::string user_arn(const Caller& caller);
// "alice", or the account for its root user.
std::string user_id(const Caller& caller);

}  // namespace millrace::aws::sts
