#include "aws/dynamodb/service.h"

#include <algorithm>
#include <array>

#include "aws/dynamodb/handlers.h"
#include "aws/dynamodb/phrases.h"

namespace millrace::aws::dynamodb {
namespace {

struct Maker {
  std::string_view name;
  ActionPtr (*make)(DynamoDb&);
};

// Sorted by name.
constexpr auto makers = [] {
  std::array<Maker, models::dynamodb::operations::size> table{};
  std::size_t next = 0;
  models::dynamodb::operations::for_each([&]<class Op>(Op) {
    table[next++] = {Op::name, [](DynamoDb& dynamodb) { return make_handler(Op{}, dynamodb); }};
  });
  std::ranges::sort(table, {}, &Maker::name);
  return table;
}();

}  // namespace

DynamoDb::DynamoDb(engine::Engine& engine, DynamoDbOptions options)
    : engine_(engine), limits_(options.relaxed ? relaxed_limits : aws_limits), expiries_(engine.lanes()) {}

std::string_view DynamoDb::json_target() const { return models::dynamodb::json_target; }

std::unique_ptr<Action> DynamoDb::make(std::string_view operation) {
  const auto at = std::ranges::lower_bound(makers, operation, {}, &Maker::name);
  return at != makers.end() && at->name == operation ? at->make(*this) : nullptr;
}

Failure DynamoDb::phrase(const codec::Violation& violation, const Call&) const { return dynamodb::phrase(violation); }

}  // namespace millrace::aws::dynamodb
