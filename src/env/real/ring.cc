#include "env/real/ring.h"

#include <fcntl.h>
#include <liburing.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "env/real/system_error.h"

namespace millrace::env {
namespace {

// The largest piece given to the kernel at once; it would cut longer ones a page below 2 GiB anyhow.
constexpr std::size_t piece_bytes_max = std::size_t{1} << 30;

}  // namespace

Result<std::unique_ptr<Ring>> Ring::open() {
  auto ring = std::make_unique<io_uring>();
  // Completions are reaped on the way into the kernel, without interrupting the thread. Kernels before 5.19 refuse.
  int rc = io_uring_queue_init(in_flight_max, ring.get(), IORING_SETUP_COOP_TASKRUN);
  if (rc == -EINVAL) rc = io_uring_queue_init(in_flight_max, ring.get(), 0);
  if (rc < 0) return system_failure("set up", "io_uring", -rc);
  return std::unique_ptr<Ring>(new Ring(std::move(ring)));
}

Ring::Ring(std::unique_ptr<io_uring> ring) : ring_(std::move(ring)) {
  operations_.reserve(in_flight_max);
  free_.reserve(in_flight_max);
}

Ring::~Ring() {
  drain();
  io_uring_queue_exit(ring_.get());
}

int Ring::fd() const { return ring_->ring_fd; }

void Ring::write(PosixFile& file, std::uint64_t offset, Bytes bytes, bool sync, WriteDone done) {
  file.check_alignment(offset, bytes);
  Operation operation{&file, offset, bytes, sync, std::move(done)};
  if (in_flight_ >= in_flight_max) {
    waiting_.push_back(std::move(operation));
    return;
  }
  Operation* const slot = new_operation();
  *slot = std::move(operation);
  ++in_flight_;
  prepare(slot);
}

Ring::Operation* Ring::new_operation() {
  if (free_.empty()) {
    operations_.push_back(std::make_unique<Operation>());
    return operations_.back().get();
  }
  Operation* const slot = free_.back();
  free_.pop_back();
  return slot;
}

void Ring::prepare(Operation* operation) {
  io_uring_sqe* const entry = io_uring_get_sqe(ring_.get());
  check(entry != nullptr, "the submission queue has a place for each operation in flight");
  const auto size = static_cast<unsigned>(std::min(operation->rest.size(), piece_bytes_max));
  io_uring_prep_write(entry, operation->file->fd(), operation->rest.data(), size, operation->offset);
  entry->rw_flags = operation->sync ? RWF_DSYNC : 0;
  io_uring_sqe_set_data(entry, operation);
}

bool Ring::submit() {
  while (io_uring_sq_ready(ring_.get()) > 0) {
    const int rc = io_uring_submit(ring_.get());
    if (rc >= 0 || rc == -EINTR) continue;
    check(rc == -EAGAIN || rc == -EBUSY || rc == -ENOMEM, "io_uring takes well-formed requests");
    return false;
  }
  return true;
}

bool Ring::advance(Operation& operation, int outcome, Result<void>& result) {
  if (outcome == -EINTR || outcome == -EAGAIN) return false;
  if (outcome < 0) {
    result = system_failure("write", operation.file->path(), -outcome);
    return true;
  }
  if (outcome == 0 && !operation.rest.empty()) {
    result = system_failure("write", operation.file->path(), EIO);  // no progress and no reason given
    return true;
  }
  operation.rest = operation.rest.subspan(static_cast<std::size_t>(outcome));
  operation.offset += static_cast<std::uint64_t>(outcome);
  return operation.rest.empty();
}

void Ring::reap(std::vector<Completion>& completions) {
  io_uring_cqe* entry = nullptr;
  while (io_uring_peek_cqe(ring_.get(), &entry) == 0) {
    auto* const operation = static_cast<Operation*>(io_uring_cqe_get_data(entry));
    const int outcome = entry->res;
    io_uring_cqe_seen(ring_.get(), entry);
    Result<void> result;
    if (!advance(*operation, outcome, result)) {
      prepare(operation);
      continue;
    }
    completions.push_back({std::move(operation->done), std::move(result)});
    if (waiting_.empty()) {
      free_.push_back(operation);
      --in_flight_;
    } else {
      *operation = std::move(waiting_.front());
      waiting_.pop_front();
      prepare(operation);
    }
  }
}

void Ring::drain() {
  waiting_.clear();
  std::vector<Completion> unrun;
  while (in_flight_ > 0) {
    // Out of memory in submit() is tried again for as long as it lasts: there is nothing else to be done here.
    if (submit()) {
      io_uring_cqe* entry = nullptr;
      io_uring_wait_cqe(ring_.get(), &entry);
    }
    reap(unrun);
  }
}

}  // namespace millrace::env
