// What filter policies look at in a message that is stored: for those that are replayed from a topic's archive.
#pragma once
#include "broker/message.h"
#include "broker/topic/filter_event.h"

namespace millrace::aws::sns {

// The attributes of a message of this service; none for another's.
broker::FilterEvent event_of(const broker::Message& message);

}  // namespace millrace::aws::sns
