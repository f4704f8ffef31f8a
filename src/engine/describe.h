// Journal entries in words, for `millrace dump`.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "engine/ids.h"
#include "env/core.h"

namespace millrace::engine {

// The words of a partition's model, by its kind (0: not known), for a change of its own and for a record.
struct Words {
  std::function<std::string(std::uint8_t kind, std::uint16_t type, Bytes change)> change;
  std::function<std::string(std::uint8_t kind, Bytes record)> record;
};

// Which kind each partition of a lane has, as far as what was shown to it tells: the checkpoint, then the entries in order.
class Kinds {
 public:
  // The content of the lane's checkpoint; what cannot be read is passed over.
  void note_checkpoint(env::Core& core, std::string_view content);
  void note_entry(std::uint16_t type, Bytes payload);
  std::uint8_t of(PartitionId partition) const;

 private:
  std::map<PartitionId, std::uint8_t> kinds_;
};

std::string describe(std::uint16_t type, Bytes payload, std::uint8_t kind, const Words& words);

}  // namespace millrace::engine
