// Writes a struct as CBOR, by its field table, at the end of a string that the caller owns. All lengths are definite and
// all heads as short as they can be. Absent members are left out, and so are empty lists and maps unless the model says
// otherwise.
#pragma once
#include <string>
#include <string_view>

#include "codec/cbor.h"
#include "codec/field.h"

namespace millrace::codec {

void write_cbor(const Shape& shape, const void* object, CborDialect dialect, std::string& out);

template <Record S>
void write_cbor(const S& object, CborDialect dialect, std::string& out) {
  write_cbor(S::shape, &object, dialect, out);
}

// A map of "__type" and "message", without the message when that is empty, and of the members of `details` if there
// are any.
void write_cbor_error(std::string_view type, std::string_view message, CborDialect dialect, std::string& out,
                      const Shape* shape = nullptr, const void* details = nullptr);

}  // namespace millrace::codec
