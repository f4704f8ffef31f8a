// Reading and writing of byte strings: little-endian integers, varints, length-prefixed strings.
//
// ByteReader never reads past its end: the first failure is remembered, every later read gives zero, and the caller
// asks once, at the end, whether all was well. That keeps decoders of stored and received bytes short and safe.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace millrace {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

inline Bytes as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

template <class T>
  requires std::is_unsigned_v<T>
void store_le(std::byte* to, T value) {
  static_assert(std::endian::native == std::endian::little, "the on-disk formats are little-endian");
  std::memcpy(to, &value, sizeof value);
}

template <class T>
  requires std::is_unsigned_v<T>
T load_le(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// The most bytes that a varint of 64 bits takes: ceil(64 / 7).
constexpr std::size_t varint_bytes_max = 10;
constexpr std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}

// Appends to a std::string that the caller owns.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void u8(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void u16(std::uint16_t value) { fixed(value); }
  void u32(std::uint32_t value) { fixed(value); }
  void u64(std::uint64_t value) { fixed(value); }
  void i64(std::int64_t value) { fixed(static_cast<std::uint64_t>(value)); }
  void varint(std::uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    out_.push_back(static_cast<char>(value));
  }
  // A varint length, then the bytes.
  void string(std::string_view text) {
    varint(text.size());
    out_.append(text);
  }
  void raw(std::string_view text) { out_.append(text); }
  void raw(Bytes bytes) { out_.append(as_text(bytes)); }
  std::size_t size() const { return out_.size(); }

 private:
  template <class T>
  void fixed(T value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out_.append(bytes, sizeof value);
  }
  std::string& out_;
};

class ByteReader {
 public:
  explicit ByteReader(Bytes in) : in_(in) {}
  explicit ByteReader(std::string_view in) : in_(as_bytes(in)) {}

  std::uint8_t u8() { return fixed<std::uint8_t>(); }
  std::uint16_t u16() { return fixed<std::uint16_t>(); }
  std::uint32_t u32() { return fixed<std::uint32_t>(); }
  std::uint64_t u64() { return fixed<std::uint64_t>(); }
  std::int64_t i64() { return static_cast<std::int64_t>(fixed<std::uint64_t>()); }
  std::uint64_t varint() {
    // Nearly all are of one byte: lengths, counts, steps.
    if (!in_.empty() && (in_.front() & std::byte{0x80}) == std::byte{}) return u8();
    return long_varint();
  }
  // The view points into the input.
  std::string_view string() {
    const std::uint64_t size = varint();
    return raw(size);
  }
  std::string_view raw(std::uint64_t size) {
    if (size > in_.size()) {
      fail();
      return {};
    }
    const auto text = as_text(in_.first(static_cast<std::size_t>(size)));
    in_ = in_.subspan(static_cast<std::size_t>(size));
    return text;
  }
  Bytes rest() {
    const auto all = in_;
    in_ = {};
    return all;
  }
  std::size_t remaining() const { return in_.size(); }
  // True as long as no read went past the end or met a malformed varint.
  bool ok() const { return ok_; }
  // True when everything was read and nothing failed.
  bool done() const { return ok_ && in_.empty(); }

 private:
  template <class T>
  T fixed() {
    if (in_.size() < sizeof(T)) {
      fail();
      return 0;
    }
    const T value = load_le<T>(in_.data());
    in_ = in_.subspan(sizeof(T));
    return value;
  }
  [[gnu::noinline]] std::uint64_t long_varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t byte = u8();
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) {
        // The tenth byte holds one bit; more would be cut off without a word.
        if (shift == 63 && byte > 1) fail();
        return ok_ ? value : 0;
      }
    }
    fail();
    return 0;
  }
  void fail() {
    ok_ = false;
    in_ = {};
  }
  Bytes in_;
  bool ok_ = true;
};

}  // namespace millrace
