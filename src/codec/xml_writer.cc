#include "codec/xml_writer.h"

#include <array>

#include "codec/numbers.h"
#include "codec/query_names.h"
#include "codec/text.h"
#include "codec/timestamp.h"

namespace millrace::codec {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

constexpr auto escapes = [] {
  std::array<std::string_view, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = replacement;
  table['\t'] = {};
  table['\n'] = {};
  table['\r'] = "&#xD;";
  table['&'] = "&amp;";
  table['<'] = "&lt;";
  table['>'] = "&gt;";
  table['"'] = "&quot;";
  return table;
}();

// U+FFFE and U+FFFF are no characters of XML: parsers refuse the whole document for one of them.
constexpr unsigned char noncharacter_begin = 0xEF;
constexpr std::size_t noncharacter_bytes = 3;

bool is_noncharacter(std::string_view text) {
  return text.starts_with("\xEF\xBF\xBE") || text.starts_with("\xEF\xBF\xBF");
}

class Element {
 public:
  // No element when the name is empty.
  Element(std::string_view name, std::string& out) : name_(name), out_(out) {
    if (name.empty()) return;
    out += '<';
    out += name;
    out += '>';
  }
  ~Element() {
    if (name_.empty()) return;
    out_ += "</";
    out_ += name_;
    out_ += '>';
  }
  Element(const Element&) = delete;
  Element& operator=(const Element&) = delete;

 private:
  std::string_view name_;
  std::string& out_;
};

void write_entries(const Type& type, const WireNames& names, const void* container, std::string& out);

void write_content(const Type& type, const void* value, std::string& out) {
  switch (type.kind) {
    case Kind::string: return write_xml_text(bytes_of(type, value), out);
    case Kind::blob: return base64_encode(bytes_of(type, value), out);
    case Kind::boolean: out += *static_cast<const bool*>(value) ? "true" : "false"; return;
    case Kind::int32: return write_integer(*static_cast<const std::int32_t*>(value), out);
    case Kind::int64: return write_integer(*static_cast<const std::int64_t*>(value), out);
    case Kind::float64: return write_double(*static_cast<const double*>(value), out);
    case Kind::timestamp: return write_iso8601(*static_cast<const Time*>(value), out);
    case Kind::structure: return write_xml_members(*type.shape, value, out);
    case Kind::list:
    case Kind::map: return write_entries(type, names_within(type), value, out);
  }
}

void write_entries(const Type& type, const WireNames& names, const void* container, std::string& out) {
  for (std::size_t i = 0, size = type.size(container); i < size; ++i) {
    const Element item(names.item, out);
    if (type.kind == Kind::list) {
      write_content(*type.element, type.at(container, i), out);
      continue;
    }
    {
      const Element key(names.key, out);
      write_xml_text(type.key_at(container, i), out);
    }
    const Element value(names.value, out);
    write_content(*type.element, type.at(container, i), out);
  }
}

void open_document(std::string_view root, std::string_view suffix, std::string_view xml_namespace, std::string& out) {
  out += "<?xml version=\"1.0\"?><";
  out += root;
  out += suffix;
  out += " xmlns=\"";
  write_xml_text(xml_namespace, out);
  out += "\">";
}

}  // namespace

void write_xml_members(const Shape& shape, const void* object, std::string& out) {
  for (const Field& field : shape.fields) {
    const void* value = field.get(object);
    if (value == nullptr) continue;
    if (field.type->element != nullptr) {
      if (!field.keeps_empty && field.type->size(value) == 0) continue;
      const Element outer(field.wire.outer, out);
      write_entries(*field.type, field.wire, value, out);
    } else {
      const Element element(field.wire.item, out);
      write_content(*field.type, value, out);
    }
  }
}

void write_xml_response(std::string_view operation, std::string_view xml_namespace, std::string_view request_id,
                        const Shape* shape, const void* object, std::string& out) {
  open_document(operation, "Response", xml_namespace, out);
  if (shape != nullptr) {
    const std::size_t start = out.size();
    out += '<';
    out += operation;
    out += "Result>";
    const std::size_t content = out.size();
    write_xml_members(*shape, object, out);
    const bool empty = out.size() == content;
    if (empty) out.resize(start);
    out += empty ? "<" : "</";
    out += operation;
    out += empty ? "Result/>" : "Result>";
  }
  out += "<ResponseMetadata><RequestId>";
  write_xml_text(request_id, out);
  out += "</RequestId></ResponseMetadata></";
  out += operation;
  out += "Response>";
}

void write_xml_error(const ServiceError& error, std::string_view message, std::string_view xml_namespace,
                     std::string_view request_id, std::string& out) {
  open_document("ErrorResponse", "", xml_namespace, out);
  out += error.sender ? "<Error><Type>Sender</Type><Code>" : "<Error><Type>Receiver</Type><Code>";
  write_xml_text(error.query, out);
  out += "</Code><Message>";
  write_xml_text(message, out);
  out += "</Message><Detail/></Error><RequestId>";
  write_xml_text(request_id, out);
  out += "</RequestId></ErrorResponse>";
}

void write_xml_text(std::string_view text, std::string& out) {
  const char* const end = text.data() + text.size();
  const char* run = text.data();
  for (const char* at = run; at != end; ++at) {
    const auto c = static_cast<unsigned char>(*at);
    std::string_view escape = escapes[c];
    std::size_t size = 1;
    if (c == noncharacter_begin && is_noncharacter({at, end})) {
      escape = replacement;
      size = noncharacter_bytes;
    }
    if (escape.empty()) [[likely]]
      continue;
    out.append(run, at);
    out += escape;
    run = at + size;
    at = run - 1;
  }
  out.append(run, end);
}

}  // namespace millrace::codec
