// Store: where one lane keeps its objects. A small head, and objects of three kinds, each named by its kind and an id.
//
//   head         names the checkpoint and the first journal that recovery needs; replaced atomically
//   journal      pre-sized, written from its beginning by asynchronous appends
//   checkpoint   written once, then read
//   segment      written once, then read
//
// Members block unless they say otherwise: they are used at recovery and inside env::Core::offload, and may run on
// several threads at once as long as they concern different objects. The one asynchronous member is
// JournalObject::append, since it is on the hot path.
//
// Rules that every implementation keeps, so that files, the simulator's files and later RADOS objects serve alike:
// nothing is acknowledged before it is durable; a failed append ends its object (nothing is ever appended again, and
// nothing is tried again in place); an owner whose epoch was overtaken gets `unavailable`.
//
// The first use of a directory: read_head() gives nothing, the owner writes a first Head, then begins a journal.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/callback.h"
#include "base/result.h"
#include "env/core.h"
#include "env/file.h"

namespace millrace::log {

enum class Kind : std::uint8_t { journal, checkpoint, segment };
std::string_view name_of(Kind kind);
// "journal-0000000000000007"
std::string object_name(Kind kind, std::uint64_t id);

// docs/format/data-directory.md describes the bytes.
struct Head {
  std::uint64_t epoch = 1;                // raised by each new owner; a store with a higher one fences this owner
  std::uint32_t seed = 0;                 // random, chosen once: start value of the checksums of journal group headers
  std::uint64_t checkpoint_id = 0;        // 0: none
  std::uint64_t checkpoint_sequence = 0;  // last journal entry that the checkpoint holds; recovery must reach it
  std::uint64_t first_journal_id = 1;     // recovery reads from here on; older files are not needed
  std::uint64_t first_group = 1;          // number of that file's first group
  std::uint64_t first_sequence = 1;       // sequence of that group's first entry
  bool operator==(const Head&) const = default;
};

// Bytes of a stored head; `damaged` or `unsupported` (newer version) when they cannot be one. `name` is for messages.
std::string encode_head(const Head& head);
Result<Head> decode_head(Bytes stored, std::string_view name);

// An object opened for reading. read() and size() may be called from several threads at once.
class Object {
 public:
  virtual ~Object() = default;
  // Fewer bytes than asked for only at the end.
  virtual Result<std::size_t> read(std::uint64_t offset, MutableBytes into) = 0;
  virtual Result<std::uint64_t> size() = 0;
  virtual const std::string& name() const = 0;  // for messages
};

// Reads exactly into.size() bytes; an object that ends before is `damaged`.
Result<void> read_exact(Object& object, std::uint64_t offset, MutableBytes into);

// An object being written. It exists for others only once sealed.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  // After a failure every later call fails too, and what was written is gone.
  virtual Result<void> append(Bytes bytes) = 0;
  // Makes the object and its name durable. Nothing can be appended afterwards.
  virtual Result<void> seal() = 0;
  virtual std::uint64_t size() const = 0;  // bytes appended so far
};

// A journal's object, written by one core.
class JournalObject {
 public:
  virtual ~JournalObject() = default;
  // Appends `bytes`, which stay valid until `done` and are aligned for direct writes (env/file.h) in address and size;
  // with `sync`, `done` comes after they and all earlier ones are durable. One append at a time. After a failure
  // nothing may be appended again. The object lives until `done`.
  virtual void append(env::Core& core, Bytes bytes, bool sync, Callback<void(Result<void>)> done) = 0;
  // Makes all appended bytes durable.
  virtual void sync(env::Core& core, Callback<void(Result<void>)> done) = 0;
  // Whether appends only overwrite: false for a new object that was merely allocated, whose appends cost more.
  virtual bool written_through() const { return true; }
  virtual const std::string& name() const = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  // Nothing when the store is new. `damaged` when the head is unreadable, or missing beside objects.
  virtual Result<std::optional<Head>> read_head() = 0;
  // `unavailable` when the stored head has a higher epoch. Durable on return.
  virtual Result<void> write_head(const Head& head) = 0;

  // Ids of the sealed objects of a kind (for journals: all), ascending.
  virtual Result<std::vector<std::uint64_t>> list(Kind kind) = 0;
  virtual Result<std::unique_ptr<Object>> open(Kind kind, std::uint64_t id) = 0;
  // For checkpoints and segments.
  virtual Result<std::unique_ptr<ObjectWriter>> create(Kind kind, std::uint64_t id) = 0;
  // Succeeds when it does not exist. Not durable at once: an object may come back after a power cut, so the owner
  // removes at start-up what its head does not need.
  virtual Result<void> remove(Kind kind, std::uint64_t id) = 0;

  // How a journal's room is made. `written` writes it through, so that appends change no metadata of the file system;
  // `allocated` only reserves it, which is quick enough for the start of a new directory.
  enum class Room : std::uint8_t { written, allocated };
  // An object of exactly `bytes` (a multiple of env::direct_alignment), durable under its name. What it contains is
  // undefined: it may be a recycled one. Fails with disk_full without leaving anything behind.
  virtual Result<std::shared_ptr<JournalObject>> create_journal(std::uint64_t id, std::uint64_t bytes, Room room) = 0;
  // Gives a journal up: kept as a spare for create_journal, up to a limit, else removed.
  virtual Result<void> recycle_journal(std::uint64_t id) = 0;
  // Makes a journal's present content durable: recovery trusts what it read only then.
  virtual Result<void> sync_journal(std::uint64_t id) = 0;

  // Room set aside for work that frees room (checkpoints, settling) when the disk is full.
  virtual Result<void> release_reserve() = 0;  // gives it back to the disk; succeeds when there is none
  virtual Result<void> restore_reserve(std::uint64_t bytes) = 0;  // sets it aside again; no effect when it is there
};

// A store in a directory of its own, through env::Files. Keeps no state in memory beyond its options, so that its
// members need no lock: what is shared is the directory, and a rename decides who gets a spare.
class FileStore final : public Store {
 public:
  static constexpr std::size_t spares_default = 2;

  // Makes the directory if need be and removes what an interrupted write left. `files` outlives the store.
  static Result<std::unique_ptr<FileStore>> open(env::Files& files, std::string directory,
                                                 std::size_t spares_max = spares_default);
  // For reading only (millrace check, dump): changes nothing; not_found when there is no such directory.
  static Result<std::unique_ptr<FileStore>> open_to_read(env::Files& files, std::string directory);

  Result<std::optional<Head>> read_head() override;
  Result<void> write_head(const Head& head) override;
  Result<std::vector<std::uint64_t>> list(Kind kind) override;
  Result<std::unique_ptr<Object>> open(Kind kind, std::uint64_t id) override;
  Result<std::unique_ptr<ObjectWriter>> create(Kind kind, std::uint64_t id) override;
  Result<void> remove(Kind kind, std::uint64_t id) override;
  Result<std::shared_ptr<JournalObject>> create_journal(std::uint64_t id, std::uint64_t bytes, Room room) override;
  Result<void> recycle_journal(std::uint64_t id) override;
  Result<void> sync_journal(std::uint64_t id) override;
  Result<void> release_reserve() override;
  Result<void> restore_reserve(std::uint64_t bytes) override;

  const std::string& directory() const { return directory_; }

 private:
  FileStore(env::Files& files, std::string directory, std::size_t spares_max);
  std::string path(std::string_view name) const;
  Result<void> clean_up();
  Result<bool> take_spare(const std::string& wanted, std::uint64_t bytes);
  Result<void> make_room(const std::string& path, std::uint64_t bytes, Room room);

  env::Files& files_;
  std::string directory_;
  std::size_t spares_max_;
};

}  // namespace millrace::log
