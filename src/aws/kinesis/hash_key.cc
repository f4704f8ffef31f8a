#include "aws/kinesis/hash_key.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "aws/digest.h"
#include "base/bytes.h"

namespace millrace::aws::kinesis {
namespace {

// MD5 (RFC 1321) of a text that fits into one block of 64 bytes with its padding. A PutRecords has 500 short keys, and a
// library spends more on preparing a digest than on the block.
constexpr std::size_t one_block_max = 55;

constexpr std::array<std::uint32_t, 64> sines{
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr int rotations[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

constexpr std::uint32_t start[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

// As many keys as are hashed at once. The compiler makes of it the wide instructions that the processor has: a digest is
// one long chain of steps, so one key alone leaves most of them unused.
constexpr std::size_t lanes = 8;
using Wide = std::uint32_t __attribute__((vector_size(4 * lanes)));

template <int round, class Word, std::size_t... i>
void steps(Word (&s)[4], const Word (&words)[16], std::index_sequence<i...>) {
  const auto step = [&]<std::size_t n>() {
    const Word a = s[(64 - n) % 4], b = s[(65 - n) % 4], c = s[(66 - n) % 4], d = s[(67 - n) % 4];
    const Word mix = round == 0   ? ((c ^ d) & b) ^ d
                     : round == 1 ? ((b ^ c) & d) ^ c
                     : round == 2 ? b ^ c ^ d
                                  : c ^ (b | ~d);
    constexpr std::size_t word = round == 0   ? n
                                 : round == 1 ? (5 * n + 1) % 16
                                 : round == 2 ? (3 * n + 5) % 16
                                              : 7 * n % 16;
    const Word sum = a + mix + words[word] + sines[16 * round + n];
    constexpr int by = rotations[round][n % 4];
    s[(64 - n) % 4] = b + (sum << by | sum >> (32 - by));
  };
  (step.template operator()<i>(), ...);
}

// Of one block, from `start`.
template <class Word>
void digest(const Word (&words)[16], Word (&s)[4]) {
  for (int i = 0; i < 4; ++i) s[i] = Word{} + start[i];
  constexpr auto sixteen = std::make_index_sequence<16>{};
  steps<0>(s, words, sixteen);
  steps<1>(s, words, sixteen);
  steps<2>(s, words, sixteen);
  steps<3>(s, words, sixteen);
  for (int i = 0; i < 4; ++i) s[i] += start[i];
}

// The text with its padding.
void fill(std::string_view text, std::uint32_t (&block)[16]) {
  char bytes[64] = {};
  std::memcpy(bytes, text.data(), text.size());
  bytes[text.size()] = static_cast<char>(0x80);
  const std::uint64_t bits = text.size() * 8;
  std::memcpy(bytes + 56, &bits, sizeof bits);
  std::memcpy(block, bytes, sizeof block);
}

HashKey one_block(std::string_view text) {
  std::uint32_t words[16];
  fill(text, words);
  std::uint32_t s[4];
  digest(words, s);
  HashKey key = 0;
  for (const auto each : s) key = key << 32 | std::byteswap(each);
  return key;
}

}  // namespace

HashKey hash_of(std::string_view partition_key) {
  if (partition_key.size() <= one_block_max) return one_block(partition_key);
  const Md5 md5_of_key = md5(partition_key);
  HashKey key = 0;
  for (const std::uint8_t byte : md5_of_key) key = key << 8 | byte;
  return key;
}

void KeyHasher::add(std::string_view partition_key, HashKey& into) {
  static_assert(at_once == lanes);
  if (partition_key.size() > one_block_max) {
    into = hash_of(partition_key);
    return;
  }
  keys_[count_] = partition_key;
  into_[count_] = &into;
  if (++count_ == at_once) finish();
}

void KeyHasher::finish() {
  if (count_ == 0) return;
  std::uint32_t blocks[16][lanes] = {};
  for (std::size_t lane = 0; lane < count_; ++lane) {
    std::uint32_t block[16];
    fill(keys_[lane], block);
    for (std::size_t i = 0; i < 16; ++i) blocks[i][lane] = block[i];
  }
  Wide words[16];
  static_assert(sizeof words == sizeof blocks);
  std::memcpy(words, blocks, sizeof words);
  Wide s[4];
  digest(words, s);
  for (std::size_t lane = 0; lane < count_; ++lane) {
    HashKey key = 0;
    for (const auto& each : s) key = key << 32 | std::byteswap(std::uint32_t{each[lane]});
    *into_[lane] = key;
  }
  count_ = 0;
}

std::optional<HashKey> parse_hash_key(std::string_view text) {
  constexpr std::size_t digits_max = 39;
  if (text.empty() || text.size() > digits_max || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  HashKey key = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<HashKey>(c - '0');
    if (key > (hash_key_max - digit) / 10) return std::nullopt;
    key = key * 10 + digit;
  }
  return key;
}

std::string text_of(HashKey key) {
  std::string text;
  do {
    text.push_back(static_cast<char>('0' + static_cast<int>(key % 10)));
    key /= 10;
  } while (key != 0);
  std::ranges::reverse(text);
  return text;
}

// floor(2^128 / parts) * index, as the service does; the last part takes the rest.
HashKey uniform_start(std::uint32_t index, std::uint32_t parts) {
  if (parts == 1 || index == parts) return 0;
  const HashKey width = hash_key_max / parts + (hash_key_max % parts + 1 == parts ? 1 : 0);
  return width * index;
}

HashRange uniform_range(std::uint32_t index, std::uint32_t parts) {
  return {uniform_start(index, parts), index + 1 == parts ? hash_key_max : uniform_start(index + 1, parts) - 1};
}

}  // namespace millrace::aws::kinesis
