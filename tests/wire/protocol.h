// The protocols of a service, from the client's side: a call as an HTTP request, and what its answer says.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "codec/json_value.h"
#include "codec/operation.h"
#include "tests/wire/machine.h"

namespace millrace::wire {

enum class Protocol { json, query, cbor, rpc };
// All of them, as transcripts call them.
inline constexpr std::array<std::pair<Protocol, std::string_view>, 4> protocols{
    {{Protocol::json, "json"}, {Protocol::query, "query"}, {Protocol::cbor, "cbor"}, {Protocol::rpc, "rpc"}}};

// A service that transcripts speak with.
struct ServiceFacts {
  std::string_view name;
  std::string_view target;  // of JSON
  std::string_view json_type;
  std::string_view query_version;  // empty: it has no query protocol
  bool cbor = false;               // whether application/x-amz-cbor-1.1 is understood beside JSON
  std::string_view rpc_name;       // in paths of Smithy RPC v2; empty: not spoken
  std::string_view scope;          // its name in credentials
  const codec::Operation* (*find)(std::string_view operation) = nullptr;
};
bool speaks(const ServiceFacts& service, Protocol protocol);
// Null when there is none of this name.
const ServiceFacts* find_service(std::string_view name);

struct Credentials {
  std::string key = "AKIDEXAMPLE";  // empty: none
  std::string region = "us-east-1";
};

HttpRequest make_request(const ServiceFacts& service, Protocol protocol, const codec::Operation& operation,
                         const codec::JsonValue& input, const Credentials& credentials);

// An answer, the same from every protocol.
struct Answer {
  int status = 0;
  std::string code;  // of the query protocol, or the type where the service has none; empty: success
  std::string message;
  codec::JsonValue output;  // an object
  std::string problem;      // what is wrong with the answer as such; empty: nothing
};
Answer read_answer(const ServiceFacts& service, Protocol protocol, const codec::Operation& operation,
                   const http::Response& response);
// The events of a stream: {"Heartbeats": N, "Events": [{"Type": …, "Payload": …}]}. Those without records and children are
// counted only.
Answer read_events(Protocol protocol, const http::Response& response);

}  // namespace millrace::wire
