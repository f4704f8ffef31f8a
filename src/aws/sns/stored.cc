#include "aws/sns/stored.h"

#include "base/bytes.h"
#include "codec/json_value.h"

namespace millrace::aws::sns {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint8_t flag_structured = 1;
constexpr std::uint8_t flag_sha256 = 2;
constexpr std::uint8_t flag_address = 4;
constexpr std::string_view default_protocol = "default";

}  // namespace

std::string encode_publication(const StoredPublication& publication) {
  std::string stored;
  ByteWriter out(stored);
  out.u8(version);
  const bool sha256 = publication.signature == SignatureVersion::sha256;
  out.u8(static_cast<std::uint8_t>((publication.structured ? flag_structured : 0) | (sha256 ? flag_sha256 : 0) |
                                   (publication.address.empty() ? 0 : flag_address)));
  out.string(publication.topic_arn);
  out.string(publication.subject);
  out.string(publication.trace_header);
  if (!publication.address.empty()) out.string(publication.address);
  out.varint(publication.attributes.size());
  for (const auto& each : publication.attributes) {
    out.string(each.name);
    out.string(each.type);
    out.u8(each.binary ? 1 : 0);
    out.string(each.value);
  }
  return stored;
}

std::optional<StoredPublication> decode_publication(std::string_view stored) {
  ByteReader in(stored);
  if (in.u8() != version) return std::nullopt;
  StoredPublication publication;
  const auto flags = in.u8();
  publication.structured = (flags & flag_structured) != 0;
  publication.signature = (flags & flag_sha256) != 0 ? SignatureVersion::sha256 : SignatureVersion::sha1;
  publication.topic_arn = in.string();
  publication.subject = in.string();
  publication.trace_header = in.string();
  if ((flags & flag_address) != 0) publication.address = in.string();
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    auto& each = publication.attributes.emplace_back();
    each.name = in.string();
    each.type = in.string();
    each.binary = in.u8() != 0;
    each.value = in.string();
  }
  if (!in.done()) return std::nullopt;
  return publication;
}

std::optional<std::string> structured_text(std::string_view body, std::string_view protocol) {
  const auto parsed = codec::parse_json(body, {.bytes_max = body.size()});
  if (!parsed) return std::nullopt;
  for (const auto name : {protocol, default_protocol}) {
    const auto* member = parsed->find(name);
    if (member != nullptr && member->string() != nullptr) return *member->string();
  }
  return std::nullopt;
}

}  // namespace millrace::aws::sns
