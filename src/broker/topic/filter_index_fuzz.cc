// Subscriptions that come and go and messages in between, all decided by the input: the index must agree with policies
// that are evaluated as they are written.
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "broker/topic/filter_index.h"
#include "broker/topic/filter_test_reference.h"

namespace millrace::broker {
namespace {

constexpr FilterLimits wide{.keys_max = 100, .combinations_max = UINT32_MAX};
constexpr std::uint32_t slots_max = 32;

class Run {
 public:
  void step(std::uint8_t what, std::uint64_t seed) {
    reference::Generator generator(seed);
    const std::uint32_t slot = what % slots_max;
    if (what >= 128) {
      message(generator.message(FilterScope::body));
      return;
    }
    index_.remove(slot);
    held_.erase(slot);
    if (what >= 96) return;
    const std::string text = generator.policy(FilterScope::body);
    const auto parsed = parse_filter_policy(text, FilterScope::body, wide);
    if (!parsed) return;
    index_.add(slot, *parsed);
    held_.emplace(slot, *codec::parse_json(text));
  }

 private:
  void message(const std::string& text) {
    reference::Flat flat;
    reference::flatten(*codec::parse_json(text), "", flat);
    std::vector<std::uint32_t> expected, found;
    for (const auto& [slot, policy] : held_) {
      if (reference::matches(policy, flat)) expected.push_back(slot);
    }
    index_.match(*FilterEvent::from_body(text), found);
    check(found == expected, "the index agrees with the policies one by one");
    check(index_.slots() == held_.size(), "it holds what was added and not removed");
  }

  FilterIndex index_;
  std::map<std::uint32_t, codec::JsonValue> held_;
};

}  // namespace
}  // namespace millrace::broker

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  millrace::ByteReader in(std::string_view(reinterpret_cast<const char*>(data), size));
  millrace::broker::Run run;
  while (in.remaining() > 0) {
    const std::uint8_t what = in.u8();
    run.step(what, in.u16());
  }
  return 0;
}
