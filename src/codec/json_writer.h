// Writes a struct as JSON, by its field table, at the end of a string that the caller owns. Absent members are
// left out, and so are empty lists and maps unless the model says otherwise.
#pragma once
#include <string>
#include <string_view>

#include "codec/field.h"

namespace millrace::codec {

void write_json(const Shape& shape, const void* object, std::string& out);

template <Record S>
void write_json(const S& object, std::string& out) {
  write_json(S::shape, &object, out);
}

// A JSON string with its quotes. Bytes from 0x20 on pass as they are, so valid UTF-8 stays valid and byte-exact.
void write_json_string(std::string_view text, std::string& out);

// {"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"..."}; without a message when that is empty, and with the
// members of `details` if there are any.
void write_json_error(std::string_view type, std::string_view message, std::string& out, const Shape* shape = nullptr,
                      const void* details = nullptr);

}  // namespace millrace::codec
