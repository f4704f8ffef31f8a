#include "env/sim/sim_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace millrace::env::sim {

SimFile::SimFile(SimDisk& disk, std::shared_ptr<Inode> inode, std::string path, OpenMode mode)
    : disk_(disk), generation_(disk.generation_), inode_(std::move(inode)), path_(std::move(path)), mode_(mode) {}

SimFile::~SimFile() {
  if (alive() && inode_->locked_by == this) inode_->locked_by = nullptr;
}

std::unexpected<Error> SimFile::dead() const {
  return fail(ErrorCode::unavailable, fmt::format("{}: the machine that had it open is gone", path_));
}

void SimFile::check_alignment(std::uint64_t offset, const void* address, std::size_t size) const {
  if (!mode_.direct) return;
  check(offset % direct_alignment == 0, "a direct file takes aligned offsets");
  check(size % direct_alignment == 0, "a direct file takes aligned sizes");
  check(reinterpret_cast<std::uintptr_t>(address) % direct_alignment == 0, "a direct file takes aligned addresses");
}

void SimFile::check_write(std::uint64_t offset, Bytes bytes) const {
  check(mode_.write, "the file was opened for reading");
  check_alignment(offset, bytes.data(), bytes.size());
}

Result<std::size_t> SimFile::read(std::uint64_t offset, MutableBytes into) {
  if (!alive()) return dead();
  check_alignment(offset, into.data(), into.size());
  ++disk_.statistics_.reads;
  if (const auto effect = disk_.meet(Operation::read, path_, offset, into.size())) {
    return disk_.failed(*effect, Operation::read, path_);
  }
  const std::string& content = inode_->visible();
  if (offset >= content.size()) return std::size_t{0};
  const std::size_t size = std::min(into.size(), content.size() - static_cast<std::size_t>(offset));
  std::memcpy(into.data(), content.data() + offset, size);
  return size;
}

Result<void> SimFile::write(std::uint64_t offset, Bytes bytes) {
  if (!alive()) return dead();
  check_write(offset, bytes);
  if (auto room = disk_.room_for(*inode_, offset + bytes.size(), path_); !room) return room;
  // As a change under way until the disk has answered, so that a crash inside the operation may keep a part of it.
  const ChangeId change = inode_->write(offset, bytes, true);
  return disk_.finish_write(*inode_, change, path_, offset, false);
}

Result<void> SimFile::sync() {
  if (!alive()) return dead();
  return disk_.sync(*inode_, path_);
}

Result<void> SimFile::allocate(std::uint64_t size) {
  if (!alive()) return dead();
  check(mode_.write, "the file was opened for reading");
  if (const auto effect = disk_.meet(Operation::allocate, path_, 0, size)) {
    return disk_.failed(*effect, Operation::allocate, path_);
  }
  if (auto room = disk_.room_for(*inode_, size, path_); !room) return room;
  if (size > inode_->visible().size()) inode_->resize(size);
  return {};
}

Result<void> SimFile::truncate(std::uint64_t size) {
  if (!alive()) return dead();
  check(mode_.write, "the file was opened for reading");
  if (const auto effect = disk_.meet(Operation::truncate, path_, 0, size)) {
    return disk_.failed(*effect, Operation::truncate, path_);
  }
  if (auto room = disk_.room_for(*inode_, size, path_); !room) return room;
  if (size != inode_->visible().size()) inode_->resize(size);
  return {};
}

Result<std::uint64_t> SimFile::size() {
  if (!alive()) return dead();
  return inode_->visible().size();
}

Result<void> SimFile::lock() {
  if (!alive()) return dead();
  if (inode_->locked_by != nullptr && inode_->locked_by != this) {
    return fail(ErrorCode::conflict, fmt::format("lock {}: held by another", path_));
  }
  inode_->locked_by = this;
  return {};
}

}  // namespace millrace::env::sim
