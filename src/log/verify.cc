#include "log/verify.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "log/checkpoint.h"
#include "log/journal_reader.h"

namespace millrace::log {
namespace {

// The errors of this folder name a place as "FILE, offset N: what".
Finding finding_of(const std::string& file, const Error& error) {
  constexpr std::string_view mark = ", offset ";
  const std::string& text = error.message;
  const auto at = text.find(mark);
  if (at == std::string::npos) return {.file = file, .offset = 0, .what = text};
  Finding finding{.file = text.substr(0, at)};
  const char* const digits = text.data() + at + mark.size();
  const auto [end, failed] = std::from_chars(digits, text.data() + text.size(), finding.offset);
  const auto rest = static_cast<std::size_t>(end - text.data());
  finding.what = rest + 2 <= text.size() ? text.substr(rest + 2) : text;
  return finding;
}

class Walk {
 public:
  Walk(Store& store, Visitor& visitor) : store_(store), visitor_(visitor) {}

  Result<Verified> run() {
    for (const Kind kind : {Kind::journal, Kind::checkpoint, Kind::segment}) {
      auto ids = store_.list(kind);
      if (!ids) return pass(ids);
      ids_[static_cast<std::size_t>(kind)] = std::move(*ids);
    }
    walk_head();
    walk_checkpoints();
    // Without a head nothing is known about the journals: where they begin, and the seed of their checksums.
    if (found_.head) walk_journals();
    for (const auto id : ids(Kind::segment)) walk_segment(id);
    return std::move(found_);
  }

 private:
  const std::vector<std::uint64_t>& ids(Kind kind) const { return ids_[static_cast<std::size_t>(kind)]; }
  // A damaged body is met by every block that names it: once is enough.
  void add(const std::string& file, const Error& error) {
    auto finding = finding_of(file, error);
    if (seen_.emplace(finding.file, finding.offset).second) found_.findings.push_back(std::move(finding));
  }
  void add(const std::string& file, std::uint64_t offset, std::string what) {
    found_.findings.push_back({.file = file, .offset = offset, .what = std::move(what)});
  }

  void walk_head() {
    auto head = store_.read_head();
    if (!head) return add("head", head.error());
    found_.head = *head;
    if (*head && visitor_.head) visitor_.head(**head);
  }

  void walk_checkpoints() {
    const std::uint64_t needed = found_.head ? found_.head->checkpoint_id : 0;
    if (needed != 0 && !std::ranges::binary_search(ids(Kind::checkpoint), needed)) {
      add(object_name(Kind::checkpoint, needed), 0, "the checkpoint that the head names is missing");
    }
    for (const auto id : ids(Kind::checkpoint)) {
      auto content = read_checkpoint(store_, id);
      if (!content) {
        add(object_name(Kind::checkpoint, id), content.error());
        continue;
      }
      ++found_.checkpoints;
      found_.bytes += content->size();
      if (id == needed && visitor_.checkpoint) visitor_.checkpoint(id, *content);
    }
  }

  void walk_segment(std::uint64_t id) {
    const std::string name = object_name(Kind::segment, id);
    auto object = store_.open(Kind::segment, id);
    if (!object) return add(name, object.error());
    auto reader = SegmentReader::open(std::move(*object), id);
    if (!reader) return add(name, reader.error());
    ++found_.segments;
    if (visitor_.segment) visitor_.segment((*reader)->info());
    for (const Extent& extent : (*reader)->info().extents) {
      for (const BlockEntry& entry : extent.blocks) {
        auto block = walk_block(**reader, extent, entry);
        if (!block) continue;
        found_.records += block->records.size();
        if (visitor_.block) visitor_.block(id, *block);
      }
    }
    // Also those that no record names.
    const Extent& bodies = (*reader)->info().bodies;
    for (const BlockEntry& entry : bodies.blocks) walk_block(**reader, bodies, entry);
  }

  // Null: it is among the findings.
  std::shared_ptr<const Block> walk_block(const SegmentReader& reader, const Extent& extent, const BlockEntry& entry) {
    auto block = reader.read_block(extent.partition, entry);
    if (!block) {
      add(reader.name(), block.error());
      return nullptr;
    }
    ++found_.blocks;
    found_.bytes += entry.length;
    return std::move(*block);
  }

  void walk_journals() {
    const Head& head = *found_.head;
    std::vector<std::unique_ptr<JournalReader>> readers;
    for (const auto id : ids(Kind::journal)) {
      if (id < head.first_journal_id) continue;
      auto reader = JournalReader::open(store_, id, head.seed);
      if (!reader) return add(object_name(Kind::journal, id), reader.error());
      readers.push_back(std::move(*reader));
    }
    const bool is_new = head.checkpoint_id == 0 && head.first_group == 1 && readers.empty();
    if (!is_new && (readers.empty() || readers.front()->id() != head.first_journal_id)) {
      add(object_name(Kind::journal, head.first_journal_id), 0, "the file that the head names is missing");
      lost_ = true;
    }
    auto limits = last_groups(readers);
    if (!limits) return add("journal", limits.error());
    group_ = head.first_group;
    sequence_ = head.first_sequence;
    for (std::size_t i = 0; i < readers.size(); ++i) walk_journal(*readers[i], (*limits)[i]);
    if (sequence_ <= head.checkpoint_sequence && !lost_) {
      add(end_.file, end_.offset,
          fmt::format("the journal ends before entry {}, although the checkpoint holds entries up to {}", sequence_,
                      head.checkpoint_sequence));
    }
  }

  void walk_journal(JournalReader& reader, std::uint64_t limit) {
    ++found_.journals;
    std::uint64_t offset = 0;
    while (lost_ || group_ <= limit) {
      auto valid = reader.read(offset);
      if (!valid) return add(reader.name(), valid.error());
      if (*valid) {
        const GroupHeader header = reader.group().header;
        if (header.number > limit) return;
        check_continues(reader, offset, header);
        visit(reader);
        offset += header.stored_bytes();
        continue;
      }
      const InvalidGroup invalid = reader.invalid();
      const auto next = after_damage(reader, offset, invalid);
      if (!next) {
        end_ = {.file = reader.name(), .offset = invalid.offset, .what = invalid.what};
        if (invalid.header && invalid.header->number == group_) {
          found_.torn_tail_bytes = std::min(invalid.header->stored_bytes(), reader.size() - offset);
        }
        return;
      }
      offset = *next;
    }
  }

  // Where to go on after something that was durable and is not valid any more; nothing at the end of the file.
  std::optional<std::uint64_t> after_damage(JournalReader& reader, std::uint64_t offset, const InvalidGroup& invalid) {
    auto proof = reader.find_proof(offset + group_alignment, group_);
    if (!proof) {
      add(reader.name(), proof.error());
      return {};
    }
    if (!*proof) return {};
    add(reader.name(), invalid.offset, fmt::format("{}, in group {}", invalid.what, group_));
    lost_ = true;
    auto next = reader.find_header(offset + group_alignment);
    if (next) return *next;
    add(reader.name(), next.error());
    return {};
  }

  void check_continues(const JournalReader& reader, std::uint64_t offset, const GroupHeader& header) {
    const bool continues = header.number == group_ && header.first_sequence == sequence_;
    if (!continues && !lost_) {
      const bool between_files = offset == 0 && !end_.file.empty();
      add(between_files ? end_.file : reader.name(), between_files ? end_.offset : offset,
          fmt::format("{}group {} (entry {}) is needed, group {} (entry {}) follows in {}, offset {}",
                      between_files ? end_.what + "; " : "", group_, sequence_, header.number, header.first_sequence,
                      reader.name(), offset));
    }
    lost_ = false;
    group_ = header.number;
    sequence_ = header.first_sequence;
  }

  void visit(const JournalReader& reader) {
    const VerifiedGroup& group = reader.group();
    if (visitor_.group) visitor_.group(reader.id(), group.header.number, group.header.entries);
    for (const auto& item : group.items) {
      if (visitor_.entry) visitor_.entry(item.entry, {group.chunk, item.payload, reader.id()});
    }
    ++group_;
    sequence_ += group.items.size();
    ++found_.groups;
    found_.entries += group.items.size();
    found_.bytes += group.header.stored_bytes();
    found_.clean_end = group.items.empty();
  }

  struct End {
    std::string file;
    std::uint64_t offset = 0;
    std::string what;
  };

  Store& store_;
  Visitor& visitor_;
  std::vector<std::uint64_t> ids_[3];
  std::uint64_t group_ = 1;                               // expected next
  std::uint64_t sequence_ = 1;                            // likewise
  std::set<std::pair<std::string, std::uint64_t>> seen_;  // places of findings
  bool lost_ = false;                                     // damage was reported: the next valid group says where we are
  End end_;
  Verified found_;
};

}  // namespace

Result<Verified> verify(Store& store, Visitor* visitor) {
  Visitor nobody;
  return Walk(store, visitor != nullptr ? *visitor : nobody).run();
}

}  // namespace millrace::log
