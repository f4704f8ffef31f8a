// SimDisk: a disk and its file system in memory, with the losses that a real one allows and no more.
//
// What survives a crash: file content that a sync covered; creations, renames and removals that a sync_directory
// covered. Everything else is lost, kept or torn as chance decides (CrashMode). Content that was synced is never lost,
// and a rename is never half done. The engine is correct if it survives exactly this.
//
// Owned by a World and used on its one thread. Failures are the Results that env/file.h describes; misuse that a real
// disk would punish late (an unaligned direct write) fails a check at once. Open files belong to a mount: after a crash
// they answer `unavailable`, so that objects of the dead generation may still be destroyed.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/callback.h"
#include "env/file.h"
#include "env/sim/fault.h"
#include "env/sim/inode.h"
#include "env/sim/random.h"

namespace millrace::env::sim {

class SimFile;

// Deliberate defects of the world, for tests of the checkers above.
struct DiskDefects {
  bool sync_does_nothing = false;   // a sync reports success and covers nothing
  bool forget_directories = false;  // sync_directory likewise
  bool lose_synced_sector = false;  // a crash zeroes one synced sector of one file
};

struct DiskStatistics {
  std::uint64_t reads = 0, writes = 0, syncs = 0, bytes_written = 0, faults = 0, crashes = 0;
};

class SimDisk {
 public:
  explicit SimDisk(Random random);
  ~SimDisk();
  SimDisk(const SimDisk&) = delete;
  SimDisk& operator=(const SimDisk&) = delete;

  // The file system as the present generation sees it; valid as long as the disk, useless after the next crash.
  Files& mount();
  // The power goes. Every open file and the mount are dead; mount() gives the next.
  void crash(CrashMode mode);

  void set_faults(FaultPlan plan);
  // True when every fault of the plan that is not for ever has happened.
  bool faults_spent() const;
  // The most bytes that all files may occupy together; may be changed at any time, also to below what is used.
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
  std::uint64_t used() const;
  // Damages content that is durable already. False when the file has no such byte.
  bool flip_bit(const std::string& path, std::uint64_t offset, unsigned bit);
  // Paths of all files, sorted.
  std::vector<std::string> paths() const;
  Result<std::uint64_t> size_of(const std::string& path) const;

  DiskDefects defects;
  const DiskStatistics& statistics() const { return statistics_; }
  // Called for each operation, before it happens: what, where, how much, and what goes wrong with it. For traces.
  Callback<void(Operation, const std::string& path, std::uint64_t offset, std::uint64_t size, std::optional<Effect>)>
      on_operation;

 private:
  friend class SimFile;
  friend class SimMount;
  friend class SimCore;
  using Node = std::shared_ptr<Inode>;  // null: a directory
  using Names = std::map<std::string, Node>;
  struct NameChange {
    std::string remove;  // empty: nothing is removed
    std::string add;     // empty: nothing is added
    Node node;
  };
  struct ArmedFault {
    Fault fault;
    std::uint64_t seen = 0;
  };

  // Counts the operation and says what is to happen to it.
  std::optional<Effect> meet(Operation operation, const std::string& path, std::uint64_t offset, std::uint64_t size);
  std::unexpected<Error> failed(Effect effect, Operation operation, const std::string& path);
  Result<void> room_for(const Inode& inode, std::uint64_t size, const std::string& path);
  Result<void> sync(Inode& inode, const std::string& path);
  // The second half of Core::write: the change was made when it was submitted, now the disk answers.
  Result<void> finish_write(Inode& inode, ChangeId change, const std::string& path, std::uint64_t offset,
                            bool with_sync);
  Result<void> change_name(Operation operation, NameChange change);
  static void apply(Names& names, const NameChange& change);

  Random random_;
  std::vector<std::unique_ptr<Files>> mounts_;  // the last one is alive
  std::uint64_t generation_ = 1;
  Names names_;                                             // what is seen
  Names durable_names_;                                     // what a crash leaves
  std::map<std::string, std::vector<NameChange>> changes_;  // unsynced, by directory
  std::vector<ArmedFault> faults_;
  std::uint64_t capacity_ = UINT64_MAX;
  DiskStatistics statistics_;
};

}  // namespace millrace::env::sim
