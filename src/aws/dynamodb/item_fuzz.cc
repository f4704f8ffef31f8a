// Stored items, descriptions of tables and numbers from arbitrary bytes: what is read is written again as it was.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "aws/dynamodb/item_codec.h"
#include "aws/dynamodb/schema.h"
#include "base/check.h"

namespace millrace::aws::dynamodb {
namespace {

void look_at(std::string_view bytes) {
  if (const auto item = decode_item(bytes)) {
    const auto again = encode_item(*item);
    check(decode_item(again) == item, "an item comes back");
  }
  if (const auto schema = decode_schema(bytes)) {
    check(decode_schema(encode_schema(*schema)) == schema, "a description comes back");
  }
  if (const auto number = Decimal::parse(bytes)) {
    std::string ordered;
    number->append_ordered(ordered);
    std::string_view left = ordered;
    check(Decimal::read_ordered(left) == *number && left.empty(), "a number comes back");
    check(Decimal::parse(number->text()) == *number, "a number can be read as it is written");
  }
}

}  // namespace
}  // namespace millrace::aws::dynamodb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  millrace::aws::dynamodb::look_at({reinterpret_cast<const char*>(data), size});
  return 0;
}
