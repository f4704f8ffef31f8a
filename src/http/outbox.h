// Outbox: the bytes that a connection has to write, in order.
//
// Small replies are gathered in one piece, so that the replies to several pipelined requests leave in one write; a large
// body stays the string that it came in and is written from there. While a write is under way its bytes do not move:
// what is added meanwhile waits for the next.
#pragma once
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace millrace::http {

class Outbox {
 public:
  // Bodies from this size on are not copied.
  static constexpr std::size_t large_bytes_min = std::size_t{16} << 10;

  // The string to which the next small piece is appended; valid until the next call.
  std::string& tail();
  // Takes a body over, copying it only if it is small.
  void append(std::string body);

  // Bytes not yet written, without those of the write under way.
  std::size_t bytes_waiting() const { return waiting_bytes() + (writing_bytes_ - written_bytes_); }
  // The same, with the write under way.
  std::size_t bytes_unwritten() const { return waiting_bytes() + (writing_bytes_ - done_bytes_); }
  bool empty() const { return waiting_.empty() && writing_.empty(); }

  // The next write's pieces, at most `bytes_max` bytes. Follow with written() when they are.
  std::vector<Bytes> begin_write(std::size_t bytes_max);
  void written();
  // The memory of the largest piece of the last write that was too large to be kept for small ones; empty without one.
  std::string take_spent() { return std::exchange(spent_, {}); }
  // Forgets everything; not while a write is under way.
  void clear();

 private:
  std::size_t waiting_bytes() const;

  std::vector<std::string> waiting_;
  std::vector<std::string> writing_;
  std::size_t writing_bytes_ = 0;  // of all pieces of writing_
  std::size_t written_bytes_ = 0;  // of them, behind the write under way (or done)
  std::size_t done_bytes_ = 0;     // of them, written for certain
  std::size_t piece_ = 0;          // where the next write begins: the piece …
  std::size_t piece_offset_ = 0;   // … and the offset in it
  bool open_ = false;              // the last waiting piece may grow
  std::string spare_;              // memory for the next small piece
  std::string spent_;              // a large body that was written
};

}  // namespace millrace::http
