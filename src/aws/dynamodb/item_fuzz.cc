// Stored items, descriptions of tables and numbers from arbitrary bytes: what is read is written again as it was.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "aws/dynamodb/item_codec.h"
#include "aws/dynamodb/schema.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millrace::aws::dynamodb;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto item = decode_item(bytes)) {
    const auto again = encode_item(*item);
    millrace::check(decode_item(again) == item, "an item comes back");
  }
  if (const auto schema = decode_schema(bytes)) {
    millrace::check(decode_schema(encode_schema(*schema)) == schema, "a description comes back");
  }
  if (const auto number = Decimal::parse(bytes)) {
    std::string ordered;
    number->append_ordered(ordered);
    std::string_view left = ordered;
    millrace::check(Decimal::read_ordered(left) == *number && left.empty(), "a number comes back");
    millrace::check(Decimal::parse(number->text()) == *number, "a number can be read as it is written");
  }
  return 0;
}
