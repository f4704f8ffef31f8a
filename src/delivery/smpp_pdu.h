// SMPP 3.4: the packets (PDUs) that an application and a message centre exchange. Pure.
//
// Every PDU is a header of 16 bytes, numbers with the high byte first, and a body that its command determines. Strings end
// with a zero byte; optional parameters (tag, length, value) may follow the rest.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace millrace::delivery {

namespace smpp {

constexpr std::size_t header_size = 16;
// Larger ones are not for us; a message's payload is 64 KiB at most.
constexpr std::size_t pdu_bytes_max = 70'000;

constexpr std::uint32_t generic_nack = 0x80000000;
constexpr std::uint32_t submit_sm = 0x00000004;
constexpr std::uint32_t deliver_sm = 0x00000005;
constexpr std::uint32_t unbind = 0x00000006;
constexpr std::uint32_t bind_transceiver = 0x00000009;
constexpr std::uint32_t enquire_link = 0x00000015;
// A response has its request's number with this bit.
constexpr std::uint32_t response = 0x80000000;

constexpr std::uint32_t status_ok = 0;
constexpr std::uint32_t status_invalid_length = 0x02;   // ESME_RINVMSGLEN
constexpr std::uint32_t status_invalid_command = 0x03;  // ESME_RINVCMDID
constexpr std::uint32_t status_system_error = 0x08;     // ESME_RSYSERR
constexpr std::uint32_t status_queue_full = 0x14;       // ESME_RMSGQFUL
constexpr std::uint32_t status_submit_failed = 0x45;    // ESME_RSUBMITFAIL
constexpr std::uint32_t status_throttled = 0x58;        // ESME_RTHROTTLED
constexpr std::uint32_t status_try_later = 0x64;        // ESME_RX_T_APPN

constexpr std::uint8_t esm_class_receipt = 0x04;
constexpr std::uint8_t esm_class_type_mask = 0x3C;
constexpr std::uint8_t esm_class_udh = 0x40;  // the message begins with a user data header
constexpr std::uint8_t coding_default = 0x00;
constexpr std::uint8_t coding_ucs2 = 0x08;

constexpr std::uint16_t tag_receipted_message_id = 0x001E;
constexpr std::uint16_t tag_message_payload = 0x0424;
constexpr std::uint16_t tag_message_state = 0x0427;

}  // namespace smpp

struct SmppPdu {
  std::uint32_t command = 0;
  std::uint32_t status = 0;
  std::uint32_t sequence = 0;
  std::string body;
};

std::string encode_pdu(const SmppPdu& pdu);
// The first PDU in `bytes` and how many bytes it takes; 0 when not all of it is there yet. An error when its length cannot
// be, after which nothing that follows can be understood.
Result<std::pair<SmppPdu, std::size_t>> decode_pdu(std::string_view bytes);

struct SmppBind {
  std::string system_id;
  std::string password;
  std::string system_type;
};
std::string encode_bind(const SmppBind& bind);

struct SmppAddress {
  std::uint8_t ton = 0;
  std::uint8_t npi = 0;
  std::string digits;
  bool operator==(const SmppAddress&) const = default;
};

// The body of submit_sm and of deliver_sm, which are the same.
struct SmppMessage {
  std::string service_type;
  SmppAddress source;
  SmppAddress destination;
  std::uint8_t esm_class = 0;
  std::uint8_t protocol_id = 0;
  std::uint8_t priority = 0;
  std::string schedule_delivery_time;
  std::string validity_period;
  std::uint8_t registered_delivery = 0;
  std::uint8_t replace_if_present = 0;
  std::uint8_t data_coding = 0;
  std::uint8_t default_message_id = 0;
  std::string text;  // at most 255 bytes
  std::vector<std::pair<std::uint16_t, std::string>> parameters;
  bool operator==(const SmppMessage&) const = default;

  // The text, or the payload that stands for it.
  std::string_view content() const;
  std::string_view parameter(std::uint16_t tag) const;
};
std::string encode_message(const SmppMessage& message);
Result<SmppMessage> decode_message(std::string_view body);

// The body of submit_sm_resp; empty when there is none, as after an error.
std::string decode_message_id(std::string_view body);

// What became of a message that was submitted.
struct SmppReceipt {
  std::string message_id;
  std::string state;  // DELIVRD, EXPIRED, DELETED, UNDELIV, ACCEPTD, UNKNOWN, REJECTD, ENROUTE
  std::string error;  // the network's own code
};
// Only for a message whose class says that it is a receipt.
SmppReceipt read_receipt(const SmppMessage& message);

// A phone number or a name as an address: international number, short code, or alphanumeric.
SmppAddress smpp_address(std::string_view text);

}  // namespace millrace::delivery
