// Core: one thread of the server and everything that it may ask the outside for.
//
// A core runs callbacks one after another. What belongs to a core (lanes, connections) is touched only from its
// callbacks, so nothing there is locked. The real core (env/real/) is a thread with an event loop; the simulated one
// (env/sim/) is a queue of events under a virtual clock, so that a seed decides every interleaving.
//
// Everything below layer 5 reaches clock, randomness, files and sockets through this header and its neighbours
// file.h and net.h, and through nothing else.
#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include "base/callback.h"
#include "base/result.h"
#include "base/strong.h"
#include "base/time.h"
#include "env/file.h"

namespace millrace::env {

using TimerId = Strong<struct TimerTag, std::uint64_t>;  // 0 is no timer

class Core {
 public:
  virtual ~Core() = default;

  // Runs `task` on this core, after what is queued already. The only member that any thread may call. Cheap in bulk:
  // a core that is awake is not woken again.
  virtual void post(Callback<void()> task) = 0;

  // Runs `task` on this core not earlier than `delay` from now. Returns an id for cancel(); ids are never reused.
  virtual TimerId after(Duration delay, Callback<void()> task) = 0;
  // Forgets the timer; its task is destroyed without being run. No effect when it ran already or for TimerId{0}.
  virtual void cancel(TimerId timer) = 0;

  // Wall-clock time; may jump either way with the system's clock. Read once per callback turn at most, so that it is cheap.
  virtual Time now() = 0;
  // Nanoseconds of a clock that never goes back, for measuring only.
  virtual std::uint64_t monotonic_ns() = 0;

  // Unpredictable bytes, from a generator seeded by the operating system (by the simulator's seed there).
  virtual void random(std::span<std::byte> into) = 0;
  std::uint64_t random_u64() {
    std::uint64_t value;
    random(std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }

  // Runs `work` where blocking calls are allowed (a small pool of threads), then `done` on this core. `work` may use
  // Files and what it owns or shares immutably; never the core's state.
  virtual void offload(Callback<void()> work, Callback<void()> done) = 0;

  // Writes all of `bytes` at `offset` and, if `sync`, makes them durable; then runs `done` on this core. The bytes stay
  // valid and the file open until then. A short write is completed or reported as a failure; after any failure nothing
  // is known about the range, and the caller must not write there again as if nothing had happened.
  // Alignment: a file opened with `direct` takes offset, size and address in multiples of direct_alignment.
  virtual void write(File& file, std::uint64_t offset, Bytes bytes, bool sync, Callback<void(Result<void>)> done) = 0;

  virtual Files& files() = 0;
};

}  // namespace millrace::env
