// What queues hand out of a message that a topic has delivered into them: the envelope, or the message itself.
#pragma once
#include "aws/published.h"
#include "aws/sns/signer.h"

namespace millrace::aws::sns {

class QueueCopies final : public PublishedReader {
 public:
  explicit QueueCopies(const Signer& signer) : signer_(signer) {}
  std::optional<QueueCopy> copy_for_queue(const broker::Message& message) const override;

 private:
  const Signer& signer_;
};

}  // namespace millrace::aws::sns
