#include "tests/wire/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "codec/event_stream.h"
#include "codec/numbers.h"
#include "codec/text.h"
#include "codec/timestamp.h"
#include "models/cloudwatch.h"
#include "models/dynamodb.h"
#include "models/kinesis.h"
#include "models/sns.h"
#include "models/sqs.h"
#include "models/sts.h"
#include "tests/wire/cbor.h"

namespace millrace::wire {
namespace {

using codec::Field;
using codec::JsonMember;
using codec::JsonValue;
using codec::Kind;

const Field* find_field(const codec::Shape& shape, std::string_view name) {
  const auto at = std::ranges::find(shape.fields, name, &Field::name);
  return at == shape.fields.end() ? nullptr : &*at;
}

// ---- Requests ----

void add_parameter(const std::string& name, std::string_view value, std::string& form) {
  if (!form.empty()) form += '&';
  codec::percent_encode(name, form);
  form += '=';
  codec::percent_encode(value, form);
}

void add_value(const std::string& name, const codec::Type* type, const Field* field, const JsonValue& value,
               std::string& form);

void add_structure(const std::string& prefix, const codec::Shape& shape, const JsonValue& value, std::string& form) {
  for (const auto& [name, member] : *value.object()) {
    const Field* field = find_field(shape, name);
    const std::string start = prefix.empty() ? "" : prefix + ".";
    if (field == nullptr) {
      add_value(start + name, nullptr, nullptr, member, form);
    } else {
      add_value(start + std::string(field->wire.query), field->type, field, member, form);
    }
  }
}

void add_value(const std::string& name, const codec::Type* type, const Field* field, const JsonValue& value,
               std::string& form) {
  if (const auto* list = value.array()) {
    if (list->empty() && field != nullptr) add_parameter(std::string(field->name), "", form);
    for (std::size_t i = 0; i < list->size(); ++i) {
      add_value(fmt::format("{}.{}", name, i + 1), type->element, nullptr, (*list)[i], form);
    }
  } else if (const auto* object = value.object()) {
    if (type != nullptr && type->kind == Kind::map) {
      for (std::size_t i = 0; i < object->size(); ++i) {
        const std::string entry = fmt::format("{}.{}", name, i + 1);
        add_parameter(fmt::format("{}.{}", entry, field->wire.key), (*object)[i].name, form);
        add_value(fmt::format("{}.{}", entry, field->wire.value), type->element, nullptr, (*object)[i].value, form);
      }
    } else {
      add_structure(name, *type->shape, value, form);
    }
  } else if (const auto* text = value.string()) {
    add_parameter(name, *text, form);
  } else if (!value.is_null()) {
    std::string number;
    codec::write_json(value, number);
    add_parameter(name, number, form);
  }
}

// ---- XML ----

struct Element {
  std::string name;
  std::string text;
  std::vector<Element> children;

  const Element* child(std::string_view wanted) const {
    const auto at = std::ranges::find(children, wanted, &Element::name);
    return at == children.end() ? nullptr : &*at;
  }
};

std::string unescaped(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> entities{
      {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&#xD;", "\r"}, {"&amp;", "&"}}};
  std::string result;
  while (!text.empty()) {
    const auto known = std::ranges::find_if(entities, [&](const auto& each) { return text.starts_with(each.first); });
    if (known != entities.end()) {
      result += known->second;
      text.remove_prefix(known->first.size());
    } else {
      result += text.front();
      text.remove_prefix(1);
    }
  }
  return result;
}

// Of the plain XML that services write: no comments, no mixed content. False when it is not well formed.
bool read_element(std::string_view& text, Element& into) {
  if (!text.starts_with('<')) return false;
  const auto end = text.find('>');
  if (end == std::string_view::npos) return false;
  auto tag = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  const bool empty = tag.ends_with('/');
  if (empty) tag.remove_suffix(1);
  into.name = tag.substr(0, tag.find(' '));
  if (empty) return true;
  const std::string closing = fmt::format("</{}>", into.name);
  while (!text.starts_with("</")) {
    if (text.empty()) return false;
    if (text.starts_with('<')) {
      if (!read_element(text, into.children.emplace_back())) return false;
    } else {
      const auto next = std::min(text.find('<'), text.size());
      into.text += unescaped(text.substr(0, next));
      text.remove_prefix(next);
    }
  }
  if (!text.starts_with(closing)) return false;
  text.remove_prefix(closing.size());
  return true;
}

bool read_xml(std::string_view text, Element& root) {
  constexpr std::string_view prologue = "<?xml version=\"1.0\"?>";
  if (!text.starts_with(prologue)) return false;
  text.remove_prefix(prologue.size());
  return read_element(text, root) && text.empty();
}

JsonValue value_of(const Element& element, const codec::Type& type);

// A list or map whose entries are all inside one element.
JsonValue container_of(const Element& element, const Field& field) {
  JsonValue::Array list;
  JsonValue::Object map;
  for (const auto& child : element.children) {
    if (field.type->kind == Kind::list) {
      list.push_back(value_of(child, *field.type->element));
    } else if (const Element* key = child.child(field.wire.key), *value = child.child(field.wire.value);
               key != nullptr && value != nullptr) {
      map.push_back({key->text, value_of(*value, *field.type->element)});
    }
  }
  if (field.type->kind == Kind::list) return {std::move(list)};
  return {std::move(map)};
}

JsonValue structure_of(const Element& element, const codec::Shape& shape) {
  JsonValue::Object object;
  const auto slot = [&](std::string_view name, auto fresh) -> JsonValue& {
    const auto at = std::ranges::find(object, name, &JsonMember::name);
    if (at != object.end()) return at->value;
    return object.emplace_back(std::string(name), JsonValue{fresh}).value;
  };
  for (const auto& child : element.children) {
    const auto at = std::ranges::find_if(shape.fields, [&](const Field& field) {
      return child.name == (field.wire.outer.empty() ? field.wire.item : field.wire.outer);
    });
    if (at != shape.fields.end() && !at->wire.outer.empty()) {
      JsonValue whole = container_of(child, *at);
      object.push_back({std::string(at->name), std::move(whole)});
    } else if (at == shape.fields.end()) {
      slot("?" + child.name, JsonValue::Object{});
    } else if (at->type->kind == Kind::list) {
      auto& list = slot(at->name, JsonValue::Array{});
      std::get<JsonValue::Array>(list.data).push_back(value_of(child, *at->type->element));
    } else if (at->type->kind == Kind::map) {
      auto& map = slot(at->name, JsonValue::Object{});
      const Element* key = child.child(at->wire.key);
      const Element* value = child.child(at->wire.value);
      if (key == nullptr || value == nullptr) continue;
      std::get<JsonValue::Object>(map.data).push_back({key->text, value_of(*value, *at->type->element)});
    } else {
      object.push_back({std::string(at->name), value_of(child, *at->type)});
    }
  }
  return {object};
}

JsonValue value_of(const Element& element, const codec::Type& type) {
  if (type.kind == Kind::structure) return structure_of(element, *type.shape);
  if (type.kind == Kind::boolean) return {element.text == "true"};
  if (type.kind == Kind::int32 || type.kind == Kind::int64) {
    std::int64_t number = 0;
    std::from_chars(element.text.data(), element.text.data() + element.text.size(), number);
    return {number};
  }
  if (type.kind == Kind::float64) {
    double number = 0;
    if (codec::read_double(element.text, number)) return number_value(number);
  }
  if (type.kind == Kind::timestamp) {
    if (const auto time = codec::read_iso8601(element.text)) {
      return number_value(static_cast<double>(to_ms(*time)) / 1000);
    }
  }
  return {element.text};
}

// ---- Answers ----

template <class Operations>
const codec::Operation* find_in(std::string_view name) {
  const codec::Operation* found = nullptr;
  Operations::for_each([&]<class Op>(Op) {
    if (Op::name == name) found = &Op::info;
  });
  return found;
}

constexpr std::array services{
    ServiceFacts{.name = "sqs",
                 .target = models::sqs::json_target,
                 .json_type = "application/x-amz-json-1.0",
                 .query_version = models::sqs::query_version,
                 .scope = "sqs",
                 .find = find_in<models::sqs::operations>},
    ServiceFacts{.name = "kinesis",
                 .target = models::kinesis::json_target,
                 .json_type = "application/x-amz-json-1.1",
                 .cbor = true,
                 .scope = "kinesis",
                 .find = find_in<models::kinesis::operations>},
    ServiceFacts{.name = "dynamodb",
                 .target = models::dynamodb::json_target,
                 .json_type = "application/x-amz-json-1.0",
                 .scope = "dynamodb",
                 .find = find_in<models::dynamodb::operations>},
    ServiceFacts{.name = "cloudwatch",
                 .target = models::cloudwatch::json_target,
                 .json_type = "application/x-amz-json-1.0",
                 .query_version = models::cloudwatch::query_version,
                 .rpc_name = models::cloudwatch::rpc_service,
                 .scope = "monitoring",
                 .find = find_in<models::cloudwatch::operations>},
    ServiceFacts{.name = "sns",
                 .query_version = models::sns::query_version,
                 .scope = "sns",
                 .find = find_in<models::sns::operations>},
    ServiceFacts{.name = "sts",
                 .query_version = models::sts::query_version,
                 .scope = "sts",
                 .find = find_in<models::sts::operations>},
};

constexpr std::string_view cbor_type = "application/x-amz-cbor-1.1";
constexpr std::string_view rpc_type = "application/cbor";

codec::CborDialect dialect_of(Protocol protocol) {
  return protocol == Protocol::rpc ? codec::CborDialect::rpc : codec::CborDialect::aws;
}

std::optional<JsonValue> read_body(Protocol protocol, std::string_view body) {
  if (body.empty()) return JsonValue{JsonValue::Object{}};
  if (protocol != Protocol::json) return json_of(body, dialect_of(protocol));
  auto value = codec::parse_json(body, {.bytes_max = 8 << 20});
  if (!value) return std::nullopt;
  return std::move(*value);
}

// Of all protocols but the query protocol, which differ in how their bytes look.
Answer read_tree_answer(const ServiceFacts& service, Protocol protocol, const http::Response& response) {
  Answer answer{.status = response.status};
  const auto type_field = response.find("Content-Type");
  const auto expected = protocol == Protocol::json   ? service.json_type
                        : protocol == Protocol::cbor ? cbor_type
                                                     : rpc_type;
  if (type_field != expected) answer.problem = "wrong Content-Type";
  if (protocol == Protocol::rpc && response.find("smithy-protocol") != "rpc-v2-cbor") {
    answer.problem = "no smithy-protocol";
  }
  auto body = read_body(protocol, response.body);
  if (!body) {
    answer.problem = "the body cannot be read: " + response.body;
    return answer;
  }
  answer.output = std::move(*body);
  if (response.status == 200) return answer;
  const auto* type = answer.output.find("__type");
  if (const auto* message = answer.output.find("message")) answer.message = *message->string();
  if (service.query_version.empty()) {
    if (type != nullptr) answer.code = *type->string();
    return answer;
  }
  const auto both = std::string(response.find("x-amzn-query-error").value_or(";"));
  answer.code = both.substr(0, both.find(';'));
  const bool sender = response.status < 500;
  if (!both.ends_with(sender ? ";Sender" : ";Receiver")) answer.problem = "x-amzn-query-error is " + both;
  if (type == nullptr || type->string()->find('#') == std::string::npos) answer.problem = "no __type: " + response.body;
  return answer;
}

Answer read_xml_answer(const codec::Operation& operation, const http::Response& response) {
  Answer answer{.status = response.status};
  if (response.find("Content-Type") != "text/xml") answer.problem = "wrong Content-Type";
  Element root;
  const auto id = response.find("x-amzn-RequestId");
  const auto malformed = [&] {
    answer.problem = "unexpected XML: " + response.body;
    return answer;
  };
  if (!read_xml(response.body, root)) return malformed();
  if (response.status != 200) {
    const Element* error = root.child("Error");
    const Element* request = root.child("RequestId");
    if (root.name != "ErrorResponse" || error == nullptr || request == nullptr || request->text != id)
      return malformed();
    const Element* code = error->child("Code");
    const Element* message = error->child("Message");
    const Element* type = error->child("Type");
    if (code == nullptr || type == nullptr || error->child("Detail") == nullptr) return malformed();
    if (type->text != (response.status < 500 ? "Sender" : "Receiver")) return malformed();
    answer.code = code->text;
    answer.message = message != nullptr ? message->text : "";
    return answer;
  }
  if (root.name != std::string(operation.name) + "Response") return malformed();
  const Element* metadata = root.child("ResponseMetadata");
  if (metadata == nullptr || metadata->child("RequestId") == nullptr || metadata->child("RequestId")->text != id) {
    return malformed();
  }
  const Element* result = root.child(std::string(operation.name) + "Result");
  if ((result != nullptr) != (operation.output != nullptr)) return malformed();
  answer.output = {JsonValue::Object{}};
  if (result != nullptr) answer.output = structure_of(*result, *operation.output);
  return answer;
}

}  // namespace

const ServiceFacts* find_service(std::string_view name) {
  const auto at = std::ranges::find(services, name, &ServiceFacts::name);
  return at == services.end() ? nullptr : &*at;
}

bool speaks(const ServiceFacts& service, Protocol protocol) {
  switch (protocol) {
    case Protocol::json: return !service.target.empty();
    case Protocol::query: return !service.query_version.empty();
    case Protocol::cbor: return service.cbor;
    case Protocol::rpc: return !service.rpc_name.empty();
  }
  return false;
}

HttpRequest make_request(const ServiceFacts& service, Protocol protocol, const codec::Operation& operation,
                         const JsonValue& input, const Credentials& credentials) {
  HttpRequest request;
  if (!credentials.key.empty()) {
    request.fields.emplace_back("Authorization",
                                fmt::format("AWS4-HMAC-SHA256 Credential={}/20260101/{}/{}/aws4_request, "
                                            "SignedHeaders=host;x-amz-date, Signature=0",
                                            credentials.key, credentials.region, service.scope));
  }
  if (protocol == Protocol::cbor) {
    request.fields.emplace_back("Content-Type", std::string(cbor_type));
    request.fields.emplace_back("X-Amz-Target", fmt::format("{}.{}", service.target, operation.name));
    request.body = cbor_of(input, *operation.input, dialect_of(protocol));
  } else if (protocol == Protocol::rpc) {
    request.target = fmt::format("/service/{}/operation/{}", service.rpc_name, operation.name);
    request.fields.emplace_back("Content-Type", std::string(rpc_type));
    request.fields.emplace_back("smithy-protocol", "rpc-v2-cbor");
    request.body = cbor_of(input, *operation.input, dialect_of(protocol));
  } else if (protocol == Protocol::json) {
    request.fields.emplace_back("Content-Type", std::string(service.json_type));
    request.fields.emplace_back("X-Amz-Target", fmt::format("{}.{}", service.target, operation.name));
    codec::write_json(input, request.body);
  } else {
    request.fields.emplace_back("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    add_parameter("Action", operation.name, request.body);
    add_parameter("Version", service.query_version, request.body);
    add_structure("", *operation.input, input, request.body);
  }
  return request;
}

Answer read_events(Protocol protocol, const http::Response& response) {
  Answer answer{.status = response.status};
  if (response.find("Content-Type") != "application/vnd.amazon.eventstream") answer.problem = "no event stream";
  JsonValue::Array events;
  std::int64_t heartbeats = 0;
  for (std::string_view rest = response.body; !rest.empty();) {
    const auto message = codec::read_event(rest);
    if (!message || !*message) {
      answer.problem = "a broken event";
      break;
    }
    const auto& event = **message;
    const auto payload = read_body(protocol, event.payload);
    if (!payload) answer.problem = "an event whose payload cannot be read";
    const bool exception = event.find(":message-type") == "exception";
    const std::string type(event.find(exception ? ":exception-type" : ":event-type"));
    const auto* records = payload ? payload->find("Records") : nullptr;
    if (records != nullptr && records->array()->empty() && payload->find("ChildShards") == nullptr) {
      ++heartbeats;
      continue;
    }
    events.push_back({JsonValue::Object{{"Type", {type}}, {"Payload", payload ? *payload : JsonValue{}}}});
  }
  answer.output = {JsonValue::Object{{"Heartbeats", {heartbeats}}, {"Events", {events}}}};
  return answer;
}

Answer read_answer(const ServiceFacts& service, Protocol protocol, const codec::Operation& operation,
                   const http::Response& response) {
  Answer answer = protocol == Protocol::query ? read_xml_answer(operation, response)
                                              : read_tree_answer(service, protocol, response);
  if (answer.problem.empty() && response.find("x-amzn-RequestId").value_or("").size() != 36) {
    answer.problem = "no request id";
  }
  // The one message that the protocols word differently.
  constexpr std::string_view suffix = " for this wsdl version.";
  if (protocol == Protocol::query && answer.message.ends_with(suffix)) {
    answer.message.replace(answer.message.size() - suffix.size(), suffix.size(), ".");
  }
  return answer;
}

}  // namespace millrace::wire
