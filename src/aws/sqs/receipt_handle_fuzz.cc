// Whatever a client sends as a receipt handle or a task handle is decoded or refused; what decodes is encoded to the
// same.
#include <cstddef>
#include <cstdint>

#include "aws/sqs/move_task.h"
#include "aws/sqs/receipt_handle.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace sqs = millrace::aws::sqs;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto handle = sqs::decode_handle(text)) {
    const auto again = sqs::decode_handle(sqs::encode_handle(*handle));
    millrace::check(again && again->receipt == handle->receipt, "a handle is read as it was written");
  }
  (void)sqs::decode_task(text);
  return 0;
}
