#include "broker/table/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "engine/lane.h"

namespace millrace::broker {
namespace {

constexpr std::uint8_t state_version = 1;
constexpr auto write_entry = static_cast<std::uint16_t>(engine::EntryType::first_of_partition);

enum class Step : std::uint8_t { erase = 0, put = 1 };

void encode(std::span<const TableWrite> writes, std::string& out) {
  ByteWriter writer(out);
  writer.varint(writes.size());
  for (const auto& write : writes) {
    writer.u8(static_cast<std::uint8_t>(write.value ? Step::put : Step::erase));
    writer.string(write.key);
    if (write.value) writer.string(*write.value);
  }
}

std::uint64_t size_of(const TableWrite& write) { return write.key.size() + (write.value ? write.value->size() : 0); }

std::uint64_t size_of(std::span<const TableWrite> writes) {
  std::uint64_t size = 0;
  for (const auto& write : writes) size += size_of(write);
  return size;
}

}  // namespace

bool only_erases(std::span<const TableWrite> writes) {
  return std::ranges::none_of(writes, [](const TableWrite& write) { return write.value.has_value(); });
}

Table::Table(engine::Lane& lane, engine::PartitionId id, std::string key) : Partition(lane, id, kind, std::move(key)) {}

Table::~Table() = default;

const std::string* Table::find(std::string_view key) const {
  const auto at = entries_.find(key);
  return at == entries_.end() ? nullptr : &at->second;
}

// A test's journal files may be smaller than a step.
std::uint64_t Table::step_bytes_max() {
  return std::min<std::uint64_t>(write_bytes_max, lane().options().journal_file_bytes / 2);
}

Result<void> Table::write(std::span<const TableWrite> writes) {
  if (auto fits = check_size(size_of(writes), step_bytes_max()); !fits) return fits;
  if (auto admitted = admit(writes); !admitted) return admitted;
  append(writes);
  return {};
}

Result<void> Table::write_in_steps(std::span<const TableWrite> writes) {
  const auto step_max = step_bytes_max();
  for (const auto& write : writes) {
    if (auto fits = check_size(size_of(write), step_max); !fits) return fits;
  }
  if (!only_erases(writes)) {
    if (auto fits = check_size(size_of(writes), steps_bytes_max); !fits) return fits;
  }
  if (auto admitted = admit(writes); !admitted) return admitted;
  while (!writes.empty()) {
    std::size_t count = 1;
    for (auto bytes = size_of(writes.front()); count < writes.size(); ++count) {
      bytes += size_of(writes[count]);
      if (bytes > step_max) break;
    }
    append(writes.first(count));
    writes = writes.subspan(count);
  }
  return {};
}

void Table::append(std::span<const TableWrite> writes) {
  if (writes.empty()) return;
  std::string payload;
  encode(writes, payload);
  lane().append(id(), write_entry, payload);
}

Result<void> Table::check_size(std::uint64_t bytes, std::uint64_t bytes_most) const {
  if (bytes <= bytes_most) return {};
  return fail(ErrorCode::over_limit, fmt::format("a write of {} bytes into {}: at most {}", bytes, key(), bytes_most));
}

Result<void> Table::admit(std::span<const TableWrite> writes) {
  if (!lane().serving()) return fail(ErrorCode::unavailable, "this part of the server is recovering");
  if (only_erases(writes)) return {};
  if (auto admitted = lane().admits_new(); !admitted) return admitted;
  return check_room(writes);
}

Result<void> Table::check_room(std::span<const TableWrite> writes) const {
  std::unordered_map<std::string_view, const TableWrite*> last;
  for (const auto& write : writes) last[write.key] = &write;
  std::uint64_t after = bytes_;
  for (const auto& [written, write] : last) {
    const auto* before = find(written);
    if (before != nullptr) after -= written.size() + before->size();
    if (write->value) after += written.size() + write->value->size();
  }
  if (after <= bytes_max || after < bytes_) return {};
  return fail(ErrorCode::over_limit, fmt::format("{} is full: it holds at most {} bytes", key(), bytes_max));
}

// --- engine::Partition ---

void Table::apply(const engine::Change& change) {
  check(change.type == write_entry, "a change of a kind that no version wrote");
  ByteReader in(change.payload);
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    const auto step = static_cast<Step>(in.u8());
    const auto written = in.string();
    if (step == Step::put) {
      put(written, in.string());
    } else {
      erase(written);
    }
  }
  check(in.done(), "a table's journal entry is readable");
}

void Table::put(std::string_view key, std::string_view value) {
  const auto at = entries_.lower_bound(key);
  if (at != entries_.end() && at->first == key) {
    bytes_ += value.size();
    bytes_ -= at->second.size();
    at->second.assign(value);
  } else {
    bytes_ += key.size() + value.size();
    entries_.emplace_hint(at, key, value);
  }
}

void Table::erase(std::string_view key) {
  const auto at = entries_.find(key);
  if (at == entries_.end()) return;
  bytes_ -= at->first.size() + at->second.size();
  entries_.erase(at);
}

// Nothing hands records to tables: they are no queues' targets.
void Table::accept_handoff(const engine::Arrival&) { check(false, "a table takes no records"); }
void Table::handed_over(const engine::HandoffBody&) { check(false, "a table has no records"); }

void Table::save(ByteWriter& out) const {
  out.u8(state_version);
  out.varint(entries_.size());
  for (const auto& [key, value] : entries_) {
    out.string(key);
    out.string(value);
  }
}

Result<void> Table::load(ByteReader& in) {
  if (const auto version = in.u8(); version != state_version) {
    return fail(ErrorCode::unsupported,
                fmt::format("a table's state has version {}, this program reads {}", version, state_version));
  }
  entries_.clear();
  bytes_ = 0;
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    const auto key = in.string();
    put(key, in.string());
  }
  if (!in.done()) return fail(ErrorCode::damaged, "a table's state cannot be read");
  return {};
}

bool Table::live(engine::RecordSeq) const { return false; }

// --- finding and making ---

Table* find_table(engine::Lane& lane, std::string_view key) {
  auto* partition = lane.find(key);
  if (partition == nullptr || partition->kind_number() != Table::kind) return nullptr;
  return static_cast<Table*>(partition);
}

Table* open_table(engine::Lane& lane, const std::string& key) {
  if (lane.find(key) != nullptr) return find_table(lane, key);
  std::string nothing;
  encode({}, nothing);
  return static_cast<Table*>(&lane.create(Table::kind, key, write_entry, nothing));
}

}  // namespace millrace::broker
