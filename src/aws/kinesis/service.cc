#include "aws/kinesis/service.h"

#include <algorithm>
#include <array>

#include "aws/kinesis/handlers.h"
#include "aws/kinesis/phrases.h"

namespace millrace::aws::kinesis {
namespace {

struct Maker {
  std::string_view name;
  ActionPtr (*make)(Kinesis&);
};

// Sorted by name.
constexpr auto makers = [] {
  std::array<Maker, models::kinesis::operations::size> table{};
  std::size_t next = 0;
  models::kinesis::operations::for_each(
      [&]<class Op>(Op) { table[next++] = {Op::name, [](Kinesis& kinesis) { return make_handler(Op{}, kinesis); }}; });
  std::ranges::sort(table, {}, &Maker::name);
  return table;
}();

}  // namespace

Kinesis::Kinesis(engine::Engine& engine, KinesisOptions options)
    : engine_(engine),
      limits_(options.relaxed ? relaxed_limits : aws_limits),
      delay_(options.delay),
      throttles_(engine.lanes(), Throttle(throttled_keys_max)),
      usages_(engine.lanes()),
      subscriptions_(engine.lanes()),
      routes_(engine, limits_),
      settler_(engine, limits_, usages_) {}

std::string_view Kinesis::json_target() const { return models::kinesis::json_target; }

void Kinesis::start() {
  for (std::uint32_t i = 0; i < engine_.lanes(); ++i) {
    const engine::LaneId id(i);
    engine_.core_of(id).post([this, id] { settler_.start(engine_.lane(id)); });
  }
}

std::unique_ptr<Action> Kinesis::make(std::string_view operation) {
  const auto at = std::ranges::lower_bound(makers, operation, {}, &Maker::name);
  return at != makers.end() && at->name == operation ? at->make(*this) : nullptr;
}

Failure Kinesis::phrase(const codec::Violation& violation, const Call& call) const {
  return kinesis::phrase(violation, call);
}

}  // namespace millrace::aws::kinesis
