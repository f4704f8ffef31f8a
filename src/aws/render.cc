#include "aws/render.h"

#include <fmt/format.h>

#include "aws/errors.h"
#include "aws/service.h"
#include "codec/json_writer.h"
#include "codec/xml_writer.h"

namespace millrace::aws {
namespace {

constexpr std::string_view request_id_field = "x-amzn-RequestId";
constexpr std::string_view default_json_type = "application/x-amz-json-1.0";

// The members of the details become members of the error that was just written.
void add_details(const Failure& failure, std::string& body) {
  if (failure.details == nullptr) return;
  std::string details;
  codec::write_json(*failure.details_shape, failure.details.get(), details);
  if (details == "{}") return;
  body.back() = ',';
  body.append(details, 1);
}

void render_json(Call& call, http::Response& response) {
  response.header("Content-Type", call.service != nullptr ? call.service->json_type() : default_json_type);
  if (call.failure) {
    const auto& kind = *call.failure->kind;
    response.status = static_cast<std::uint16_t>(kind.status);
    // SDKs built before the JSON protocol know the older code, and ask for it here.
    if (!kind.query.empty()) {
      response.header("x-amzn-query-error", fmt::format("{};{}", kind.query, kind.sender ? "Sender" : "Receiver"));
    }
    codec::write_json_error(kind.json, call.failure->message, response.body);
    add_details(*call.failure, response.body);
    return;
  }
  const auto& operation = call.action->operation();
  if (operation.output != nullptr) codec::write_json(*operation.output, call.action->output(), response.body);
}

void render_xml(Call& call, http::Response& response) {
  response.header("Content-Type", "text/xml");
  const auto xml_namespace = call.service != nullptr ? call.service->xml_namespace() : std::string_view();
  if (call.failure) {
    response.status = static_cast<std::uint16_t>(call.failure->kind->status);
    codec::write_xml_error(*call.failure->kind, call.failure->message, xml_namespace, view(call.request_id),
                           response.body);
    return;
  }
  const auto& operation = call.action->operation();
  codec::write_xml_response(operation.name, xml_namespace, view(call.request_id), operation.output,
                            call.action->output(), response.body);
}

// A reply of one message is a few hundred bytes; growing in small steps would copy it several times.
constexpr std::size_t usual_body_bytes = 512;
constexpr std::size_t usual_fields_bytes = 128;

}  // namespace

void render_response(Call& call) {
  auto& response = call.response;
  if (call.failure && call.service != nullptr) call.service->adapt(*call.failure, call.protocol);
  const bool answered_already = !call.failure && call.action == nullptr;
  response.fields.reserve(usual_fields_bytes);
  response.header(request_id_field, view(call.request_id));
  if (answered_already) return;
  response.body.reserve(usual_body_bytes);
  if (call.protocol == Protocol::json) {
    render_json(call, response);
  } else {
    render_xml(call, response);
  }
}

http::Response unknown_operation_response() {
  return http::Response::text(404, "<UnknownOperationException/>\n", "text/xml");
}

}  // namespace millrace::aws
