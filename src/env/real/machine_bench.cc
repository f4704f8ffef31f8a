// What the real machine costs: synced writes beside the bare system calls, hops between cores, timers, sockets.
// Run it in a directory on the disk in question.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "base/check.h"
#include "env/real/address.h"
#include "env/real/machine.h"
#include "env/real/timers.h"
#include "env/real/unique_fd.h"

namespace millrace::env {
namespace {

constexpr std::uint64_t file_bytes = 16 << 20;
const char* const file_name = "env_bench.tmp";

// A file written once, as a recycled journal file is, and aligned memory to write over it.
class Prewritten {
 public:
  Prewritten(Files& files, std::size_t size) : size_(size) {
    memory_ = static_cast<std::byte*>(std::aligned_alloc(direct_alignment, 1 << 20));
    std::memset(memory_, 7, 1 << 20);
    auto opened = files.open(file_name, {.write = true, .create = true, .direct = true});
    check(opened.has_value(), "the working directory takes a file");
    file_ = std::move(*opened);
    for (std::uint64_t at = 0; at < file_bytes; at += 1 << 20) {
      check(file_->write(at, Bytes(memory_, 1 << 20)).has_value(), "the disk has room for a small file");
    }
    check(file_->sync().has_value(), "the disk syncs");
  }
  ~Prewritten() {
    ::unlink(file_name);
    std::free(memory_);
  }
  File& file() { return *file_; }
  Bytes bytes() const { return {memory_, size_}; }
  std::uint64_t next_offset() {
    const auto offset = offset_;
    offset_ = (offset_ + size_) % file_bytes;
    return offset;
  }

 private:
  std::unique_ptr<File> file_;
  std::byte* memory_;
  std::size_t size_;
  std::uint64_t offset_ = 0;
};

// The mean hides what a disk does; medians are compared.
class Latencies {
 public:
  void start() { started_ = std::chrono::steady_clock::now(); }
  void stop() { all_.push_back(std::chrono::steady_clock::now() - started_); }
  void report(benchmark::State& state) {
    if (all_.empty()) return;
    std::sort(all_.begin(), all_.end());
    state.counters["p50_us"] = microseconds(all_[all_.size() / 2]);
    state.counters["p99_us"] = microseconds(all_[all_.size() * 99 / 100]);
  }

 private:
  static double microseconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1e3; }
  std::chrono::steady_clock::time_point started_;
  std::vector<std::chrono::nanoseconds> all_;
};

void raw_synced_write(benchmark::State& state) {
  Machine machine(1);
  Prewritten data(machine.files(), static_cast<std::size_t>(state.range(0)));
  Latencies latencies;
  for (auto _ : state) {
    latencies.start();
    check(data.file().write(data.next_offset(), data.bytes()).has_value() && data.file().sync().has_value(), "");
    latencies.stop();
  }
  latencies.report(state);
}

void core_synced_write(benchmark::State& state) {
  Machine machine(1, {.io_uring = state.range(1) != 0});
  Core& core = machine.core(0);
  Prewritten data(machine.files(), static_cast<std::size_t>(state.range(0)));
  Latencies latencies;
  // Core 0 runs on this thread, so the loop of the benchmark can be turned inside out.
  std::function<void()> step = [&] {
    if (!state.KeepRunning()) return machine.stop();
    latencies.start();
    core.write(data.file(), data.next_offset(), data.bytes(), true, [&](Result<void> result) {
      check(result.has_value(), "the disk takes a write");
      latencies.stop();
      step();
    });
  };
  core.post([&] { step(); });
  machine.run();
  latencies.report(state);
}

void hop_to_another_core_and_back(benchmark::State& state) {
  Machine machine(2);
  std::function<void()> step = [&] {
    if (!state.KeepRunning()) return machine.stop();
    machine.core(1).post([&] { machine.core(0).post([&] { step(); }); });
  };
  machine.core(0).post([&] { step(); });
  machine.run();
}

void post_to_itself(benchmark::State& state) {
  Machine machine(1);
  std::function<void()> step = [&] {
    if (!state.KeepRunning()) return machine.stop();
    machine.core(0).post([&] { step(); });
  };
  machine.core(0).post([&] { step(); });
  machine.run();
}

// A timer set and cancelled beside as many others as the argument says.
void timer_set_and_cancelled(benchmark::State& state) {
  Timers timers;
  std::uint64_t deadline = 1;
  for (std::int64_t i = 0; i < state.range(0); ++i) timers.add(deadline += 1000, [] {});
  std::uint64_t spread = 0;
  for (auto _ : state) {
    spread = (spread + 7919) % deadline;
    benchmark::DoNotOptimize(timers.cancel(timers.add(spread, [] {})));
  }
}

// 1 KiB there and back over one connection; the client is a plain blocking thread.
void socket_round_trip(benchmark::State& state) {
  constexpr std::size_t size = 1024;
  Machine machine(1);
  std::unique_ptr<Socket> socket;
  std::array<std::byte, size> buffer;
  std::function<void()> echo = [&] {
    socket->read(buffer, [&](Result<std::size_t> got) {
      if (!got || *got == 0) return machine.stop();
      socket->write({Bytes(buffer).first(*got)}, [&](Result<void>) { echo(); });
    });
  };
  const auto listener = *machine.net().listen("127.0.0.1:0", [&](Core&, std::unique_ptr<Socket> accepted) {
    socket = std::move(accepted);
    echo();
  });
  std::thread server([&] { machine.run(); });
  {
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM, 0));
    const auto address = *parse_address("127.0.0.1:" + std::to_string(listener->port()));
    check(::connect(fd.get(), address.raw(), address.size) == 0, "the listener is there");
    std::array<std::byte, size> message{};
    for (auto _ : state) {
      check(::send(fd.get(), message.data(), size, 0) == size, "");
      check(::recv(fd.get(), message.data(), size, MSG_WAITALL) == size, "");
    }
  }
  server.join();
}

BENCHMARK(raw_synced_write)->Arg(4096)->Arg(65536)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(core_synced_write)
    ->ArgNames({"bytes", "io_uring"})
    ->ArgsProduct({{4096, 65536}, {1, 0}})
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(hop_to_another_core_and_back)->UseRealTime();
BENCHMARK(post_to_itself);
BENCHMARK(timer_set_and_cancelled)->Arg(0)->Arg(100'000);
BENCHMARK(socket_round_trip)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace millrace::env
