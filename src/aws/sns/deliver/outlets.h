// Outlets: what all drains of a server share: the channel of each protocol, and what signs.
//
// Filled before the first drain; used on every core. Everything in it outlives the drains.
#pragma once
#include <array>
#include <atomic>

#include "aws/sns/deliver/channel.h"
#include "aws/sns/signer.h"
#include "aws/sns/target.h"

namespace millrace::aws::sns::deliver {

struct Outlets {
  static constexpr std::size_t protocols = 16;  // above every protocol's number

  explicit Outlets(Signer& signs) : signer(signs) {}

  Signer& signer;
  // Set when the server ends: what fails from now on says nothing about its endpoint.
  std::atomic<bool> stopped{false};
  // By protocol; null: this server cannot deliver there, and says so of each message.
  std::array<Channel*, protocols> channels{};

  Channel* of(SubscriptionProtocol protocol) const {
    const auto number = static_cast<std::size_t>(protocol);
    return number < protocols ? channels[number] : nullptr;
  }
  void set(SubscriptionProtocol protocol, Channel& channel) {
    channels.at(static_cast<std::size_t>(protocol)) = &channel;
  }
};

}  // namespace millrace::aws::sns::deliver
