#include "aws/sqs/service.h"

#include <algorithm>
#include <array>

#include "aws/sqs/handlers.h"
#include "aws/sqs/phrases.h"

namespace millrace::aws::sqs {
namespace {

struct Maker {
  std::string_view name;
  ActionPtr (*make)(Sqs&);
};

// Sorted by name.
constexpr auto makers = [] {
  std::array<Maker, models::sqs::operations::size> table{};
  std::size_t next = 0;
  models::sqs::operations::for_each(
      [&]<class Op>(Op) { table[next++] = {Op::name, [](Sqs& sqs) { return make_handler(Op{}, sqs); }}; });
  std::ranges::sort(table, {}, &Maker::name);
  return table;
}();

constexpr std::string_view query_suffix = " for this wsdl version.";

}  // namespace

Sqs::Sqs(engine::Engine& engine, SqsOptions options)
    : engine_(engine),
      limits_(options.relaxed ? relaxed_limits : aws_limits),
      published_(options.published),
      throttles_(engine.lanes(), Throttle(limits_.fifo_calls_per_second, throttled_keys_max)) {}

std::string_view Sqs::json_target() const { return models::sqs::json_target; }
std::string_view Sqs::query_version() const { return models::sqs::query_version; }
std::string_view Sqs::xml_namespace() const { return models::sqs::query_namespace; }

std::unique_ptr<Action> Sqs::make(std::string_view operation) {
  const auto at = std::ranges::lower_bound(makers, operation, {}, &Maker::name);
  return at != makers.end() && at->name == operation ? at->make(*this) : nullptr;
}

std::optional<PathParameter> Sqs::read_path(std::string_view path) const {
  if (!parse_path(path)) return std::nullopt;
  return PathParameter{"QueueUrl", std::string(path)};
}

bool Sqs::offered_on_path(std::string_view operation) const {
  return operation != op::CreateQueue::name && operation != op::ListQueues::name;
}

Failure Sqs::phrase(const codec::Violation& violation, const Call& call) const { return sqs::phrase(violation, call); }

void Sqs::adapt(Failure& failure, Protocol protocol) const {
  if (protocol == Protocol::query && failure.kind == &errors::queue_does_not_exist &&
      failure.message == no_such_queue) {
    failure.message.pop_back();
    failure.message += query_suffix;
  }
}

}  // namespace millrace::aws::sqs
