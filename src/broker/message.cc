#include "broker/message.h"

#include <cstring>

#include "base/check.h"

namespace millrace::broker {
namespace {

// docs/format/message.md
constexpr std::uint8_t record_version = 1;
constexpr std::uint8_t delivery_version = 2;
constexpr std::size_t fixed_bytes = 1 + 1 + 8 + 16;

std::size_t string_size(std::string_view text) { return varint_size(text.size()) + text.size(); }

class Filler {
 public:
  explicit Filler(MutableBytes into) : at_(into.data()), end_(into.data() + into.size()) {}
  void u8(std::uint8_t value) { *at_++ = static_cast<std::byte>(value); }
  void u64(std::uint64_t value) {
    store_le(at_, value);
    at_ += sizeof value;
  }
  void varint(std::uint64_t value) {
    while (value >= 0x80) {
      u8(static_cast<std::uint8_t>(value | 0x80));
      value >>= 7;
    }
    u8(static_cast<std::uint8_t>(value));
  }
  void raw(const void* from, std::size_t size) {
    if (size > 0) std::memcpy(at_, from, size);
    at_ += size;
  }
  void string(std::string_view text) {
    varint(text.size());
    raw(text.data(), text.size());
  }
  bool full() const { return at_ == end_; }

 private:
  std::byte* at_;
  std::byte* end_;
};

}  // namespace

std::string delivery_head(std::string_view delivery) {
  std::string head;
  ByteWriter out(head);
  out.u8(delivery_version);
  out.string(delivery);
  return head;
}

std::string_view delivery_of(Bytes head) {
  ByteReader in(head);
  if (in.u8() != delivery_version) return {};
  const auto delivery = in.string();
  return in.done() ? delivery : std::string_view();
}

std::size_t encoded_size(const Message& message) {
  const auto head = message.delivery.empty() ? 0 : 1 + string_size(message.delivery);
  return head + fixed_bytes + varint_size(message.acquired_before) + string_size(message.sender) +
         string_size(message.group) + string_size(message.dedup_id) + string_size(message.origin) +
         string_size(message.properties) + message.body.size();
}

void encode_message(const Message& message, MutableBytes into) {
  Filler out(into);
  if (!message.delivery.empty()) {
    out.u8(delivery_version);
    out.string(message.delivery);
  }
  out.u8(record_version);
  out.u8(static_cast<std::uint8_t>(message.encoding));
  out.u64(static_cast<std::uint64_t>(to_ms(message.sent)));
  out.raw(message.id.data(), message.id.size());
  out.varint(message.acquired_before);
  out.string(message.sender);
  out.string(message.group);
  out.string(message.dedup_id);
  out.string(message.origin);
  out.string(message.properties);
  out.raw(message.body.data(), message.body.size());
  check(out.full(), "encoded_size() and encode_message() agree");
}

std::optional<Message> decode_message(Bytes record) {
  ByteReader in(record);
  Message message;
  auto version = in.u8();
  if (version == delivery_version) {
    message.delivery = in.string();
    version = in.u8();
  }
  if (version != record_version) return std::nullopt;
  message.encoding = static_cast<Encoding>(in.u8());
  message.sent = from_ms(in.i64());
  const auto id = in.raw(message.id.size());
  std::memcpy(message.id.data(), id.data(), id.size());
  message.acquired_before = static_cast<std::uint32_t>(in.varint());
  message.sender = in.string();
  message.group = in.string();
  message.dedup_id = in.string();
  message.origin = in.string();
  message.properties = in.string();
  if (!in.ok()) return std::nullopt;
  message.body = as_text(in.rest());
  return message;
}

}  // namespace millrace::broker
