// Journal: the lane's log. Entries are appended to a group in memory; a group goes to disk with one write and one sync
// while the next one grows. docs/format/journal.md describes the bytes.
//
// Core-affine: made, used and destroyed in callbacks of one core. reserve() and commit() copy nothing and allocate
// nothing but a new chunk now and then.
//
// Failure: after the first failed write or sync every pending callback gets the error, space() is `failed`, and
// nothing is ever written again, since nothing is known about what reached the disk. The owner discards the journal
// and everything it applied, and recovers from disk (recover.h).
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/callback.h"
#include "base/result.h"
#include "base/time.h"
#include "env/core.h"
#include "log/chunk.h"
#include "log/ids.h"
#include "log/store.h"

namespace millrace::log {

enum class Durability : std::uint8_t {
  sync,  // durable means: survives a power cut
  os,    // durable means: handed to the operating system, survives the end of this process
};

// Room for what comes next.
enum class Space : std::uint8_t {
  ok,
  low,     // the next file could not be made; what is left in the current one still takes entries
  failed,  // no entry will ever become durable again here
};

struct JournalOptions {
  static constexpr std::uint64_t file_bytes_default = 32u << 20;
  static constexpr std::size_t chunk_bytes_default = 1u << 20;

  Durability durability = Durability::sync;
  std::uint64_t file_bytes = file_bytes_default;  // multiple of env::direct_alignment, at least 16 KiB
  std::size_t chunk_bytes = chunk_bytes_default;  // likewise; a group is at most a chunk, except for one large entry
  Duration idle_seal{20};                         // 0: no seal. See docs/format/journal.md
  Duration retry{1000};                           // between attempts to make the next file
};

// One file of the journal, by what recovery must find at its beginning.
struct JournalFile {
  std::uint64_t id = 0;
  std::uint64_t first_group = 0;
  std::uint64_t first_sequence = 0;
};

// Where a journal begins: a new file, after what recovery found. Made by begin_journal() in recover.h.
struct JournalStart {
  std::shared_ptr<JournalObject> object;
  JournalFile file;                // of the new object
  std::vector<JournalFile> older;  // files before it that the head still needs, ascending
  std::uint32_t seed = 0;          // Head::seed
  bool entries_before = false;     // the newest recovered group holds entries: it is sealed soon
};

class Journal {
 public:
  Journal(env::Core& core, std::shared_ptr<Store> store, JournalOptions options, JournalStart start);
  // Callbacks that have not run are destroyed. A write under way is left to end by itself; only after close() or a
  // failure is there none, so only then may the store be recovered anew.
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // The largest payload of one entry under these options.
  std::size_t entry_bytes_max() const;

  // Space for the payload of one entry, at most entry_bytes_max(). The caller fills it and calls commit() before
  // anything else. Works after a failure too (in memory alone), so that a turn can be finished.
  MutableBytes reserve(PartitionId partition, std::uint16_t type, std::size_t size);
  // Like reserve, but gives back only so many bytes as turn out to be needed. (Call between reserve and commit.)
  void shrink(std::size_t size);
  // Ends the entry: computes its checksum and gives it next_sequence(). The slice is the payload's place in memory.
  Slice commit();

  // Runs `done` when everything committed so far is durable (as JournalOptions::durability means it); at once, inside
  // this call, when it is already, and with the error at once when the journal has failed.
  void when_durable(Callback<void(Result<void>)> done);
  // The same with Durability::sync, whatever the options say. A checkpoint's owner calls this before it writes a head
  // that covers entries up to now.
  void when_synced(Callback<void(Result<void>)> done);

  Space space() const { return space_; }
  // The last group that may have been acknowledged. After a failure the owner recovers up to it (recover.h): what came
  // later is in doubt even where it can be read.
  std::uint64_t last_group() const { return options_.durability == Durability::sync ? durable_group_ : written_group_; }
  // The file that the next entry goes to, or a lower one: entries from next_sequence() on are in this file or later.
  std::uint64_t current_id() const { return plan_file_; }
  std::uint64_t next_sequence() const { return next_sequence_; }
  // Bytes committed and not yet durable; the owner's measure for backpressure.
  std::uint64_t pending_bytes() const { return pending_bytes_; }
  // Files that still exist, ascending, the current one last. Gives what a Head needs to name one of them.
  const std::deque<JournalFile>& files() const { return files_; }

  // Runs `then` each time a file is complete and synced. It must not destroy the journal.
  void set_on_rotate(Callback<void(std::uint64_t sealed_id)> then) { on_rotate_ = std::move(then); }
  // Recycles the files below `journal_id` (at most current_id()). Call it after a head that does not need them is
  // durable. In the background; a file that cannot be recycled is left to the next start.
  void release_before(std::uint64_t journal_id);

  // Makes everything durable (synced), seals, runs `done`. Nothing may be reserved from now on.
  void close(Callback<void()> done);

 private:
  struct Group;
  using Waiter = Callback<void(Result<void>)>;
  using Waiters = std::vector<Waiter>;

  void open_group(std::size_t entry_bytes, bool sync);
  void close_group();
  bool seal_fits() const;
  void schedule();
  void write_next();
  void write_front();
  void written(bool synced, Result<void> result);
  bool run(Waiters waiters, const Result<void>& result);
  void rotate();
  void prepare();
  void prepared(Result<std::shared_ptr<JournalObject>> object);
  void fail_all(Error error);
  void idle();
  void seal();
  void wait(Waiter done, bool synced);

  env::Core& core_;
  std::shared_ptr<Store> store_;
  const JournalOptions options_;
  const std::uint32_t seed_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // callbacks given to the core hold it weakly

  // The plan: where the next group will lie. It runs ahead of what is written.
  std::uint64_t plan_file_;
  std::uint64_t plan_offset_ = 0;
  std::uint64_t next_group_;
  std::uint64_t next_sequence_;
  std::shared_ptr<Chunk> chunk_;
  std::size_t chunk_used_ = 0;

  std::deque<Group> groups_;  // oldest first: the one in flight, closed ones, and last the open one
  bool open_ = false;         // groups_.back() is open
  bool writing_ = false;      // groups_.front() is in flight, or waits for its file
  bool scheduled_ = false;
  bool reserving_ = false;  // between reserve() and commit()
  std::size_t reserved_bytes_ = 0;
  PartitionId reserved_partition_{};
  std::uint16_t reserved_type_ = 0;
  std::uint64_t pending_bytes_ = 0;
  std::vector<Waiters> spare_lists_;  // empty, with capacity, so that a group's list is rarely allocated

  std::shared_ptr<JournalObject> object_;  // the file being written
  std::uint64_t object_id_;
  std::shared_ptr<JournalObject> next_;  // the file after it
  bool preparing_ = false;
  bool rotation_waits_ = false;
  env::TimerId retry_timer_{};
  std::deque<JournalFile> files_;

  std::uint64_t durable_group_;  // written and synced through this group
  std::uint64_t written_group_;
  bool last_has_entries_;  // the newest written group holds entries, so that a seal makes sense
  env::TimerId seal_timer_{};
  std::uint64_t seal_armed_at_ = 0;

  bool outgrow_;  // the first file is merely allocated: the next one is made, and begun, as soon as there is use

  Space space_ = Space::ok;
  std::optional<Error> error_;
  bool closing_ = false;
  Callback<void()> on_closed_;
  Callback<void(std::uint64_t)> on_rotate_;
};

}  // namespace millrace::log
