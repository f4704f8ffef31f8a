// Sns: the notification service as the gateway sees it, and what its handlers share.
//
// Made once; used on every core. What changes (the census) is kept per lane and touched on that lane's core only.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/service.h"
#include "aws/sns/application_events.h"
#include "aws/sns/census.h"
#include "aws/sns/confirmation.h"
#include "aws/sns/limits.h"
#include "aws/sns/queue_copy.h"
#include "aws/sns/signer.h"
#include "delivery/outside.h"
#include "engine/engine.h"

namespace millrace::aws::sns {

namespace deliver {
class Deliveries;
class Worker;
}  // namespace deliver

struct SnsOptions {
  bool relaxed = false;                            // limits.h
  std::string base_url = "http://localhost:4566";  // what links in messages begin with
  const delivery::Outside* outside = nullptr;      // null: nothing is delivered but to queues
};

class Sns final : public Service {
 public:
  // `engine` outlives the service.
  Sns(engine::Engine& engine, SnsOptions options);
  ~Sns() override;

  std::string_view name() const override { return "sns"; }
  std::string_view json_target() const override { return {}; }
  std::string_view json_type() const override { return {}; }
  std::string_view query_version() const override;
  std::string_view xml_namespace() const override;
  std::unique_ptr<Action> make(std::string_view operation) override;
  std::optional<PathParameter> read_path(std::string_view) const override { return std::nullopt; }
  bool offered_on_path(std::string_view) const override { return false; }
  void start() override;
  void stop() override;
  // The certificate of the key that signs.
  std::optional<std::string> document(std::string_view path) const override;
  Failure phrase(const codec::Violation& violation, const Call& call) const override;

  engine::Engine& engine() { return engine_; }
  const Limits& limits() const { return limits_; }
  Signer& signer() { return signer_; }
  ApplicationEvents& application_events() { return application_events_; }
  // What takes messages to the world outside; null when nothing does.
  deliver::Worker* worker();
  // For the service that queues belong to.
  const PublishedReader& published() const { return published_; }
  // On the lane's core only.
  Census& census(engine::LaneId lane) { return censuses_[lane.get()]; }

  // Before the first request; it outlives the service. Until then nobody is asked to confirm.
  void set_confirmation_sender(ConfirmationSender* sender) { confirmations_ = sender; }
  ConfirmationSender* confirmation_sender() const { return confirmations_; }

 private:
  engine::Engine& engine_;
  const Limits& limits_;
  Signer signer_;
  ApplicationEvents application_events_{engine_, signer_};
  QueueCopies published_{signer_};
  std::vector<Census> censuses_;
  ConfirmationSender* confirmations_ = nullptr;
  std::unique_ptr<deliver::Deliveries> deliveries_;
};

}  // namespace millrace::aws::sns
