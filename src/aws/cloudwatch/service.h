// CloudWatch: metrics of queues and streams, and those that clients put, as the gateway sees the service.
//
// Made once; used on every core. What changes (where the looking for old metrics goes on) is kept per lane and touched on
// that lane's core only.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "aws/cloudwatch/limits.h"
#include "aws/service.h"
#include "engine/engine.h"

namespace millrace::aws::cloudwatch {

struct CloudWatchOptions {
  bool relaxed = false;  // limits.h
};

class CloudWatch final : public Service {
 public:
  // `engine` outlives the service.
  CloudWatch(engine::Engine& engine, CloudWatchOptions options);

  std::string_view name() const override { return "monitoring"; }
  std::string_view json_target() const override;
  std::string_view json_type() const override { return "application/x-amz-json-1.0"; }
  std::string_view query_version() const override;
  std::string_view xml_namespace() const override;
  std::string_view rpc_name() const override;
  std::unique_ptr<Action> make(std::string_view operation) override;
  std::optional<PathParameter> read_path(std::string_view) const override { return std::nullopt; }
  bool offered_on_path(std::string_view) const override { return false; }
  Failure phrase(const codec::Violation& violation, const Call& call) const override;

  engine::Engine& engine() { return engine_; }
  const Limits& limits() const { return limits_; }
  // Where MetricStore::put() looks next, in each table of the lane. On the lane's core only.
  std::string& cursor(engine::LaneId lane, const std::string& table) { return cursors_[lane.get()][table]; }

 private:
  engine::Engine& engine_;
  const Limits& limits_;
  std::vector<std::map<std::string, std::string>> cursors_;
};

}  // namespace millrace::aws::cloudwatch
