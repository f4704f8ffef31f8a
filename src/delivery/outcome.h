// Outcome: how an attempt to hand something to another server ended.
#pragma once
#include <cstdint>
#include <string>

#include "base/result.h"

namespace millrace::delivery {

struct Outcome {
  enum class Kind : std::uint8_t {
    delivered,   // the other side has taken it over
    retry,       // no answer, throttled, or the other side is in trouble
    refused,     // trying again would not help: what is sent, the credentials, the time
    token_dead,  // refused, and nothing will ever reach this device token again: its endpoint is to be disabled
  };
  Kind kind = Kind::retry;
  int status = 0;          // of HTTP or SMPP; 0: there was no answer, or it was SMPP's word for success
  std::string detail;      // for a log: the other side's own word
  std::string message_id;  // as the other side names it, when it does
  bool not_tried = false;  // with retry: this server had no room for the call, so the other side knows nothing of it
  std::string replacement_token;  // of a device: the provider wants this one from now on; empty: the old one stays
};

// Of a call that had no answer: worth a retry unless it could not be made at all (ErrorCode::invalid).
inline Outcome without_answer(const Error& error) {
  return {.kind = error.code == ErrorCode::invalid ? Outcome::Kind::refused : Outcome::Kind::retry,
          .detail = error.message,
          .not_tried = error.code == ErrorCode::over_limit};
}

// Of an answer that was not 2xx, going by its status alone: the server is in trouble, or has too much to do. Any other
// says that the request itself is not wanted.
inline Outcome::Kind kind_of_failure(int status) {
  return status >= 500 || status == 429 || status == 408 ? Outcome::Kind::retry : Outcome::Kind::refused;
}

}  // namespace millrace::delivery
