// DynamoDb: the service of tables as the gateway sees it, and what its handlers share. A store for coordination
// (thousands of items), kept in the same journal as everything else.
//
// Made once; used on every core. What changes (the background deletion) is kept per lane and touched on that lane's core
// only.
#pragma once
#include <memory>
#include <vector>

#include "aws/dynamodb/expiry.h"
#include "aws/dynamodb/limits.h"
#include "aws/service.h"
#include "engine/engine.h"

namespace millrace::aws::dynamodb {

struct DynamoDbOptions {
  bool relaxed = false;  // limits.h
};

class DynamoDb final : public Service {
 public:
  // `engine` outlives the service; its cores do not run any more when the service goes.
  DynamoDb(engine::Engine& engine, DynamoDbOptions options);

  std::string_view name() const override { return "dynamodb"; }
  std::string_view json_target() const override;
  std::string_view json_type() const override { return "application/x-amz-json-1.0"; }
  std::string_view query_version() const override { return {}; }
  std::string_view xml_namespace() const override { return {}; }
  bool sends_checksum() const override { return true; }
  std::unique_ptr<Action> make(std::string_view operation) override;
  std::optional<PathParameter> read_path(std::string_view /*path*/) const override { return std::nullopt; }
  bool offered_on_path(std::string_view /*operation*/) const override { return false; }
  Failure phrase(const codec::Violation& violation, const Call& call) const override;

  engine::Engine& engine() { return engine_; }
  const Limits& limits() const { return limits_; }
  // On the lane's core only.
  Expiry& expiry(engine::LaneId lane) { return expiries_[lane.get()]; }

 private:
  engine::Engine& engine_;
  const Limits& limits_;
  std::vector<Expiry> expiries_;
};

}  // namespace millrace::aws::dynamodb
