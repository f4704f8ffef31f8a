#include "aws/sqs/move_task.h"

#include <fmt/format.h>

#include "aws/request_id.h"
#include "base/hash.h"
#include "codec/json_value.h"
#include "codec/text.h"

namespace millrace::aws::sqs {
namespace {

constexpr std::uint64_t id_mask = (std::uint64_t{1} << 62) - 1;  // the UUID's variant takes the two bits above

// A digest of the source in the first half, the number in the second, with the marks of a UUID of version 4.
UuidText uuid_of(std::uint64_t id, std::string_view source_arn) {
  Uuid uuid;
  const std::uint64_t digest = stable_hash(source_arn, id);
  for (std::size_t i = 0; i < 8; ++i) {
    uuid[i] = static_cast<std::uint8_t>(digest >> (8 * i));
    uuid[15 - i] = static_cast<std::uint8_t>((id & id_mask) >> (8 * i));
  }
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0F) | 0x40);
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3F) | 0x80);
  return text_of(uuid);
}

std::optional<std::uint64_t> id_of(std::string_view uuid_text, std::string_view source_arn) {
  const auto uuid = parse_uuid(uuid_text);
  if (!uuid) return std::nullopt;
  std::uint64_t id = 0;
  for (std::size_t i = 8; i < 16; ++i) id = id << 8 | (*uuid)[i];
  id &= id_mask;
  if (view(uuid_of(id, source_arn)) != uuid_text) return std::nullopt;
  return id;
}

}  // namespace

std::string encode_task(const TaskHandle& task) {
  const auto arn = task.source.arn();
  const auto uuid = uuid_of(task.id, arn);
  std::string text;
  codec::base64_encode(fmt::format(R"({{"taskId":"{}","sourceArn":"{}"}})", view(uuid), arn), text);
  return text;
}

std::optional<ReadTask> decode_task(std::string_view text) {
  std::string plain;
  if (!codec::base64_decode(text, plain)) return std::nullopt;
  const auto json = codec::parse_json(plain);
  if (!json) return std::nullopt;
  const auto* const id = json->find("taskId");
  const auto* const arn = json->find("sourceArn");
  if (id == nullptr || id->string() == nullptr || arn == nullptr || arn->string() == nullptr) return std::nullopt;
  return ReadTask{id_of(*id->string(), *arn->string()), *arn->string()};
}

}  // namespace millrace::aws::sqs
