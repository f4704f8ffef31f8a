// Requests that came compressed: SDKs send larger ones of some services with "Content-Encoding: gzip".
#pragma once
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace millrace::aws {

enum class GunzipError { malformed, too_large };

// The content of a gzip file; no more than `bytes_max` of it. What follows the end of the file is malformed.
std::expected<std::string, GunzipError> gunzip(std::string_view compressed, std::size_t bytes_max);

}  // namespace millrace::aws
