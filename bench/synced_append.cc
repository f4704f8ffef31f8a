// Measures what the disk itself takes to make an append durable: a file that was written through beforehand is
// overwritten from the start in aligned pieces with O_DIRECT, each followed by fdatasync, as a journal would do it.
// Prints one line of JSON.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace {

constexpr std::size_t alignment = 4096;
constexpr std::size_t file_size = 32 * 1024 * 1024;

[[noreturn]] void fail(const std::string& what) {
  std::perror(("synced-append: " + what).c_str());
  std::exit(1);
}

double percentile(const std::vector<double>& sorted, double percent) {
  const auto at = static_cast<std::size_t>(percent / 100 * static_cast<double>(sorted.size()));
  return sorted[std::min(at, sorted.size() - 1)];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "synced-append DIRECTORY BYTES SECONDS: rate and latency of synced appends of BYTES\n");
    return 2;
  }
  const std::string path = std::string(argv[1]) + "/synced-append.tmp";
  const std::size_t size = std::strtoul(argv[2], nullptr, 10);
  const double seconds = std::strtod(argv[3], nullptr);
  if (size == 0 || size % alignment != 0 || size > file_size) {
    std::fprintf(stderr, "synced-append: BYTES is a multiple of %zu up to %zu\n", alignment, file_size);
    return 2;
  }
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_DIRECT | O_CLOEXEC, 0600);
  if (file < 0) fail(path);
  unlink(path.c_str());
  constexpr std::size_t block = 1024 * 1024;
  const std::unique_ptr<char, decltype(&std::free)> buffer(static_cast<char*>(std::aligned_alloc(alignment, file_size)),
                                                           &std::free);
  std::fill_n(buffer.get(), file_size, 'x');
  for (std::size_t at = 0; at < file_size; at += block) {
    if (pwrite(file, buffer.get(), block, static_cast<off_t>(at)) != static_cast<ssize_t>(block)) fail("write");
  }
  if (fsync(file) != 0) fail("fsync");

  std::vector<double> samples;
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const auto us_since = [](Clock::time_point t) {
    return std::chrono::duration<double, std::micro>(Clock::now() - t).count();
  };
  std::size_t at = 0;
  while (us_since(begin) < seconds * 1e6) {
    const auto start = Clock::now();
    if (pwrite(file, buffer.get(), size, static_cast<off_t>(at)) != static_cast<ssize_t>(size)) fail("write");
    if (fdatasync(file) != 0) fail("fdatasync");
    samples.push_back(us_since(start));
    at = at + 2 * size <= file_size ? at + size : 0;
  }
  const double elapsed = us_since(begin) / 1e6;
  std::sort(samples.begin(), samples.end());
  fmt::print(R"({{"bytes":{},"per_second":{:.1f},"p50_us":{:.1f},"p90_us":{:.1f},"p99_us":{:.1f},"max_us":{:.1f}}})"
             "\n",
             size, static_cast<double>(samples.size()) / elapsed, percentile(samples, 50), percentile(samples, 90),
             percentile(samples, 99), samples.back());
  return 0;
}
