// Machine: a server without sockets. Engine, broker and gateway on a simulated machine, and clients that hand HTTP
// requests to the gateway.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aws/gateway.h"
#include "aws/sns/confirmation.h"
#include "engine/engine.h"
#include "env/sim/world.h"
#include "http/message.h"
#include "http/responder.h"

namespace millrace::wire {

struct HttpRequest {
  std::string method = "POST";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
};

// One request on its way; answered at most once.
class Exchange final : public http::Answerable {
 public:
  explicit Exchange(HttpRequest request);
  void answer(http::Response response) override;
  void on_gone(Callback<void()> task) override;
  bool gone() const override { return gone_; }

  http::Request& request() { return request_; }
  const std::optional<http::Response>& response() const { return response_; }
  // The client goes away. On the connection's core.
  void leave();

 private:
  HttpRequest sent_;
  std::string padded_;
  http::Request request_;
  std::optional<http::Response> response_;
  Callback<void()> gone_task_;
  bool gone_ = false;
};

struct MachineOptions {
  bool relaxed = false;
  std::string public_url;
  bool trust_forwarded = false;
};

// Takes what the server would send to endpoints and phones, so that a transcript can answer it.
class Confirmations final : public aws::sns::ConfirmationSender {
 public:
  void send(engine::Lane&, aws::sns::Confirmation confirmation) override { last_ = std::move(confirmation.token); }
  void send_code(engine::Lane&, aws::sns::PhoneCode code) override { last_ = std::move(code.code); }
  const std::string& last() const { return last_; }

 private:
  std::string last_;
};

class Machine {
 public:
  explicit Machine(MachineOptions options);
  ~Machine();

  // Sends a request on one of the cores, in turn.
  Exchange& send(HttpRequest request);
  // Runs until it is answered; false when that does not happen.
  bool finish(Exchange& exchange);
  void leave(Exchange& exchange);
  void advance(Duration duration);
  // The token or code that an endpoint or a phone was sent last; empty: none was.
  const std::string& told() const { return confirmations_.last(); }
  // No more room on the disk, or as much as is wanted.
  void fill_disk(bool full);
  // Stops in order (or by a power cut) and starts again from what the disk holds.
  void restart(bool crash);

 private:
  static constexpr std::size_t cores = 2;
  static constexpr std::uint32_t lanes = 3;

  struct Sent {
    std::unique_ptr<Exchange> exchange;
    std::size_t core;
  };

  void start();
  void stop();
  bool run_until(const bool& done);

  MachineOptions options_;
  Confirmations confirmations_;
  env::sim::World world_;
  std::vector<Sent> sent_;
  std::size_t next_core_ = 0;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<aws::Gateway> gateway_;
};

}  // namespace millrace::wire
