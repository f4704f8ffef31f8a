// Pipeline: the way of a request, as one list of steps.
//
// A step runs at home. It lets the call go on, or fails it (then rendering is next), or takes it away: `handle` does,
// and finish() brings it back to the step after.
#pragma once
#include <array>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "aws/call.h"
#include "aws/endpoint.h"
#include "aws/service.h"

namespace millrace::aws {

struct PipelineOptions {
  EndpointOptions endpoint;
};

enum class Verdict {
  next,    // go on
  render,  // skip to rendering: call->failure or call->response says what
  taken,   // the call is elsewhere; finish() goes on with it
};

struct Step {
  std::string_view name;
  Verdict (*run)(const Pipeline&, CallPtr&);
};

class Pipeline {
 public:
  Pipeline(PipelineOptions options, std::span<const std::unique_ptr<Service>> services)
      : options_(std::move(options)), services_(services) {}

  void start(CallPtr call) const;
  void resume(CallPtr call) const;  // after `handle`
  void answer(CallPtr call) const;  // after `render`

  const PipelineOptions& options() const { return options_; }
  std::span<const std::unique_ptr<Service>> services() const { return services_; }

 private:
  void run(CallPtr call, std::size_t from) const;

  PipelineOptions options_;
  std::span<const std::unique_ptr<Service>> services_;
};

// The list.
extern const std::array<Step, 9> steps;

}  // namespace millrace::aws
