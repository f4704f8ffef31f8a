// A checkpoint: one byte string, whole or not at all. docs/format/checkpoint.md describes the bytes.
// Blocking; used at recovery and inside env::Core::offload.
#pragma once
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "log/store.h"

namespace millrace::log {

// Durable on return. The id must not be in use.
Result<void> write_checkpoint(Store& store, std::uint64_t id, Bytes content);
// `damaged` names the file and the offset.
Result<std::string> read_checkpoint(Store& store, std::uint64_t id);

}  // namespace millrace::log
