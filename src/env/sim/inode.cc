#include "env/sim/inode.h"

#include <algorithm>

namespace millrace::env::sim {

void Inode::apply(std::string& content, const Change& change) {
  if (change.resize) {
    content.resize(static_cast<std::size_t>(change.offset), '\0');
    return;
  }
  const std::size_t end = static_cast<std::size_t>(change.offset) + change.bytes.size();
  if (content.size() < end) content.resize(end, '\0');
  std::copy(change.bytes.begin(), change.bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(change.offset));
}

// Each sector of the file is written whole or not at all; which ones, chance decides. Half of the time it is a prefix,
// since that is what a disk most often leaves.
void Inode::apply_part(std::string& content, const Change& change, Random& random) {
  if (change.resize) {
    if (random.percent(50)) apply(content, change);
    return;
  }
  const bool prefix = random.percent(50);
  const std::size_t count = change.bytes.size() / sector_bytes + 1;
  const std::size_t kept = random.below(count + 1);
  std::size_t at = 0;
  for (std::size_t index = 0; at < change.bytes.size(); ++index) {
    const std::uint64_t offset = change.offset + at;
    const std::size_t size =
        std::min(sector_bytes - static_cast<std::size_t>(offset % sector_bytes), change.bytes.size() - at);
    if (prefix ? index < kept : random.percent(50)) {
      apply(content, Change{.offset = offset, .bytes = change.bytes.substr(at, size)});
    }
    at += size;
  }
}

void Inode::rebuild() {
  visible_ = durable_;
  for (const auto& change : changes_) apply(visible_, change);
  stale_cache_ = false;
}

ChangeId Inode::write(std::uint64_t offset, Bytes bytes, bool under_way) {
  changes_.push_back({next_change_++, under_way, false, offset, std::string(as_text(bytes))});
  apply(visible_, changes_.back());
  return changes_.back().id;
}

void Inode::resize(std::uint64_t size) {
  changes_.push_back({next_change_++, false, true, size, {}});
  apply(visible_, changes_.back());
}

Bytes Inode::bytes_of(ChangeId id) const {
  for (const auto& change : changes_) {
    if (change.id == id) return as_bytes(change.bytes);
  }
  return {};
}

void Inode::complete(ChangeId id) {
  for (auto& change : changes_) {
    if (change.id == id) change.under_way = false;
  }
}

void Inode::spoil(ChangeId id, bool prefix, Random& random) {
  const auto found = std::ranges::find(changes_, id, &Change::id);
  if (found == changes_.end()) return;
  Change change = std::move(*found);
  const auto position = changes_.erase(found);
  const std::size_t size = change.bytes.size();
  if (prefix && size > 0) {
    change.bytes.resize(random.below(size));
    change.under_way = false;
    changes_.insert(position, std::move(change));
  } else {
    // As separate changes of a sector each, so that what is left may be lost again by a crash.
    std::vector<Change> parts;
    for (std::size_t at = 0; at < size;) {
      const std::uint64_t offset = change.offset + at;
      const std::size_t piece = std::min(sector_bytes - static_cast<std::size_t>(offset % sector_bytes), size - at);
      if (random.percent(50)) parts.push_back({next_change_++, false, false, offset, change.bytes.substr(at, piece)});
      at += piece;
    }
    changes_.insert(position, std::make_move_iterator(parts.begin()), std::make_move_iterator(parts.end()));
  }
  if (!stale_cache_) rebuild();
}

void Inode::sync() {
  std::vector<Change> rest;
  for (auto& change : changes_) {
    if (change.under_way) {
      rest.push_back(std::move(change));
    } else {
      apply(durable_, change);
    }
  }
  changes_ = std::move(rest);
}

void Inode::fail_sync(Random& random) {
  std::vector<Change> rest;
  for (auto& change : changes_) {
    if (change.under_way) {
      rest.push_back(std::move(change));
    } else {
      apply_part(durable_, change, random);
    }
  }
  changes_ = std::move(rest);
  stale_cache_ = random.percent(50);
  if (!stale_cache_) rebuild();
}

void Inode::crash(CrashMode mode, Random& random) {
  if (mode == CrashMode::keep) {
    // A killed process loses nothing that it had handed over; what was on its way may be incomplete.
    for (const auto& change : changes_) {
      if (change.under_way && random.percent(50)) {
        apply_part(durable_, change, random);
      } else {
        apply(durable_, change);
      }
    }
  } else if (mode == CrashMode::tear) {
    for (const auto& change : changes_) {
      switch (random.below(3)) {
        case 0: break;
        case 1: apply(durable_, change); break;
        default: apply_part(durable_, change, random);
      }
    }
  }
  changes_.clear();
  rebuild();
  locked_by = nullptr;
}

void Inode::flip_bit(std::uint64_t offset, unsigned bit) {
  const auto flip = [&](std::string& content) {
    if (offset < content.size()) content[static_cast<std::size_t>(offset)] ^= static_cast<char>(1u << (bit % 8));
  };
  flip(durable_);
  flip(visible_);
}

}  // namespace millrace::env::sim
