// Http2Request: gathers the fields and the body of one HTTP/2 request and understands them.
//
// nghttp2 has checked already what RFC 9113, section 8 asks of every message (pseudo fields, lower case, no fields that
// belong to a connection, the body as long as Content-Length says); the limits and what HTTP/1.1 requests are checked
// for here too are checked by understand().
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "http/inbox.h"
#include "http/limits.h"
#include "http/message.h"
#include "http/request_error.h"

namespace millrace::http {

class Http2Request {
 public:
  // A field beyond a limit is dropped, and understand() fails.
  void add_field(std::string_view name, std::string_view value, const Limits& limits);
  // To be called when all fields are there; the error, if its status is not 0.
  RequestError understand(const Limits& limits);
  // The client waits for "100 Continue" before it sends the body.
  bool expects_continue() const { return expects_continue_; }

  // Appends to the body; false when it becomes larger than it may be, and then nothing is kept.
  bool add_body(Bytes bytes, const Limits& limits);
  std::size_t body_bytes() const { return body_.size(); }

  bool is_head() const { return method() == "HEAD"; }
  // When everything is there: the views, valid as long as this object and release().
  Request& request(std::string_view peer, bool secure);
  // Gives the memory back: the request is answered.
  void release();

 private:
  struct Piece {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
  };
  struct FieldPiece {
    Piece name;
    Piece value;
  };
  Piece keep(std::string_view text);
  std::string_view view(Piece piece) const { return std::string_view(text_).substr(piece.offset, piece.size); }
  std::string_view method() const { return view(method_); }
  RequestError understand_host() const;
  RequestError understand_field(std::string_view name, std::string_view value, const Limits& limits);

  std::string text_;  // of all names and values
  std::vector<FieldPiece> fields_;
  Piece method_;
  Piece target_;
  Piece authority_;
  std::size_t fields_bytes_ = 0;
  RequestError too_large_;
  bool expects_continue_ = false;
  Inbox body_;
  Request request_;
};

}  // namespace millrace::http
