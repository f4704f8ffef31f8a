// Errors that every service shares and no model lists: those of the front end and of parameters.
#pragma once
#include "codec/operation.h"

namespace millrace::aws::errors {

using codec::ServiceError;

inline constexpr ServiceError invalid_parameter_value{"com.amazon.coral.service#InvalidParameterValueException",
                                                      "InvalidParameterValue", 400};
inline constexpr ServiceError missing_parameter{"com.amazon.coral.service#MissingRequiredParameterException",
                                                "MissingParameter", 400};
inline constexpr ServiceError malformed_input{"com.amazon.coral.service#SerializationException", "MalformedInput", 400};
inline constexpr ServiceError invalid_action{"com.amazon.coral.service#UnknownOperationException", "InvalidAction",
                                             400};
inline constexpr ServiceError unknown_operation{"com.amazon.coral.service#UnknownOperationException", "", 400};
inline constexpr ServiceError request_too_large{"com.amazon.coral.service#RequestEntityTooLargeException",
                                                "RequestEntityTooLarge", 413};
inline constexpr ServiceError access_denied{"com.amazon.coral.service#AccessDeniedException", "AccessDenied", 403};
inline constexpr ServiceError incomplete_signature{"com.amazon.coral.service#IncompleteSignatureException",
                                                   "IncompleteSignature", 400};
inline constexpr ServiceError internal_failure{"com.amazon.coral.service#InternalFailure", "InternalFailure", 500,
                                               false};
inline constexpr ServiceError service_unavailable{"com.amazon.coral.service#ServiceUnavailableException",
                                                  "ServiceUnavailable", 503, false};

}  // namespace millrace::aws::errors
