#include "aws/routing.h"

#include <fmt/format.h>

#include "aws/endpoint.h"
#include "aws/errors.h"
#include "aws/render.h"

namespace millrace::aws {
namespace {

// The HTTP server's own limit on bodies is met first.
constexpr codec::ReadLimits read_limits{.bytes_max = 32u << 20};
constexpr std::string_view health_path = "/health";
constexpr std::string_view json_type_prefix = "application/x-amz-json";
constexpr std::string_view cbor_type = "application/x-amz-cbor";
// Of Smithy RPC v2.
constexpr std::string_view rpc_field = "smithy-protocol";
constexpr std::string_view rpc_cbor_name = "rpc-v2-cbor";
constexpr std::string_view rpc_service_part = "/service/";
constexpr std::string_view rpc_operation_part = "/operation/";
constexpr std::string_view form_type = "application/x-www-form-urlencoded";

Verdict answered(Call& call, http::Response response) {
  call.action = nullptr;
  call.response = std::move(response);
  return Verdict::render;
}

Verdict wrong_method(Call& call, std::string_view allowed) {
  auto response = http::Response::text(405, "Method Not Allowed\n");
  response.header("Allow", allowed);
  return answered(call, std::move(response));
}

Verdict refused(Call& call, const codec::ServiceError& kind, std::string message = {}) {
  call.failure = Failure{&kind, std::move(message)};
  return Verdict::render;
}

Verdict unknown(Call& call) { return answered(call, unknown_operation_response()); }

Verdict health(Call& call) {
  const auto method = call.request.method;
  if (method != "GET" && method != "HEAD") return wrong_method(call, "GET, HEAD");
  return answered(call, http::Response::text(200, "{\"status\":\"ok\"}", "application/json"));
}

bool begins_with(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && http::equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

// The form in the body and the parameters of the URL count as one; where both have a name, the body's counts.
Verdict read_parameters(Call& call) {
  auto& parameters = call.parameters.emplace(read_limits);
  auto violation = parameters.add(call.request.query);
  const bool form = begins_with(call.request.headers.get("Content-Type"), form_type);
  // Some clients send a form without saying so; nothing else is understood here, so it is tried as one.
  const bool untyped = call.request.headers.get("Content-Type").empty();
  if (!violation && call.request.method == "POST" && (form || untyped)) violation = parameters.add(call.request.body);
  if (violation) {
    if (violation->kind == codec::Violation::Kind::too_long) return refused(call, errors::request_too_large);
    return refused(call, errors::malformed_input, "The request is not a well-formed form.");
  }
  call.decoded_operation = parameters.value("Action").value_or(std::string());
  if (call.decoded_operation.empty()) return unknown(call);
  call.operation = call.decoded_operation;
  return Verdict::next;
}

Service* by_target(std::span<const std::unique_ptr<Service>> services, std::string_view target) {
  for (const auto& service : services) {
    if (!target.empty() && service->json_target() == target) return service.get();
  }
  return nullptr;
}

Service* by_name(std::span<const std::unique_ptr<Service>> services, std::string_view name) {
  for (const auto& service : services) {
    if (service->name() == name) return service.get();
  }
  return nullptr;
}

// The name of the service in the credential scope, without judging the rest of the credentials.
std::string scope_service(const http::Request& request) {
  const auto caller = identify(request);
  return caller ? caller->service : std::string();
}

Service* by_version(std::span<const std::unique_ptr<Service>> services, const Call& call) {
  const auto version = call.parameters->value("Version");
  if (!version) return nullptr;
  for (const auto& service : services) {
    if (!service->query_version().empty() && service->query_version() == *version) return service.get();
  }
  return nullptr;
}

Service* by_action(std::span<const std::unique_ptr<Service>> services, Call& call) {
  for (const auto& service : services) {
    if (service->query_version().empty()) continue;
    if ((call.action = service->make(call.operation)) != nullptr) return service.get();
  }
  return nullptr;
}

Service* by_path(std::span<const std::unique_ptr<Service>> services, std::string_view path) {
  for (const auto& service : services) {
    if (service->read_path(path)) return service.get();
  }
  return nullptr;
}

Service* choose(std::span<const std::unique_ptr<Service>> services, Call& call) {
  if (Service* named = by_name(services, scope_service(call.request))) return named;
  if (Service* versioned = by_version(services, call)) return versioned;
  if (Service* named = by_name(services, read_host(call.request.host).service)) return named;
  if (Service* pathed = by_path(services, call.request.path)) return pathed;
  return by_action(services, call);
}

Verdict route_json(std::span<const std::unique_ptr<Service>> services, Call& call) {
  const std::string_view target = call.operation;
  const auto dot = target.find('.');
  call.service = by_target(services, target.substr(0, dot));
  if (call.service == nullptr || dot == std::string_view::npos) return refused(call, errors::unknown_operation);
  if (call.protocol == Protocol::cbor && !call.service->speaks_cbor()) {
    // It would not understand the answer either, but clients tell by the status.
    return refused(call, errors::unknown_operation);
  }
  call.action = call.service->make(target.substr(dot + 1));
  if (call.action == nullptr) return refused(call, errors::unknown_operation);
  if (call.request.path != "/" && !call.service->read_path(call.request.path)) return unknown(call);
  return Verdict::next;
}

// "/service/NAME/operation/OPERATION", with anything before it.
Verdict route_rpc(std::span<const std::unique_ptr<Service>> services, Call& call) {
  std::string_view path = call.request.path;
  const auto service_at = path.rfind(rpc_service_part);
  if (service_at == std::string_view::npos) return refused(call, errors::unknown_operation);
  path.remove_prefix(service_at + rpc_service_part.size());
  const auto operation_at = path.find(rpc_operation_part);
  if (operation_at == std::string_view::npos) return refused(call, errors::unknown_operation);
  const auto name = path.substr(0, operation_at);
  for (const auto& service : services) {
    if (!name.empty() && service->rpc_name() == name) call.service = service.get();
  }
  if (call.service == nullptr) return refused(call, errors::unknown_operation);
  call.operation = path.substr(operation_at + rpc_operation_part.size());
  call.action = call.service->make(call.operation);
  return call.action != nullptr ? Verdict::next : refused(call, errors::unknown_operation);
}

// Browsers send the forms and pictures of any page without asking the server first, so a page of somebody else's could call
// this one in the name of whoever opens it. What they tell of such a request is enough to refuse it. One with fields of its
// own, as a signed one has, they do not send without asking.
bool from_another_site(const http::Request& request) {
  if (request.headers.find("Authorization")) return false;
  const auto site = request.headers.get("Sec-Fetch-Site");
  if (!site.empty()) return site == "cross-site" || site == "same-site";
  // Browsers leave that out for servers without TLS that are not on the same machine.
  const auto origin = request.headers.get("Origin");
  if (origin.empty()) return false;
  const auto scheme_end = origin.find("://");
  return scheme_end == std::string_view::npos ||
         !http::equal_ignoring_case(origin.substr(scheme_end + 3), request.host);
}

// The links in mails and confirmations, which are opened from wherever they are read.
bool is_link(const Call& call) {
  return call.request.method == "GET" && (call.operation == "ConfirmSubscription" || call.operation == "Unsubscribe");
}

Verdict route_query(std::span<const std::unique_ptr<Service>> services, Call& call) {
  call.service = choose(services, call);
  const auto bad_action = [&] {
    return refused(call, errors::invalid_action,
                   fmt::format("The action {} is not valid for this endpoint.", call.operation));
  };
  if (call.service == nullptr) return services.empty() ? unknown(call) : bad_action();
  if (call.request.path != "/") {
    auto parameter = call.service->read_path(call.request.path);
    if (!parameter) return unknown(call);
    if (!call.service->offered_on_path(call.operation)) return bad_action();
    call.parameters->add_default(std::move(parameter->name), std::move(parameter->value));
  }
  if (call.action == nullptr) call.action = call.service->make(call.operation);
  if (call.action == nullptr) return bad_action();
  if (from_another_site(call.request) && !is_link(call)) {
    return refused(call, errors::access_denied, "Pages of other sites may not call this server.");
  }
  return Verdict::next;
}

}  // namespace

Verdict read_request(Call& call) {
  const auto& request = call.request;
  if (request.path == health_path) return health(call);
  if (request.headers.get(rpc_field) == rpc_cbor_name) {
    call.protocol = Protocol::rpc_cbor;
    return request.method == "POST" ? Verdict::next : wrong_method(call, "POST");
  }
  const auto target = request.headers.find("X-Amz-Target");
  const auto type = request.headers.get("Content-Type");
  const bool cbor = begins_with(type, cbor_type);
  if (target || cbor || begins_with(type, json_type_prefix)) {
    call.protocol = cbor ? Protocol::cbor : Protocol::json;
    if (request.method != "POST") return wrong_method(call, "POST");
    call.operation = target.value_or(std::string_view());
    return Verdict::next;
  }
  if (request.method != "POST" && request.method != "GET") return wrong_method(call, "GET, POST");
  return read_parameters(call);
}

Verdict route_call(std::span<const std::unique_ptr<Service>> services, Call& call) {
  switch (call.protocol) {
    case Protocol::json:
    case Protocol::cbor: return route_json(services, call);
    case Protocol::rpc_cbor: return route_rpc(services, call);
    case Protocol::query: break;
  }
  return route_query(services, call);
}

}  // namespace millrace::aws
