// FileStore: the names in its directory are
//
//   head, journal-ID, checkpoint-ID, segment-ID   as store.h says
//   spare-ID                                      a journal file that was given up; ID is that of the journal
//   reserve                                       room for work that frees room
//   *.part, *.tmp                                 being written; removed when the store is opened
#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/log.h"
#include "log/chunk.h"
#include "log/store.h"

namespace millrace::log {
namespace {

constexpr std::string_view head_name = "head";
constexpr std::string_view reserve_name = "reserve";
constexpr std::string_view spare_prefix = "spare-";
constexpr std::size_t id_digits = 16;
// Zeros are written in pieces of this size.
constexpr std::size_t zeros_bytes = 1u << 20;

std::string spare_name(std::uint64_t id) { return fmt::format("{}{:016x}", spare_prefix, id); }

// The id in "journal-0123456789abcdef" for the prefix "journal-"; nothing for any other name.
std::optional<std::uint64_t> id_in(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix) || name.size() != prefix.size() + id_digits) return {};
  name.remove_prefix(prefix.size());
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id, 16);
  if (error != std::errc() || end != name.data() + name.size()) return {};
  return id;
}

class FileObject final : public Object {
 public:
  FileObject(std::unique_ptr<env::File> file) : file_(std::move(file)) {}
  Result<std::size_t> read(std::uint64_t offset, MutableBytes into) override { return file_->read(offset, into); }
  Result<std::uint64_t> size() override { return file_->size(); }
  const std::string& name() const override { return file_->path(); }

 private:
  std::unique_ptr<env::File> file_;
};

// Writes NAME.part, which becomes NAME when it is sealed. One that is abandoned without a failure leaves its .part to
// the next writer of the name, or to the next opening of the store.
class FileWriter final : public ObjectWriter {
 public:
  FileWriter(env::Files& files, std::string directory, std::string path, std::unique_ptr<env::File> file)
      : files_(files), directory_(std::move(directory)), path_(std::move(path)), file_(std::move(file)) {}

  Result<void> append(Bytes bytes) override {
    check(!sealed_, "a sealed object does not change");
    if (auto usable = not_failed(); !usable) return usable;
    if (auto written = file_->write(size_, bytes); !written) return give_up(written);
    size_ += bytes.size();
    return {};
  }

  Result<void> seal() override {
    check(!sealed_, "an object is sealed once");
    if (auto usable = not_failed(); !usable) return usable;
    if (auto synced = file_->sync(); !synced) return give_up(synced);
    if (auto renamed = files_.rename(path_ + ".part", path_); !renamed) return give_up(renamed);
    sealed_ = true;
    return files_.sync_directory(directory_);
  }

  std::uint64_t size() const override { return size_; }

 private:
  Result<void> not_failed() const {
    if (!failed_) return {};
    return fail(ErrorCode::io, fmt::format("{}: an earlier write failed", path_));
  }

  // The room comes back at once. What cannot be removed now is removed when the store is opened next.
  Result<void> give_up(Result<void>& why) {
    failed_ = true;
    file_ = nullptr;
    if (auto removed = files_.remove(path_ + ".part"); !removed) logging::warn("{}", removed.error().message);
    return std::move(why);
  }

  env::Files& files_;
  std::string directory_;
  std::string path_;
  std::unique_ptr<env::File> file_;
  std::uint64_t size_ = 0;
  bool failed_ = false;
  bool sealed_ = false;
};

class FileJournal final : public JournalObject {
 public:
  FileJournal(std::unique_ptr<env::File> file, bool written_through)
      : file_(std::move(file)), written_through_(written_through) {}

  void append(env::Core& core, Bytes bytes, bool sync, Callback<void(Result<void>)> done) override {
    const std::uint64_t offset = offset_;
    offset_ += bytes.size();
    core.write(*file_, offset, bytes, sync, std::move(done));
  }

  void sync(env::Core& core, Callback<void(Result<void>)> done) override {
    auto result = std::make_shared<Result<void>>();
    core.offload([this, result] { *result = file_->sync(); },
                 [result, then = std::move(done)]() mutable { then(std::move(*result)); });
  }

  bool written_through() const override { return written_through_; }
  const std::string& name() const override { return file_->path(); }

 private:
  std::unique_ptr<env::File> file_;
  const bool written_through_;
  std::uint64_t offset_ = 0;
};

}  // namespace

FileStore::FileStore(env::Files& files, std::string directory, std::size_t spares_max)
    : files_(files), directory_(std::move(directory)), spares_max_(spares_max) {}

Result<std::unique_ptr<FileStore>> FileStore::open(env::Files& files, std::string directory, std::size_t spares_max) {
  if (auto made = env::make_durable_directory(files, directory); !made) return pass(made);
  std::unique_ptr<FileStore> store(new FileStore(files, std::move(directory), spares_max));
  if (auto cleaned = store->clean_up(); !cleaned) return pass(cleaned);
  return store;
}

Result<std::unique_ptr<FileStore>> FileStore::open_to_read(env::Files& files, std::string directory) {
  if (auto names = files.list(directory); !names) return pass(names);
  return std::unique_ptr<FileStore>(new FileStore(files, std::move(directory), 0));
}

std::string FileStore::path(std::string_view name) const { return fmt::format("{}/{}", directory_, name); }

Result<void> FileStore::clean_up() {
  const auto names = files_.list(directory_);
  if (!names) return std::unexpected(names.error());
  for (const auto& name : *names) {
    if (!name.ends_with(".part") && !name.ends_with(".tmp")) continue;
    if (auto removed = files_.remove(path(name)); !removed) return removed;
  }
  return {};
}

// ---- Head ----

Result<std::optional<Head>> FileStore::read_head() {
  auto stored = read_all(files_, path(head_name));
  if (stored) {
    auto head = decode_head(as_bytes(*stored), path(head_name));
    if (!head) return pass(head);
    return *head;
  }
  if (stored.error().code != ErrorCode::not_found) return pass(stored);
  for (const Kind kind : {Kind::journal, Kind::checkpoint, Kind::segment}) {
    auto ids = list(kind);
    if (!ids) return pass(ids);
    if (!ids->empty()) {
      return fail(ErrorCode::damaged, fmt::format("{}, offset 0: missing, although there is {}", path(head_name),
                                                  object_name(kind, ids->front())));
    }
  }
  return std::nullopt;
}

Result<void> FileStore::write_head(const Head& head) {
  auto stored = read_head();
  if (!stored) return pass(stored);
  if (*stored && (*stored)->epoch > head.epoch) {
    return fail(ErrorCode::unavailable, fmt::format("{}: taken over by another owner (epoch {}, ours is {})",
                                                    path(head_name), (*stored)->epoch, head.epoch));
  }
  return env::replace(files_, directory_, std::string(head_name), as_bytes(encode_head(head)));
}

// ---- Objects ----

Result<std::vector<std::uint64_t>> FileStore::list(Kind kind) {
  auto names = files_.list(directory_);
  if (!names) return pass(names);
  std::vector<std::uint64_t> ids;
  const std::string prefix = fmt::format("{}-", name_of(kind));
  for (const auto& name : *names) {
    if (const auto id = id_in(name, prefix)) ids.push_back(*id);
  }
  std::ranges::sort(ids);
  return ids;
}

Result<std::unique_ptr<Object>> FileStore::open(Kind kind, std::uint64_t id) {
  auto file = files_.open(path(object_name(kind, id)), {});
  if (!file) return pass(file);
  return std::make_unique<FileObject>(std::move(*file));
}

Result<std::unique_ptr<ObjectWriter>> FileStore::create(Kind kind, std::uint64_t id) {
  check(kind != Kind::journal, "journals have create_journal");
  const std::string name = path(object_name(kind, id));
  auto existing = files_.open(name, {});
  if (existing) return fail(ErrorCode::exists, fmt::format("{} exists", name));
  if (existing.error().code != ErrorCode::not_found) return pass(existing);
  auto file = files_.open(name + ".part", {.write = true, .create = true});
  if (!file) return pass(file);
  // One that was abandoned may lie there.
  if (auto emptied = (*file)->truncate(0); !emptied) return pass(emptied);
  return std::make_unique<FileWriter>(files_, directory_, name, std::move(*file));
}

Result<void> FileStore::remove(Kind kind, std::uint64_t id) {
  auto removed = files_.remove(path(object_name(kind, id)));
  if (!removed && removed.error().code != ErrorCode::not_found) return removed;
  return {};
}

// ---- Journals ----

Result<std::shared_ptr<JournalObject>> FileStore::create_journal(std::uint64_t id, std::uint64_t bytes, Room room) {
  const std::string name = path(object_name(Kind::journal, id));
  auto taken = take_spare(name, bytes);
  if (!taken) return pass(taken);
  if (!*taken) {
    auto made = make_room(name, bytes, room);
    // What was made so far goes, so that a full disk is not filled further and recovery finds no stump.
    if (!made) {
      if (auto removed = files_.remove(name); !removed && removed.error().code != ErrorCode::not_found) {
        logging::warn("{}", removed.error().message);
      }
      return pass(made);
    }
  }
  auto file = files_.open(name, {.write = true, .direct = true});
  if (!file) return pass(file);
  if (auto synced = files_.sync_directory(directory_); !synced) return pass(synced);
  return std::make_shared<FileJournal>(std::move(*file), *taken || room == Room::written);
}

// Renames a spare of the right size to `wanted`. Another job may take the same spare: then the next one is tried.
Result<bool> FileStore::take_spare(const std::string& wanted, std::uint64_t bytes) {
  auto names = files_.list(directory_);
  if (!names) return pass(names);
  for (const auto& name : *names) {
    if (!id_in(name, spare_prefix)) continue;
    auto file = files_.open(path(name), {});
    if (!file) continue;
    auto size = (*file)->size();
    if (!size) return pass(size);
    file->reset();
    if (*size != bytes) {
      // Of another configuration: of no use any more.
      if (auto removed = files_.remove(path(name)); !removed) logging::warn("{}", removed.error().message);
      continue;
    }
    auto renamed = files_.rename(path(name), wanted);
    if (renamed) return true;
    if (renamed.error().code != ErrorCode::not_found) return pass(renamed);
  }
  return false;
}

// Makes the file `name` of `bytes`, in a way that later writes below its size need no more room.
Result<void> FileStore::make_room(const std::string& name, std::uint64_t bytes, Room room) {
  auto file = files_.open(name, {.write = true, .create = true, .direct = true});
  if (!file) return pass(file);
  if (auto allocated = (*file)->allocate(bytes); !allocated) return allocated;
  if (room == Room::written) {
    const std::size_t piece = static_cast<std::size_t>(std::min<std::uint64_t>(zeros_bytes, bytes));
    Chunk zeros(piece);
    std::fill_n(zeros.data(), piece, std::byte{0});
    for (std::uint64_t offset = 0; offset < bytes; offset += piece) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(piece, bytes - offset));
      if (auto written = (*file)->write(offset, {zeros.data(), size}); !written) return written;
    }
  }
  return (*file)->sync();
}

Result<void> FileStore::recycle_journal(std::uint64_t id) {
  const std::string name = path(object_name(Kind::journal, id));
  auto names = files_.list(directory_);
  if (!names) return pass(names);
  const auto spares =
      std::ranges::count_if(*names, [](const auto& entry) { return id_in(entry, spare_prefix).has_value(); });
  const bool keep = static_cast<std::size_t>(spares) < spares_max_;
  auto done = keep ? files_.rename(name, path(spare_name(id))) : files_.remove(name);
  if (!done && done.error().code != ErrorCode::not_found) return done;
  return {};
}

Result<void> FileStore::sync_journal(std::uint64_t id) {
  auto file = files_.open(path(object_name(Kind::journal, id)), {.write = true});
  if (!file) return pass(file);
  return (*file)->sync();
}

// ---- Reserve ----

Result<void> FileStore::release_reserve() {
  auto removed = files_.remove(path(reserve_name));
  if (!removed && removed.error().code != ErrorCode::not_found) return removed;
  // Durable, since it is the removal's commit that gives the room back.
  return files_.sync_directory(directory_);
}

Result<void> FileStore::restore_reserve(std::uint64_t bytes) {
  const std::string name = path(reserve_name);
  if (auto file = files_.open(name, {}); file) {
    auto size = (*file)->size();
    if (size && *size >= bytes) return {};
  }
  // Only reserved: it is there to be given up, never to be written.
  auto made = make_room(name, bytes, Room::allocated);
  if (made) return files_.sync_directory(directory_);
  if (auto removed = files_.remove(name); !removed && removed.error().code != ErrorCode::not_found) {
    logging::warn("{}", removed.error().message);
  }
  return made;
}

}  // namespace millrace::log
