// CborCursor: walks over one CBOR item without copying, with the same functions as JsonCursor, so that one parser reads
// both. Byte strings and text strings are both strings here; lengths may be given or left open.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace millrace::bench {

// Walks over one CBOR item. Every function returns false at the first thing that is not as expected.
class CborCursor {
 public:
  explicit CborCursor(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool string(std::string_view& out) {
    Head head;
    if (!take(head) || (head.major != major_bytes && head.major != major_text) || head.open) return false;
    if (head.value > left()) return false;
    out = {at_, static_cast<std::size_t>(head.value)};
    at_ += head.value;
    return true;
  }

  // A number of which only the whole part counts; what is below zero is zero.
  bool number(std::uint64_t& out) {
    Head head;
    if (!take(head)) return false;
    if (head.major == 0) {
      out = head.value;
      return true;
    }
    out = 0;
    if (head.major == 1) return true;
    double value = 0;
    if (head.major != major_simple || head.info < 26) return false;
    if (head.info == 26) {
      const auto bits = static_cast<std::uint32_t>(head.value);
      float narrow = 0;
      std::memcpy(&narrow, &bits, sizeof narrow);
      value = static_cast<double>(narrow);
    } else {
      std::memcpy(&value, &head.value, sizeof value);
    }
    if (value > 0 && value < 1.8e19) out = static_cast<std::uint64_t>(value);
    return std::isfinite(value);
  }

  bool null() {
    if (left() == 0 || static_cast<unsigned char>(*at_) != 0xf6) return false;
    ++at_;
    return true;
  }

  template <class Member>
  bool object(Member member) {
    return items(major_map, [&] {
      std::string_view name;
      return string(name) && member(name);
    });
  }

  template <class Element>
  bool array(Element element) {
    return items(major_array, element);
  }

  bool skip() {
    Head head;
    const char* start = at_;
    if (!take(head)) return false;
    switch (head.major) {
      case major_bytes:
      case major_text:
        if (head.open || head.value > left()) return false;
        at_ += head.value;
        return true;
      case major_array: at_ = start; return array([this] { return skip(); });
      case major_map: at_ = start; return items(major_map, [this] { return skip() && skip(); });
      case major_tag: return skip();
      default: return !head.open;
    }
  }

  bool at_end() const { return at_ == end_; }

 private:
  static constexpr unsigned major_bytes = 2;
  static constexpr unsigned major_text = 3;
  static constexpr unsigned major_array = 4;
  static constexpr unsigned major_map = 5;
  static constexpr unsigned major_tag = 6;
  static constexpr unsigned major_simple = 7;
  static constexpr unsigned char stop = 0xff;

  struct Head {
    unsigned major = 0;
    unsigned info = 0;
    std::uint64_t value = 0;
    bool open = false;  // without a length
  };

  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

  bool take(Head& head) {
    if (left() == 0) return false;
    const auto first = static_cast<unsigned char>(*at_++);
    head.major = first >> 5;
    head.info = first & 31;
    head.value = head.info;
    if (head.info < 24) return true;
    if (head.info == 31) {
      head.open = true;
      return true;
    }
    if (head.info > 27) return false;
    const std::size_t size = std::size_t{1} << (head.info - 24);
    if (left() < size) return false;
    head.value = 0;
    for (std::size_t i = 0; i < size; ++i) head.value = head.value << 8 | static_cast<unsigned char>(*at_++);
    return true;
  }

  template <class Item>
  bool items(unsigned major, Item item) {
    Head head;
    if (!take(head) || head.major != major) return false;
    for (std::uint64_t n = 0; head.open || n < head.value; ++n) {
      if (head.open && left() != 0 && static_cast<unsigned char>(*at_) == stop) {
        ++at_;
        return true;
      }
      if (!item()) return false;
    }
    return true;
  }

  const char* at_;
  const char* end_;
};

}  // namespace millrace::bench
