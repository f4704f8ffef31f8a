#include "env/real/posix_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/check.h"
#include "env/real/system_error.h"

namespace millrace::env {
namespace {

// Through how much memory a misaligned read of a direct file, or the filling of a file with zeros, goes at a time.
constexpr std::size_t bounce_bytes = 256 * 1024;
constexpr mode_t file_permissions = 0644;
constexpr mode_t directory_permissions = 0755;

// Repeats a system call for as long as a signal interrupts it.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

off_t as_off(std::uint64_t offset) { return static_cast<off_t>(offset); }

struct FreeDeleter {
  void operator()(std::byte* memory) const { std::free(memory); }
};
using AlignedMemory = std::unique_ptr<std::byte, FreeDeleter>;

AlignedMemory bounce_buffer() {
  AlignedMemory memory(static_cast<std::byte*>(std::aligned_alloc(direct_alignment, bounce_bytes)));
  check(memory != nullptr, "there is memory for a small buffer");
  return memory;
}

bool aligned(std::uint64_t offset, const void* address, std::size_t size) {
  return ((offset | size | reinterpret_cast<std::uintptr_t>(address)) % direct_alignment) == 0;
}

}  // namespace

void PosixFile::check_alignment(std::uint64_t offset, Bytes bytes) const {
  check(!direct_ || aligned(offset, bytes.data(), bytes.size()), "direct writes are aligned (env/file.h)");
}

Result<std::size_t> PosixFile::read(std::uint64_t offset, MutableBytes into) {
  if (direct_ && !aligned(offset, into.data(), into.size())) return read_bounced(offset, into);
  return read_plain(offset, into);
}

Result<std::size_t> PosixFile::read_plain(std::uint64_t offset, MutableBytes into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto got = uninterrupted(
        [&] { return ::pread(fd_.get(), into.data() + done, into.size() - done, as_off(offset + done)); });
    if (got < 0) return system_failure("read", path_, errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
    // After a short direct read at the end of the file the next offset is misaligned; it is the end.
    if (direct_ && done % direct_alignment != 0) break;
  }
  return done;
}

Result<std::size_t> PosixFile::read_bounced(std::uint64_t offset, MutableBytes into) {
  const AlignedMemory memory = bounce_buffer();
  std::size_t done = 0;
  while (done < into.size()) {
    const std::uint64_t at = offset + done;
    const std::uint64_t start = at / direct_alignment * direct_alignment;
    const auto skip = static_cast<std::size_t>(at - start);
    const std::size_t wanted = std::min(
        bounce_bytes, (skip + into.size() - done + direct_alignment - 1) / direct_alignment * direct_alignment);
    auto got = read_plain(start, MutableBytes(memory.get(), wanted));
    if (!got) return got;
    if (*got <= skip) break;
    const std::size_t useful = std::min(*got - skip, into.size() - done);
    std::memcpy(into.data() + done, memory.get() + skip, useful);
    done += useful;
    if (*got < wanted) break;
  }
  return done;
}

Result<void> PosixFile::write(std::uint64_t offset, Bytes bytes) {
  check_alignment(offset, bytes);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto put = uninterrupted(
        [&] { return ::pwrite(fd_.get(), bytes.data() + done, bytes.size() - done, as_off(offset + done)); });
    if (put < 0) return system_failure("write", path_, errno);
    // A write that makes no progress without saying why would repeat for ever.
    if (put == 0) return system_failure("write", path_, EIO);
    done += static_cast<std::size_t>(put);
  }
  return {};
}

Result<void> PosixFile::sync() {
  // EINTR is not retried: what a second fdatasync says about data that the first gave up on is not known.
  if (::fdatasync(fd_.get()) != 0) return system_failure("sync", path_, errno);
  return {};
}

Result<void> PosixFile::allocate(std::uint64_t size) {
  auto present = this->size();
  if (!present) return pass(present);
  if (size > 0) {
    const int rc = uninterrupted([&] { return ::fallocate(fd_.get(), 0, 0, as_off(size)); });
    if (rc != 0) {
      if (errno != EOPNOTSUPP) return system_failure("allocate", path_, errno);
      // Without fallocate only written bytes reserve room.
      if (auto ok = fill_with_zeros(*present, size); !ok) return ok;
    }
  }
  return *present == size ? Result<void>() : truncate(size);
}

Result<void> PosixFile::fill_with_zeros(std::uint64_t from, std::uint64_t to) {
  const AlignedMemory memory = bounce_buffer();
  std::memset(memory.get(), 0, bounce_bytes);
  std::uint64_t at = (from + direct_alignment - 1) / direct_alignment * direct_alignment;
  while (at < to) {
    const std::uint64_t rest = (to - at + direct_alignment - 1) / direct_alignment * direct_alignment;
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(rest, bounce_bytes));
    if (auto ok = write(at, Bytes(memory.get(), piece)); !ok) return ok;
    at += piece;
  }
  return {};
}

Result<void> PosixFile::truncate(std::uint64_t size) {
  const int rc = uninterrupted([&] { return ::ftruncate(fd_.get(), as_off(size)); });
  if (rc != 0) return system_failure("truncate", path_, errno);
  return {};
}

Result<std::uint64_t> PosixFile::size() {
  struct stat status{};
  if (::fstat(fd_.get(), &status) != 0) return system_failure("size of", path_, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<void> PosixFile::lock() {
  const int rc = uninterrupted([&] { return ::flock(fd_.get(), LOCK_EX | LOCK_NB); });
  if (rc == 0) return {};
  if (errno == EWOULDBLOCK) return fail(ErrorCode::conflict, "lock " + path_ + ": another process holds it");
  return system_failure("lock", path_, errno);
}

Result<std::unique_ptr<File>> PosixFiles::open(const std::string& path, OpenMode mode) {
  int flags = O_CLOEXEC | (mode.write ? O_RDWR : O_RDONLY);
  if (mode.create) flags |= O_CREAT;
  if (mode.create && mode.exclusive) flags |= O_EXCL;
  const auto attempt = [&](int with) {
    return uninterrupted([&] { return ::open(path.c_str(), flags | with, file_permissions); });
  };
  int fd = attempt(mode.direct ? O_DIRECT : 0);
  if (fd < 0 && errno == EINVAL && mode.direct) {
    // The file system has no direct access. The attempt may have made the file already, so `exclusive` is dropped
    // only when it is known not to have existed: O_EXCL would have failed with EEXIST before EINVAL.
    flags &= ~O_EXCL;
    fd = attempt(0);
  }
  if (fd < 0) return system_failure("open", path, errno);
  return std::make_unique<PosixFile>(UniqueFd(fd), path, mode.direct);
}

Result<void> PosixFiles::make_directory(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (::mkdir(part.c_str(), directory_permissions) != 0) {
      const int reason = errno;
      struct stat status{};
      const bool is_directory = ::stat(part.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
      if (!is_directory) return system_failure("make directory", part, reason);
    }
    if (end == std::string::npos) return {};
  }
}

Result<std::vector<std::string>> PosixFiles::list(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
  if (!stream) return system_failure("list", directory, errno);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return system_failure("list", directory, errno);
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> PosixFiles::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_failure("rename", from + " to " + to, errno);
  return {};
}

Result<void> PosixFiles::remove(const std::string& path) {
  if (std::remove(path.c_str()) != 0) return system_failure("remove", path, errno);
  return {};
}

Result<void> PosixFiles::sync_directory(const std::string& path) {
  const UniqueFd fd(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd) return system_failure("open directory", path, errno);
  if (::fsync(fd.get()) != 0) return system_failure("sync directory", path, errno);
  return {};
}

}  // namespace millrace::env
