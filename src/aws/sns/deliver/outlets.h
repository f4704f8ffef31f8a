// Outlets: what all drains of a server share: the channel of each protocol, and what signs.
//
// Filled before the first drain; used on every core. Everything in it outlives the drains.
#pragma once
#include <array>

#include "aws/sns/deliver/channel.h"
#include "aws/sns/signer.h"
#include "aws/sns/target.h"

namespace millrace::aws::sns::deliver {

struct Outlets {
  static constexpr std::size_t protocols = static_cast<std::size_t>(SubscriptionProtocol::firehose) + 1;

  Signer& signer;
  // By protocol; null: this server cannot deliver there, and says so of each message.
  std::array<Channel*, protocols> channels{};

  Channel* of(SubscriptionProtocol protocol) const { return channels[static_cast<std::size_t>(protocol)]; }
  void set(SubscriptionProtocol protocol, Channel& channel) { channels[static_cast<std::size_t>(protocol)] = &channel; }
};

}  // namespace millrace::aws::sns::deliver
