#include "http/http2_session.h"

#include <nghttp2/nghttp2.h>

#include <memory>
#include <vector>

#include "base/check.h"

namespace millrace::http {
namespace {

std::string_view text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

nghttp2_nv pair(std::string_view name, std::string_view value) {
  // nghttp2 copies both.
  const auto bytes = [](std::string_view view) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(view.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

bool is_request(const nghttp2_frame& frame) {
  return frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST;
}

bool ends_stream(const nghttp2_frame_hd& header) { return (header.flags & NGHTTP2_FLAG_END_STREAM) != 0; }

// Only memory can run out in these calls; what else they report concerns a stream that has ended meanwhile.
void check_memory(int code) { check(code != NGHTTP2_ERR_NOMEM, "out of memory"); }

}  // namespace

// What nghttp2 calls, in its own form.
struct Http2Session::Callbacks {
  static Http2Events& events(void* session) { return static_cast<Http2Session*>(session)->events_; }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    if (is_request(*frame)) events(self).on_request_begin(frame->hd.stream_id);
    return 0;
  }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* self) {
    if (is_request(*frame)) {
      events(self).on_field(frame->hd.stream_id, text(name, name_size), text(value, value_size));
    }
    return 0;
  }
  // A malformed field makes the request malformed; without this nghttp2 would drop the field.
  static int on_invalid_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*, std::size_t,
                               const std::uint8_t*, std::size_t, std::uint8_t, void*) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size,
                     void* self) {
    events(self).on_body(id, Bytes(reinterpret_cast<const std::byte*>(data), size));
    return 0;
  }
  static int on_frame_received(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    const auto type = frame->hd.type;
    if (is_request(*frame)) events(self).on_fields_end(frame->hd.stream_id);
    if ((type == NGHTTP2_HEADERS || type == NGHTTP2_DATA) && ends_stream(frame->hd)) {
      events(self).on_request_end(frame->hd.stream_id);
    }
    if (type == NGHTTP2_RST_STREAM) events(self).on_reset();
    // WINDOW_UPDATE does not count: some clients send one for each frame of a body that they receive.
    const bool empty = type == NGHTTP2_DATA && frame->hd.length == 0 && !ends_stream(frame->hd);
    if (empty || type == NGHTTP2_PING || type == NGHTTP2_SETTINGS || type == NGHTTP2_PRIORITY) {
      events(self).on_idle_frame();
    }
    return 0;
  }
  static int on_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    const auto type = frame->hd.type;
    if ((type == NGHTTP2_HEADERS || type == NGHTTP2_DATA) && ends_stream(frame->hd)) {
      events(self).on_response_end(frame->hd.stream_id);
    }
    // A client that makes the server reset streams costs as much as one that resets them itself.
    if (type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code != NGHTTP2_NO_ERROR) events(self).on_reset();
    return 0;
  }
  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t, void* self) {
    events(self).on_stream_closed(id);
    return 0;
  }
  static ssize_t read_body(nghttp2_session*, std::int32_t id, std::uint8_t* into, std::size_t size,
                           std::uint32_t* flags, nghttp2_data_source*, void* self) {
    const auto part = events(self).take_body(id, MutableBytes(reinterpret_cast<std::byte*>(into), size));
    if (part.end) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (part.bytes == 0 && !part.end) return NGHTTP2_ERR_DEFERRED;
    return static_cast<ssize_t>(part.bytes);
  }

  static nghttp2_session_callbacks* make() {
    nghttp2_session_callbacks* callbacks = nullptr;
    check_memory(nghttp2_session_callbacks_new(&callbacks));
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, on_invalid_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_received);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    return callbacks;
  }
};

Http2Session::Http2Session(Http2Events& events, const Limits& limits) : events_(events) {
  const std::unique_ptr<nghttp2_session_callbacks, decltype(&nghttp2_session_callbacks_del)> callbacks(
      Callbacks::make(), nghttp2_session_callbacks_del);
  nghttp2_option* raw = nullptr;
  check_memory(nghttp2_option_new(&raw));
  const std::unique_ptr<nghttp2_option, decltype(&nghttp2_option_del)> options(raw, nghttp2_option_del);
  nghttp2_option_set_no_auto_window_update(raw, 1);
  // Streams that are over are kept for nothing but the priorities of an older version.
  nghttp2_option_set_no_closed_streams(raw, 1);
  nghttp2_option_set_max_outbound_ack(raw, limits.http2_queued_frames_max);
  nghttp2_option_set_max_settings(raw, limits.http2_settings_max);
  nghttp2_option_set_max_continuations(raw, limits.http2_continuations_max);
  check_memory(nghttp2_session_server_new2(&session_, callbacks.get(), this, raw));

  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, static_cast<std::uint32_t>(limits.http2_streams_max)},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<std::uint32_t>(limits.http2_window_bytes)},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.header_bytes_max)},
  };
  check_memory(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings)));
  // Of the connection: as much as may be on its way at once; what bounds memory are the streams' windows.
  const auto window = static_cast<std::int32_t>(limits.http2_connection_window_bytes);
  check_memory(nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, window));
}

Http2Session::~Http2Session() { nghttp2_session_del(session_); }

bool Http2Session::receive(Bytes bytes) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  return nghttp2_session_mem_recv(session_, data, bytes.size()) >= 0;
}

std::optional<Bytes> Http2Session::next_output() {
  const std::uint8_t* data = nullptr;
  const auto size = nghttp2_session_mem_send(session_, &data);
  if (size < 0) return std::nullopt;
  return Bytes(reinterpret_cast<const std::byte*>(data), static_cast<std::size_t>(size));
}

void Http2Session::respond(std::int32_t id, std::span<const Http2Field> fields, bool body) {
  std::vector<nghttp2_nv> pairs;
  pairs.reserve(fields.size());
  for (const auto& [name, value] : fields) pairs.push_back(pair(name, value));
  const nghttp2_data_provider provider{.source = {.ptr = nullptr}, .read_callback = Callbacks::read_body};
  check_memory(nghttp2_submit_response(session_, id, pairs.data(), pairs.size(), body ? &provider : nullptr));
}

void Http2Session::respond_continue(std::int32_t id) {
  const nghttp2_nv status = pair(":status", "100");
  check_memory(nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, id, nullptr, &status, 1, nullptr));
}

void Http2Session::resume(std::int32_t id) { check_memory(nghttp2_session_resume_data(session_, id)); }

void Http2Session::reset(std::int32_t id, Http2Error error) {
  check_memory(nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, static_cast<std::uint32_t>(error)));
}

void Http2Session::consume_connection(std::size_t bytes) {
  check_memory(nghttp2_session_consume_connection(session_, bytes));
}

void Http2Session::consume_stream(std::int32_t id, std::size_t bytes) {
  check_memory(nghttp2_session_consume_stream(session_, id, bytes));
}

void Http2Session::go_away() {
  const auto last = nghttp2_session_get_last_proc_stream_id(session_);
  check_memory(nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0));
}

void Http2Session::terminate(Http2Error error) {
  check_memory(nghttp2_session_terminate_session(session_, static_cast<std::uint32_t>(error)));
}

bool Http2Session::done() const {
  return nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
}

bool Http2Session::blocked(std::int32_t id) const {
  return nghttp2_session_get_stream_remote_window_size(session_, id) <= 0 ||
         nghttp2_session_get_remote_window_size(session_) <= 0;
}

std::size_t Http2Session::queued_frames() const { return nghttp2_session_get_outbound_queue_size(session_); }

}  // namespace millrace::http
