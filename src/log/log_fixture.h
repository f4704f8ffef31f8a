// A lane's log for tests: one store in memory, its journal, and what recovery gave back.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/checkpoint.h"
#include "log/journal.h"
#include "log/recover.h"
#include "log/store.h"
#include "log/testing.h"

namespace millrace::log::testing {

constexpr std::uint64_t file_bytes = 64u << 10;

// A FileStore that can be told that no new journal fits.
class ShortStore final : public Store {
 public:
  ShortStore(std::unique_ptr<FileStore> store, const bool& fail_new_files)
      : store_(std::move(store)), fail_new_files_(fail_new_files) {}
  Result<std::optional<Head>> read_head() override { return store_->read_head(); }
  Result<void> write_head(const Head& head) override { return store_->write_head(head); }
  Result<std::vector<std::uint64_t>> list(Kind kind) override { return store_->list(kind); }
  Result<std::unique_ptr<Object>> open(Kind kind, std::uint64_t id) override { return store_->open(kind, id); }
  Result<std::unique_ptr<ObjectWriter>> create(Kind kind, std::uint64_t id) override {
    return store_->create(kind, id);
  }
  Result<void> remove(Kind kind, std::uint64_t id) override { return store_->remove(kind, id); }
  Result<std::shared_ptr<JournalObject>> create_journal(std::uint64_t id, std::uint64_t bytes, Room room) override {
    if (fail_new_files_) return fail(ErrorCode::disk_full, "no room for " + object_name(Kind::journal, id));
    return store_->create_journal(id, bytes, room);
  }
  Result<void> recycle_journal(std::uint64_t id) override { return store_->recycle_journal(id); }
  Result<void> sync_journal(std::uint64_t id) override { return store_->sync_journal(id); }
  Result<void> release_reserve() override { return store_->release_reserve(); }
  Result<void> restore_reserve(std::uint64_t bytes) override { return store_->restore_reserve(bytes); }

 private:
  std::unique_ptr<FileStore> store_;
  const bool& fail_new_files_;
};

struct Replayed {
  std::uint64_t sequence = 0;
  std::uint32_t partition = 0;
  std::uint16_t type = 0;
  std::uint64_t journal_id = 0;
  std::string payload;
};

class Lane {
 public:
  MemoryFiles files;
  TestCore core{files};
  JournalOptions options{.file_bytes = file_bytes, .chunk_bytes = 16u << 10};
  bool fail_new_files = false;
  Store::Room room = Store::Room::written;
  std::shared_ptr<Store> store;
  Head head{.seed = 0x5EED};
  std::unique_ptr<Journal> journal;
  std::vector<Replayed> replayed;
  std::optional<RecoveredJournal> recovered;
  std::uint64_t last_group = std::numeric_limits<std::uint64_t>::max();

  // Opens the store, recovers, begins a journal.
  Result<void> try_start() {
    journal = nullptr;
    if (auto got = recover(); !got) return pass(got);
    auto begun = begin_journal(*store, head, *recovered, options, room);
    if (!begun) return pass(begun);
    journal = std::make_unique<Journal>(core, store, options, std::move(*begun));
    return {};
  }
  void start() {
    const auto started = try_start();
    check(started.has_value(), "the test's store is in order");
  }

  Result<RecoveredJournal> recover() {
    replayed.clear();
    auto opened = FileStore::open(files, "lane");
    if (!opened) return pass(opened);
    store = std::make_shared<ShortStore>(std::move(*opened), fail_new_files);
    auto stored = store->read_head();
    if (!stored) return pass(stored);
    if (*stored) {
      head = **stored;
    } else if (auto written = store->write_head(head); !written) {
      return pass(written);
    }
    auto got = log::recover(
        *store, head,
        [this](const Entry& entry, Slice slice) -> Result<void> {
          replayed.push_back(
              {entry.sequence, entry.partition.get(), entry.type, slice.journal_id, std::string(as_text(slice.bytes))});
          return {};
        },
        last_group);
    if (got) recovered = *got;
    return got;
  }

  // The power goes.
  void crash() {
    journal = nullptr;
    core.drop();
    files.crash();
  }

  Slice append(std::string_view payload, PartitionId partition = PartitionId(1), std::uint16_t type = 1) {
    const auto into = journal->reserve(partition, type, payload.size());
    if (!payload.empty()) std::memcpy(into.data(), payload.data(), payload.size());
    return journal->commit();
  }

  // What an owner does after a checkpoint: a head that begins with the current file, then the older ones go.
  void checkpoint_here() {
    const auto& file = journal->files().back();
    head.first_journal_id = file.id;
    head.first_group = file.first_group;
    head.first_sequence = file.first_sequence;
    head.checkpoint_sequence = file.first_sequence - 1;
    const auto written = store->write_head(head);
    check(written.has_value(), "the test's store is in order");
    journal->release_before(file.id);
    core.run();
  }
};

}  // namespace millrace::log::testing
