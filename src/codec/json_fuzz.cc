// Any bytes as a JSON request of any operation: nothing but a struct or a violation may come of it, and what was read
// must survive being written and read again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/arena.h"
#include "codec/json_reader.h"
#include "codec/json_value.h"
#include "codec/json_writer.h"
#include "codec/text.h"
#include "models/kinds.h"
#include "models/sqs.h"

namespace millrace::codec {
namespace {

template <class Input>
void try_request(std::string_view text) {
  Arena arena;
  const ReadLimits limits{.arena = &arena};
  Input request;
  const auto bad = read_json(text, request, limits);
  if (bad) {
    check(is_utf8(bad->path) && is_utf8(bad->value), "violations are put into replies");
    return;
  }
  std::string written;
  write_json(request, written);
  Input again;
  // Empty lists are not written, so that a required one may be missing now.
  const auto now = read_json(written, again, limits);
  if (now && now->kind == Violation::Kind::missing) return;
  check(!now, "what was written is well formed");
  // The texts are compared, since not a number is not equal to itself.
  std::string once_more;
  write_json(again, once_more);
  check(once_more == written, "and says the same");
}

void try_document(std::string_view text) {
  const auto value = parse_json(text);
  if (!value) return;
  std::string written;
  write_json(*value, written);
  check(parse_json(written).has_value(), "what was written is well formed");
}

void try_bytes(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto visit = [&](auto op) { try_request<typename decltype(op)::input>(text); };
  models::kinds::operations::for_each(visit);
  models::sqs::operations::for_each(visit);
  try_document(text);
}

}  // namespace
}  // namespace millrace::codec

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  millrace::codec::try_bytes(data, size);
  return 0;
}
