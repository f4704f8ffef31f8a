// StreamChannel: notifications for delivery streams (firehose), as records of a stream of Kinesis that has the delivery
// stream's name. A record is what Firehose gets: the envelope or the message, with nothing added.
#pragma once
#include "aws/sns/deliver/channel.h"
#include "engine/engine.h"

namespace millrace::aws::sns::deliver {

class StreamChannel final : public Channel {
 public:
  // It outlives this.
  explicit StreamChannel(engine::Engine& engine) : engine_(engine) {}
  std::string render(const Outgoing& what) const override;
  bool signs(const Recipient& recipient) const override { return !recipient.raw; }
  void send(env::Core& core, const Outgoing& what, std::string body, Callback<void(Outcome)> done) override;

 private:
  engine::Engine& engine_;
};

}  // namespace millrace::aws::sns::deliver
