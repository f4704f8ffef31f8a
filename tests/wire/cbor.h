// CBOR from a client's side, written without the server's reader and writer: what a transcript says in JSON as a
// request, and an answer as JSON.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "codec/cbor.h"
#include "codec/field.h"
#include "codec/json_value.h"

namespace millrace::wire {

// Texts become byte strings where the shape has a blob, and numbers become times where it has one. Everything else is
// sent as it stands, also where it is wrong. Containers are of indefinite length in the dialect of AWS, as its SDK for
// Java sends them.
std::string cbor_of(const codec::JsonValue& value, const codec::Shape& shape, codec::CborDialect dialect);

// Byte strings as base64, times as seconds, whole floats as integers. Nothing when the bytes are not one CBOR value of
// definite lengths.
std::optional<codec::JsonValue> json_of(std::string_view bytes, codec::CborDialect dialect);

// The same number as JSON has it: an integer where there is no fraction.
codec::JsonValue number_value(double number);

}  // namespace millrace::wire
