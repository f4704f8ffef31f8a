// A fixture that speaks a stream's verbs: one lane of the real engine over the simulated machine.
#pragma once
#include <optional>
#include <string>

#include "broker/queue/queue_fixture.h"
#include "broker/stream/stream_partition.h"

namespace millrace::broker {

class StreamTest : public QueueTest {
 protected:
  StreamTest() : QueueTest(1) {}

  engine::Lane& lane() { return lane_of(name_); }
  void begin(const std::string& name = "s", const StreamConfig& config = {}) {
    create_stream_partition(lane_of(name), name, config);
    durable(lane_of(name));
    if (name_.empty()) name_ = name;
  }
  // One that is there already.
  void use(const std::string& name) { name_ = name; }
  StreamPartition& partition() {
    auto* found = find_stream_partition(lane(), name_);
    EXPECT_NE(found, nullptr);
    return *found;
  }

  Offset append(const std::string& batch, std::uint32_t records = 1) {
    const auto appended = partition().append(records, as_bytes(batch));
    EXPECT_TRUE(appended.has_value());
    durable(lane());
    return appended->first;
  }

  StreamRead read(std::uint64_t from, StreamReadLimits limits = {}) {
    std::optional<Result<StreamRead>> answer;
    partition().read(Offset(from), limits, [&](Result<StreamRead> got) { answer = std::move(got); });
    until([&] { return answer.has_value(); });
    EXPECT_TRUE(answer->has_value()) << answer->error().message;
    return std::move(**answer);
  }
  // Everything from an offset on, as "1:a 2:bcd".
  std::string text(std::uint64_t from = 1) {
    std::string out;
    for (;;) {
      const auto got = read(from);
      for (const auto& batch : got.batches) {
        if (!out.empty()) out += ' ';
        out += std::to_string(batch.first.get()) + ":" + std::string(as_text(batch.bytes));
      }
      from = got.next.get();
      if (got.at_tip) return out;
    }
  }

  Offset find_time(Time time) {
    std::optional<Result<Offset>> answer;
    partition().find_time(time, [&](Result<Offset> got) { answer = std::move(got); });
    until([&] { return answer.has_value(); });
    EXPECT_TRUE(answer->has_value());
    return **answer;
  }

 private:
  std::string name_;
};

}  // namespace millrace::broker
