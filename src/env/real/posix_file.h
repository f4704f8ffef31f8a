// Files on the machine's own file systems, through POSIX calls. The contract is env/file.h.
//
// A PosixFile has no state besides its descriptor, so any thread may use it; two writes to one range at once are the
// caller's mistake. All calls block and are repeated when a signal interrupts them.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "env/file.h"
#include "env/real/unique_fd.h"

namespace millrace::env {

class PosixFile final : public File {
 public:
  // `direct` says what the opener asked for: alignment is demanded even where the file system has no direct writes, so
  // that a misaligned write is found on every machine.
  PosixFile(UniqueFd fd, std::string path, bool direct) : fd_(std::move(fd)), path_(std::move(path)), direct_(direct) {}

  Result<std::size_t> read(std::uint64_t offset, MutableBytes into) override;
  Result<void> write(std::uint64_t offset, Bytes bytes) override;
  Result<void> sync() override;
  Result<void> allocate(std::uint64_t size) override;
  Result<void> truncate(std::uint64_t size) override;
  Result<std::uint64_t> size() override;
  Result<void> lock() override;
  const std::string& path() const override { return path_; }

  int fd() const { return fd_.get(); }
  // A misaligned write to a file opened with `direct` is a bug of the caller: checked.
  void check_alignment(std::uint64_t offset, Bytes bytes) const;

 private:
  Result<std::size_t> read_plain(std::uint64_t offset, MutableBytes into);
  Result<std::size_t> read_bounced(std::uint64_t offset, MutableBytes into);
  Result<void> fill_with_zeros(std::uint64_t from, std::uint64_t to);

  UniqueFd fd_;
  std::string path_;
  bool direct_;
};

class PosixFiles final : public Files {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<void> make_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;
};

}  // namespace millrace::env
