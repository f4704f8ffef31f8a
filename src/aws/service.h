// Service: what the gateway needs to know of a service, and how the service makes the actions for its operations.
//
// A service is one folder (aws/sqs/, later aws/sns/ …) with the same files in the same order. Members are called on
// any core, several at once.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "aws/call.h"
#include "codec/violation.h"

namespace millrace::aws {

// What a path means to the service that owns it: "/000000000000/orders" is a queue of SQS.
struct PathParameter {
  std::string name;  // the parameter that the path stands for, unless the request has it: "QueueUrl"
  std::string value;
};

class Service {
 public:
  virtual ~Service() = default;
  virtual std::string_view name() const = 0;           // in credential scopes and host names: "sqs"
  virtual std::string_view json_target() const = 0;    // before the dot of X-Amz-Target: "AmazonSQS"; empty: no JSON
  virtual std::string_view json_type() const = 0;      // "application/x-amz-json-1.0"
  virtual std::string_view query_version() const = 0;  // "2012-11-05"; empty: no query protocol
  virtual std::string_view xml_namespace() const = 0;
  // Whether application/x-amz-cbor-1.1 is understood beside JSON.
  virtual bool speaks_cbor() const { return false; }
  // Its name in the paths of Smithy RPC v2, /service/NAME/operation/OPERATION; empty: that protocol is not spoken.
  virtual std::string_view rpc_name() const { return {}; }
  // Whether its answers carry x-amz-crc32, which SDKs compare with the body.
  virtual bool sends_checksum() const { return false; }

  // Called once, on the first core, when every lane serves: unfinished work goes on, periodic work begins.
  virtual void start() {}
  // Called once, on the first core, when the server begins to end and before calls to other servers fail.
  virtual void stop() {}
  // Null when the service has no such operation.
  virtual std::unique_ptr<Action> make(std::string_view operation) = 0;
  // Nothing when the path is not of this service.
  virtual std::optional<PathParameter> read_path(std::string_view path) const = 0;
  // A document that anyone may read at this path; nothing when there is none.
  virtual std::optional<std::string> document(std::string_view /*path*/) const { return std::nullopt; }
  // Whether the operation may be sent to a path that names a thing.
  virtual bool offered_on_path(std::string_view operation) const = 0;
  // The service's own words for malformed input.
  virtual Failure phrase(const codec::Violation& violation, const Call& call) const = 0;
  // Protocols sometimes have different words for the same failure; called before it is rendered.
  virtual void adapt(Failure& /*failure*/, Protocol /*protocol*/) const {}
};

}  // namespace millrace::aws
