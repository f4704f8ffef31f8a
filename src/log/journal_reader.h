// JournalReader: the groups of one journal file, verified. Shared by recovery and offline verification. Blocking.
#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "log/chunk.h"
#include "log/journal_format.h"
#include "log/recover.h"
#include "log/store.h"

namespace millrace::log {

// A whole group, every byte of it verified.
struct VerifiedGroup {
  struct Item {
    Entry entry;
    Bytes payload;
  };
  GroupHeader header;
  std::shared_ptr<const Chunk> chunk;
  std::vector<Item> items;
};

// What stands where no valid group does.
struct InvalidGroup {
  std::uint64_t offset = 0;  // of the first thing that is wrong
  std::string what;
  std::optional<GroupHeader> header;  // when at least the header is valid
};

class JournalReader {
 public:
  static Result<std::unique_ptr<JournalReader>> open(Store& store, std::uint64_t id, std::uint32_t seed);

  // Reads the group at `offset` into group(), or says false and why in invalid(). An error is a failed read.
  Result<bool> read(std::uint64_t offset);
  const VerifiedGroup& group() const { return group_; }
  const InvalidGroup& invalid() const { return invalid_; }

  // The offset of a group header at or after `from` that proves that group `number` was durable once.
  Result<std::optional<std::uint64_t>> find_proof(std::uint64_t from, std::uint64_t number);
  // The offset of the first header at or after `from` of any group of this file.
  Result<std::optional<std::uint64_t>> find_header(std::uint64_t from);

  const std::string& name() const { return object_->name(); }
  std::uint64_t id() const { return id_; }
  std::uint64_t size() const { return size_; }

 private:
  JournalReader(std::unique_ptr<Object> object, std::uint64_t id, std::uint32_t seed, std::uint64_t size)
      : object_(std::move(object)), id_(id), seed_(seed), size_(size) {}
  Result<void> load(std::uint64_t offset, std::uint64_t bytes);
  const std::byte* at(std::uint64_t offset) const { return chunk_->data() + (offset - chunk_offset_); }
  bool refuse(std::uint64_t offset, std::string what);
  bool verify_entries(std::uint64_t offset);
  template <class Wanted>
  Result<std::optional<std::uint64_t>> scan(std::uint64_t from, Wanted wanted);

  std::unique_ptr<Object> object_;
  std::uint64_t id_;
  std::uint32_t seed_;
  std::uint64_t size_;

  std::shared_ptr<Chunk> chunk_;  // a window of the file, which slices of its entries keep alive
  std::uint64_t chunk_offset_ = 0;
  std::uint64_t chunk_bytes_ = 0;  // valid bytes in it
  VerifiedGroup group_;
  InvalidGroup invalid_;
};

// The last group that counts in each of the files, which are in ascending order: one that begins with group n says that
// everything from n on in earlier files was cut by the recovery that began it.
Result<std::vector<std::uint64_t>> last_groups(const std::vector<std::unique_ptr<JournalReader>>& readers);

}  // namespace millrace::log
