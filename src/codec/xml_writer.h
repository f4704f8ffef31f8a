// Writes the XML replies of the query protocol, by field tables, at the end of a string that the caller owns. Absent
// members are left out, and so are empty lists and maps unless the model says otherwise.
#pragma once
#include <string>
#include <string_view>

#include "codec/field.h"
#include "codec/operation.h"

namespace millrace::codec {

// <OPResponse xmlns="..."><OPResult>members</OPResult><ResponseMetadata>...; no result element when `shape` is null.
void write_xml_response(std::string_view operation, std::string_view xml_namespace, std::string_view request_id,
                        const Shape* shape, const void* object, std::string& out);

void write_xml_error(const ServiceError& error, std::string_view message, std::string_view xml_namespace,
                     std::string_view request_id, std::string& out);

// The members alone.
void write_xml_members(const Shape& shape, const void* object, std::string& out);
// Escapes & < > " and the carriage return, which a parser would otherwise turn into a line feed. Control characters that
// XML cannot carry become U+FFFD.
void write_xml_text(std::string_view text, std::string& out);

}  // namespace millrace::codec
