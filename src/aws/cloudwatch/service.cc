#include "aws/cloudwatch/service.h"

#include <algorithm>
#include <array>

#include "aws/cloudwatch/handlers.h"

namespace millrace::aws::cloudwatch {
namespace {

struct Maker {
  std::string_view name;
  ActionPtr (*make)(CloudWatch&);
};

constexpr auto makers = [] {
  std::array<Maker, models::cloudwatch::operations::size> table{};
  std::size_t next = 0;
  models::cloudwatch::operations::for_each([&]<class Op>(Op) {
    table[next++] = {Op::name, [](CloudWatch& cloudwatch) { return make_handler(Op{}, cloudwatch); }};
  });
  return table;
}();

}  // namespace

CloudWatch::CloudWatch(engine::Engine& engine, CloudWatchOptions options)
    : engine_(engine), limits_(options.relaxed ? relaxed_limits : aws_limits), cursors_(engine.lanes()) {}

std::string_view CloudWatch::json_target() const { return models::cloudwatch::json_target; }
std::string_view CloudWatch::rpc_name() const { return models::cloudwatch::json_target; }
std::string_view CloudWatch::query_version() const { return models::cloudwatch::query_version; }
std::string_view CloudWatch::xml_namespace() const { return models::cloudwatch::query_namespace; }

std::unique_ptr<Action> CloudWatch::make(std::string_view operation) {
  const auto at = std::ranges::find(makers, operation, &Maker::name);
  return at != makers.end() ? at->make(*this) : nullptr;
}

Failure CloudWatch::phrase(const codec::Violation& violation, const Call& call) const {
  return cloudwatch::phrase(violation, call);
}

}  // namespace millrace::aws::cloudwatch
