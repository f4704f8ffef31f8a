// Inbox: the bytes that a connection has received and not yet used up, in one piece.
//
// Offsets given to and by its members count from the first unused byte and survive a move of the memory; pointers do not.
#pragma once
#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "http/message.h"

namespace millrace::http {

class Inbox {
 public:
  static constexpr std::size_t bytes_min = 4096;

  char* data() { return memory_.get() + begin_; }
  const char* data() const { return memory_.get() + begin_; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  std::size_t capacity() const { return capacity_; }

  void append(Bytes bytes) {
    make_room(bytes.size());
    std::memcpy(memory_.get() + end_, bytes.data(), bytes.size());
    end_ += bytes.size();
  }
  // The free memory after the bytes, for a read to land in; what it got is then told to commit().
  MutableBytes room() { return std::as_writable_bytes(std::span(memory_.get() + end_, capacity_ - end_)); }
  void commit(std::size_t bytes) {
    check(bytes <= capacity_ - end_);
    end_ += bytes;
  }
  // Makes room() at least this large. Moves the bytes to the front, or to memory at least twice as large.
  void make_room(std::size_t bytes) {
    if (capacity_ - end_ >= bytes) return;
    if (capacity_ - size() >= bytes && begin_ >= capacity_ / 2) {
      std::memmove(memory_.get(), data(), size());
    } else {
      const std::size_t capacity = std::max({size() + bytes, capacity_ * 2, bytes_min});
      // Left as it is: zeroing a large buffer that a client merely announces would touch its memory.
      auto memory = std::make_unique_for_overwrite<char[]>(capacity + Request::body_padding);
      if (!empty()) std::memcpy(memory.get(), data(), size());
      memory_ = std::move(memory);
      capacity_ = capacity;
    }
    end_ -= begin_;
    begin_ = 0;
  }
  // Removes bytes from the front.
  void consume(std::size_t bytes) {
    check(bytes <= size());
    begin_ += bytes;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  // Removes the bytes [from, to).
  void erase(std::size_t from, std::size_t to) {
    check(from <= to && to <= size());
    std::memmove(data() + from, data() + to, size() - to);
    end_ -= to - from;
  }
  void clear() { begin_ = end_ = 0; }
  // Gives the memory back when it is larger than this.
  void shrink(std::size_t bytes_max) {
    check(empty());
    if (capacity_ > bytes_max) *this = Inbox();
  }

 private:
  std::unique_ptr<char[]> memory_;  // capacity_ + Request::body_padding bytes
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace millrace::http
