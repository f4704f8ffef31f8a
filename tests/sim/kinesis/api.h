// Api: Kinesis as its clients call it: requests in JSON through the real gateway and service, on a simulated server.
#pragma once
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "aws/gateway.h"
#include "codec/json_value.h"
#include "sim/server.h"

namespace millrace::sim {

struct ApiReply {
  int status = 0;
  std::string error;  // its code; empty when it went well
  codec::JsonValue body;

  bool ok() const { return status == 200; }
  // The server could not say whether it was done.
  bool unknown() const { return status >= 500; }
};

class Api {
 public:
  explicit Api(Server& server);
  ~Api();

  // The machine has stopped. What was under way stays until this is destroyed, after the server: whoever lets go of it
  // there still says so.
  void stop() { gateway_.reset(); }

  // `done` runs once, unless the machine stops first.
  void call(std::string_view operation, std::string body, Callback<void(ApiReply)> done);

 private:
  class Exchange;
  Server& server_;
  std::unique_ptr<aws::Gateway> gateway_;
  std::list<std::unique_ptr<Exchange>> exchanges_;  // under way
  std::size_t next_core_ = 0;
};

}  // namespace millrace::sim
