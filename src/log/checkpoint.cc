#include "log/checkpoint.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/crc32c.h"

namespace millrace::log {
namespace {

// docs/format/checkpoint.md
constexpr std::uint32_t checkpoint_magic = 0x4B43524D;  // "MRCK"
constexpr std::uint32_t trailer_magic = 0x4543524D;     // "MRCE"
constexpr std::uint16_t checkpoint_version = 1;
constexpr std::size_t header_bytes = 32;
constexpr std::size_t piece_header_bytes = 8;
constexpr std::size_t piece_bytes_max = 256u << 10;
constexpr std::size_t trailer_bytes = 32;

std::string encode_header(std::uint64_t id) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u32(checkpoint_magic);
  out.u16(checkpoint_version);
  out.u16(0);
  out.u64(id);
  out.raw(std::string(header_bytes - 4 - bytes.size(), '\0'));
  out.u32(crc32c(as_bytes(bytes)));
  return bytes;
}

std::string encode_trailer(std::uint64_t content_bytes) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u32(trailer_magic);
  out.u32(0);
  out.u64(content_bytes);
  out.raw(std::string(trailer_bytes - 4 - bytes.size(), '\0'));
  out.u32(crc32c(as_bytes(bytes)));
  return bytes;
}

bool checksum_holds(Bytes bytes) {
  const auto body = bytes.first(bytes.size() - 4);
  return load_le<std::uint32_t>(bytes.data() + body.size()) == crc32c(body);
}

// The place of a piece is part of its checksum, so that pieces cannot change places.
std::uint32_t piece_checksum(std::uint64_t content_offset, Bytes piece) {
  std::byte place[12];
  store_le(place, content_offset);
  store_le(place + 8, static_cast<std::uint32_t>(piece.size()));
  return crc32c(piece, crc32c(place));
}

std::uint64_t stored_bytes(std::uint64_t content_bytes) {
  const std::uint64_t pieces = (content_bytes + piece_bytes_max - 1) / piece_bytes_max;
  return header_bytes + pieces * piece_header_bytes + content_bytes + trailer_bytes;
}

std::unexpected<Error> damaged(const Object& object, std::uint64_t offset, std::string_view what) {
  return fail(ErrorCode::damaged, fmt::format("{}, offset {}: {}", object.name(), offset, what));
}

// The length of the content, once header and trailer are verified.
Result<std::uint64_t> read_ends(Object& object, std::uint64_t id) {
  auto size = object.size();
  if (!size) return pass(size);
  if (*size < header_bytes + trailer_bytes) return damaged(object, *size, "the file ends before it is a checkpoint");
  std::byte header[header_bytes];
  if (auto read = read_exact(object, 0, header); !read) return pass(read);
  if (load_le<std::uint32_t>(header) != checkpoint_magic || !checksum_holds(header)) {
    return damaged(object, 0, "no valid checkpoint header");
  }
  if (const auto version = load_le<std::uint16_t>(header + 4); version != checkpoint_version) {
    return fail(ErrorCode::unsupported, fmt::format("{}: format version {} is not known", object.name(), version));
  }
  if (load_le<std::uint64_t>(header + 8) != id) return damaged(object, 8, "the header of another checkpoint");

  const std::uint64_t trailer_offset = *size - trailer_bytes;
  std::byte trailer[trailer_bytes];
  if (auto read = read_exact(object, trailer_offset, trailer); !read) return pass(read);
  if (load_le<std::uint32_t>(trailer) != trailer_magic || !checksum_holds(trailer)) {
    return damaged(object, trailer_offset, "no valid checkpoint trailer");
  }
  const auto content_bytes = load_le<std::uint64_t>(trailer + 8);
  if (content_bytes > *size || stored_bytes(content_bytes) != *size) {
    return damaged(object, trailer_offset, "the trailer does not fit the file's size");
  }
  return content_bytes;
}

}  // namespace

Result<void> write_checkpoint(Store& store, std::uint64_t id, Bytes content) {
  auto writer = store.create(Kind::checkpoint, id);
  if (!writer) return pass(writer);
  if (auto written = (*writer)->append(as_bytes(encode_header(id))); !written) return written;
  for (std::size_t offset = 0; offset < content.size(); offset += piece_bytes_max) {
    const Bytes piece = content.subspan(offset, std::min(piece_bytes_max, content.size() - offset));
    std::byte header[piece_header_bytes];
    store_le(header, static_cast<std::uint32_t>(piece.size()));
    store_le(header + 4, piece_checksum(offset, piece));
    if (auto written = (*writer)->append(header); !written) return written;
    if (auto written = (*writer)->append(piece); !written) return written;
  }
  if (auto written = (*writer)->append(as_bytes(encode_trailer(content.size()))); !written) return written;
  return (*writer)->seal();
}

Result<std::string> read_checkpoint(Store& store, std::uint64_t id) {
  auto object = store.open(Kind::checkpoint, id);
  if (!object) return pass(object);
  const auto total = read_ends(**object, id);
  if (!total) return std::unexpected(total.error());
  std::string content(static_cast<std::size_t>(*total), '\0');
  std::uint64_t stored = header_bytes;
  for (std::size_t offset = 0; offset < content.size(); offset += piece_bytes_max) {
    std::byte header[piece_header_bytes];
    if (auto read = read_exact(**object, stored, header); !read) return pass(read);
    const MutableBytes piece =
        std::as_writable_bytes(std::span(content)).subspan(offset, std::min(piece_bytes_max, content.size() - offset));
    if (load_le<std::uint32_t>(header) != piece.size()) return damaged(**object, stored, "a piece of another length");
    if (auto read = read_exact(**object, stored + piece_header_bytes, piece); !read) return pass(read);
    if (load_le<std::uint32_t>(header + 4) != piece_checksum(offset, piece)) {
      return damaged(**object, stored, "a piece does not match its checksum");
    }
    stored += piece_header_bytes + piece.size();
  }
  return content;
}

}  // namespace millrace::log
