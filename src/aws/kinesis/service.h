// Kinesis: the stream service as the gateway sees it, and what its handlers share.
//
// Made once; used on every core. What changes is kept for each lane (rates, use, subscriptions) or each core (routes), and
// touched there only.
#pragma once
#include <memory>
#include <vector>

#include "aws/kinesis/limits.h"
#include "aws/kinesis/routes.h"
#include "aws/kinesis/settler.h"
#include "aws/kinesis/subscriptions.h"
#include "aws/kinesis/throttle.h"
#include "aws/kinesis/usage.h"
#include "aws/service.h"
#include "engine/engine.h"

namespace millrace::aws::kinesis {

struct KinesisOptions {
  bool relaxed = false;  // limits.h
  Duration delay{};      // how long streams and consumers stay CREATING, UPDATING and DELETING at least
};

class Kinesis final : public Service {
 public:
  // `engine` outlives the service.
  Kinesis(engine::Engine& engine, KinesisOptions options);

  std::string_view name() const override { return "kinesis"; }
  std::string_view json_target() const override;
  std::string_view json_type() const override { return "application/x-amz-json-1.1"; }
  std::string_view query_version() const override { return {}; }
  std::string_view xml_namespace() const override { return {}; }
  bool speaks_cbor() const override { return true; }
  void start() override;
  std::unique_ptr<Action> make(std::string_view operation) override;
  std::optional<PathParameter> read_path(std::string_view) const override { return std::nullopt; }
  bool offered_on_path(std::string_view) const override { return false; }
  Failure phrase(const codec::Violation& violation, const Call& call) const override;

  engine::Engine& engine() { return engine_; }
  const Limits& limits() const { return limits_; }
  Duration delay() const { return delay_; }
  Routes& routes() { return routes_; }
  // On the core of the catalog's lane.
  Settler& settler() { return settler_; }
  // On the lane's core only.
  Throttle& throttle(engine::LaneId lane) { return throttles_[lane.get()]; }
  Usage& usage(engine::LaneId lane) { return usages_[lane.get()]; }
  Subscriptions& subscriptions(engine::LaneId lane) { return subscriptions_[lane.get()]; }

 private:
  engine::Engine& engine_;
  const Limits& limits_;
  const Duration delay_;
  std::vector<Throttle> throttles_;
  std::vector<Usage> usages_;
  std::vector<Subscriptions> subscriptions_;
  Routes routes_;
  Settler settler_;
};

}  // namespace millrace::aws::kinesis
