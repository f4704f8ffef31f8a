// CborCursor: takes CBOR bytes apart, head by head. Included by the reader alone.
//
// After bytes that are no CBOR, broken() says why, and every further step does nothing and gives the head of a null.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "codec/cbor.h"

namespace millrace::codec {

struct CborHead {
  std::uint8_t major = cbor::simple;
  std::uint8_t info = cbor::null_value;
  std::uint64_t argument = 0;  // the number, length, count or tag; of a float its bits

  bool is_indefinite() const { return info == cbor::indefinite; }
  bool is_break() const { return major == cbor::simple && info == cbor::indefinite; }
  bool is_absent() const {
    return major == cbor::simple && (info == cbor::null_value || info == cbor::undefined_value);
  }
  bool is_float() const { return major == cbor::simple && info >= cbor::two_bytes && info <= cbor::eight_bytes; }
  bool is_integer() const { return major == cbor::unsigned_integer || major == cbor::negative_integer; }
};

// The value of a float's bits.
double float_of(const CborHead& head);

class CborCursor {
 public:
  CborCursor(std::string_view bytes, std::size_t depth_max) : rest_(bytes), depth_max_(depth_max) {}

  bool good() const { return broken_.empty(); }
  std::string_view broken() const { return broken_; }
  bool done() const { return rest_.empty(); }
  void fail(std::string_view why);

  // The next head. A break is good only where `break_allowed`.
  CborHead head(bool break_allowed = false);
  // The content of a byte or text string whose head was taken. Chunks are put together in `joined`, whose content the
  // view then shows; otherwise it shows the input.
  std::string_view string(const CborHead& head, std::string& joined);
  // Skips the value whose head was taken.
  void skip(const CborHead& head);

  // Counts an array or map that is being walked; false when it is one too deep.
  bool enter();
  void leave() { --depth_; }

  // Walks the entries of an array or map whose head was taken: `for (Entries e(cursor, head); e.next();)`. next() is
  // false at the end and when the input is broken. The array's own head of each entry is in first().
  class Entries {
   public:
    Entries(CborCursor& cursor, const CborHead& container);
    ~Entries();
    Entries(const Entries&) = delete;
    Entries& operator=(const Entries&) = delete;
    bool next();
    const CborHead& first() const { return first_; }  // of the entry, or of its key in a map

   private:
    CborCursor& cursor_;
    std::uint64_t left_;
    bool indefinite_;
    CborHead first_;
  };

 private:
  std::string_view take(std::uint64_t count);

  std::string_view rest_;
  std::string_view broken_;
  std::size_t depth_ = 0;
  std::size_t depth_max_;
};

}  // namespace millrace::codec
