// How the query protocol and its XML name the entries of a list or map that is inside another one: what is directly in
// a struct has names of its own (Field::wire).
#pragma once
#include "codec/field.h"

namespace millrace::codec {

inline const WireNames& names_within(const Type& type) {
  static constexpr WireNames list{.query = "member", .item = "member"};
  static constexpr WireNames map{.query = "entry", .item = "entry", .key = "key", .value = "value"};
  return type.kind == Kind::map ? map : list;
}

}  // namespace millrace::codec
