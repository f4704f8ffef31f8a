// UpdateTimeToLive and DescribeTimeToLive. The deleting is expiry.h.
#include "aws/dynamodb/handlers.h"

namespace millrace::aws::dynamodb {
namespace {

class UpdateTimeToLive final : public TableHandler<op::UpdateTimeToLive> {
 public:
  using TableHandler::TableHandler;

 private:
  Outcome<void> act(Tables& tables) override {
    auto table = tables.require(name_);
    if (!table) return refuse(no_such_table(name_));
    const auto& wanted = in_.time_to_live_specification;
    if (wanted.enabled) {
      if (!table->expiry_attribute.empty()) {
        return refuse(invalid(table->expiry_attribute == wanted.attribute_name
                                  ? "TimeToLive is already enabled"
                                  : "TimeToLive is active on a different AttributeName: current AttributeName is " +
                                        table->expiry_attribute));
      }
      table->expiry_attribute = wanted.attribute_name;
    } else {
      if (table->expiry_attribute.empty()) return refuse(invalid("TimeToLive is already disabled"));
      if (table->expiry_attribute != wanted.attribute_name) {
        return refuse(invalid("TimeToLive is active on a different AttributeName: current AttributeName is " +
                              table->expiry_attribute));
      }
      table->expiry_attribute.clear();
    }
    return tables.keep(*table);
  }

  void complete(Call&) override { out_.time_to_live_specification = in_.time_to_live_specification; }
};

class DescribeTimeToLive final : public TableHandler<op::DescribeTimeToLive> {
 public:
  using TableHandler::TableHandler;

 private:
  Outcome<void> act(Tables& tables) override {
    const auto table = tables.find(name_);
    if (!table) return refuse(no_such_table(name_));
    auto& described = out_.time_to_live_description.emplace();
    described.time_to_live_status = table->expiry_attribute.empty() ? "DISABLED" : "ENABLED";
    if (!table->expiry_attribute.empty()) described.attribute_name = table->expiry_attribute;
    return {};
  }
};

}  // namespace

ActionPtr make_handler(op::UpdateTimeToLive, DynamoDb& dynamodb) {
  return std::make_unique<UpdateTimeToLive>(dynamodb);
}
ActionPtr make_handler(op::DescribeTimeToLive, DynamoDb& dynamodb) {
  return std::make_unique<DescribeTimeToLive>(dynamodb);
}

}  // namespace millrace::aws::dynamodb
