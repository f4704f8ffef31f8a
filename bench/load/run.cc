#include "load/run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <limits>

namespace millrace::bench {
namespace {

constexpr std::size_t example_max = 300;
// How long a reply may take: after the end of the measured part, and, in a part without an end, after the one before.
constexpr std::uint64_t reply_grace_ns = 30'000'000'000;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) {
      out += ' ';  // CBOR, for instance
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

std::string build_request(const Options& options, std::string_view action, std::string_view json) {
  return fmt::format(
      "POST / HTTP/1.1\r\n"
      "Host: {}:{}\r\n"
      "Content-Type: application/x-amz-json-1.0\r\n"
      "X-Amz-Target: AmazonSQS.{}\r\n"
      "X-Amz-Date: 20260101T000000Z\r\n"
      "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/sqs/aws4_request, "
      "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
      "Signature=0000000000000000000000000000000000000000000000000000000000000000\r\n"
      "User-Agent: millrace-load\r\n"
      "Content-Length: {}\r\n\r\n{}",
      options.host, options.port, action, json.size(), json);
}

void Run::begin(double warmup, double seconds) {
  const std::uint64_t now = monotonic_ns();
  begin_ns_ = now + static_cast<std::uint64_t>(warmup * 1e9);
  end_ns_ = std::numeric_limits<std::uint64_t>::max();
  cpu_begin_ = cpu_seconds();
  if (warmup > 0) loop.at(begin_ns_, [this] { cpu_begin_ = cpu_seconds(); });
  if (seconds > 0) {
    end_ns_ = begin_ns_ + static_cast<std::uint64_t>(seconds * 1e9);
    loop.at(end_ns_, [this] { finish(); });
    loop.at(end_ns_ + reply_grace_ns, [this] {
      error("no reply", "requests were still under way long after the end");
      loop.stop();
    });
  } else {
    watch(0);
  }
}

void Run::watch(std::uint64_t last_seen_ns) {
  loop.at(monotonic_ns() + reply_grace_ns, [this, last_seen_ns] {
    if (active_ != 0 && last_ns_ == last_seen_ns) {
      error("no reply", "nothing came back for a long time");
      return loop.stop();
    }
    watch(last_ns_);
  });
}

void Run::sample(std::string_view what, std::uint64_t now_ns, std::uint64_t value_ns) {
  if (!measuring(now_ns)) return;
  auto found = calls_.find(what);
  if (found == calls_.end()) found = calls_.emplace(std::string(what), Histogram()).first;
  found->second.add(value_ns);
  last_ns_ = now_ns;
}

void Run::messages(std::uint64_t now_ns, std::uint64_t count) {
  if (!measuring(now_ns)) return;
  messages_ += count;
  last_ns_ = now_ns;
}

void Run::error(std::string_view kind, std::string_view example) {
  const auto found = errors_.find(kind);
  if (found != errors_.end()) {
    ++found->second;
    return;
  }
  errors_.emplace(std::string(kind), 1);
  examples_.emplace(std::string(kind), std::string(example.substr(0, example_max)));
}

bool Run::accepted(const Reply& reply) {
  if (reply.status == 200) return true;
  error(fmt::format("status {}", reply.status), reply.body);
  return false;
}

std::string Run::report() const {
  // A part that ended by itself (everything sent, nothing left) lasted until its last reply.
  const bool ended_early = exhausted || end_ns_ == std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t end = ended_early ? last_ns_ : end_ns_;
  const double seconds = end > begin_ns_ ? static_cast<double>(end - begin_ns_) / 1e9 : 0;
  std::string calls;
  for (const auto& [name, histogram] : calls_) {
    const auto us = [&histogram](double percent) { return static_cast<double>(histogram.percentile(percent)) / 1e3; };
    calls += fmt::format(
        R"({}{}:{{"count":{},"per_second":{:.1f},"mean_us":{:.1f},"p50_us":{:.1f},"p90_us":{:.1f},"p99_us":{:.1f},)"
        R"("p999_us":{:.1f},"max_us":{:.1f}}})",
        calls.empty() ? "" : ",", json_string(name), histogram.count(),
        seconds > 0 ? static_cast<double>(histogram.count()) / seconds : 0, histogram.mean() / 1e3, us(50), us(90),
        us(99), us(99.9), static_cast<double>(histogram.max()) / 1e3);
  }
  std::string errors;
  for (const auto& [kind, count] : errors_) {
    errors += fmt::format(R"({}{}:{{"count":{},"example":{}}})", errors.empty() ? "" : ",", json_string(kind), count,
                          json_string(examples_.at(kind)));
  }
  return fmt::format(
      R"({{"seconds":{:.4f},"messages":{},"messages_per_second":{:.1f},"calls":{{{}}},"sent":{},"received":{},"kept":{},)"
      R"("empty_receives":{},"exhausted":{},"missing":{},"repeated":{},"errors":{{{}}},"generator_cpu":{:.3f}}})",
      seconds, messages_, seconds > 0 ? static_cast<double>(messages_) / seconds : 0, calls, bodies.sent(),
      bodies.received(), kept, empty_receives, exhausted, count_missing ? bodies.missing() : 0,
      count_missing ? bodies.repeated() : 0, errors, seconds > 0 ? (cpu_seconds() - cpu_begin_) / seconds : 0);
}

}  // namespace millrace::bench
