#include "http/chunked.h"

#include <cstring>

#include "http/characters.h"

namespace millrace::http {
namespace {

// Enough for any size that a body limit allows; more digits are either zeros or an attack.
constexpr std::size_t size_digits_max = 16;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

ChunkDecoder::Step ChunkDecoder::advance(char* input, std::size_t size, char* to, const Limits& limits) {
  std::string_view rest(input, size);
  std::size_t produced = 0;
  bool more = true;
  while (more && !complete_) {
    switch (state_) {
      case State::size_line: more = take_size_line(rest, limits); break;
      case State::data: {
        const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, rest.size()));
        std::memmove(to + produced, rest.data(), bytes);
        produced += bytes;
        rest.remove_prefix(bytes);
        chunk_left_ -= bytes;
        more = chunk_left_ == 0;
        if (more) state_ = State::data_end;
        break;
      }
      case State::data_end: more = take_data_end(rest); break;
      case State::trailer: more = take_trailer_line(rest, limits); break;
    }
  }
  const Progress progress = error_.status != 0 ? Progress::failed
                            : complete_        ? Progress::complete
                                               : Progress::need_more;
  return {progress, size - rest.size(), produced};
}

bool ChunkDecoder::take_size_line(std::string_view& rest, const Limits& limits) {
  const auto end = rest.find('\n');
  const auto line_max = size_digits_max + limits.chunk_extension_bytes_max + 2;
  if (end == rest.npos ? rest.size() >= line_max : end >= line_max) return fail(400, "chunk extensions too long");
  if (end == rest.npos) return false;
  if (end == 0 || rest[end - 1] != '\r') return fail(400, "a line does not end in CRLF");
  const auto line = rest.substr(0, end - 1);

  std::size_t digits = 0;
  std::uint64_t value = 0;
  for (; digits < line.size() && hex_value(line[digits]) >= 0; ++digits) {
    if (digits == size_digits_max) return fail(400, "malformed chunk size");
    value = value << 4 | static_cast<std::uint64_t>(hex_value(line[digits]));
  }
  if (digits == 0) return fail(400, "malformed chunk size");
  const auto extension = line.substr(digits);
  const auto extension_start = extension.find_first_not_of(" \t");
  if (!extension.empty() && (extension_start == extension.npos || extension[extension_start] != ';')) {
    return fail(400, "malformed chunk size");
  }
  if (!is_text(extension)) return fail(400, "malformed chunk extension");
  extension_bytes_ += extension.size();
  if (extension_bytes_ > limits.chunk_extension_bytes_max) return fail(400, "chunk extensions too long");
  if (value > limits.body_bytes_max - body_bytes_) return fail(413, "body too large");

  body_bytes_ += value;
  chunk_left_ = value;
  state_ = value == 0 ? State::trailer : State::data;
  rest.remove_prefix(end + 1);
  return true;
}

bool ChunkDecoder::take_data_end(std::string_view& rest) {
  if (!rest.empty() && rest[0] != '\r') return fail(400, "a chunk does not end where its size says");
  if (rest.size() < 2) return false;
  if (rest[1] != '\n') return fail(400, "a chunk does not end where its size says");
  rest.remove_prefix(2);
  state_ = State::size_line;
  return true;
}

bool ChunkDecoder::take_trailer_line(std::string_view& rest, const Limits& limits) {
  const auto end = rest.find('\n');
  const auto left = limits.trailer_bytes_max - trailer_bytes_;
  if (end == rest.npos ? rest.size() >= left : end >= left) return fail(400, "trailers too long");
  if (end == rest.npos) return false;
  if (end == 0 || rest[end - 1] != '\r') return fail(400, "a line does not end in CRLF");
  const auto line = rest.substr(0, end - 1);
  trailer_bytes_ += end + 1;
  if (line.empty()) {
    complete_ = true;
  } else {
    const auto colon = line.find(':');
    if (colon == line.npos || !is_token(line.substr(0, colon)) || !is_text(line.substr(colon + 1))) {
      return fail(400, "malformed trailer");
    }
  }
  rest.remove_prefix(end + 1);
  return true;
}

bool ChunkDecoder::fail(std::uint16_t status, std::string_view why) {
  error_ = {status, why};
  return false;
}

}  // namespace millrace::http
