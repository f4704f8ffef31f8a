// Sqs: the queue service as the gateway sees it, and what its handlers share.
//
// Made once; used on every core. What changes (the FIFO queues' call rates) is kept per lane and touched on that
// lane's core only.
#pragma once
#include <memory>
#include <vector>

#include "aws/published.h"
#include "aws/service.h"
#include "aws/sqs/limits.h"
#include "aws/sqs/throttle.h"
#include "engine/engine.h"

namespace millrace::aws::sqs {

struct SqsOptions {
  bool relaxed = false;                        // limits.h
  const PublishedReader* published = nullptr;  // reads what topics have delivered; outlives the service
};

class Sqs final : public Service {
 public:
  // `engine` outlives the service.
  Sqs(engine::Engine& engine, SqsOptions options);

  std::string_view name() const override { return "sqs"; }
  std::string_view json_target() const override;
  std::string_view json_type() const override { return "application/x-amz-json-1.0"; }
  std::string_view query_version() const override;
  std::string_view xml_namespace() const override;
  std::unique_ptr<Action> make(std::string_view operation) override;
  std::optional<PathParameter> read_path(std::string_view path) const override;
  bool offered_on_path(std::string_view operation) const override;
  Failure phrase(const codec::Violation& violation, const Call& call) const override;
  void adapt(Failure& failure, Protocol protocol) const override;

  engine::Engine& engine() { return engine_; }
  const Limits& limits() const { return limits_; }
  // Null where there are no topics.
  const PublishedReader* published() const { return published_; }
  // On the lane's core only.
  Throttle& throttle(engine::LaneId lane) { return throttles_[lane.get()]; }

 private:
  engine::Engine& engine_;
  const Limits& limits_;
  const PublishedReader* const published_;
  std::vector<Throttle> throttles_;
};

}  // namespace millrace::aws::sqs
