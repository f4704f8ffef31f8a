#include "log/store.h"

#include <fmt/format.h>

namespace millrace::log {

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::journal: return "journal";
    case Kind::checkpoint: return "checkpoint";
    case Kind::segment: return "segment";
  }
  return "";
}

std::string object_name(Kind kind, std::uint64_t id) { return fmt::format("{}-{:016x}", name_of(kind), id); }

Result<void> read_exact(Object& object, std::uint64_t offset, MutableBytes into) {
  auto read = object.read(offset, into);
  if (!read) return pass(read);
  if (*read == into.size()) return {};
  return fail(ErrorCode::damaged, fmt::format("{}, offset {}: the file ends, {} bytes are missing", object.name(),
                                              offset + *read, into.size() - *read));
}

}  // namespace millrace::log
