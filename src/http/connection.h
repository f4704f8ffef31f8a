// Connection: one client's socket, from the first byte to the last.
//
// Reads, parses, hands one request at a time to the handler, writes the replies in order. Every event (bytes came, a
// write is done, an answer was given) changes some state and calls pump(), the only place that decides what is next.
// While a request is handled the connection reads on, into a bounded queue: that is how it learns that the client has
// gone. A streamed body counts as handling until it ends. A client whose first bytes are those of HTTP/2 is handed on to
// an Http2Connection. Lives on one core; is destroyed when it is closed and no Responder refers to it any more.
#pragma once
#include <array>
#include <memory>
#include <string>

#include "env/net.h"
#include "http/exchange.h"
#include "http/open_connection.h"
#include "http/responder.h"
#include "http/response_writer.h"
#include "http/server_core.h"

namespace millrace::http {

class Connection final : public OpenConnection, public Answerable, public BodySink {
 public:
  Connection(std::shared_ptr<ServerCore> server, std::unique_ptr<env::Socket> socket, bool refused, bool secure);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Begins to read; a refused connection is told 503 instead.
  void start() override;
  void sweep() override;
  void drain() override;
  void close() override;
  bool refused() const override { return refused_; }

  void answer(Response response) override;
  BodySink& stream(Response head) override;
  void send(std::string piece) override;
  std::size_t pending() const override;
  void on_drained(Callback<void()> task) override;
  void finish(bool whole) override;
  // For the Responder and the BodyStream alike: there is one of them at a time.
  void on_gone(Callback<void()> task) override;
  bool gone() const override { return closed_ || peer_closed_; }
  std::string spare_body() override { return server_->take_body(); }

 private:
  // What an open connection waits for from its client, and so which timeout applies.
  enum class Wait { nothing, request, fields, body, end };
  // A streamed response under way.
  struct Body {
    BodyFraming framing;
    bool keep_alive;
    bool dropped;  // the response has no body, whatever is sent
    DrainSignal drained;
  };

  void pump();
  void step();
  void handle_requests();
  // False when the bytes so far may still become the preface of HTTP/2, or are: then another has taken over.
  bool speaks_http1();
  void take_request();
  // Answers a request that cannot be understood; the connection closes after it.
  void reject(std::uint16_t status, std::string_view why);
  void reply(Response response, bool head, bool keep_alive);
  bool may_keep_alive() const;
  // The answer is complete: the next request may be taken, unless this was the last.
  void end_answer(bool keep_alive);
  bool has_input() const;
  void queue_piece(std::string piece);
  void signal_drained();
  void pump_later();
  void write();
  void read();
  void on_read(Result<std::size_t> bytes);
  void take_bytes(std::size_t bytes);
  void on_written(Result<void> written);
  // Closes, or begins to, when everything is answered and written and nothing more is to come.
  void finish_if_done();
  void begin_linger();
  void release_exchange();
  void update_wait();
  void run_gone_task();
  void bury_if_over();
  Exchange& exchange();

  std::shared_ptr<ServerCore> server_;
  std::unique_ptr<env::Socket> socket_;
  std::unique_ptr<Exchange> exchange_;  // empty while idle
  std::unique_ptr<Body> body_;
  std::shared_ptr<int> pump_posted_;  // while a turn for pump() is on its way
  Callback<void()> gone_task_;
  std::uint64_t wait_since_ = 0;   // in sweeps
  std::uint64_t write_since_ = 0;  // in sweeps
  std::size_t lingered_bytes_ = 0;
  Wait wait_ = Wait::request;
  const bool refused_;
  const bool secure_;
  bool undecided_ = true;  // it may become HTTP/2
  bool pumping_ = false;
  bool pump_again_ = false;
  bool closing_ = false;  // close() is running
  bool buried_ = false;
  bool bytes_came_ = false;    // since update_wait()
  bool took_request_ = false;  // since update_wait()
  bool reading_ = false;
  bool reading_inbox_ = false;  // the read under way lands in the inbox
  bool writing_ = false;
  bool handling_ = false;      // a Responder or a BodyStream is out
  bool stalled_ = false;       // replies wait to be written, so no request is taken
  bool last_ = false;          // no request is taken after this one
  bool unread_input_ = false;  // closing at once would drop the last reply, see begin_linger()
  bool lingering_ = false;
  bool peer_closed_ = false;
  bool closed_ = false;

  // Where reads land while nothing or something else is in the inbox. Large enough for a usual request, small enough for
  // tens of thousands of connections that wait.
  static constexpr std::size_t landing_bytes = 3072;
  std::array<std::byte, landing_bytes> landing_;
};

}  // namespace millrace::http
