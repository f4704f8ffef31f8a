// Any bytes as a CBOR request of any operation, in both dialects: nothing but a struct or a violation may come of it,
// and what was read must survive being written and read again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/arena.h"
#include "codec/cbor_reader.h"
#include "codec/cbor_writer.h"
#include "codec/text.h"
#include "models/kinds.h"
#include "models/sqs.h"

namespace millrace::codec {
namespace {

template <class Input>
void try_request(std::string_view bytes, CborDialect dialect) {
  Arena arena;
  const ReadLimits limits{.arena = &arena};
  Input request;
  const auto bad = read_cbor(bytes, dialect, request, limits);
  if (bad) {
    check(is_utf8(bad->path) && is_utf8(bad->value), "violations are put into replies");
    return;
  }
  std::string written;
  write_cbor(request, dialect, written);
  Input again;
  // Empty lists are not written, so that a required one may be missing now.
  const auto now = read_cbor(written, dialect, again, limits);
  if (now && now->kind == Violation::Kind::missing) return;
  check(!now, "what was written is well formed");
  // The bytes are compared, since not a number is not equal to itself.
  std::string once_more;
  write_cbor(again, dialect, once_more);
  check(once_more == written, "and says the same");
}

void try_bytes(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto dialect : {CborDialect::aws, CborDialect::rpc}) {
    const auto visit = [&](auto op) { try_request<typename decltype(op)::input>(bytes, dialect); };
    models::kinds::operations::for_each(visit);
    models::sqs::operations::for_each(visit);
  }
}

}  // namespace
}  // namespace millrace::codec

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  millrace::codec::try_bytes(data, size);
  return 0;
}
