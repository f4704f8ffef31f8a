#include "load/replies.h"

#include <algorithm>
#include <charconv>

#include "load/json_cursor.h"

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

// All chunks of a reply that is complete.
Parse parse_chunks(std::string_view buffer, std::string& into, std::size_t& consumed) {
  into.clear();
  std::string_view left = buffer;
  for (;;) {
    std::string_view piece;
    const Parse parsed = parse_chunk(left, piece);
    if (parsed != Parse::complete) return parsed;
    into.append(piece);
    if (piece.empty()) {
      consumed = buffer.size() - left.size();
      return Parse::complete;
    }
  }
}

}  // namespace

Parse parse_chunk(std::string_view& buffer, std::string_view& piece) {
  const std::size_t end = buffer.find("\r\n");
  if (end == std::string_view::npos) return Parse::incomplete;
  std::size_t size = 0;
  if (std::from_chars(buffer.data(), buffer.data() + end, size, 16).ec != std::errc()) return Parse::malformed;
  const std::size_t start = end + 2;
  if (buffer.size() - start < 2 || buffer.size() - start - 2 < size) return Parse::incomplete;
  piece = buffer.substr(start, size);
  buffer.remove_prefix(start + size + 2);
  return Parse::complete;
}

std::size_t stream_head_size(std::string_view buffer) {
  const std::size_t end = buffer.find("\r\n\r\n");
  Head head;
  if (end == std::string_view::npos || !parse_head(buffer.substr(0, end), head)) return 0;
  return head.status == 200 && head.chunked ? end + 4 : 0;
}

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

bool parse_send(std::string_view json, SendReply& reply) {
  JsonCursor in(json);
  return in.object([&](std::string_view name) {
    if (name == "MD5OfMessageBody") return in.string(reply.md5);
    if (name == "MessageId") return in.string(reply.message_id);
    if (name == "SequenceNumber") return in.string(reply.sequence_number);
    return in.skip();
  }) && in.at_end();
}

bool parse_batch(std::string_view json, std::vector<BatchEntry>& successful, std::size_t& failed) {
  JsonCursor in(json);
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
  JsonCursor in(json);
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
