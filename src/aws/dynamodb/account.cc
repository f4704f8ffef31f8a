// DescribeLimits and DescribeEndpoints: they concern no table.
#include "aws/dynamodb/handlers.h"

namespace millrace::aws::dynamodb {
namespace {

// The service's defaults; capacity is not limited here.
constexpr std::int64_t account_units_max = 80'000;
constexpr std::int64_t table_units_max = 40'000;
constexpr std::int64_t endpoint_minutes = 1440;

class DescribeLimits final : public Handler<op::DescribeLimits> {
 public:
  using Handler::Handler;

 private:
  Outcome<void> act(Tables&) override {
    out_.account_max_read_capacity_units = account_units_max;
    out_.account_max_write_capacity_units = account_units_max;
    out_.table_max_read_capacity_units = table_units_max;
    out_.table_max_write_capacity_units = table_units_max;
    return {};
  }
};

class DescribeEndpoints final : public Handler<op::DescribeEndpoints> {
 public:
  using Handler::Handler;

 private:
  Outcome<void> act(Tables&) override { return {}; }

  // The address under which the client reached us.
  void complete(Call& call) override {
    std::string address = call.base_url();
    if (const auto scheme = address.find("://"); scheme != std::string::npos) address.erase(0, scheme + 3);
    out_.endpoints.push_back({std::move(address), endpoint_minutes});
  }
};

}  // namespace

ActionPtr make_handler(op::DescribeLimits, DynamoDb& dynamodb) { return std::make_unique<DescribeLimits>(dynamodb); }
ActionPtr make_handler(op::DescribeEndpoints, DynamoDb& dynamodb) {
  return std::make_unique<DescribeEndpoints>(dynamodb);
}

}  // namespace millrace::aws::dynamodb
