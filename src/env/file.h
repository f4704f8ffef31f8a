// Files: blocking file operations. Used at start-up, at recovery and inside Core::offload; the hot path (journal
// writes) goes through Core::write.
//
// Failures are Results whose message names the operation, the path and the system's reason. ENOSPC and EDQUOT are
// ErrorCode::disk_full, everything else is ErrorCode::io (a missing file: not_found).
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace millrace::env {

// Address, offset and size of direct writes are multiples of this.
constexpr std::size_t direct_alignment = 4096;

struct OpenMode {
  bool write = false;      // read is always allowed
  bool create = false;     // make it if it does not exist
  bool exclusive = false;  // with create: fail with `exists` if it does
  bool direct = false;     // bypass the page cache where the file system can; silently ordinary where it cannot
};

class File {
 public:
  virtual ~File() = default;  // closes
  // Reads up to into.size() bytes; fewer only at the end of the file.
  virtual Result<std::size_t> read(std::uint64_t offset, MutableBytes into) = 0;
  // Writes all or fails.
  virtual Result<void> write(std::uint64_t offset, Bytes bytes) = 0;
  // Makes everything written so far durable (fdatasync). After a failure the file's unsynced content is unknown.
  virtual Result<void> sync() = 0;
  // Reserves room so that later writes below `size` do not fail for lack of space; also sets the size.
  virtual Result<void> allocate(std::uint64_t size) = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;
  virtual Result<std::uint64_t> size() = 0;
  // Takes an exclusive advisory lock, held until the file is closed; `conflict` when another process holds it.
  virtual Result<void> lock() = 0;
  virtual const std::string& path() const = 0;
};

class Files {
 public:
  virtual ~Files() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Result<void> make_directory(const std::string& path) = 0;  // succeeds when it exists; parents too
  // Names (not paths) of the entries of a directory, sorted.
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;  // replaces `to`
  virtual Result<void> remove(const std::string& path) = 0;
  // Makes creations, renames and removals inside the directory durable.
  virtual Result<void> sync_directory(const std::string& path) = 0;
};

// Conveniences over the interface.
// Makes a directory and, as far as we may, its name and those of its parents durable.
Result<void> make_durable_directory(Files& files, const std::string& path);
Result<std::string> read_all(Files& files, const std::string& path);
// Writes `path` so that after a crash it holds the old or the new content, never a mixture: writes `path`.tmp, syncs,
// renames, syncs the directory.
Result<void> replace(Files& files, const std::string& directory, const std::string& name, Bytes content);

}  // namespace millrace::env
