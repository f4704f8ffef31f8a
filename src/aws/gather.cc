#include "aws/gather.h"

namespace millrace::aws {

Outcome<void> check_serving(const engine::Lane& lane) {
  if (lane.serving()) return {};
  return std::unexpected(failure_of(Error{ErrorCode::unavailable, "recovering its data"}));
}

}  // namespace millrace::aws
