// Lambda: hands an event to a function, through the Invoke API of whoever speaks it.
//
// Keeps nothing that changes; any core may call, and the answer comes back there.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "delivery/http_client.h"
#include "delivery/outcome.h"
#include "delivery/sigv4.h"

namespace millrace::delivery {

struct LambdaEndpoint {
  // {region} in it stands for the function's region.
  std::string url = "https://lambda.{region}.amazonaws.com";
  AwsCredentials credentials;
};

class Lambda {
 public:
  // The client must outlive this.
  Lambda(HttpClient& http, LambdaEndpoint endpoint) : http_(http), endpoint_(std::move(endpoint)) {}

  // Starts the function with the event (JSON) without waiting for its end. `arn` is that of a function, a version or an
  // alias: arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER].
  void invoke(env::Core& home, std::string_view arn, std::shared_ptr<const std::string> event,
              Callback<void(Outcome)> done);

 private:
  HttpClient& http_;
  const LambdaEndpoint endpoint_;
};

// The parts of a function's ARN, as views into it; an error when it is none.
struct FunctionArn {
  std::string_view region;
  std::string_view function;   // the ARN without its qualifier
  std::string_view qualifier;  // empty: none
};
Result<FunctionArn> parse_function_arn(std::string_view arn);

Outcome read_invoke_answer(const Result<HttpAnswer>& answer);

}  // namespace millrace::delivery
