// Operations and errors of a service, as the generator writes them.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>

#include "codec/field.h"

namespace millrace::codec {

// An error of a service. Both protocols' names for it stand side by side, since a JSON reply carries both.
struct ServiceError {
  std::string_view json;   // the last part of "__type" in JSON, with its namespace: com.amazonaws.sqs#OverLimit
  std::string_view query;  // <Code> in XML, and the first part of x-amzn-query-error in JSON
  int status = 400;        // of HTTP
  bool sender = true;      // the fault is the caller's
};

// What the pipeline needs to know of an operation before it knows its types.
struct Operation {
  std::string_view name;
  const Shape* input;
  const Shape* output;                          // null: the reply has no body
  std::span<const ServiceError* const> errors;  // the modelled ones
};

// The output of an operation whose reply has no body.
struct NoOutput {
  bool operator==(const NoOutput&) const = default;
};

// Each Op has `name`, `input` and `output`. A service proves that it handles them all where it builds its dispatch table,
// for instance with `requires(H& h) { h.handle(Op{}, …); }` for every Op: an operation without a handler must not compile.
template <class... Ops>
struct OperationList {
  static constexpr std::size_t size = sizeof...(Ops);
  // Calls visit(Op{}) for each operation, in the model's order.
  template <class F>
  static constexpr void for_each(F&& visit) {
    (visit(Ops{}), ...);
  }
};

}  // namespace millrace::codec
