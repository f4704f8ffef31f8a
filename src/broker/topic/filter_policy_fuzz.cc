// Any text as a policy, in both scopes, and any text as a body: a policy or a reason in UTF-8 with the service's prefix;
// the compiled form can be read, and says of a message the same through the index as by itself.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "broker/topic/filter_code.h"
#include "broker/topic/filter_index.h"
#include "broker/topic/filter_policy.h"
#include "codec/text.h"

namespace millrace::broker {
namespace {

void try_policy(std::string_view text, FilterScope scope, const FilterLimits& limits, const FilterEvent& event) {
  const auto parsed = parse_filter_policy(text, scope, limits);
  if (!parsed) {
    check(!parsed.error().reason.empty(), "a refusal says why");
    check(codec::is_utf8(parsed.error().reason), "reasons are put into replies");
    return;
  }
  const FilterCode code((*parsed)->code());
  check(code.clauses.empty() == (*parsed)->matches_everything(), "only a policy without conditions matches everything");
  FilterIndex index;
  index.add(1, *parsed);
  std::vector<std::uint32_t> slots;
  index.match(event, slots);
  check(slots.size() == ((*parsed)->matches(event) ? 1u : 0u), "the index finds what matches, and nothing else");
  index.remove(1);
  index.match(event, slots = {});
  check(slots.empty() && index.policies() == 0, "what was removed is gone");
}

void try_bytes(std::string_view bytes) {
  // A policy, then a body.
  const auto end = bytes.find('\0');
  const auto policy = bytes.substr(0, end);
  const auto rest = end == bytes.npos ? std::string_view() : bytes.substr(end + 1);
  auto event = FilterEvent::from_body(rest);
  if (!event) {
    event = FilterEvent();
    event->add_attribute("a", "String.Array", rest);
    event->add_attribute("b", "Number", rest);
    event->add_attribute("c", "String", rest);
  }
  try_policy(policy, FilterScope::attributes, {}, *event);
  try_policy(policy, FilterScope::body, {}, *event);
  try_policy(policy, FilterScope::body, {.keys_max = 1000, .combinations_max = 100'000}, *event);
}

}  // namespace
}  // namespace millrace::broker

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  millrace::broker::try_bytes({reinterpret_cast<const char*>(data), size});
  return 0;
}
