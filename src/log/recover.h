// Recovery of a journal: reads its files from the first one that the head names, verifies every byte, and hands each
// entry to the owner in order. Blocking; runs before the journal is used, at start-up or inside env::Core::offload.
//
// A torn tail is cut: a last group that is not valid while nothing proves that it was ever durable. Anything else that
// does not verify is `damaged`, with the file and the offset; nothing is skipped. Only whole, verified groups are
// replayed. Nothing is written, except that the newest file is synced: what was replayed must stay.
#pragma once
#include <cstdint>
#include <limits>
#include <vector>

#include "base/bytes.h"
#include "base/callback.h"
#include "base/result.h"
#include "log/chunk.h"
#include "log/ids.h"
#include "log/journal.h"
#include "log/store.h"

namespace millrace::log {

struct Entry {
  std::uint64_t sequence = 0;
  PartitionId partition{};
  std::uint16_t type = 0;
};

// Gets the entry and its payload, which stays valid as long as the slice's chunk is held. An error ends the recovery.
using Replay = Callback<Result<void>(const Entry& entry, Slice payload)>;

struct RecoveredJournal {
  std::uint64_t next_journal_id = 1;  // above every journal in the store
  std::uint64_t next_group = 1;
  std::uint64_t next_sequence = 1;
  std::vector<JournalFile> files;       // from the head's first on; empty ones too
  std::vector<std::uint64_t> unneeded;  // journals below the head's first: to be recycled
  bool ends_with_entries = false;       // the last group holds entries
  std::uint64_t cut_bytes = 0;          // of an unfinished last group; 0 when none can be recognized
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;  // of the groups replayed
};

// `damaged`, `io`, or the error of `replay`. After a failure of a Journal in this process, `last_group` is its
// last_group(): what follows it failed to be made durable, so it is cut even where it can be read at the moment.
Result<RecoveredJournal> recover(Store& store, const Head& head, Replay replay,
                                 std::uint64_t last_group = std::numeric_limits<std::uint64_t>::max());

// Makes the file that a Journal begins with. Room::allocated suits the first file of a new directory; a recycled file
// is taken in either case.
Result<JournalStart> begin_journal(Store& store, const Head& head, const RecoveredJournal& recovered,
                                   const JournalOptions& options, Store::Room room);

}  // namespace millrace::log
