// Channel: how notifications reach the endpoints of one protocol, one attempt at a time. Who tries again, and when, is
// drain.h.
//
// Made once and used on every core; keeps nothing that changes but what it guards itself.
#pragma once
#include <memory>
#include <string>

#include "aws/sns/deliver/ended.h"
#include "aws/sns/deliver/recipient.h"
#include "aws/sns/envelope.h"
#include "base/callback.h"
#include "delivery/outcome.h"
#include "engine/lane.h"
#include "env/core.h"

namespace millrace::aws::sns::deliver {

using delivery::Outcome;

// One attempt.
struct Outgoing {
  const Recipient& recipient;
  const broker::Message& message;
  const Notification& notification;  // the message, with the text for the recipient's protocol
  Sender sender;
};

class Channel {
 public:
  virtual ~Channel() = default;
  // What the other side reads of it. On any thread.
  virtual std::string render(const Outgoing& what) const = 0;
  // Whether rendering signs, which takes the better part of a millisecond.
  virtual bool signs(const Recipient& recipient) const = 0;
  // `what` is valid during the call only; `body` is what render() gave. `done` runs on `core`, perhaps before send()
  // returns.
  virtual void send(env::Core& core, const Outgoing& what, std::string body, Callback<void(Outcome)> done) = 0;
  // A message has been delivered or given up: by the last attempt, on the lane of its queue.
  virtual void ended(engine::Lane& /*lane*/, const Ended& /*ended*/) {}
  // After this time an attempt is over whatever becomes of it, and the message may be tried again.
  virtual Duration attempt_max() const { return Duration{60'000}; }
};

}  // namespace millrace::aws::sns::deliver
