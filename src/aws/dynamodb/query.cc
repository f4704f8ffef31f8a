// Query.
#include "aws/dynamodb/handlers.h"
#include "aws/dynamodb/key_condition.h"
#include "aws/dynamodb/paged.h"

namespace millrace::aws::dynamodb {
namespace {

class Query final : public PagedHandler<op::Query> {
 public:
  using PagedHandler::PagedHandler;

 private:
  Outcome<void> check_input() override {
    const Given filter{"FilterExpression", in_.filter_expression.has_value()};
    const Given key_condition{"KeyConditionExpression", in_.key_condition_expression.has_value()};
    const Given projection{"ProjectionExpression", in_.projection_expression.has_value()};
    if (auto ok = check_styles({{"AttributesToGet", in_.attributes_to_get.has_value()},
                                {"QueryFilter", in_.query_filter.has_value()},
                                {"KeyConditions", in_.key_conditions.has_value()},
                                {"ConditionalOperator", in_.conditional_operator.has_value()}},
                               {projection, filter, key_condition});
        !ok) {
      return ok;
    }
    auto placeholders = read_placeholders(&in_.expression_attribute_names, &in_.expression_attribute_values,
                                          {projection, filter, key_condition}, {filter, key_condition});
    if (!placeholders) return refuse(std::move(placeholders.error()));
    if (auto ok = compile(*placeholders); !ok) return ok;
    if (auto ok = placeholders->check_used(); !ok) return ok;
    request_.forward = in_.scan_index_forward.value_or(true);
    return read_page_request(in_, request_);
  }

  Outcome<void> compile(Placeholders& placeholders) {
    if (auto ok = compile_page(placeholders, in_.query_filter); !ok) return ok;
    if (in_.key_condition_expression) {
      auto keys = parse_condition(*in_.key_condition_expression, "KeyConditionExpression", placeholders);
      if (!keys) return refuse(std::move(keys.error()));
      keys_ = std::move(*keys);
      return {};
    }
    if (!in_.key_conditions || in_.key_conditions->empty()) {
      return refuse(
          invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
                  "request."));
    }
    auto keys = condition_of(*in_.key_conditions, std::nullopt);
    if (!keys) return refuse(std::move(keys.error()));
    keys_ = std::move(**keys);
    return {};
  }

  Outcome<KeyRange> range_of(const Source& source) override {
    auto range = key_range(keys_, source);
    if (!range || !request_.filter) return range;
    if (auto ok = check_filter(*request_.filter, source.keys(), in_.query_filter.has_value()); !ok) {
      return refuse(std::move(ok.error()));
    }
    return range;
  }

  Condition keys_;
};

}  // namespace

ActionPtr make_handler(op::Query, DynamoDb& dynamodb) { return std::make_unique<Query>(dynamodb); }

}  // namespace millrace::aws::dynamodb
