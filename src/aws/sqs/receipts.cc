#include "aws/sqs/receipts.h"

#include "aws/sqs/errors.h"
#include "aws/sqs/receipt_handle.h"

namespace millrace::aws::sqs {

Outcome<void> check_handle(const std::string& handle) {
  if (handle.empty()) return refuse(missing_parameter("ReceiptHandle"));
  if (!decode_handle(handle)) return refuse(receipt_handle_invalid(handle));
  return {};
}

Outcome<broker::Receipt> receipt_for(engine::Lane& lane, broker::Queue& queue, const std::string& handle) {
  const auto decoded = decode_handle(handle);
  if (!decoded) return refuse(receipt_handle_invalid(handle));
  if (decoded->lane != lane.id() || decoded->receipt.partition != queue.id()) {
    return refuse(receipt_handle_foreign(handle));
  }
  return decoded->receipt;
}

}  // namespace millrace::aws::sqs
