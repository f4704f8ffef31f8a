// Call: one API request on its way through the pipeline, and Action: what its service does with it.
//
// A Call is made on the core of its connection ("home") and owns the request's answer. A handler may move it to another
// core and back; it is answered and destroyed at home only, whatever happens on the way: a CallPtr that is dropped
// elsewhere sends its Call home first.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "aws/identity.h"
#include "aws/request_id.h"
#include "codec/arena.h"
#include "codec/operation.h"
#include "codec/query_reader.h"
#include "env/core.h"
#include "http/message.h"
#include "http/responder.h"

namespace millrace::aws {

class Pipeline;
class Service;
struct Call;

struct SendHome {
  void operator()(Call* call) const;
};
using CallPtr = std::unique_ptr<Call, SendHome>;

// One operation of a service with its input and output. Made by the service, owned by the Call.
class Action {
 public:
  virtual ~Action() = default;
  virtual const codec::Operation& operation() const = 0;
  virtual void* input() = 0;
  virtual const void* output() const = 0;
  // Does the work and ends with finish(call) at home; with call->failure set, or the output filled. One whose answer is a
  // stream takes call->responder instead and lets the call go.
  virtual void handle(CallPtr call) = 0;
  // About how many bytes the output has. A large one is rendered off the core, which others wait for.
  virtual std::size_t output_bytes() const { return 0; }
};

// How a request is encoded, and so its answer.
enum class Protocol {
  json,
  query,     // forms, answered in XML
  cbor,      // application/x-amz-cbor-1.1: like JSON, in other bytes
  rpc_cbor,  // Smithy RPC v2: the operation is in the path
};

struct Call {
  Call(const Pipeline& through, env::Core& core, http::Request& from, http::Responder to)
      : pipeline(through), home(core), request(from), responder(std::move(to)) {}

  const Pipeline& pipeline;
  env::Core& home;
  http::Request& request;  // valid until answered
  http::Responder responder;

  // Filled by the steps, in this order.
  UuidText request_id{};                             // read
  Protocol protocol = Protocol::query;               // read
  std::string decompressed_body;                     // read; what request.body points to if it came compressed
  std::optional<codec::QueryParameters> parameters;  // read; of the query protocol
  std::string_view operation;                        // read; as the client named it
  std::string decoded_operation;                     // read; what `operation` points to if it was encoded
  Service* service = nullptr;                        // route
  codec::Arena arena;                                // parse; what views of the input show, unless the request has it
  std::unique_ptr<Action> action;                    // route
  Caller caller;                                     // identify
  std::optional<Failure> failure;                    // any step
  http::Response response;                           // render

  // At home: the address under which the client reached us, "http://localhost:4566".
  std::string base_url() const;
};

// At home: goes on with the steps after `handle`.
void finish(CallPtr call);
void finish(CallPtr call, Failure failure);

// Runs `task(CallPtr)` at home, at once when `core`, the current one, is that.
template <class Task>
void go_home(env::Core& core, CallPtr call, Task task) {
  env::Core& home = call->home;
  if (&core == &home) {
    task(std::move(call));
  } else {
    home.post([call = std::move(call), task = std::move(task)]() mutable { task(std::move(call)); });
  }
}

}  // namespace millrace::aws
