#include "delivery/smpp_pdu.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace millrace::delivery {
namespace {

constexpr std::uint8_t interface_version = 0x34;

// Numbering plans and types of numbers.
constexpr std::uint8_t ton_unknown = 0, ton_international = 1, ton_network = 3, ton_alphanumeric = 5;
constexpr std::uint8_t npi_unknown = 0, npi_e164 = 1;
constexpr std::size_t short_code_digits_max = 6;
constexpr std::size_t address_size_max = 20;

void put_u8(std::uint8_t value, std::string& out) { out += static_cast<char>(value); }

void put_u16(std::uint16_t value, std::string& out) {
  put_u8(static_cast<std::uint8_t>(value >> 8), out);
  put_u8(static_cast<std::uint8_t>(value), out);
}

void put_u32(std::uint32_t value, std::string& out) {
  put_u16(static_cast<std::uint16_t>(value >> 16), out);
  put_u16(static_cast<std::uint16_t>(value), out);
}

// `size_max` without the zero byte. Nothing after a zero byte in the text would be read.
void put_string(std::string_view text, std::size_t size_max, std::string& out) {
  out += text.substr(0, std::min(text.find('\0'), size_max));
  out += '\0';
}

void put_address(const SmppAddress& address, std::string& out) {
  put_u8(address.ton, out);
  put_u8(address.npi, out);
  put_string(address.digits, address_size_max, out);
}

// Like ByteReader, with the high byte first: the first failure makes all that follows empty.
class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}
  std::uint8_t u8() {
    const auto byte = raw(1);
    return byte.empty() ? 0 : static_cast<std::uint8_t>(byte[0]);
  }
  std::uint16_t u16() {
    const auto high = u8();
    return static_cast<std::uint16_t>(high << 8 | u8());
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return high << 16 | u16();
  }
  std::string string(std::size_t size_max) {
    const auto size = in_.find('\0');
    if (size == std::string_view::npos || size > size_max) {
      fail();
      return {};
    }
    return std::string(raw(size + 1).substr(0, size));
  }
  std::string_view raw(std::size_t size) {
    if (size > in_.size()) {
      fail();
      return {};
    }
    const auto result = in_.substr(0, size);
    in_.remove_prefix(size);
    return result;
  }
  bool empty() const { return in_.empty(); }
  bool ok() const { return ok_; }

 private:
  void fail() {
    ok_ = false;
    in_ = {};
  }
  std::string_view in_;
  bool ok_ = true;
};

SmppAddress read_address(Reader& in) {
  SmppAddress address{.ton = in.u8(), .npi = in.u8()};
  address.digits = in.string(address_size_max);
  return address;
}

// The word after "name:" in a receipt's text.
std::string word_after(std::string_view text, std::string_view name) {
  const auto at = text.find(name);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + name.size());
  return std::string(text.substr(0, text.find_first_of(std::string_view(" \0", 2))));
}

constexpr std::string_view states[] = {"",        "ENROUTE", "DELIVRD", "EXPIRED", "DELETED",
                                       "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD"};

}  // namespace

std::string encode_pdu(const SmppPdu& pdu) {
  std::string out;
  put_u32(static_cast<std::uint32_t>(smpp::header_size + pdu.body.size()), out);
  put_u32(pdu.command, out);
  put_u32(pdu.status, out);
  put_u32(pdu.sequence, out);
  return out + pdu.body;
}

Result<std::pair<SmppPdu, std::size_t>> decode_pdu(std::string_view bytes) {
  if (bytes.size() < 4) return {};
  Reader in(bytes);
  const std::size_t size = in.u32();
  if (size < smpp::header_size || size > smpp::pdu_bytes_max) {
    return fail(ErrorCode::invalid, fmt::format("a PDU of {} bytes", size));
  }
  if (bytes.size() < size) return {};
  SmppPdu pdu{.command = in.u32(), .status = in.u32(), .sequence = in.u32()};
  pdu.body = in.raw(size - smpp::header_size);
  return std::pair(std::move(pdu), size);
}

std::string encode_bind(const SmppBind& bind) {
  std::string out;
  put_string(bind.system_id, 15, out);
  put_string(bind.password, 8, out);
  put_string(bind.system_type, 12, out);
  put_u8(interface_version, out);
  put_address({}, out);
  return out;
}

std::string encode_message(const SmppMessage& message) {
  check(message.text.size() <= 255, "its length is one byte");
  std::string out;
  put_string(message.service_type, 5, out);
  put_address(message.source, out);
  put_address(message.destination, out);
  put_u8(message.esm_class, out);
  put_u8(message.protocol_id, out);
  put_u8(message.priority, out);
  put_string(message.schedule_delivery_time, 16, out);
  put_string(message.validity_period, 16, out);
  put_u8(message.registered_delivery, out);
  put_u8(message.replace_if_present, out);
  put_u8(message.data_coding, out);
  put_u8(message.default_message_id, out);
  put_u8(static_cast<std::uint8_t>(message.text.size()), out);
  out += message.text;
  for (const auto& [tag, value] : message.parameters) {
    put_u16(tag, out);
    put_u16(static_cast<std::uint16_t>(value.size()), out);
    out += value;
  }
  return out;
}

Result<SmppMessage> decode_message(std::string_view body) {
  Reader in(body);
  SmppMessage message{.service_type = in.string(5)};
  message.source = read_address(in);
  message.destination = read_address(in);
  message.esm_class = in.u8();
  message.protocol_id = in.u8();
  message.priority = in.u8();
  message.schedule_delivery_time = in.string(16);
  message.validity_period = in.string(16);
  message.registered_delivery = in.u8();
  message.replace_if_present = in.u8();
  message.data_coding = in.u8();
  message.default_message_id = in.u8();
  message.text = in.raw(in.u8());
  while (in.ok() && !in.empty()) {
    const auto tag = in.u16();
    const auto value = in.raw(in.u16());
    if (in.ok()) message.parameters.emplace_back(tag, value);
  }
  if (!in.ok()) return fail(ErrorCode::invalid, "the PDU is shorter than what it holds");
  return message;
}

std::string decode_message_id(std::string_view body) { return Reader(body).string(64); }

std::string_view SmppMessage::parameter(std::uint16_t tag) const {
  for (const auto& [known, value] : parameters) {
    if (known == tag) return value;
  }
  return {};
}

std::string_view SmppMessage::content() const {
  return text.empty() ? parameter(smpp::tag_message_payload) : std::string_view(text);
}

SmppReceipt read_receipt(const SmppMessage& message) {
  const auto text = message.content();
  SmppReceipt receipt{.state = word_after(text, "stat:"), .error = word_after(text, "err:")};
  const auto id = message.parameter(smpp::tag_receipted_message_id);
  receipt.message_id = id.empty() ? word_after(text, "id:") : std::string(id.substr(0, id.find('\0')));
  const auto state = message.parameter(smpp::tag_message_state);
  if (receipt.state.empty() && !state.empty() && static_cast<std::uint8_t>(state[0]) < std::size(states)) {
    receipt.state = states[static_cast<std::uint8_t>(state[0])];
  }
  return receipt;
}

SmppAddress smpp_address(std::string_view text) {
  const bool plus = text.starts_with('+');
  if (plus) text.remove_prefix(1);
  const bool number = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (text.empty()) return {.ton = ton_unknown, .npi = npi_unknown};
  if (!number) return {.ton = ton_alphanumeric, .npi = npi_unknown, .digits = std::string(text)};
  if (!plus && text.size() <= short_code_digits_max) {
    return {.ton = ton_network, .npi = npi_unknown, .digits = std::string(text)};
  }
  return {.ton = ton_international, .npi = npi_e164, .digits = std::string(text)};
}

}  // namespace millrace::delivery
