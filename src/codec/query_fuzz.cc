// Any bytes as a request of the query protocol: nothing but a struct or a violation may come of it, and what was read
// is the same struct when it travels as JSON.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/arena.h"
#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "codec/query_reader.h"
#include "codec/text.h"
#include "codec/xml_writer.h"
#include "models/kinds.h"
#include "models/sqs.h"

namespace millrace::codec {
namespace {

template <class Input>
void try_request(const QueryParameters& parameters) {
  Input request;
  const auto bad = read_query(parameters, request);
  if (bad) {
    check(is_utf8(bad->path) && is_utf8(bad->value), "violations are put into replies");
    return;
  }
  std::string written;
  write_json(request, written);
  Input again;
  // Empty lists are not written, so that a required one may be missing now.
  Arena arena;
  if (read_json(written, again, {.bytes_max = std::size_t{64} << 20, .arena = &arena})) return;
  // The texts are compared, since not a number is not equal to itself.
  std::string once_more;
  write_json(again, once_more);
  check(once_more == written, "both encodings give the same struct");
  std::string xml;
  write_xml_members(Input::shape, &request, xml);
  check(is_utf8(xml), "replies are UTF-8");
}

void try_bytes(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Arena arena;
  QueryParameters parameters({.arena = &arena});
  // A question mark splits the URL's part from the body's.
  const std::size_t split = text.find('?');
  if (parameters.add(text.substr(0, split))) return;
  if (split != text.npos && parameters.add(text.substr(split + 1))) return;
  parameters.add_default("QueueUrl", "queue");
  const auto visit = [&](auto op) { try_request<typename decltype(op)::input>(parameters); };
  models::kinds::operations::for_each(visit);
  models::sqs::operations::for_each(visit);
}

}  // namespace
}  // namespace millrace::codec

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  millrace::codec::try_bytes(data, size);
  return 0;
}
