// Writes the status line and the fields of a response.
#pragma once
#include <string>
#include <string_view>

#include "base/time.h"
#include "http/message.h"

namespace millrace::http {

// How the client learns where the body ends.
enum class BodyFraming { length, chunked, until_close };

struct ResponseFraming {
  bool keep_alive = true;  // the connection goes on after this response
  int minor_version = 1;   // of the request
  BodyFraming body = BodyFraming::length;
};

// True when a response of this status has a body (RFC 9112, section 6.3).
bool has_body(std::uint16_t status);

// Appends everything up to and including the empty line.
void write_fields(std::string& out, const Response& response, const ResponseFraming& framing, std::string_view date);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7).
std::string http_date(Time time);

}  // namespace millrace::http
