// Message attributes of publications: their rules. Their form is that of queues' (aws/message_attribute.h).
#pragma once
#include <cstddef>

#include "aws/failure.h"
#include "aws/message_attribute.h"
#include "aws/sns/limits.h"
#include "codec/field.h"
#include "models/sns.h"

namespace millrace::aws::sns {

// Checks the attributes of a message and gives them sorted by name. The views point into `attributes`. `entry` is the number
// of the message in its batch, from 1 on; 0: it is no batch.
Outcome<AttributeViews> read_attributes(const codec::Map<models::sns::MessageAttributeValue>& attributes,
                                        const Limits& limits, std::size_t entry);

}  // namespace millrace::aws::sns
