// Bodies: a small set of message bodies made beforehand, each with its MD5, so that every reply can be verified by
// comparing bytes; and the account of how often each was sent and came back.
//
// A body begins with its number in eight digits; the rest is text without a character that JSON escapes. One thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::bench {

struct Body {
  std::string text;
  std::string md5;  // in hexadecimal, as the service writes it
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
};

class Bodies {
 public:
  // `size` bytes each, at least 8.
  explicit Bodies(std::size_t size);

  std::size_t count() const { return bodies_.size(); }
  Body& at(std::size_t number) { return bodies_[number % bodies_.size()]; }
  // The body that `text` is, byte for byte, or null.
  Body* find(std::string_view text);

  std::uint64_t sent() const;
  std::uint64_t received() const;
  // Summed over the bodies: how many were sent and did not come back, and how many came back more often than sent.
  std::uint64_t missing() const;
  std::uint64_t repeated() const;

 private:
  std::vector<Body> bodies_;
};

std::string md5_hex(std::string_view text);

}  // namespace millrace::bench
