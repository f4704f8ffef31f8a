// Stored summaries: bytes that are read are written back the same.
#include <cstdlib>

#include "aws/cloudwatch/summary.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using millrace::aws::cloudwatch::Summary;
  millrace::ByteReader in(millrace::Bytes(reinterpret_cast<const std::byte*>(data), size));
  Summary summary;
  if (!summary.decode(in)) return 0;
  (void)summary.percentile(99);
  std::string bytes;
  millrace::ByteWriter out(bytes);
  summary.encode(out);
  millrace::ByteReader again(bytes);
  Summary same;
  if (!same.decode(again)) std::abort();
  return 0;
}
