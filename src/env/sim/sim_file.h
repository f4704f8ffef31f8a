// SimFile: an open file of a SimDisk. Internal to env/sim.
#pragma once
#include <memory>
#include <string>

#include "env/sim/disk.h"

namespace millrace::env::sim {

class SimFile final : public File {
 public:
  SimFile(SimDisk& disk, std::shared_ptr<Inode> inode, std::string path, OpenMode mode);
  ~SimFile() override;
  SimFile(const SimFile&) = delete;
  SimFile& operator=(const SimFile&) = delete;

  Result<std::size_t> read(std::uint64_t offset, MutableBytes into) override;
  Result<void> write(std::uint64_t offset, Bytes bytes) override;
  Result<void> sync() override;
  Result<void> allocate(std::uint64_t size) override;
  Result<void> truncate(std::uint64_t size) override;
  Result<std::uint64_t> size() override;
  Result<void> lock() override;
  const std::string& path() const override { return path_; }

  bool alive() const { return generation_ == disk_.generation_; }
  const std::shared_ptr<Inode>& inode() const { return inode_; }
  // Direct files take aligned addresses, offsets and sizes only, and nobody writes to a file opened for reading.
  void check_write(std::uint64_t offset, Bytes bytes) const;

 private:
  void check_alignment(std::uint64_t offset, const void* address, std::size_t size) const;
  std::unexpected<Error> dead() const;

  SimDisk& disk_;
  std::uint64_t generation_;
  std::shared_ptr<Inode> inode_;
  std::string path_;
  OpenMode mode_;
};

}  // namespace millrace::env::sim
