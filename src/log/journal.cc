#include "log/journal.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "log/journal_format.h"

namespace millrace::log {
namespace {

// Lists of waiters kept for reuse; two are in use at a time (the group in flight and the open one).
constexpr std::size_t spare_lists_max = 4;
constexpr std::uint64_t file_bytes_min = 16u << 10;
// The next file is made once this much of the current one is planned, or a quarter of a small one: late enough that an
// idle lane makes none, early enough that a full disk is known while there is room left.
constexpr std::uint64_t prepare_after_bytes = 512u << 10;

}  // namespace

struct Journal::Group {
  std::shared_ptr<Chunk> chunk;
  std::size_t begin = 0;                  // within the chunk
  std::size_t used = group_header_bytes;  // header and entries, without padding
  GroupHeader header;
  bool sync = false;
  Waiters waiters;
  std::byte* data() const { return chunk->data() + begin; }
};

Journal::Journal(env::Core& core, std::shared_ptr<Store> store, JournalOptions options, JournalStart start)
    : core_(core),
      store_(std::move(store)),
      options_(options),
      seed_(start.seed),
      plan_file_(start.file.id),
      next_group_(start.file.first_group),
      next_sequence_(start.file.first_sequence),
      object_(std::move(start.object)),
      object_id_(start.file.id),
      files_(start.older.begin(), start.older.end()),
      durable_group_(start.file.first_group - 1),
      written_group_(start.file.first_group - 1),
      last_has_entries_(start.entries_before),
      outgrow_(!object_->written_through()) {
  check(options_.file_bytes % group_alignment == 0 && options_.file_bytes >= file_bytes_min, "see JournalOptions");
  check(options_.chunk_bytes % group_alignment == 0 && options_.chunk_bytes > 0, "see JournalOptions");
  check(start.file.first_group > 0, "groups are numbered from 1");
  files_.push_back(start.file);
  // What recovery found at the end gets its seal too, so that later damage to it is not taken for a torn tail.
  idle();
}

Journal::~Journal() {
  core_.cancel(seal_timer_);
  core_.cancel(retry_timer_);
}

std::size_t Journal::entry_bytes_max() const {
  const auto in_file = std::min<std::uint64_t>(options_.file_bytes, group_bytes_max);
  return static_cast<std::size_t>(in_file - group_header_bytes - entry_header_bytes);
}

// ---- Appending, in memory ----

MutableBytes Journal::reserve(PartitionId partition, std::uint16_t type, std::size_t size) {
  check(!reserving_, "commit() comes before the next reserve()");
  check(!closing_, "nothing is appended to a journal that closes");
  check(size <= entry_bytes_max(), "the owner refuses what is too large");
  const std::size_t needed = entry_header_bytes + size;
  if (open_) {
    const Group& group = groups_.back();
    const auto room = std::min<std::uint64_t>(group.chunk->size() - group.begin, options_.file_bytes - plan_offset_);
    if (group.used + needed > room) close_group();
  }
  if (!open_) open_group(needed, false);
  reserving_ = true;
  reserved_bytes_ = size;
  reserved_partition_ = partition;
  reserved_type_ = type;
  const Group& group = groups_.back();
  return {group.data() + group.used + entry_header_bytes, size};
}

void Journal::shrink(std::size_t size) {
  check(reserving_ && size <= reserved_bytes_, "only what is reserved can be given back");
  reserved_bytes_ = size;
}

Slice Journal::commit() {
  check(reserving_, "there is an entry to commit");
  reserving_ = false;
  Group& group = groups_.back();
  std::byte* const entry = group.data() + group.used;
  encode_entry_header({.payload_bytes = static_cast<std::uint32_t>(reserved_bytes_),
                       .sequence = next_sequence_,
                       .partition = reserved_partition_,
                       .type = reserved_type_},
                      entry);
  ++next_sequence_;
  ++group.header.entries;
  group.used += entry_header_bytes + reserved_bytes_;
  pending_bytes_ += entry_header_bytes + reserved_bytes_;
  schedule();
  return {group.chunk, Bytes(entry + entry_header_bytes, reserved_bytes_), group.header.journal_id};
}

void Journal::open_group(std::size_t entry_bytes, bool sync) {
  const std::uint64_t needed = padded(group_header_bytes + entry_bytes);
  const bool outgrown = outgrow_ && next_;
  if (needed > options_.file_bytes - plan_offset_ || outgrown) {
    outgrow_ = false;
    ++plan_file_;
    plan_offset_ = 0;
    files_.push_back({.id = plan_file_, .first_group = next_group_, .first_sequence = next_sequence_});
  }
  if (!chunk_ || needed > chunk_->size() - chunk_used_) {
    chunk_ = std::make_shared<Chunk>(std::max<std::size_t>(options_.chunk_bytes, needed));
    chunk_used_ = 0;
  }
  Group& group = groups_.emplace_back();
  group.chunk = chunk_;
  group.begin = chunk_used_;
  group.sync = sync || options_.durability == Durability::sync;
  group.header.journal_id = plan_file_;
  group.header.number = next_group_++;
  group.header.first_sequence = next_sequence_;
  if (!spare_lists_.empty()) {
    group.waiters = std::move(spare_lists_.back());
    spare_lists_.pop_back();
  }
  open_ = true;
}

void Journal::close_group() {
  Group& group = groups_.back();
  group.header.entry_bytes = static_cast<std::uint32_t>(group.used - group_header_bytes);
  const auto stored = static_cast<std::size_t>(group.header.stored_bytes());
  std::memset(group.data() + group.used, 0, stored - group.used);
  chunk_used_ += stored;
  plan_offset_ += stored;
  open_ = false;
  if (error_) groups_.pop_back();
}

// ---- Waiting ----

void Journal::when_durable(Waiter done) { wait(std::move(done), options_.durability == Durability::sync); }
void Journal::when_synced(Waiter done) { wait(std::move(done), true); }

void Journal::wait(Waiter done, bool synced) {
  if (error_) return done(std::unexpected(*error_));
  if (groups_.empty() && (!synced || durable_group_ == written_group_)) return done({});
  // The newest group will do, unless a sync is wanted and that group is on its way without one.
  const bool in_flight = writing_ && groups_.size() == 1;
  if (groups_.empty() || (synced && in_flight && !groups_.back().sync)) open_group(0, true);
  groups_.back().sync |= synced;
  groups_.back().waiters.push_back(std::move(done));
  schedule();
}

bool Journal::run(Waiters waiters, const Result<void>& result) {
  const std::weak_ptr<char> alive = alive_;
  for (auto& waiter : waiters) {
    waiter(result);
    // A waiter may end the journal, and with it everything that waits.
    if (alive.expired()) return false;
  }
  waiters.clear();
  if (spare_lists_.size() < spare_lists_max) spare_lists_.push_back(std::move(waiters));
  return true;
}

// ---- Writing ----

void Journal::schedule() {
  if (scheduled_ || writing_ || error_) return;
  scheduled_ = true;
  core_.post([this, alive = std::weak_ptr<char>(alive_)] {
    if (alive.expired()) return;
    scheduled_ = false;
    write_next();
  });
}

void Journal::write_next() {
  if (writing_ || error_) return;
  if (groups_.empty()) return idle();
  if (open_ && groups_.size() == 1) close_group();
  writing_ = true;
  write_front();
}

void Journal::write_front() {
  Group& group = groups_.front();
  if (group.header.journal_id != object_id_) return rotate();
  group.header.durable_group = durable_group_;
  encode_group_header(group.header, seed_, group.data());
  const Bytes bytes(group.data(), static_cast<std::size_t>(group.header.stored_bytes()));
  const bool sync = group.sync;
  // The callback keeps object and memory alive, also when the journal is gone before the write ends.
  object_->append(
      core_, bytes, sync,
      [this, sync, alive = std::weak_ptr<char>(alive_), object = object_, chunk = group.chunk](Result<void> result) {
        if (!alive.expired()) written(sync, std::move(result));
      });
  const bool used_enough =
      plan_file_ > object_id_ || outgrow_ || plan_offset_ >= std::min(options_.file_bytes / 4, prepare_after_bytes);
  if (used_enough && !next_ && !preparing_ && retry_timer_ == env::TimerId{}) prepare();
}

void Journal::written(bool synced, Result<void> result) {
  writing_ = false;
  if (!result) return fail_all(std::move(result.error()));
  Group group = std::move(groups_.front());
  groups_.pop_front();
  written_group_ = group.header.number;
  if (synced) durable_group_ = written_group_;
  last_has_entries_ = group.header.entries > 0;
  pending_bytes_ -= group.header.entry_bytes;
  // The next group goes first, so that the disk does not wait for what the waiters do.
  write_next();
  run(std::move(group.waiters), {});
}

// ---- Files ----

void Journal::rotate() {
  if (durable_group_ != written_group_) {
    // Only ever under Durability::os: a file is synced before the next one begins, so that a power cut leaves at most
    // the newest file incomplete.
    object_->sync(core_, [this, alive = std::weak_ptr<char>(alive_), object = object_](Result<void> result) {
      if (alive.expired()) return;
      if (!result) return fail_all(std::move(result.error()));
      durable_group_ = written_group_;
      rotate();
    });
    return;
  }
  if (!next_) {
    rotation_waits_ = true;
    if (!preparing_) prepare();
    return;
  }
  rotation_waits_ = false;
  const std::uint64_t sealed_id = object_id_;
  object_ = std::move(next_);
  next_ = nullptr;
  ++object_id_;
  write_front();
  if (on_rotate_) on_rotate_(sealed_id);
}

void Journal::prepare() {
  core_.cancel(std::exchange(retry_timer_, {}));
  preparing_ = true;
  using Made = Result<std::shared_ptr<JournalObject>>;
  auto made = std::make_shared<Made>(nullptr);
  core_.offload([made, store = store_, id = object_id_ + 1,
                 bytes = options_.file_bytes] { *made = store->create_journal(id, bytes, Store::Room::written); },
                [this, made, alive = std::weak_ptr<char>(alive_)] {
                  if (!alive.expired()) prepared(std::move(*made));
                });
}

void Journal::prepared(Result<std::shared_ptr<JournalObject>> object) {
  preparing_ = false;
  if (error_) return;
  if (object) {
    next_ = std::move(*object);
    space_ = Space::ok;
    if (rotation_waits_) rotate();
    return;
  }
  logging::warn("the next journal file could not be made: {}", object.error().message);
  if (rotation_waits_) return fail_all(std::move(object.error()));
  space_ = Space::low;
  retry_timer_ = core_.after(options_.retry, [this, alive = std::weak_ptr<char>(alive_)] {
    if (alive.expired()) return;
    retry_timer_ = {};
    if (!error_ && !preparing_ && !next_) prepare();
  });
}

void Journal::release_before(std::uint64_t journal_id) {
  check(journal_id <= plan_file_, "the current file is needed");
  std::vector<std::uint64_t> ids;
  while (files_.front().id < std::min(journal_id, object_id_)) {
    ids.push_back(files_.front().id);
    files_.pop_front();
  }
  if (ids.empty()) return;
  core_.offload(
      [ids = std::move(ids), store = store_] {
        for (const std::uint64_t id : ids) {
          const auto result = store->recycle_journal(id);
          if (!result) logging::warn("a journal file could not be recycled: {}", result.error().message);
        }
      },
      [] {});
}

// ---- Ends ----

void Journal::fail_all(Error error) {
  logging::error("the journal has failed: {}", error.message);
  error_ = error;
  space_ = Space::failed;
  writing_ = false;
  rotation_waits_ = false;
  open_ = false;
  pending_bytes_ = 0;
  core_.cancel(std::exchange(retry_timer_, {}));
  core_.cancel(std::exchange(seal_timer_, {}));
  auto groups = std::move(groups_);
  groups_.clear();
  auto on_closed = std::move(on_closed_);
  on_closed_ = nullptr;
  const Result<void> failed = std::unexpected(std::move(error));
  for (auto& group : groups) {
    if (!run(std::move(group.waiters), failed)) break;
  }
  if (on_closed) on_closed();
}

// A seal is not worth waiting for another file, which a full disk may refuse.
bool Journal::seal_fits() const {
  const bool next_is_ready = next_ && plan_file_ == object_id_;
  return next_is_ready || options_.file_bytes - plan_offset_ >= padded(group_header_bytes);
}

void Journal::idle() {
  if (closing_) {
    // A seal ends the journal, where there is room for it.
    if ((last_has_entries_ || durable_group_ != written_group_) && seal_fits()) {
      open_group(0, true);
      return write_next();
    }
    if (durable_group_ != written_group_) {
      object_->sync(core_, [this, alive = std::weak_ptr<char>(alive_), object = object_](Result<void> result) {
        if (alive.expired()) return;
        if (!result) return fail_all(std::move(result.error()));
        durable_group_ = written_group_;
        idle();
      });
      return;
    }
    // Posted, since whoever closes a journal destroys it then, and this may be inside one of its callbacks.
    if (on_closed_) core_.post(std::exchange(on_closed_, nullptr));
    return;
  }
  if (options_.idle_seal <= Duration::zero() || !last_has_entries_ || seal_timer_ != env::TimerId{}) return;
  seal_armed_at_ = written_group_;
  seal_timer_ = core_.after(options_.idle_seal, [this, alive = std::weak_ptr<char>(alive_)] {
    if (alive.expired()) return;
    seal_timer_ = {};
    seal();
  });
}

void Journal::seal() {
  if (error_ || closing_ || !groups_.empty()) return;  // the next idle() arms anew
  if (written_group_ != seal_armed_at_) return idle();
  if (!seal_fits()) return;
  open_group(0, false);
  write_next();
}

void Journal::close(Callback<void()> done) {
  check(!closing_, "a journal is closed once");
  closing_ = true;
  on_closed_ = std::move(done);
  core_.cancel(std::exchange(seal_timer_, {}));
  if (error_) return core_.post(std::move(on_closed_));
  if (!writing_) write_next();
}

}  // namespace millrace::log
