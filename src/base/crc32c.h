// CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum of every format on disk.
#pragma once
#include <cstdint>

#include "base/bytes.h"

namespace millrace {

// The checksum of `bytes`; pass an earlier result as `seed` to continue over a following piece.
std::uint32_t crc32c(Bytes bytes, std::uint32_t seed = 0);

}  // namespace millrace
