// A stream's state in a checkpoint, and the head of a stored batch: any bytes. What is accepted is written again as it came.
#include <string>

#include "base/check.h"
#include "broker/stream/batch.h"
#include "broker/stream/describe.h"
#include "broker/stream/state.h"

namespace millrace::broker {
namespace {

void read_state(std::string_view input) {
  StreamState state;
  ByteReader in(input);
  if (!state.load(in)) return;
  std::string saved;
  ByteWriter out(saved);
  state.save(out);
  StreamState again;
  ByteReader from(saved);
  check(again.load(from).has_value(), "what was saved can be loaded");
  std::string twice;
  ByteWriter second(twice);
  again.save(second);
  check(saved == twice, "a state survives saving and loading");
  check(state.marks.size() <= TimeMarks::marks_max, "marks are bounded");
  (void)state.marks.before(from_ms(0), engine::RecordSeq(1));
}

void read_batch(std::string_view input) {
  const auto head = read_batch_head(as_bytes(input));
  (void)describe_batch(as_bytes(input));
  if (!head) return;
  check(head->records > 0, "a batch has records");
  std::string written(BatchHead::size, '\0');
  write_batch_head(*head, std::as_writable_bytes(std::span(written)));
  check(input.substr(0, BatchHead::size) == written, "a head is written as it was read");
}

}  // namespace
}  // namespace millrace::broker

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  millrace::broker::read_state(input);
  millrace::broker::read_batch(input);
  return 0;
}
