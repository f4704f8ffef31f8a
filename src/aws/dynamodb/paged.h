// PagedHandler: what Query and Scan have in common: a filter, a page of items, and what reading it used up.
#pragma once
#include "aws/dynamodb/handler.h"
#include "aws/dynamodb/page.h"

namespace millrace::aws::dynamodb {

template <class Op>
class PagedHandler : public TableHandler<Op> {
 public:
  using TableHandler<Op>::TableHandler;

 protected:
  // At home: the projection, and the filter in its present form or, in `old_filter`, the old one.
  template <class OldFilter>
  Outcome<void> compile_page(Placeholders& placeholders, const OldFilter& old_filter) {
    auto projection = compile_projection(this->in_, placeholders);
    if (!projection) return refuse(std::move(projection.error()));
    request_.projection = std::move(*projection);
    if (this->in_.filter_expression) {
      auto filter = parse_condition(*this->in_.filter_expression, "FilterExpression", placeholders);
      if (!filter) return refuse(std::move(filter.error()));
      request_.filter = std::move(*filter);
    } else if (old_filter) {
      auto filter = condition_of(*old_filter, this->in_.conditional_operator);
      if (!filter) return refuse(std::move(filter.error()));
      request_.filter = std::move(*filter);
    } else if (this->in_.conditional_operator) {
      return refuse(invalid("ConditionalOperator cannot be used without Filter or Expected"));
    }
    return {};
  }

  // Which items of the table or index are read.
  virtual Outcome<KeyRange> range_of(const Source& source) = 0;

  PageRequest request_;

 private:
  Outcome<void> act(Tables& tables) final {
    request_.table = this->name_;
    auto source = find_source(tables, request_);
    if (!source) return refuse(std::move(source.error()));
    auto range = range_of(*source);
    if (!range) return refuse(std::move(range.error()));
    auto page = read_page(tables, *source, request_, std::move(*range), this->limits(), usage_);
    if (!page) return refuse(std::move(page.error()));
    page_ = std::move(*page);
    return {};
  }

  void complete(Call&) final {
    fill_page(page_, request_, this->out_);
    this->out_.consumed_capacity = usage_.report_one(this->in_.return_consumed_capacity);
  }

  Page page_;
  Usage usage_;
};

}  // namespace millrace::aws::dynamodb
