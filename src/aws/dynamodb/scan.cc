// Scan.
#include <fmt/format.h>

#include "aws/dynamodb/handlers.h"
#include "aws/dynamodb/page.h"

namespace millrace::aws::dynamodb {
namespace {

class Scan final : public Handler<op::Scan> {
 public:
  using Handler::Handler;

 private:
  Outcome<void> prepare(Call& call) override {
    auto table = resolve_table(in_.table_name, call.caller);
    if (!table) return refuse(std::move(table.error()));
    request_.table = std::move(*table);
    const Given filter{"FilterExpression", in_.filter_expression.has_value()};
    const Given projection{"ProjectionExpression", in_.projection_expression.has_value()};
    if (auto ok = check_styles({{"AttributesToGet", in_.attributes_to_get.has_value()},
                                {"ScanFilter", in_.scan_filter.has_value()},
                                {"ConditionalOperator", in_.conditional_operator.has_value()}},
                               {projection, filter});
        !ok) {
      return ok;
    }
    auto placeholders = read_placeholders(&in_.expression_attribute_names, &in_.expression_attribute_values,
                                          {projection, filter}, {filter});
    if (!placeholders) return refuse(std::move(placeholders.error()));
    if (auto ok = compile(*placeholders); !ok) return ok;
    if (auto ok = placeholders->check_used(); !ok) return ok;
    if (auto ok = read_segments(); !ok) return ok;
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
    } else if (in_.scan_filter) {
      auto filter = condition_of(*in_.scan_filter, in_.conditional_operator);
      if (!filter) return refuse(std::move(filter.error()));
      request_.filter = std::move(*filter);
    } else if (in_.conditional_operator) {
      return refuse(invalid("ConditionalOperator cannot be used without Filter or Expected"));
    }
    return {};
  }

  Outcome<void> read_segments() {
    if (in_.segment.has_value() != in_.total_segments.has_value()) {
      return refuse(invalid(in_.segment
                                ? "The TotalSegments parameter is required but was not present in the request when "
                                  "Segment parameter is present"
                                : "The Segment parameter is required but was not present in the request when parameter "
                                  "TotalSegments is present"));
    }
    if (!in_.segment) return {};
    if (*in_.segment >= *in_.total_segments) {
      return refuse(
          invalid(fmt::format("The Segment parameter is zero-based and must be less than parameter "
                              "TotalSegments: Segment: {} is not less than TotalSegments: {}",
                              *in_.segment, *in_.total_segments)));
    }
    request_.segment = static_cast<std::uint32_t>(*in_.segment);
    request_.segments = static_cast<std::uint32_t>(*in_.total_segments);
    return {};
  }

  Outcome<void> act(Tables& tables) override {
    auto source = find_source(tables, request_);
    if (!source) return refuse(std::move(source.error()));
    const std::string prefix = source->prefix();
    auto page = read_page(tables, *source, request_, {prefix, behind(prefix)}, limits(), usage_);
    if (!page) return refuse(std::move(page.error()));
    page_ = std::move(*page);
    return {};
  }

  void complete(Call&) override {
    fill_page(page_, request_, out_);
    out_.consumed_capacity = usage_.report_one(in_.return_consumed_capacity);
  }

  PageRequest request_;
  Page page_;
  Usage usage_;
};

}  // namespace

ActionPtr make_handler(op::Scan, DynamoDb& dynamodb) { return std::make_unique<Scan>(dynamodb); }

}  // namespace millrace::aws::dynamodb
