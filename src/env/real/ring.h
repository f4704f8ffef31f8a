// Ring: a core's writes through io_uring. Owned by one core and used from its thread only.
//
// A synced write is two linked requests, write and fdatasync, in one system call. RWF_DSYNC would be one request and is
// 5 to 15 % quicker on an idle machine, but then the kernel flushes from its work queue, which waited a scheduler tick
// (4 ms at the median) as soon as the machine had other work; the linked sync stayed at 0.1 ms. A short write breaks
// the link and is continued; the sync after its last part covers all of it.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/callback.h"
#include "base/result.h"
#include "env/real/posix_file.h"

struct io_uring;

namespace millrace::env {

using WriteDone = Callback<void(Result<void>)>;

class Ring {
 public:
  // How many writes the kernel is given at once; more wait here.
  static constexpr unsigned in_flight_max = 128;

  // Fails where the kernel or a seccomp filter forbids io_uring.
  static Result<std::unique_ptr<Ring>> open();
  // Waits for what is in flight: its memory belongs to callers.
  ~Ring();

  // Readable when there is something to reap.
  int fd() const;
  void write(PosixFile& file, std::uint64_t offset, Bytes bytes, bool sync, WriteDone done);
  // Hands prepared requests to the kernel. False when it had no memory for them: to be called again a little later.
  bool submit();
  bool idle() const { return in_flight_ == 0; }

  struct Completion {
    WriteDone done;
    Result<void> result;
  };
  // Appends what has completed, and prepares the continuation of short writes and what waited for room.
  void reap(std::vector<Completion>& completions);
  // Waits for the writes in flight and destroys their callbacks unrun, those of waiting writes too.
  void drain();

 private:
  struct Operation {
    PosixFile* file = nullptr;
    std::uint64_t offset = 0;
    Bytes rest;
    bool sync = false;
    WriteDone done;
    Result<void> result;
    bool written = false;
    bool synced = false;
    unsigned pending = 0;   // requests that the kernel has, at most two
    bool unlinked = false;  // the kernel may have taken the two apart: sync once more, alone
  };

  explicit Ring(std::unique_ptr<io_uring> ring);
  Operation* new_operation();
  void prepare_write(Operation* operation);
  void prepare_sync(Operation* operation);
  void note_written(Operation& operation, int outcome);
  void note_synced(Operation& operation, int outcome);
  // Called when the kernel has none of its requests left: prepares the next ones, or returns false when it is over.
  bool go_on(Operation* operation);

  std::unique_ptr<io_uring> ring_;
  std::vector<std::unique_ptr<Operation>> operations_;
  std::vector<Operation*> free_;
  std::deque<Operation> waiting_;
  unsigned in_flight_ = 0;
};

}  // namespace millrace::env
