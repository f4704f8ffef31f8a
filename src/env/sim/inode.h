// Inode: one simulated file: what its readers see, what would survive a loss of power, and the changes between the two.
// Used by SimDisk only. Never fails; the disk decides what happens to it.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "env/sim/fault.h"
#include "env/sim/random.h"

namespace millrace::env::sim {

// The unit that a disk writes whole or not at all.
constexpr std::size_t sector_bytes = 512;

using ChangeId = std::uint64_t;

class Inode {
 public:
  const std::string& visible() const { return visible_; }
  const std::string& durable() const { return durable_; }
  bool clean() const { return changes_.empty(); }

  // A change of the visible content. While `under_way`, syncs of others do not cover it.
  ChangeId write(std::uint64_t offset, Bytes bytes, bool under_way);
  void resize(std::uint64_t size);
  // The bytes of a change that is still unsynced; empty when it no longer is.
  Bytes bytes_of(ChangeId change) const;
  // The change is complete; a sync from now on covers it.
  void complete(ChangeId change);
  // Undoes a write that failed, but for the sectors that had been written: a random part, or a prefix.
  void spoil(ChangeId change, bool prefix, Random& random);

  // Makes every complete change durable.
  void sync();
  // What a failed sync leaves: of the complete changes a random part is durable, the rest is forgotten, and readers may
  // or may not go on seeing it (the page cache); a later sync does not bring it back.
  void fail_sync(Random& random);
  // Loss of power.
  void crash(CrashMode mode, Random& random);
  void flip_bit(std::uint64_t offset, unsigned bit);

  // Bookkeeping of the disk: open handles, and who holds the advisory lock.
  unsigned links = 0;
  const void* locked_by = nullptr;

 private:
  struct Change {
    ChangeId id = 0;
    bool under_way = false;
    bool resize = false;
    std::uint64_t offset = 0;  // or the new size
    std::string bytes;
  };
  static void apply(std::string& content, const Change& change);
  static void apply_part(std::string& content, const Change& change, Random& random);
  void rebuild();

  std::string visible_;
  std::string durable_;
  std::vector<Change> changes_;  // oldest first
  bool stale_cache_ = false;     // visible_ holds what a failed sync has lost
  ChangeId next_change_ = 1;
};

}  // namespace millrace::env::sim
