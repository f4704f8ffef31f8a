// Tokens that confirm a subscription: which one, when it was asked for, and a secret that only its endpoint learns.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "broker/topic/subscription.h"
#include "env/core.h"

namespace millrace::aws::sns {

struct Token {
  broker::SubscriptionId subscription{};
  Time asked{};
};

// Lower-case hexadecimal.
std::string make_token(env::Core& core, const broker::SubscriptionId& subscription, Time now);
// Nothing when it is not of the form of ours. Whether the secret is right is known by comparing the whole.
std::optional<Token> read_token(std::string_view text);
// Whether a text could be a token of the service, though not ours.
bool looks_like_token(std::string_view text);

}  // namespace millrace::aws::sns
