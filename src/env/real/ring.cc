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

// A write and a sync for each operation.
constexpr unsigned entries_max = 2 * Ring::in_flight_max;
// Marks the sync of an operation in the data of its request; the address of an operation is even.
constexpr std::uint64_t sync_mark = 1;

}  // namespace

Result<std::unique_ptr<Ring>> Ring::open() {
  auto ring = std::make_unique<io_uring>();
  // Completions are reaped on the way into the kernel, without interrupting the thread. Kernels before 5.19 refuse.
  int rc = io_uring_queue_init(entries_max, ring.get(), IORING_SETUP_COOP_TASKRUN);
  if (rc == -EINVAL) rc = io_uring_queue_init(entries_max, ring.get(), 0);
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
  prepare_write(slot);
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

void Ring::prepare_write(Operation* operation) {
  io_uring_sqe* const entry = io_uring_get_sqe(ring_.get());
  check(entry != nullptr, "the submission queue has room for all operations in flight");
  const auto size = static_cast<unsigned>(std::min(operation->rest.size(), piece_bytes_max));
  io_uring_prep_write(entry, operation->file->fd(), operation->rest.data(), size, operation->offset);
  io_uring_sqe_set_data(entry, operation);
  ++operation->pending;
  if (operation->sync) {
    entry->flags |= IOSQE_IO_LINK;
    prepare_sync(operation);
  }
}

void Ring::prepare_sync(Operation* operation) {
  io_uring_sqe* const entry = io_uring_get_sqe(ring_.get());
  check(entry != nullptr, "the submission queue has room for all operations in flight");
  io_uring_prep_fsync(entry, operation->file->fd(), IORING_FSYNC_DATASYNC);
  io_uring_sqe_set_data64(entry, reinterpret_cast<std::uint64_t>(operation) | sync_mark);
  ++operation->pending;
}

bool Ring::submit() {
  while (const unsigned ready = io_uring_sq_ready(ring_.get())) {
    const int rc = io_uring_submit(ring_.get());
    if (rc == -EINTR || rc == static_cast<int>(ready)) continue;
    if (rc > 0) {
      // The kernel stopped in between, perhaps between a write and its sync, which would then run side by side.
      for (auto& operation : operations_) operation->unlinked = operation->pending > 0;
      continue;
    }
    check(rc == -EAGAIN || rc == -EBUSY || rc == -ENOMEM, "io_uring takes well-formed requests");
    return false;
  }
  return true;
}

void Ring::note_written(Operation& operation, int outcome) {
  if (outcome == -EINTR || outcome == -EAGAIN) return;
  // No progress and no reason given would repeat for ever.
  if (outcome == 0 && !operation.rest.empty()) outcome = -EIO;
  if (outcome < 0) {
    operation.result = system_failure("write", operation.file->path(), -outcome);
    return;
  }
  operation.rest = operation.rest.subspan(static_cast<std::size_t>(outcome));
  operation.offset += static_cast<std::uint64_t>(outcome);
  if (operation.rest.empty()) operation.written = true;
}

void Ring::note_synced(Operation& operation, int outcome) {
  operation.synced = outcome == 0;
  // Cancelled: the write before it failed or was short. A failed sync is final; what it lost is not known.
  if (outcome == 0 || outcome == -ECANCELED || !operation.result) return;
  operation.result = system_failure("sync", operation.file->path(), -outcome);
}

bool Ring::go_on(Operation* operation) {
  if (!operation->result) return false;
  if (!operation->written) {
    prepare_write(operation);
    return true;
  }
  const bool unlinked = std::exchange(operation->unlinked, false);
  if (operation->sync && (unlinked || !operation->synced)) {
    prepare_sync(operation);
    return true;
  }
  return false;
}

void Ring::reap(std::vector<Completion>& completions) {
  io_uring_cqe* entry = nullptr;
  while (io_uring_peek_cqe(ring_.get(), &entry) == 0) {
    const std::uint64_t data = io_uring_cqe_get_data64(entry);
    auto* const operation = reinterpret_cast<Operation*>(data & ~sync_mark);
    const int outcome = entry->res;
    io_uring_cqe_seen(ring_.get(), entry);
    (data & sync_mark) != 0 ? note_synced(*operation, outcome) : note_written(*operation, outcome);
    if (--operation->pending > 0 || go_on(operation)) continue;
    completions.push_back({std::move(operation->done), std::move(operation->result)});
    if (waiting_.empty()) {
      free_.push_back(operation);
      --in_flight_;
    } else {
      *operation = std::move(waiting_.front());
      waiting_.pop_front();
      prepare_write(operation);
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
