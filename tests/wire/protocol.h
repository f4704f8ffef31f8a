// The two protocols of a service, from the client's side: a call as an HTTP request, and what its answer says.
#pragma once
#include <string>
#include <string_view>

#include "codec/json_value.h"
#include "codec/operation.h"
#include "tests/wire/machine.h"

namespace millrace::wire {

enum class Protocol { json, query };

struct Credentials {
  std::string key = "AKIDEXAMPLE";  // empty: none
  std::string region = "us-east-1";
};

HttpRequest make_request(Protocol protocol, const codec::Operation& operation, const codec::JsonValue& input,
                         const Credentials& credentials);

// An answer, the same from either protocol.
struct Answer {
  int status = 0;
  std::string code;  // of the query protocol; empty: success
  std::string message;
  codec::JsonValue output;  // an object
  std::string problem;      // what is wrong with the answer as such; empty: nothing
};
Answer read_answer(Protocol protocol, const codec::Operation& operation, const http::Response& response);

}  // namespace millrace::wire
