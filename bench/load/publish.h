// Topics: publishing, and making many topics and subscriptions.
#pragma once
#include "load/run.h"

namespace millrace::bench {

// Publishes for a time, or as many messages as --count says.
void run_publish(Run& run);
// Makes --count topics named NAME-FIRST, NAME-(FIRST+1) and so on.
void run_create_topics(Run& run);
// Subscribes as many queues, named like that and not there, to a topic.
void run_add_subscriptions(Run& run);

}  // namespace millrace::bench
