#include "log/recover.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "log/journal_reader.h"

namespace millrace::log {
namespace {

Error damage(const std::string& file, std::uint64_t offset, std::string_view what) {
  return {ErrorCode::damaged, fmt::format("{}, offset {}: {}", file, offset, what)};
}

class Recovery {
 public:
  Recovery(Store& store, const Head& head, Replay replay, std::uint64_t last_group)
      : store_(store), head_(head), replay_(std::move(replay)), last_group_(last_group) {}

  Result<RecoveredJournal> run() {
    if (auto opened = open_files(); !opened) return pass(opened);
    found_.next_group = head_.first_group;
    found_.next_sequence = head_.first_sequence;
    for (std::size_t i = 0; i < readers_.size(); ++i) {
      if (auto read = read_file(*readers_[i], std::min(last_group_, limits_[i])); !read) return pass(read);
      readers_[i] = nullptr;
    }
    if (found_.next_sequence <= head_.checkpoint_sequence) {
      return std::unexpected(
          damage(end_.file, end_.offset,
                 fmt::format("the journal ends before entry {}, although the checkpoint holds entries up to {} ({})",
                             found_.next_sequence, head_.checkpoint_sequence, end_.what)));
    }
    // What was replayed counts as durable from now on.
    if (newest_id_) {
      if (auto synced = store_.sync_journal(*newest_id_); !synced) return pass(synced);
    }
    return std::move(found_);
  }

 private:
  // Opens the needed files and finds how far each of them counts.
  Result<void> open_files() {
    auto ids = store_.list(Kind::journal);
    if (!ids) return pass(ids);
    for (const std::uint64_t id : *ids) {
      found_.next_journal_id = std::max(found_.next_journal_id, id + 1);
      if (id < head_.first_journal_id) {
        found_.unneeded.push_back(id);
        continue;
      }
      auto reader = JournalReader::open(store_, id, head_.seed);
      if (!reader) return pass(reader);
      readers_.push_back(std::move(*reader));
    }
    found_.next_journal_id = std::max(found_.next_journal_id, head_.first_journal_id);
    end_.file = object_name(Kind::journal, head_.first_journal_id);
    const bool first_exists = !readers_.empty() && readers_.front()->id() == head_.first_journal_id;
    const bool is_new = head_.checkpoint_id == 0 && head_.first_group == 1;
    if (!first_exists && !(is_new && readers_.empty())) {
      return std::unexpected(damage(end_.file, 0, "the file that the head names is missing"));
    }
    auto limits = last_groups(readers_);
    if (!limits) return pass(limits);
    limits_ = std::move(*limits);
    return {};
  }

  Result<void> read_file(JournalReader& reader, std::uint64_t limit) {
    found_.files.push_back(
        {.id = reader.id(), .first_group = found_.next_group, .first_sequence = found_.next_sequence});
    std::uint64_t offset = 0;
    while (found_.next_group <= limit) {
      auto valid = reader.read(offset);
      if (!valid) return pass(valid);
      if (!*valid) return end_of_file(reader, offset);
      const VerifiedGroup& group = reader.group();
      if (auto continues = check_continues(reader, offset, group.header); !continues) return continues;
      if (auto replayed = replay(reader, group); !replayed) return replayed;
      offset += group.header.stored_bytes();
    }
    end_ = {.file = reader.name(), .offset = offset, .what = "the rest was cut by an earlier recovery"};
    return {};
  }

  Result<void> check_continues(const JournalReader& reader, std::uint64_t offset, const GroupHeader& header) {
    if (header.number == found_.next_group && header.first_sequence == found_.next_sequence) return {};
    const auto what =
        fmt::format("group {} (entry {}) is needed, group {} (entry {}) follows in {}, offset {}", found_.next_group,
                    found_.next_sequence, header.number, header.first_sequence, reader.name(), offset);
    // Between two files it is the end of the earlier one that lacks something.
    if (offset == 0 && reader.id() != head_.first_journal_id) {
      return std::unexpected(damage(end_.file, end_.offset, fmt::format("{}; {}", end_.what, what)));
    }
    return std::unexpected(damage(reader.name(), offset, what));
  }

  Result<void> replay(const JournalReader& reader, const VerifiedGroup& group) {
    for (const auto& item : group.items) {
      if (auto done = replay_(item.entry, {group.chunk, item.payload, reader.id()}); !done) return done;
    }
    found_.next_group = group.header.number + 1;
    found_.next_sequence += group.items.size();
    found_.ends_with_entries = !group.items.empty();
    found_.entries += group.items.size();
    found_.bytes += group.header.stored_bytes();
    newest_id_ = reader.id();
    return {};
  }

  // No valid group at `offset`: an end, unless something proves that the group there was durable.
  Result<void> end_of_file(JournalReader& reader, std::uint64_t offset) {
    const InvalidGroup invalid = reader.invalid();
    auto proof = reader.find_proof(offset + group_alignment, found_.next_group);
    if (!proof) return pass(proof);
    if (*proof) {
      return std::unexpected(damage(reader.name(), invalid.offset,
                                    fmt::format("{}, in group {}; the group at offset {} proves that it was durable",
                                                invalid.what, found_.next_group, **proof)));
    }
    end_ = {.file = reader.name(), .offset = invalid.offset, .what = invalid.what};
    if (invalid.header && invalid.header->number == found_.next_group) {
      found_.cut_bytes = std::min(invalid.header->stored_bytes(), reader.size() - offset);
      logging::info("{}, offset {}: an unfinished group was cut ({})", reader.name(), offset, invalid.what);
    }
    return {};
  }

  struct End {
    std::string file;
    std::uint64_t offset = 0;
    std::string what = "nothing was written";
  };

  Store& store_;
  const Head& head_;
  Replay replay_;
  const std::uint64_t last_group_;
  std::vector<std::unique_ptr<JournalReader>> readers_;
  std::vector<std::uint64_t> limits_;       // last group that counts in each of them
  std::optional<std::uint64_t> newest_id_;  // the newest file with a valid group
  End end_;
  RecoveredJournal found_;
};

}  // namespace

Result<RecoveredJournal> recover(Store& store, const Head& head, Replay replay, std::uint64_t last_group) {
  return Recovery(store, head, std::move(replay), last_group).run();
}

Result<JournalStart> begin_journal(Store& store, const Head& head, const RecoveredJournal& recovered,
                                   const JournalOptions& options, Store::Room room) {
  // One id is left out after the newest: a journal that failed in this process may still be making that file.
  const bool first = recovered.next_journal_id == head.first_journal_id;
  const std::uint64_t id = first ? recovered.next_journal_id : recovered.next_journal_id + 1;
  auto object = store.create_journal(id, options.file_bytes, room);
  if (!object) return pass(object);
  JournalStart start;
  start.object = std::move(*object);
  start.file = {.id = id, .first_group = recovered.next_group, .first_sequence = recovered.next_sequence};
  start.older = recovered.files;
  start.seed = head.seed;
  start.entries_before = recovered.ends_with_entries;
  return start;
}

}  // namespace millrace::log
