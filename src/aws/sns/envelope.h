// What the service sends: the JSON that it wraps around a message, byte for byte as receivers know it.
//
// A notification is rendered from the stored message whenever it is read or sent, and is always the same: its signature is
// deterministic and its time is that of the publication. Form of the documents: "Amazon SNS message and JSON formats" of the
// developer guide; what is signed: "Verifying the signatures of Amazon SNS messages".
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "aws/sns/confirmation.h"
#include "aws/sns/signing_key.h"
#include "aws/sns/stored.h"
#include "base/time.h"
#include "broker/message.h"
#include "broker/topic/subscription.h"

namespace millrace::aws::sns {

// What links in a message begin with, and what signs it.
struct Sender {
  std::string_view base_url;  // "http://localhost:4566"
  const SigningKey* key = nullptr;
};

// A message and what it says about itself; views into the stored one.
struct Notification {
  broker::MessageId id{};
  Time published{};
  broker::Delivery delivery;
  StoredPublication stored;
  std::string text;  // for the protocol that it goes to

  bool fifo() const { return delivery.sequence != 0; }
  std::string subscription_arn() const;
};

// Nothing when it is not one. `protocol` chooses the text of a structured message.
std::optional<Notification> read_notification(const broker::Message& message, std::string_view protocol);

// For queues and HTTP endpoints.
std::string render_notification(const Notification& notification, const Sender& sender);
// The event that a function is invoked with.
std::string render_lambda_event(const Notification& notification, const Sender& sender);

// SequenceNumber as the service writes it.
std::string sequence_text(std::uint64_t sequence);
std::string unsubscribe_url(const Sender& sender, std::string_view subscription_arn);

struct ConfirmationMessage {
  ConfirmationKind kind = ConfirmationKind::subscription;
  broker::MessageId id{};
  std::string_view topic_arn;
  std::string_view subscription_arn;  // for the text of an UnsubscribeConfirmation
  std::string_view token;
  Time time{};
  SignatureVersion version = SignatureVersion::sha1;
};
std::string render_confirmation(const ConfirmationMessage& message, const Sender& sender);
// The link that confirms.
std::string subscribe_url(const Sender& sender, std::string_view topic_arn, std::string_view token);

}  // namespace millrace::aws::sns
