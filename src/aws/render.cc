#include "aws/render.h"

#include <fmt/format.h>
#include <zlib.h>

#include "aws/errors.h"
#include "aws/service.h"
#include "codec/cbor_writer.h"
#include "codec/json_writer.h"
#include "codec/xml_writer.h"

namespace millrace::aws {
namespace {

constexpr std::string_view request_id_field = "x-amzn-RequestId";
constexpr std::string_view default_json_type = "application/x-amz-json-1.0";

constexpr std::string_view cbor_type = "application/x-amz-cbor-1.1";
constexpr std::string_view rpc_cbor_type = "application/cbor";

// SDKs built before the JSON protocols know the code of the query protocol, and ask for it here.
void add_query_error(const Call& call, http::Response& response) {
  const auto& kind = *call.failure->kind;
  if (kind.query.empty() || (call.service != nullptr && call.service->query_version().empty())) return;
  response.header("x-amzn-query-error", fmt::format("{};{}", kind.query, kind.sender ? "Sender" : "Receiver"));
}

void render_json(Call& call, http::Response& response) {
  response.header("Content-Type", call.service != nullptr ? call.service->json_type() : default_json_type);
  if (call.failure) {
    const auto& kind = *call.failure->kind;
    response.status = static_cast<std::uint16_t>(kind.status);
    add_query_error(call, response);
    codec::write_json_error(kind.json, call.failure->message, response.body, call.failure->details_shape,
                            call.failure->details.get());
    return;
  }
  const auto& operation = call.action->operation();
  if (operation.output != nullptr) codec::write_json(*operation.output, call.action->output(), response.body);
}

void render_cbor(Call& call, http::Response& response) {
  const bool rpc = call.protocol == Protocol::rpc_cbor;
  const auto dialect = rpc ? codec::CborDialect::rpc : codec::CborDialect::aws;
  response.header("Content-Type", rpc ? rpc_cbor_type : cbor_type);
  if (rpc) response.header("smithy-protocol", "rpc-v2-cbor");
  if (call.failure) {
    const auto& kind = *call.failure->kind;
    response.status = static_cast<std::uint16_t>(kind.status);
    if (rpc) add_query_error(call, response);
    codec::write_cbor_error(kind.json, call.failure->message, dialect, response.body, call.failure->details_shape,
                            call.failure->details.get());
    return;
  }
  const auto& operation = call.action->operation();
  if (operation.output != nullptr) codec::write_cbor(*operation.output, call.action->output(), dialect, response.body);
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

void render_body(Call& call) {
  auto& response = call.response;
  switch (call.protocol) {
    case Protocol::json: return render_json(call, response);
    case Protocol::cbor:
    case Protocol::rpc_cbor: return render_cbor(call, response);
    case Protocol::query: return render_xml(call, response);
  }
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
  const std::size_t output_bytes = call.action != nullptr ? call.action->output_bytes() : 0;
  response.body.reserve(usual_body_bytes + output_bytes + output_bytes / 2);
  render_body(call);
  if (call.service == nullptr || !call.service->sends_checksum()) return;
  const auto* const body = reinterpret_cast<const Bytef*>(response.body.data());
  response.header("x-amz-crc32", fmt::format("{}", crc32_z(0, body, response.body.size())));
}

http::Response unknown_operation_response() {
  return http::Response::text(404, "<UnknownOperationException/>\n", "text/xml");
}

}  // namespace millrace::aws
