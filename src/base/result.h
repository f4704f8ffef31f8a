// Result<T>: what a function that can fail returns.
//
// The codes are few and neutral: they say what kind of thing went wrong, and each protocol turns them into its own
// error. The message is for a person and names the thing (file, offset, key, value).
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace millrace {

enum class ErrorCode : std::uint8_t {
  invalid,      // the request or input is malformed or out of range
  not_found,    // the named thing does not exist
  exists,       // the name is taken by something else
  conflict,     // the thing exists, in a state that forbids this
  over_limit,   // a limit of the service or of this server is reached
  disk_full,    // no room for what has to be stored
  io,           // a read, write or sync failed
  damaged,      // stored bytes do not match their checksum
  unavailable,  // not now: shutting down, recovering, fenced
  unsupported,  // written by a newer version, or not offered here
};

std::string_view name_of(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::invalid;
  std::string message;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected<Error>(Error{code, std::move(message)});
}

// Passes a failure of one Result on as a failure of another type.
template <class T>
std::unexpected<Error> pass(Result<T>& failed) {
  return std::unexpected<Error>(std::move(failed.error()));
}

}  // namespace millrace
