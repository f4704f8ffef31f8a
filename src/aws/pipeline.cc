#include "aws/pipeline.h"

#include <algorithm>

#include "aws/content_encoding.h"
#include "aws/errors.h"
#include "aws/render.h"
#include "aws/routing.h"
#include "codec/cbor_reader.h"
#include "codec/json_reader.h"

namespace millrace::aws {
namespace {

// Of the encoded request. The HTTP server's own limit on bodies is met first. An item of DynamoDB that is nested as deeply
// as the service allows has two levels of JSON for each of its 32.
constexpr codec::ReadLimits read_limits{.bytes_max = 32u << 20, .depth_max = 96};

Verdict refused(Call& call, const codec::ServiceError& kind, std::string message = {}) {
  call.failure = Failure{&kind, std::move(message)};
  return Verdict::render;
}

// Puts the content of a compressed body in its place. False when it cannot be read.
bool decompress(Call& call) {
  if (!http::equal_ignoring_case(call.request.headers.get("Content-Encoding"), "gzip")) return true;
  auto content = gunzip(call.request.body, read_limits.bytes_max);
  if (content) call.decompressed_body = std::move(*content);
  call.decompressed_body.reserve(call.decompressed_body.size() + http::Request::body_padding);
  call.request.body = call.decompressed_body;
  return content.has_value();
}

// Gives the request its id and finds out its protocol and the operation that it names.
Verdict read(const Pipeline&, CallPtr& call) {
  call->request_id = text_of(random_uuid(call->home));
  const bool readable = decompress(*call);
  const Verdict verdict = read_request(*call);
  if (readable || verdict != Verdict::next) return verdict;
  return refused(*call, errors::malformed_input, "The compressed request cannot be read.");
}

Verdict route(const Pipeline& pipeline, CallPtr& call) { return route_call(pipeline.services(), *call); }

std::optional<codec::Violation> read_input(Call& call, const codec::Shape& shape, void* into) {
  const auto body = call.request.body;
  auto limits = read_limits;
  limits.arena = &call.arena;
  switch (call.protocol) {
    case Protocol::json: {
      static_assert(codec::json_padding <= http::Request::body_padding);
      limits.padded = call.decompressed_body.empty();
      return codec::read_json(body, shape, into, limits);
    }
    case Protocol::cbor: return codec::read_cbor(body, codec::CborDialect::aws, shape, into, limits);
    case Protocol::rpc_cbor: return codec::read_cbor(body, codec::CborDialect::rpc, shape, into, limits);
    case Protocol::query: break;
  }
  return codec::read_query(*call.parameters, shape, into);
}

Verdict parse(const Pipeline&, CallPtr& call) {
  const codec::Shape& shape = *call->action->operation().input;
  const auto violation = read_input(*call, shape, call->action->input());
  if (!violation) return Verdict::next;
  call->failure = call->service->phrase(*violation, *call);
  return Verdict::render;
}

Verdict identify(const Pipeline&, CallPtr& call) {
  auto caller = aws::identify(call->request);
  if (!caller) return refused(*call, errors::incomplete_signature, "The credentials of the request cannot be read.");
  call->caller = std::move(*caller);
  // Without credentials the host name may still name the region.
  const auto host = read_host(call->request.host);
  if (call->caller.anonymous && is_region(host.region)) call->caller.region = host.region;
  return Verdict::next;
}

// Signatures are taken apart by `identify` and not verified yet; every caller may do everything in its own account.
Verdict authorize(const Pipeline&, CallPtr&) { return Verdict::next; }

// Limits of a whole account would stand here. Those of a queue need the queue, and are kept on its lane.
Verdict throttle(const Pipeline&, CallPtr&) { return Verdict::next; }

Verdict handle(const Pipeline&, CallPtr& call) {
  Action& action = *call->action;
  action.handle(std::move(call));
  return Verdict::taken;
}

// Bodies from this size on are written into memory that was used before.
constexpr std::size_t large_body_min = 64u << 10;

// What takes a core longer than it should keep the others waiting is rendered by the helper threads.
constexpr std::size_t rendered_at_home_max = 2u << 20;

Verdict render(const Pipeline& pipeline, CallPtr& call) {
  const bool large = !call->failure && call->action != nullptr && call->action->output_bytes() >= large_body_min;
  if (large) call->response.body = call->responder.spare_body();
  if (!large || call->action->output_bytes() <= rendered_at_home_max) {
    render_response(*call);
    return Verdict::next;
  }
  env::Core& home = call->home;
  // Held by both, so that the call outlives the work even where `done` is dropped.
  auto shared = std::make_shared<CallPtr>(std::move(call));
  home.offload([shared] { render_response(**shared); }, [&pipeline, shared] { pipeline.answer(std::move(*shared)); });
  return Verdict::taken;
}

// Answers. Metrics and the audit trail will count the call here.
Verdict record(const Pipeline&, CallPtr& call) {
  call->responder.answer(std::move(call->response));
  return Verdict::taken;
}

std::size_t position(Verdict (*step)(const Pipeline&, CallPtr&)) {
  return static_cast<std::size_t>(std::ranges::find(steps, step, &Step::run) - steps.begin());
}

}  // namespace

const std::array<Step, 9> steps{{
    {"read", read},
    {"route", route},
    {"parse", parse},
    {"identify", identify},
    {"authorize", authorize},
    {"throttle", throttle},
    {"handle", handle},
    {"render", render},
    {"record", record},
}};

void Pipeline::start(CallPtr call) const { run(std::move(call), 0); }

void Pipeline::resume(CallPtr call) const { run(std::move(call), position(handle) + 1); }

void Pipeline::answer(CallPtr call) const { run(std::move(call), position(render) + 1); }

void Pipeline::run(CallPtr call, std::size_t from) const {
  for (std::size_t i = from; i < steps.size(); ++i) {
    const Verdict verdict = steps[i].run(*this, call);
    if (verdict == Verdict::taken) return;
    if (verdict == Verdict::render) i = position(render) - 1;
  }
}

}  // namespace millrace::aws
