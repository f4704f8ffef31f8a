// Limits of the service, in one table: the column `aws` is the service's own, `relaxed` lifts what only gets in the way
// on one's own machines. Those below the table are the same under either choice.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace millrace::aws::dynamodb {

struct Limits {
  std::size_t tables_max;          // of an account in a region
  std::size_t global_indexes_max;  // of a table
  std::size_t local_indexes_max;
  std::size_t projected_attributes_max;  // of all indexes of a table together
  std::size_t tags_max;
  std::size_t item_bytes_max;
  std::size_t transaction_bytes_max;  // of the items of one transaction
  std::size_t batch_get_bytes_max;    // more is left as UnprocessedKeys
  std::size_t page_bytes_max;         // of Query and Scan
};

inline constexpr Limits aws_limits{
    .tables_max = 2500,
    .global_indexes_max = 20,
    .local_indexes_max = 5,
    .projected_attributes_max = 100,
    .tags_max = 50,
    .item_bytes_max = 400 << 10,
    .transaction_bytes_max = 4 << 20,
    .batch_get_bytes_max = 16 << 20,
    .page_bytes_max = 1 << 20,
};

inline constexpr Limits relaxed_limits = [] {
  Limits limits = aws_limits;
  limits.tables_max = 100'000;
  return limits;
}();

inline constexpr std::size_t batch_get_max = 100;
inline constexpr std::size_t batch_write_max = 25;
inline constexpr std::size_t transaction_items_max = 100;
inline constexpr int nesting_max = 32;
inline constexpr std::size_t hash_key_bytes_max = 2048;
inline constexpr std::size_t range_key_bytes_max = 1024;
inline constexpr std::size_t attribute_name_bytes_max = 65'535;
inline constexpr std::size_t expression_bytes_max = 4096;
inline constexpr std::size_t expression_operators_max = 300;
inline constexpr std::size_t expression_depth_max = 150;  // of parentheses and NOTs in each other
inline constexpr std::size_t in_operands_max = 100;
inline constexpr std::size_t placeholder_bytes_max = 255;
inline constexpr std::uint32_t list_index_max = 1'000'000;  // written in a path
inline constexpr std::size_t list_tables_max = 100;
inline constexpr std::size_t list_tags_max = 10;
// How long the token of a transaction is remembered.
inline constexpr Duration token_kept = std::chrono::minutes(10);
// Expired items are looked for this often, and so many are deleted at most in one step.
inline constexpr Duration expiry_interval = std::chrono::seconds(10);
inline constexpr std::size_t expiry_batch = 1000;

}  // namespace millrace::aws::dynamodb
