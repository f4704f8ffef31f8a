// put_one: a record that another service of this server puts into a stream. The rates of shards do not hold for it.
#pragma once
#include <string>

#include "aws/kinesis/names.h"
#include "base/callback.h"
#include "base/result.h"
#include "engine/engine.h"

namespace millrace::aws::kinesis {

struct OneRecord {
  StreamName stream;
  std::string partition_key;
  std::string data;
};

// `done` runs on `home` when it is durable, or with not_found: there is no such stream; invalid: the record is too large;
// anything else: worth another try.
void put_one(engine::Engine& engine, env::Core& home, OneRecord record, Callback<void(Result<void>)> done);

}  // namespace millrace::aws::kinesis
