// Reading of replies: one HTTP/1.1 reply from a buffer, and the few members of SQS's JSON replies that are verified.
//
// Strings are returned as they stand between the quotes, escapes untouched: bodies are made without any, and what the
// generator hands back (receipt handles) is put between quotes again.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::bench {

struct HttpReply {
  int status = 0;
  std::string_view body;
  std::size_t consumed = 0;  // bytes of the buffer that the reply took
  bool close = false;        // the server closes the connection after it
};

enum class Parse { complete, incomplete, malformed };

// `scratch` holds the body when it came in chunks. `wanted` receives the number of bytes that a complete reply will
// have, as far as known (0: unknown), so that the buffer can grow once.
Parse parse_http(std::string_view buffer, HttpReply& reply, std::string& scratch, std::size_t& wanted);

// For replies that are streamed. The bytes of a complete head that says 200 and announces chunks; 0 otherwise.
std::size_t stream_head_size(std::string_view buffer);
// Takes one complete chunk, or several bytes short of one nothing, from the front of `buffer`. The last one is empty.
Parse parse_chunk(std::string_view& buffer, std::string_view& piece);

struct SendReply {
  std::string_view md5;
  std::string_view message_id;
  std::string_view sequence_number;
};
struct BatchEntry {
  std::string_view id;
  std::string_view md5;
  std::string_view message_id;
};
struct ReceivedMessage {
  std::string_view message_id;
  std::string_view receipt_handle;
  std::string_view md5;
  std::string_view body;
};

// Each returns false when the text is not the JSON object that it should be. Unknown members are passed over.
bool parse_send(std::string_view json, SendReply& reply);
bool parse_batch(std::string_view json, std::vector<BatchEntry>& successful, std::size_t& failed);
bool parse_receive(std::string_view json, std::vector<ReceivedMessage>& messages);

}  // namespace millrace::bench
