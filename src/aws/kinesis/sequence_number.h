// SequenceNumber: what a client knows a record by; docs/format/kinesis.md says how it is made. It grows with the offset
// within a shard, and from parents to children.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::aws::kinesis {

struct SequenceNumber {
  std::uint64_t shard_created_ms = 0;  // 48 bits
  std::uint64_t offset = 0;            // 0: before the first record
  std::uint32_t shard = 0;
  // In this order of members the numbers compare as their digits do.
  auto operator<=>(const SequenceNumber&) const = default;
};

inline constexpr std::size_t sequence_digits = 56;
// Of any sequence number that the service's pattern admits.
inline constexpr std::size_t sequence_digits_max = 129;

// 0, or digits without a leading zero.
bool looks_like_sequence_number(std::string_view text);
// Nothing when it is none of ours.
std::optional<SequenceNumber> parse_sequence_number(std::string_view text);
std::string text_of(const SequenceNumber& number);

// The numbers of neighbouring records, cheaper than one by one.
class SequenceText {
 public:
  explicit SequenceText(const SequenceNumber& first);
  // Of the present record: sequence_digits of them.
  void write(char* to) const;
  void next();

 private:
  // Base 10^14, the lowest first: four of them are the 56 digits.
  std::array<std::uint64_t, 4> limbs_;
};

}  // namespace millrace::aws::kinesis
