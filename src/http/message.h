// Request and Response: what a handler reads and what it gives back.
//
// A Request is a set of views into its connection's buffer. They stay valid until the request is answered, on the
// connection's core; what is needed longer must be copied. A Response owns its bytes.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

// Field names and the like compare without regard to the case of ASCII letters.
bool equal_ignoring_case(std::string_view a, std::string_view b);

struct Field {
  std::string_view name;   // as the client wrote it
  std::string_view value;  // without the white space around it
};

// The fields of a request in the order in which they came. A name may occur more than once.
class Fields {
 public:
  // The value of the first field of this name.
  std::optional<std::string_view> find(std::string_view name) const;
  // The same, or an empty view.
  std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view()); }
  // How often the name occurs.
  std::size_t count(std::string_view name) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }
  void add(std::string_view name, std::string_view value) { fields_.push_back({name, value}); }
  void clear() { fields_.clear(); }
  std::span<Field> mutable_fields() { return fields_; }

 private:
  std::vector<Field> fields_;
};

struct Request {
  // This many bytes after the body may be read (not understood), as JSON readers like to do.
  static constexpr std::size_t body_padding = 64;

  std::string_view method;  // "GET"; case-sensitive
  std::string_view target;  // as the client wrote it
  std::string_view path;    // "/000000000000/name", still percent-encoded; "*" for OPTIONS *
  std::string_view query;   // what follows the first '?', still encoded; empty without one
  std::string_view host;  // "localhost:4566": of an absolute target, otherwise the Host field; may be empty in HTTP/1.0
  int major_version = 1;  // HTTP/1.x, or 2
  int minor_version = 1;  // 0 with HTTP/2
  bool secure = false;    // it came through TLS
  Fields headers;
  std::string_view body;
  std::string_view peer;  // "127.0.0.1:5123"
};

struct Response {
  std::uint16_t status = 200;
  // The server adds Content-Length, Date and Connection itself; everything else stands here, Content-Type too.
  std::string fields;  // complete lines, written with header()
  std::string body;

  // Adds a field. Name and value must not hold CR, LF or NUL (that would be a bug of the caller).
  Response& header(std::string_view name, std::string_view value);
  // The first value of a field added before.
  std::optional<std::string_view> find(std::string_view name) const;

  static Response text(std::uint16_t status, std::string body, std::string_view content_type = "text/plain");
};

// "Not Found"; empty for a status without a registered phrase.
std::string_view reason_phrase(std::uint16_t status);

// A request target taken apart: "/a/b?x=1" or "http://host:1/a/b?x=1".
struct Target {
  std::string_view host;  // only of the absolute form
  std::string_view path;  // at least "/" (or "*")
  std::string_view query;
};
// Nothing when the target has neither form. "*" is accepted.
std::optional<Target> split_target(std::string_view target);

// "localhost:4566" → {"localhost", "4566"}; "[::1]:80" → {"[::1]", "80"}; the port is empty when there is none.
struct HostPort {
  std::string_view host;
  std::string_view port;
};
HostPort split_host(std::string_view host);

}  // namespace millrace::http
