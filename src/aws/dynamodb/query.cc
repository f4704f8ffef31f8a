// Query.
#include "aws/dynamodb/handlers.h"
#include "aws/dynamodb/key_condition.h"
#include "aws/dynamodb/page.h"

namespace millrace::aws::dynamodb {
namespace {

class Query final : public Handler<op::Query> {
 public:
  using Handler::Handler;

 private:
  Outcome<void> prepare(Call& call) override {
    auto table = resolve_table(in_.table_name, call.caller);
    if (!table) return refuse(std::move(table.error()));
    request_.table = std::move(*table);
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
    auto projection = compile_projection(in_, placeholders);
    if (!projection) return refuse(std::move(projection.error()));
    request_.projection = std::move(*projection);
    if (in_.filter_expression) {
      auto filter = parse_condition(*in_.filter_expression, "FilterExpression", placeholders);
      if (!filter) return refuse(std::move(filter.error()));
      request_.filter = std::move(*filter);
    } else if (in_.query_filter) {
      auto filter = condition_of(*in_.query_filter, in_.conditional_operator);
      if (!filter) return refuse(std::move(filter.error()));
      request_.filter = std::move(*filter);
    } else if (in_.conditional_operator) {
      return refuse(invalid("ConditionalOperator cannot be used without Filter or Expected"));
    }
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

  Outcome<void> act(Tables& tables) override {
    auto source = find_source(tables, request_);
    if (!source) return refuse(std::move(source.error()));
    auto range = key_range(keys_, *source);
    if (!range) return refuse(std::move(range.error()));
    if (request_.filter) {
      if (auto ok = check_filter(*request_.filter, source->keys(), in_.query_filter.has_value()); !ok) return ok;
    }
    auto page = read_page(tables, *source, request_, std::move(*range), limits(), usage_);
    if (!page) return refuse(std::move(page.error()));
    page_ = std::move(*page);
    return {};
  }

  void complete(Call&) override {
    fill_page(page_, request_, out_);
    out_.consumed_capacity = usage_.report_one(in_.return_consumed_capacity);
  }

  PageRequest request_;
  Condition keys_;
  Page page_;
  Usage usage_;
};

}  // namespace

ActionPtr make_handler(op::Query, DynamoDb& dynamodb) { return std::make_unique<Query>(dynamodb); }

}  // namespace millrace::aws::dynamodb
