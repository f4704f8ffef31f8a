// Failure: why a call is refused, in the words of the service it was sent to.
//
// The kind is one line of a table (the model's errors, errors.h, sqs/errors.h); the message is for the caller. Below
// the doors the same things are base Results; failure_of() turns one into the other where no better words exist.
#pragma once
#include <expected>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "codec/operation.h"

namespace millrace::aws {

struct Failure {
  const codec::ServiceError* kind = nullptr;
  std::string message;
  // What stands beside the message, as a struct of the model, for the few errors that have more to say.
  const codec::Shape* details_shape = nullptr;
  std::shared_ptr<const void> details;
};

template <class T>
using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> refuse(const codec::ServiceError& kind, std::string message) {
  return std::unexpected<Failure>(Failure{.kind = &kind, .message = std::move(message)});
}

// What the caller is told when the server itself could not do it.
Failure failure_of(const Error& error);

}  // namespace millrace::aws
