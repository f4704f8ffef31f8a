// Http2Connection: one client's socket that speaks HTTP/2, from the connection preface to the last frame.
//
// Takes over from a Connection that has read the preface. Requests of different streams are handled side by side, in the
// order in which they are complete. Every event changes some state and calls pump(), the only place that decides what
// is next; handlers and tasks are called from there and never from within nghttp2. Lives on one core; is destroyed when
// it is closed and no Responder or BodyStream refers to one of its streams.
//
// Memory: each stream's body may come as far as its window allows; windows are opened further while all bodies together
// stay below http2_body_bytes_max, and beyond that for the oldest stream alone, so that one always gets on. Requests
// wait while the client leaves http2_unsent_bytes_max of the replies unread.
#pragma once
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "env/net.h"
#include "http/http2_session.h"
#include "http/http2_stream.h"
#include "http/open_connection.h"
#include "http/server_core.h"

namespace millrace::http {

// What an HTTP/2 client sends first (RFC 9113, section 3.4).
inline constexpr std::string_view http2_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

class Http2Connection final : public OpenConnection, private Http2Events {
 public:
  // `received` is what has been read from the socket, from the preface on.
  Http2Connection(std::shared_ptr<ServerCore> server, std::unique_ptr<env::Socket> socket, bool secure,
                  std::string received);
  ~Http2Connection() override;
  Http2Connection(const Http2Connection&) = delete;
  Http2Connection& operator=(const Http2Connection&) = delete;

  void start() override;
  void sweep() override;
  void drain() override;
  void close() override;
  bool refused() const override { return false; }

  // For its streams.
  Http2Session& session() { return session_; }
  env::Core& core() { return server_->core(); }
  const Limits& limits() const { return server_->limits(); }
  std::string_view date() { return server_->date(); }
  std::uint64_t sweeps() const { return server_->sweeps(); }
  bool expired(std::uint64_t since, Duration timeout) const {
    return server_->sweeps() - since > server_->in_sweeps(timeout);
  }
  void handle(Http2Request& request, Responder responder);
  // Frees the memory of a stream's request, which views of it must not outlive.
  void release_request(Http2Stream& stream);
  void count_unsent(std::ptrdiff_t bytes) { unsent_bytes_ += static_cast<std::size_t>(bytes); }
  // The stream's Responder or BodyStream is done. The stream, and this connection, may be destroyed here.
  void returned(Http2Stream& stream);
  // Writes what there is. Calls no handler and no task, so that who answers or sends is not called back meanwhile.
  void flush();

 private:
  void on_request_begin(std::int32_t id) override;
  void on_field(std::int32_t id, std::string_view name, std::string_view value) override;
  void on_fields_end(std::int32_t id) override;
  void on_body(std::int32_t id, Bytes bytes) override;
  void on_request_end(std::int32_t id) override;
  void on_response_end(std::int32_t id) override;
  void on_stream_closed(std::int32_t id) override;
  Http2Part take_body(std::int32_t id, MutableBytes into) override;
  void on_reset() override;
  void on_idle_frame() override;

  Http2Stream* find(std::int32_t id);
  void pump();
  void step();
  void take_bytes(Bytes bytes);
  void end_closed_streams();
  void handle_requests();
  void open_windows();
  void write();
  void on_written(Result<void> written);
  void read();
  void on_read(Result<std::size_t> bytes);
  void finish_if_done();
  void sweep_streams();
  void reject(Http2Stream& stream, std::uint16_t status, std::string_view why);
  void discard(Http2Stream& stream, std::size_t bytes);
  void forget_window(Http2Stream& stream);
  bool oldest_receiver(const Http2Stream& stream) const;
  bool may_open_window(const Http2Stream& stream) const;
  void bury_if_over();

  std::shared_ptr<ServerCore> server_;
  std::unique_ptr<env::Socket> socket_;
  Http2Session session_;
  // In the order in which they began.
  std::map<std::int32_t, std::unique_ptr<Http2Stream>> streams_;
  std::deque<std::int32_t> ready_;
  std::vector<std::int32_t> closed_streams_;  // told by nghttp2, not dealt with yet
  std::string received_;                      // until start()
  std::string output_;                        // of the write under way
  std::size_t out_ = 0;                       // streams that a Responder or BodyStream refers to
  std::size_t body_bytes_ = 0;                // gathered, of all requests
  std::size_t complete_body_bytes_ = 0;       // of them, of those that are complete and not answered
  std::size_t withheld_streams_ = 0;
  std::size_t unsent_bytes_ = 0;
  std::size_t resets_ = 0;
  std::size_t idle_frames_ = 0;
  std::size_t lingered_bytes_ = 0;
  std::uint64_t count_since_ = 0;   // in sweeps
  std::uint64_t write_since_ = 0;   // in sweeps
  std::uint64_t idle_since_ = 0;    // in sweeps: without streams
  std::uint64_t fields_since_ = 0;  // in sweeps
  std::int32_t fields_of_ = 0;      // the stream whose fields have begun and not ended
  const bool secure_;
  std::shared_ptr<int> pump_posted_;  // while a turn for pump() is on its way
  bool pumping_ = false;
  bool pump_again_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool going_away_ = false;
  bool lingering_ = false;
  bool closing_ = false;
  bool closed_ = false;
  bool buried_ = false;

  static constexpr std::size_t landing_bytes = std::size_t{16} << 10;
  std::array<std::byte, landing_bytes> landing_;
};

}  // namespace millrace::http
