#include "http/message.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace millrace::http {
namespace {

struct Reason {
  std::uint16_t status;
  std::string_view phrase;
};

// The registered status codes that a service or this server may give (IANA, HTTP Status Code Registry).
constexpr auto reasons = std::to_array<Reason>({
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
});
static_assert(std::ranges::is_sorted(reasons, {}, &Reason::status), "the table is searched by halves");

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Nothing that could end the line early and so forge further fields or a second response.
bool fits_a_line(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos; }

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Fields::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(fields_, [name](const Field& field) { return equal_ignoring_case(field.name, name); }));
}

Response& Response::header(std::string_view name, std::string_view value) {
  check(fits_a_line(name) && fits_a_line(value) && !name.empty(), "a field must not break out of its line");
  fields.append(name).append(": ").append(value).append("\r\n");
  return *this;
}

std::optional<std::string_view> Response::find(std::string_view name) const {
  std::string_view rest = fields;
  while (!rest.empty()) {
    const auto end = rest.find("\r\n");
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 2);
    const auto colon = line.find(": ");
    if (colon != line.npos && equal_ignoring_case(line.substr(0, colon), name)) return line.substr(colon + 2);
  }
  return std::nullopt;
}

Response Response::text(std::uint16_t status, std::string body, std::string_view content_type) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.header("Content-Type", content_type);
  return response;
}

std::string_view reason_phrase(std::uint16_t status) {
  const auto found = std::ranges::lower_bound(reasons, status, {}, &Reason::status);
  return found != reasons.end() && found->status == status ? found->phrase : std::string_view();
}

std::optional<Target> split_target(std::string_view target) {
  Target parts;
  if (target == "*") {
    parts.path = target;
    return parts;
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() <= scheme.size() || !equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const auto host_end = std::min(target.find_first_of("/?"), target.size());
    parts.host = target.substr(0, host_end);
    if (parts.host.empty()) return std::nullopt;
    target.remove_prefix(host_end);
    const auto query = target.find('?');
    parts.path = target.substr(0, query);
    if (parts.path.empty()) parts.path = "/";
    if (query != target.npos) parts.query = target.substr(query + 1);
    return parts;
  }
  if (!target.starts_with('/')) return std::nullopt;
  const auto query = target.find('?');
  parts.path = target.substr(0, query);
  if (query != target.npos) parts.query = target.substr(query + 1);
  return parts;
}

HostPort split_host(std::string_view host) {
  // The colons inside the brackets of an IPv6 address do not separate the port.
  const auto bracket = host.starts_with('[') ? host.find(']') : host.npos;
  const auto colon = host.find(':', bracket == host.npos ? 0 : bracket);
  if (colon == host.npos) return {host, {}};
  return {host.substr(0, colon), host.substr(colon + 1)};
}

}  // namespace millrace::http
