#include "load/replies.h"

#include <charconv>
#include <cstring>

namespace millrace::bench {
namespace {

bool equals_ignoring_case(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if ((a[i] | 0x20) != lower[i] && a[i] != lower[i]) return false;
  }
  return true;
}

struct Head {
  int status = 0;
  std::size_t content_length = 0;
  bool chunked = false;
  bool close = false;
};

bool parse_head(std::string_view head, Head& out) {
  if (head.size() < 12 || !head.starts_with("HTTP/1.")) return false;
  if (std::from_chars(head.data() + 9, head.data() + 12, out.status).ec != std::errc()) return false;
  std::size_t at = head.find('\n');
  while (at != std::string_view::npos && ++at < head.size()) {
    const std::size_t end = std::min(head.find('\r', at), head.size());
    const auto line = head.substr(at, end - at);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    auto value = line.substr(colon + 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    if (colon == 14 && equals_ignoring_case(line.substr(0, colon), "content-length")) {
      if (std::from_chars(value.data(), value.data() + value.size(), out.content_length).ec != std::errc())
        return false;
    } else if (colon == 17 && equals_ignoring_case(line.substr(0, colon), "transfer-encoding")) {
      out.chunked = equals_ignoring_case(value, "chunked");
    } else if (colon == 10 && equals_ignoring_case(line.substr(0, colon), "connection")) {
      out.close = equals_ignoring_case(value, "close");
    }
    at = head.find('\n', end);
  }
  return true;
}

Parse parse_chunks(std::string_view buffer, std::string& into, std::size_t& consumed) {
  into.clear();
  std::size_t at = 0;
  for (;;) {
    const std::size_t end = buffer.find("\r\n", at);
    if (end == std::string_view::npos) return Parse::incomplete;
    std::size_t size = 0;
    if (std::from_chars(buffer.data() + at, buffer.data() + end, size, 16).ec != std::errc()) return Parse::malformed;
    at = end + 2;
    if (buffer.size() - at < size + 2) return Parse::incomplete;
    into.append(buffer.substr(at, size));
    at += size + 2;
    if (size == 0) {
      consumed = at;
      return Parse::complete;
    }
  }
}

}  // namespace

Parse parse_http(std::string_view buffer, HttpReply& reply, std::string& scratch, std::size_t& wanted) {
  wanted = 0;
  const std::size_t end = buffer.find("\r\n\r\n");
  if (end == std::string_view::npos) return Parse::incomplete;
  Head head;
  if (!parse_head(buffer.substr(0, end), head)) return Parse::malformed;
  reply.status = head.status;
  reply.close = head.close;
  const std::size_t start = end + 4;
  if (head.chunked) {
    std::size_t taken = 0;
    const Parse result = parse_chunks(buffer.substr(start), scratch, taken);
    reply.body = scratch;
    reply.consumed = start + taken;
    return result;
  }
  wanted = start + head.content_length;
  if (buffer.size() < wanted) return Parse::incomplete;
  reply.body = buffer.substr(start, head.content_length);
  reply.consumed = wanted;
  return Parse::complete;
}

namespace {

// Walks over one JSON text. Every function returns false at the first thing that is not as expected.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool string(std::string_view& out) {
    if (!take('"')) return false;
    const char* start = at_;
    for (const char* from = at_;;) {
      const auto* quote = static_cast<const char*>(std::memchr(from, '"', static_cast<std::size_t>(end_ - from)));
      if (quote == nullptr) return false;
      const char* slash = quote;
      while (slash > start && slash[-1] == '\\') --slash;
      at_ = quote + 1;
      if ((quote - slash) % 2 == 0) {
        out = {start, static_cast<std::size_t>(quote - start)};
        return true;
      }
      from = quote + 1;
    }
  }

  // Calls `member` with the name of each member; it must read the value.
  template <class Member>
  bool object(Member member) {
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
      std::string_view name;
      if (!string(name) || !take(':') || !member(name)) return false;
    } while (take(','));
    return take('}');
  }

  template <class Element>
  bool array(Element element) {
    if (!take('[')) return false;
    if (take(']')) return true;
    do {
      if (!element()) return false;
    } while (take(','));
    return take(']');
  }

  bool skip() {
    blank();
    if (at_ == end_) return false;
    std::string_view ignored;
    switch (*at_) {
      case '"': return string(ignored);
      case '{': return object([this](std::string_view) { return skip(); });
      case '[': return array([this] { return skip(); });
      default:
        while (at_ != end_ && std::strchr(",]} \t\r\n", *at_) == nullptr) ++at_;
        return true;
    }
  }

  bool at_end() {
    blank();
    return at_ == end_;
  }

 private:
  void blank() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  bool take(char wanted) {
    blank();
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }

  const char* at_;
  const char* end_;
};

}  // namespace

bool parse_send(std::string_view json, SendReply& reply) {
  Cursor in(json);
  return in.object([&](std::string_view name) {
    if (name == "MD5OfMessageBody") return in.string(reply.md5);
    if (name == "MessageId") return in.string(reply.message_id);
    if (name == "SequenceNumber") return in.string(reply.sequence_number);
    return in.skip();
  }) && in.at_end();
}

bool parse_batch(std::string_view json, std::vector<BatchEntry>& successful, std::size_t& failed) {
  Cursor in(json);
  successful.clear();
  failed = 0;
  const auto read_entry = [&] {
    auto& entry = successful.emplace_back();
    return in.object([&](std::string_view name) {
      if (name == "Id") return in.string(entry.id);
      if (name == "MD5OfMessageBody") return in.string(entry.md5);
      if (name == "MessageId") return in.string(entry.message_id);
      return in.skip();
    });
  };
  const auto count_failure = [&] {
    ++failed;
    return in.skip();
  };
  return in.object([&](std::string_view name) {
    if (name == "Successful") return in.array(read_entry);
    if (name == "Failed") return in.array(count_failure);
    return in.skip();
  }) && in.at_end();
}

bool parse_receive(std::string_view json, std::vector<ReceivedMessage>& messages) {
  Cursor in(json);
  messages.clear();
  const auto read_message = [&] {
    auto& message = messages.emplace_back();
    return in.object([&](std::string_view name) {
      if (name == "MessageId") return in.string(message.message_id);
      if (name == "ReceiptHandle") return in.string(message.receipt_handle);
      if (name == "MD5OfBody") return in.string(message.md5);
      if (name == "Body") return in.string(message.body);
      return in.skip();
    });
  };
  return in.object([&](std::string_view name) {
    if (name == "Messages") return in.array(read_message);
    return in.skip();
  }) && in.at_end();
}

}  // namespace millrace::bench
