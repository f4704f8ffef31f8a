// Scan.
#include <fmt/format.h>

#include "aws/dynamodb/handlers.h"
#include "aws/dynamodb/paged.h"

namespace millrace::aws::dynamodb {
namespace {

class Scan final : public PagedHandler<op::Scan> {
 public:
  using PagedHandler::PagedHandler;

 private:
  Outcome<void> check_input() override {
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
    if (auto ok = compile_page(*placeholders, in_.scan_filter); !ok) return ok;
    if (auto ok = placeholders->check_used(); !ok) return ok;
    if (auto ok = read_segments(); !ok) return ok;
    return read_page_request(in_, request_);
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

  Outcome<KeyRange> range_of(const Source& source) override {
    const std::string prefix = source.prefix();
    return KeyRange{prefix, behind(prefix)};
  }
};

}  // namespace

ActionPtr make_handler(op::Scan, DynamoDb& dynamodb) { return std::make_unique<Scan>(dynamodb); }

}  // namespace millrace::aws::dynamodb
