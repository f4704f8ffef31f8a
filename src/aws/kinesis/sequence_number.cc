#include "aws/kinesis/sequence_number.h"

#include <algorithm>

namespace millrace::aws::kinesis {
namespace {

using Wide = unsigned __int128;

// A number of 192 bits, the lowest word first.
using Words = std::array<std::uint64_t, 3>;

constexpr std::uint64_t limb = 100'000'000'000'000;  // 10^14
constexpr std::size_t limb_digits = 14;
constexpr std::size_t zero_bits = 40;
constexpr std::size_t shard_bits = 32;
constexpr std::size_t time_bits = 48;
static_assert(4 * limb_digits == sequence_digits);

// One offset further: 2^(40 + 32).
constexpr Wide step = Wide{1} << (zero_bits + shard_bits);

//  185 184 | 183 … 136 | 135 … 72 | 71 … 40 | 39 … 0
//    1   0 |   time    |  offset  |  shard  |   0
Words words_of(const SequenceNumber& number) {
  constexpr std::uint64_t marker = 2;
  Words words{};
  words[0] = static_cast<std::uint64_t>(number.shard) << zero_bits;
  words[1] = number.shard >> (64 - zero_bits) | number.offset << 8;
  words[2] = number.offset >> 56 | number.shard_created_ms << 8 | marker << (8 + time_bits);
  return words;
}

// Divides in place; gives the remainder.
std::uint64_t divide(Words& words, std::uint64_t by) {
  Wide rest = 0;
  for (std::size_t i = words.size(); i-- > 0;) {
    rest = rest << 64 | words[i];
    words[i] = static_cast<std::uint64_t>(rest / by);
    rest %= by;
  }
  return static_cast<std::uint64_t>(rest);
}

// False when it overflows.
bool multiply_add(Words& words, std::uint64_t by, std::uint64_t plus) {
  Wide carry = plus;
  for (auto& word : words) {
    carry += static_cast<Wide>(word) * by;
    word = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
  return carry == 0;
}

void write_digits(std::uint64_t value, char* to, std::size_t digits) {
  constexpr auto pairs = [] {
    std::array<char, 200> table{};
    for (std::size_t i = 0; i < 100; ++i) {
      table[2 * i] = static_cast<char>('0' + i / 10);
      table[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return table;
  }();
  static_assert(limb_digits % 2 == 0);
  for (std::size_t at = digits; at > 0; at -= 2) {
    const std::size_t pair = value % 100;
    value /= 100;
    to[at - 2] = pairs[2 * pair];
    to[at - 1] = pairs[2 * pair + 1];
  }
}

}  // namespace

bool looks_like_sequence_number(std::string_view text) {
  if (text.empty() || text.size() > sequence_digits_max || (text.size() > 1 && text.front() == '0')) return false;
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<SequenceNumber> parse_sequence_number(std::string_view text) {
  if (text.size() != sequence_digits || !looks_like_sequence_number(text)) return std::nullopt;
  Words words{};
  for (const char c : text) {
    if (!multiply_add(words, 10, static_cast<std::uint64_t>(c - '0'))) return std::nullopt;
  }
  SequenceNumber number;
  number.shard = static_cast<std::uint32_t>(words[0] >> zero_bits | (words[1] & 0xFF) << (64 - zero_bits));
  number.offset = words[1] >> 8 | words[2] << 56;
  number.shard_created_ms = words[2] >> 8 & ((std::uint64_t{1} << time_bits) - 1);
  if (words_of(number) != words) return std::nullopt;
  return number;
}

std::string text_of(const SequenceNumber& number) {
  std::string text(sequence_digits, '0');
  SequenceText(number).write(text.data());
  return text;
}

SequenceText::SequenceText(const SequenceNumber& first) {
  Words words = words_of(first);
  for (auto& each : limbs_) each = divide(words, limb);
}

void SequenceText::write(char* to) const {
  for (std::size_t i = 0; i < limbs_.size(); ++i) {
    write_digits(limbs_[i], to + (limbs_.size() - 1 - i) * limb_digits, limb_digits);
  }
}

void SequenceText::next() {
  constexpr std::array<std::uint64_t, 2> add{static_cast<std::uint64_t>(step % limb),
                                             static_cast<std::uint64_t>(step / limb)};
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < limbs_.size(); ++i) {
    limbs_[i] += carry + (i < add.size() ? add[i] : 0);
    carry = limbs_[i] >= limb ? 1 : 0;
    if (carry != 0) limbs_[i] -= limb;
  }
}

}  // namespace millrace::aws::kinesis
