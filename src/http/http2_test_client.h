// The client's end of HTTP/2 for tests, over a fake socket: nghttp2's client side, and raw frames for what it would not
// send.
#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/connection_testing.h"
#include "http/http2_connection.h"

namespace millrace::http {

// One frame as it stands on the wire (RFC 9113, section 4.1).
inline std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  std::string wire;
  for (const int shift : {16, 8, 0}) wire += static_cast<char>(payload.size() >> shift);
  wire += static_cast<char>(type);
  wire += static_cast<char>(flags);
  for (const int shift : {24, 16, 8, 0}) wire += static_cast<char>(stream >> shift);
  return wire.append(payload);
}

inline std::string u32(std::uint32_t value) {
  std::string wire;
  for (const int shift : {24, 16, 8, 0}) wire += static_cast<char>(value >> shift);
  return wire;
}

// The error of the first GOAWAY among these frames. Read without nghttp2, which stops at frames that answer what it has
// not sent.
inline std::optional<std::uint32_t> goaway_in(std::string_view bytes) {
  const auto number = [&bytes](std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (const char c : bytes.substr(at, size)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  };
  while (bytes.size() >= 9) {
    if (bytes[3] == NGHTTP2_GOAWAY) return number(13, 4);
    bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 9 + number(0, 3)));
  }
  return std::nullopt;
}

// The preface and an empty SETTINGS.
inline std::string http2_start() { return std::string(http2_preface) + frame(NGHTTP2_SETTINGS, 0, 0, ""); }

// A field of a header block, as a literal that is not indexed.
inline std::string literal(std::string_view name, std::string_view value) {
  std::string wire(1, '\0');
  const auto put = [&wire](std::string_view text) {
    if (text.size() < 127) {
      wire += static_cast<char>(text.size());
    } else {
      wire += static_cast<char>(127);
      auto rest = text.size() - 127;
      for (; rest >= 128; rest >>= 7) wire += static_cast<char>(rest % 128 + 128);
      wire += static_cast<char>(rest);
    }
    wire += text;
  };
  put(name);
  put(value);
  return wire;
}

inline std::string request_block(std::string_view method = "GET", std::string_view path = "/") {
  return literal(":method", method) + literal(":scheme", "http") + literal(":path", path) + literal(":authority", "a");
}

struct Http2Reply {
  std::string status;                         // of the last header block
  std::vector<std::string> informational;     // statuses below 200
  std::map<std::string, std::string> fields;  // of the final one
  std::string body;
  bool ended = false;  // END_STREAM came
  bool closed = false;
  std::uint32_t error = 0;  // of RST_STREAM
};

class Http2Client {
 public:
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  // With `manual`, no window is opened by itself; then `window` is that of each stream.
  Http2Client(FakeCore& core, std::shared_ptr<FakePeer> peer, bool manual = false, std::uint32_t window = 65535)
      : core_(core), peer_(std::move(peer)) {
    nghttp2_session_callbacks* callbacks;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_option* option;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, manual ? 1 : 0);
    nghttp2_session_client_new2(&session_, callbacks, this, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, 1);
  }
  ~Http2Client() { nghttp2_session_del(session_); }
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  // Begins a request; without `end` its body goes on with body().
  std::int32_t request(std::string_view method, std::string_view path, const Pairs& more = {}, std::string body = "",
                       bool end = true) {
    Pairs fields = {{":method", std::string(method)}, {":scheme", "http"}, {":path", std::string(path)}};
    fields.emplace_back(":authority", "a");
    fields.insert(fields.end(), more.begin(), more.end());
    return submit(fields, std::move(body), end);
  }
  std::int32_t submit(const Pairs& fields, std::string body, bool end) {
    std::vector<nghttp2_nv> pairs;
    for (const auto& [name, value] : fields) {
      const auto bytes = [](const std::string& text) {
        return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
      };
      pairs.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    }
    const bool has_body = !body.empty() || !end;
    nghttp2_data_provider provider{.source = {.ptr = nullptr}, .read_callback = read_body};
    const auto id =
        nghttp2_submit_request(session_, nullptr, pairs.data(), pairs.size(), has_body ? &provider : nullptr, nullptr);
    sending_[id] = {std::move(body), end};
    return id;
  }
  void body(std::int32_t id, std::string_view more, bool end) {
    sending_[id].first += more;
    sending_[id].second = end;
    nghttp2_session_resume_data(session_, id);
  }
  void reset(std::int32_t id) { nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL); }
  void open_window(std::int32_t id, std::int32_t bytes) {
    nghttp2_submit_window_update(session_, NGHTTP2_FLAG_NONE, id, bytes);
  }
  void ping() { nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr); }

  // What the client has to send.
  std::string take_output() {
    std::string all;
    const std::uint8_t* data = nullptr;
    for (ssize_t size; (size = nghttp2_session_mem_send(session_, &data)) > 0;) {
      all.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
    }
    return all;
  }
  void receive() {
    const auto fresh = peer_->received.substr(seen_);
    seen_ = peer_->received.size();
    const auto used =
        nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(fresh.data()), fresh.size());
    EXPECT_EQ(used, static_cast<ssize_t>(fresh.size()));
  }
  // Until neither side has anything to say.
  void run() {
    while (true) {
      const auto output = take_output();
      if (!output.empty() && !peer_->closed) peer_->send(output);
      core_.run();
      if (seen_ == peer_->received.size()) break;
      receive();
    }
  }

  Http2Reply& reply(std::int32_t id) { return replies[id]; }
  FakePeer& peer() { return *peer_; }

  std::map<std::int32_t, Http2Reply> replies;
  bool went_away = false;
  std::uint32_t went_away_error = 0;
  std::int32_t last_stream = -1;
  int pongs = 0;

 private:
  static Http2Client& self(void* user) { return *static_cast<Http2Client*>(user); }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    auto& reply = self(user).replies[frame->hd.stream_id];
    const std::string key(reinterpret_cast<const char*>(name), name_size);
    const std::string text(reinterpret_cast<const char*>(value), value_size);
    if (key == ":status") {
      reply.status = text;
      if (text[0] == '1') reply.informational.push_back(text);
    } else {
      reply.fields[key] = text;
    }
    return 0;
  }
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size,
                     void* user) {
    self(user).replies[id].body.append(reinterpret_cast<const char*>(data), size);
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    auto& client = self(user);
    const auto type = frame->hd.type;
    if ((type == NGHTTP2_DATA || type == NGHTTP2_HEADERS) && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      client.replies[frame->hd.stream_id].ended = true;
    } else if (type == NGHTTP2_GOAWAY) {
      client.went_away = true;
      client.went_away_error = frame->goaway.error_code;
      client.last_stream = frame->goaway.last_stream_id;
    } else if (type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
      ++client.pongs;
    }
    return 0;
  }
  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t error, void* user) {
    self(user).replies[id].closed = true;
    self(user).replies[id].error = error;
    return 0;
  }
  static ssize_t read_body(nghttp2_session*, std::int32_t id, std::uint8_t* into, std::size_t size,
                           std::uint32_t* flags, nghttp2_data_source*, void* user) {
    auto& [bytes, end] = self(user).sending_[id];
    const auto taken = std::min(size, bytes.size());
    std::memcpy(into, bytes.data(), taken);
    bytes.erase(0, taken);
    if (bytes.empty() && end) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return taken == 0 && !end ? NGHTTP2_ERR_DEFERRED : static_cast<ssize_t>(taken);
  }

  FakeCore& core_;
  std::shared_ptr<FakePeer> peer_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, std::pair<std::string, bool>> sending_;
  std::size_t seen_ = 0;
};

class Http2Test : public ConnectionTest {
 protected:
  std::unique_ptr<Http2Client> client(bool manual = false, std::uint32_t window = 65535) {
    auto made = std::make_unique<Http2Client>(core_, connect(), manual, window);
    made->run();
    return made;
  }
  // What a client reads that begins with the preface and sends these bytes.
  std::unique_ptr<Http2Client> raw(std::string_view bytes) {
    auto made = std::make_unique<Http2Client>(core_, connect());
    made->take_output();
    made->peer().send(http2_start());
    made->peer().send(bytes);
    core_.run();
    made->receive();
    return made;
  }
};

}  // namespace millrace::http
