#include "codec/cbor_cursor.h"

#include <bit>
#include <cmath>
#include <limits>

namespace millrace::codec {
namespace {

// IEEE 754 half precision: one bit of sign, five of exponent, ten of fraction.
double half_of(std::uint64_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 0x1F);
  const auto fraction = static_cast<double>(bits & 0x3FF);
  double value = 0;
  if (exponent == 0) {
    value = std::ldexp(fraction, -24);
  } else if (exponent == 0x1F) {
    value = fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  } else {
    value = std::ldexp(fraction + 1024, exponent - 25);
  }
  return (bits >> 15 & 1) != 0 ? -value : value;
}

}  // namespace

double float_of(const CborHead& head) {
  if (head.info == cbor::two_bytes) return half_of(head.argument);
  if (head.info == cbor::four_bytes) return std::bit_cast<float>(static_cast<std::uint32_t>(head.argument));
  return std::bit_cast<double>(head.argument);
}

void CborCursor::fail(std::string_view why) {
  if (good()) broken_ = why;
  rest_ = {};
}

std::string_view CborCursor::take(std::uint64_t count) {
  if (count > rest_.size()) {
    fail("The CBOR ends too early.");
    return {};
  }
  const auto taken = rest_.substr(0, static_cast<std::size_t>(count));
  rest_.remove_prefix(taken.size());
  return taken;
}

CborHead CborCursor::head(bool break_allowed) {
  const auto first = take(1);
  if (first.empty()) return {};
  const auto byte = static_cast<std::uint8_t>(first.front());
  CborHead head{.major = static_cast<std::uint8_t>(byte >> 5), .info = static_cast<std::uint8_t>(byte & 0x1F)};
  if (head.info < cbor::one_byte) {
    head.argument = head.info;
  } else if (head.info <= cbor::eight_bytes) {
    for (const char each : take(std::uint64_t{1} << (head.info - cbor::one_byte))) {
      head.argument = head.argument << 8 | static_cast<std::uint8_t>(each);
    }
  } else {
    const bool has_indefinite = head.major >= cbor::bytes && head.major <= cbor::map;
    if (!head.is_indefinite() || !(has_indefinite || (head.is_break() && break_allowed))) {
      fail("The CBOR has a reserved byte.");
    }
  }
  return good() ? head : CborHead{};
}

std::string_view CborCursor::string(const CborHead& head, std::string& joined) {
  if (!head.is_indefinite()) return take(head.argument);
  joined.clear();
  for (CborHead chunk = this->head(true); !chunk.is_break(); chunk = this->head(true)) {
    if (chunk.major != head.major || chunk.is_indefinite()) fail("A chunk of a CBOR string is of another kind.");
    if (!good()) return {};
    joined += take(chunk.argument);
  }
  return joined;
}

bool CborCursor::enter() {
  ++depth_;
  if (depth_ > depth_max_) fail("The CBOR is nested too deeply.");
  return good();
}

void CborCursor::skip(const CborHead& head) {
  switch (head.major) {
    case cbor::bytes:
    case cbor::text: {
      std::string joined;
      string(head, joined);
      return;
    }
    case cbor::array:
    case cbor::map:
      for (Entries entries(*this, head); entries.next();) {
        skip(entries.first());
        if (head.major == cbor::map) skip(this->head());
      }
      return;
    case cbor::tag:
      if (enter()) skip(this->head());
      leave();
      return;
    default: return;
  }
}

CborCursor::Entries::Entries(CborCursor& cursor, const CborHead& container)
    : cursor_(cursor), left_(container.argument), indefinite_(container.is_indefinite()) {
  cursor_.enter();
  // Every entry takes a byte at least: a count that cannot be true is found before anything is made for it.
  if (!indefinite_ && left_ > cursor.rest_.size()) cursor_.fail("The CBOR ends too early.");
}

CborCursor::Entries::~Entries() { cursor_.leave(); }

bool CborCursor::Entries::next() {
  if (!cursor_.good()) return false;
  if (!indefinite_) {
    if (left_ == 0) return false;
    --left_;
  }
  first_ = cursor_.head(indefinite_);
  return cursor_.good() && !first_.is_break();
}

}  // namespace millrace::codec
