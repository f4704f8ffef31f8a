// Confirmations: sends what asks endpoints to confirm a subscription, or tells them of its end, and the sandbox's codes.
//
// Nothing of it is stored: what cannot be sent is tried a few times and forgotten, for who waits for it asks again. Each
// lane has a bounded number under way. Made once; send() is called on lanes' cores.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "aws/sns/confirmation.h"
#include "aws/sns/signer.h"
#include "base/callback.h"
#include "delivery/outside.h"
#include "engine/engine.h"

namespace millrace::aws::sns::deliver {

class Confirmations final : public ConfirmationSender {
 public:
  static constexpr std::size_t under_way_max = 1'000;  // of a lane; what comes beyond is dropped
  static constexpr int tries_max = 4;
  static constexpr Duration pause{20'000};

  // All outlive this. Nothing may post to the cores any more when it is destroyed.
  Confirmations(engine::Engine& engine, Signer& signer, const delivery::Outside& outside)
      : engine_(engine), signer_(signer), outside_(outside), under_way_(engine.lanes()) {}

  void send(engine::Lane& lane, Confirmation confirmation) override;
  void send_code(engine::Lane& lane, PhoneCode code) override;

 private:
  using Done = Callback<void(delivery::Outcome)>;
  // Tries once; the document is what an endpoint reads.
  using Attempt = std::function<void(env::Core&, Done)>;

  void begin(engine::Lane& lane, Confirmation confirmation);
  void run(engine::Lane& lane, std::shared_ptr<Attempt> attempt, std::string about, int tries_left);
  bool enter(engine::Lane& lane, const std::string& about);

  engine::Engine& engine_;
  Signer& signer_;
  const delivery::Outside outside_;
  std::vector<std::size_t> under_way_;  // by lane
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace millrace::aws::sns::deliver
