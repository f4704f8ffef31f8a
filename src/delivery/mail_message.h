// Mail as it goes over the wire: RFC 5322 with MIME. Pure functions.
//
// Nothing that a caller says can become a header of its own: addresses and subjects with line ends or other control
// characters are refused, subjects beyond plain ASCII become encoded words. Plain text stays as it is while it fits
// into mail's lines, anything else is sent in base64.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "delivery/mail.h"

namespace millrace::delivery {

inline constexpr std::size_t mail_address_bytes_max = 254;   // RFC 5321, less the brackets
inline constexpr std::size_t mail_line_bytes_max = 998;      // RFC 5322
inline constexpr std::size_t mail_subject_bytes_max = 1000;  // ours; services allow 100 characters

// "Alerts <alerts@example.com>" taken apart; the name is empty when there is none.
struct Mailbox {
  std::string name;
  std::string address;
};
// Invalid for what is no address in ASCII: one '@' with something on both sides of it, no space, no brackets.
Result<Mailbox> parse_mailbox(std::string_view text);

struct MailStamp {
  Time date;
  std::string id;        // unique; becomes the left half of the Message-ID
  std::string boundary;  // between parts; does not occur in them
};
// The message with CRLF line ends. Invalid when an address or the subject is refused.
Result<std::string> format_mail(const Mail& mail, const MailStamp& stamp);

}  // namespace millrace::delivery
