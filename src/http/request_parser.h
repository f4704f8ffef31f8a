// RequestParser: finds and understands the next request in an Inbox.
//
// Bytes may arrive in any pieces: the fields are parsed only when they are there to their end, so where the pieces were
// cut cannot change what is understood. What is malformed or beyond a limit gives an error with a status, after which
// nothing more can be read from the connection, since the start of the next request is unknown.
#pragma once
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "http/chunked.h"
#include "http/inbox.h"
#include "http/limits.h"
#include "http/message.h"
#include "http/request_error.h"

namespace millrace::http {

class RequestParser {
 public:
  enum class Progress { need_more, complete, failed };

  // Call when bytes have been added. After `complete`, request() is valid until the inbox changes; then finish().
  Progress advance(Inbox& inbox, const Limits& limits);
  // Removes the request from the inbox and starts anew.
  void finish(Inbox& inbox);
  // Starts anew.
  void reset();

  Request& request() { return request_; }
  bool keep_alive() const { return keep_alive_; }
  const RequestError& error() const { return error_; }
  // True when nothing of a request has been seen.
  bool fresh() const { return state_ == State::start && !skipped_empty_line_; }
  // True when the fields are complete and the body is not.
  bool in_body() const { return state_ == State::body || state_ == State::chunks; }
  // True, once, when the client waits for "100 Continue" before it sends the body, and has sent none of it.
  bool take_expectation(const Inbox& inbox) {
    return in_body() && std::exchange(expects_continue_, false) && inbox.size() == fields_bytes_;
  }
  // How many bytes more are certain to come; at least 1.
  std::size_t bytes_wanted(const Inbox& inbox) const;
  // Bytes in the inbox beyond the complete request.
  std::size_t bytes_after(const Inbox& inbox) const { return inbox.size() - message_bytes_; }

 private:
  enum class State { start, fields, body, chunks, complete };
  struct Piece {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
  };
  struct FieldPiece {
    Piece name;
    Piece value;
  };
  class Reader;  // Beast's parser

  // Each returns true when its state is done.
  bool skip_empty_line(Inbox& inbox);
  bool find_end_of_fields(const Inbox& inbox, const Limits& limits);
  bool read_fields(const Inbox& inbox, const Limits& limits);
  bool understand_fields(std::string_view start, const Limits& limits);
  bool understand_framing(std::string_view start, const Limits& limits);
  bool understand_host(std::string_view start);
  bool decode_chunks(Inbox& inbox, const Limits& limits);
  void fill_request(const Inbox& inbox);
  bool fail(std::uint16_t status, std::string_view why);

  State state_ = State::start;
  bool skipped_empty_line_ = false;
  bool keep_alive_ = false;
  bool expects_continue_ = false;
  int minor_version_ = 1;
  std::size_t scanned_ = 0;     // no end of the fields before this offset
  std::size_t line_start_ = 0;  // of the line that scanned_ is in
  std::size_t first_line_end_ = 0;
  std::size_t fields_bytes_ = 0;   // request line and fields, with the empty line
  std::size_t body_bytes_ = 0;     // announced; with chunks: decoded so far
  std::size_t message_bytes_ = 0;  // what finish() removes
  Piece method_;
  Piece target_;
  std::vector<FieldPiece> fields_;
  ChunkDecoder chunks_;
  RequestError error_;
  Request request_;
};

}  // namespace millrace::http
