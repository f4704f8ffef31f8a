// Head reader: any bytes, as they come and with the checksum made right.
#include <string>

#include "base/check.h"
#include "base/crc32c.h"
#include "log/store.h"

namespace millrace::log {
namespace {

void read(const std::string& bytes) {
  const auto head = decode_head(as_bytes(bytes), "head");
  if (head) {
    const auto again = decode_head(as_bytes(encode_head(*head)), "head");
    check(again && *again == *head, "what can be read can be written");
  }
}

}  // namespace
}  // namespace millrace::log

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  millrace::log::read(bytes);
  if (bytes.size() >= 4) {
    const millrace::Bytes all = millrace::as_bytes(bytes);
    const auto sum = millrace::crc32c(all.first(all.size() - 4));
    millrace::store_le(reinterpret_cast<std::byte*>(bytes.data() + bytes.size() - 4), sum);
    millrace::log::read(bytes);
  }
  return 0;
}
