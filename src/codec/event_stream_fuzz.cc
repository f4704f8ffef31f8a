// Whatever comes: messages are read or refused, and what was read with string headers is written back as it came.
#include <algorithm>

#include "base/check.h"
#include "codec/event_stream.h"

namespace codec = millrace::codec;
using millrace::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  std::string_view in = all;
  while (true) {
    const std::string_view before = in;
    const auto message = codec::read_event(in);
    if (!message || !*message) break;
    const bool strings = std::ranges::all_of((*message)->headers, [](const codec::EventHeader& header) {
      return header.type == codec::EventHeaderType::string;
    });
    if (!strings) continue;
    std::vector<codec::EventHeaderView> headers;
    for (const auto& header : (*message)->headers) headers.push_back({header.name, header.value});
    std::string again;
    codec::write_event(headers, (*message)->payload, again);
    check(again == before.substr(0, before.size() - in.size()), "what was read is written back as it came");
  }
  // Random bytes have no right checksums; the same bytes as headers and payload of a message do.
  std::string framed;
  const auto name = all.substr(0, std::min<std::size_t>(size, 20));
  codec::write_event(
      name.empty() ? std::vector<codec::EventHeaderView>{} : std::vector<codec::EventHeaderView>{{name, name}}, all,
      framed);
  std::string_view rest = framed;
  const auto back = codec::read_event(rest);
  check(back && *back && (*back)->payload == all && (*back)->find(name) == name && rest.empty());
  return 0;
}
