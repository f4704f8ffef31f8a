#include "delivery/mail_message.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/text.h"
#include "http/response_writer.h"

namespace millrace::delivery {
namespace {

bool is_printable(char c) { return c >= ' ' && c < 0x7f; }
bool is_control(char c) { return (c >= 0 && c < ' ') || c == 0x7f; }

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// Words of at most 75 characters, none of which ends within a character (RFC 2047).
std::string encoded_words(std::string_view text) {
  constexpr std::size_t bytes_max = 45;  // 60 digits, and 12 characters around them
  std::string out;
  while (!text.empty()) {
    auto size = std::min(bytes_max, text.size());
    const auto is_continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
    while (size < text.size() && size > 1 && is_continuation(text[size])) --size;
    out += out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?";
    codec::base64_encode(text.substr(0, size), out);
    out += "?=";
    text.remove_prefix(size);
  }
  return out;
}

// Text of a header: as it is if it is short and cannot be taken for something else.
std::string header_text(std::string_view text) {
  constexpr std::size_t plain_bytes_max = 200;
  const bool plain = std::ranges::all_of(text, is_printable) && !text.contains("=?") &&
                     text.size() <= plain_bytes_max && trim(text).size() == text.size();
  return plain ? std::string(text) : encoded_words(text);
}

std::string mailbox_text(const Mailbox& mailbox) {
  if (mailbox.name.empty()) return mailbox.address;
  const bool plain = std::ranges::all_of(mailbox.name, is_printable) && !mailbox.name.contains("=?");
  if (!plain) return fmt::format("{} <{}>", encoded_words(mailbox.name), mailbox.address);
  std::string quoted;
  for (const char c : mailbox.name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return fmt::format("\"{}\" <{}>", quoted, mailbox.address);
}

// Whether mail's lines can carry the text: ASCII without control characters, no line too long.
bool fits_lines(std::string_view text) {
  std::size_t line = 0;
  for (const char c : text) {
    if (c == '\n') {
      line = 0;
    } else if ((!is_printable(c) && c != '\t') || ++line > mail_line_bytes_max) {
      return false;
    }
  }
  return true;
}

void add_part(std::string_view type, std::string_view text, std::string& out) {
  out += fmt::format("Content-Type: {}; charset=UTF-8\r\n", type);
  if (fits_lines(text)) {
    out += "Content-Transfer-Encoding: 7bit\r\n\r\n";
    for (const char c : text) {
      if (c == '\n') out += '\r';
      out += c;
    }
    out += "\r\n";
    return;
  }
  out += "Content-Transfer-Encoding: base64\r\n\r\n";
  constexpr std::size_t bytes_per_line = 57;  // 76 digits
  for (; !text.empty(); text.remove_prefix(std::min(bytes_per_line, text.size()))) {
    codec::base64_encode(text.substr(0, bytes_per_line), out);
    out += "\r\n";
  }
}

}  // namespace

Result<Mailbox> parse_mailbox(std::string_view text) {
  Mailbox mailbox;
  auto address = trim(text);
  if (address.ends_with('>')) {
    const auto open = std::min(address.find('<'), address.size() - 1);
    mailbox.name = trim(address.substr(0, open));
    address = address.substr(open + 1, address.size() - open - 2);
  }
  const auto is_wrong = [](char c) { return !is_printable(c) || std::string_view(" <>()[],;:\\\"").contains(c); };
  const auto at = address.find('@');
  const bool good = at != std::string_view::npos && at > 0 && at + 1 < address.size() &&
                    address.find('@', at + 1) == std::string_view::npos && std::ranges::none_of(address, is_wrong) &&
                    address.size() <= mail_address_bytes_max && address.front() != '-' &&
                    std::ranges::none_of(mailbox.name, is_control) && mailbox.name.size() <= mail_subject_bytes_max;
  if (!good) return fail(ErrorCode::invalid, "not an address of mail");
  mailbox.address = address;
  return mailbox;
}

Result<std::string> format_mail(const Mail& mail, const MailStamp& stamp) {
  auto from = parse_mailbox(mail.from);
  if (!from) return pass(from);
  if (!mail.from_name.empty()) {
    if (std::ranges::any_of(mail.from_name, is_control) || mail.from_name.size() > mail_subject_bytes_max) {
      return fail(ErrorCode::invalid, "not a name of a sender of mail: it has control characters or is too long");
    }
    from->name = mail.from_name;
  }
  auto to = parse_mailbox(mail.to);
  if (!to) return pass(to);
  if (std::ranges::any_of(mail.subject, is_control) || mail.subject.size() > mail_subject_bytes_max) {
    return fail(ErrorCode::invalid, "not a subject of mail: it has control characters or is too long");
  }
  auto date = http::http_date(stamp.date);
  if (date.ends_with("GMT")) date.replace(date.size() - 3, 3, "+0000");
  auto out = fmt::format(
      "Date: {}\r\nFrom: {}\r\nTo: {}\r\nMessage-ID: <{}@{}>\r\nSubject: {}\r\nAuto-Submitted: auto-generated\r\n"
      "MIME-Version: 1.0\r\n",
      date, mailbox_text(*from), mailbox_text(*to), stamp.id, from->address.substr(from->address.find('@') + 1),
      header_text(mail.subject));
  if (mail.html.empty()) {
    add_part("text/plain", mail.text, out);
    return out;
  }
  out += fmt::format("Content-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n--{}\r\n", stamp.boundary,
                     stamp.boundary);
  add_part("text/plain", mail.text, out);
  out += fmt::format("--{}\r\n", stamp.boundary);
  add_part("text/html", mail.html, out);
  out += fmt::format("--{}--\r\n", stamp.boundary);
  return out;
}

}  // namespace millrace::delivery
