// ChunkDecoder: removes the chunked encoding of a request's body (RFC 9112, section 7.1), in place.
//
// Stricter than the standard allows a recipient to be: lines end in CRLF, nothing follows a size but an extension, and
// extensions and trailers have limits. Both are dropped: nobody here gives them a meaning, and a trailer that became a
// header would be a way around every check made on the headers.
#pragma once
#include <cstdint>
#include <string_view>

#include "http/limits.h"
#include "http/request_error.h"

namespace millrace::http {

class ChunkDecoder {
 public:
  enum class Progress { need_more, complete, failed };
  struct Step {
    Progress progress;
    std::size_t consumed;  // bytes of the input that are used up
    std::size_t produced;  // bytes of the body that they gave
  };

  // Decodes as much of `input` as it can, moving the body's bytes to `to`, which is at or before `input`.
  Step advance(char* input, std::size_t size, char* to, const Limits& limits);
  const RequestError& error() const { return error_; }
  void reset() { *this = ChunkDecoder(); }

 private:
  enum class State { size_line, data, data_end, trailer };
  // Each takes what it can from the front of `rest`; false when there is not enough, or on failure.
  bool take_size_line(std::string_view& rest, const Limits& limits);
  bool take_data_end(std::string_view& rest);
  bool take_trailer_line(std::string_view& rest, const Limits& limits);
  bool fail(std::uint16_t status, std::string_view why);

  State state_ = State::size_line;
  bool complete_ = false;
  std::uint64_t chunk_left_ = 0;
  std::uint64_t body_bytes_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  RequestError error_;
};

}  // namespace millrace::http
