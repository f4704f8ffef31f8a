// Ring: a core's writes through io_uring. Owned by one core and used from its thread only.
//
// A synced write is one request with RWF_DSYNC: on recycled O_DIRECT files its median was 5 to 15 % below that of a
// write linked with fdatasync, which the kernel always hands to a worker thread. A short write is continued; each part
// is durable by itself, so the whole is when the last part is.
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
  };

  explicit Ring(std::unique_ptr<io_uring> ring);
  void prepare(Operation* operation);
  Operation* new_operation();
  // True when the operation is over, with `result` set.
  bool advance(Operation& operation, int outcome, Result<void>& result);

  std::unique_ptr<io_uring> ring_;
  std::vector<std::unique_ptr<Operation>> operations_;
  std::vector<Operation*> free_;
  std::deque<Operation> waiting_;
  unsigned in_flight_ = 0;
};

}  // namespace millrace::env
