// Any bytes as what a message centre sends: PDUs, messages, receipts and their text. What was understood must survive being
// written and read again, and a link that reads them must come through.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/log.h"
#include "codec/text.h"
#include "delivery/smpp_client.h"
#include "delivery/smpp_pdu.h"
#include "delivery/sms_text.h"
#include "http/fake_net.h"

namespace millrace::delivery {
namespace {

void try_message(std::string_view body) {
  static_cast<void>(decode_message_id(body));
  const auto message = decode_message(body);
  if (!message) return;
  const auto again = decode_message(encode_message(*message));
  check(again && *again == *message, "what was understood is written as it was");
  static_cast<void>(read_receipt(*message));
  check(codec::is_utf8(read_sms(SmsAlphabet::gsm7, message->content())), "texts go into JSON");
  check(codec::is_utf8(read_sms(SmsAlphabet::ucs2, message->content())), "texts go into JSON");
}

void try_pdus(std::string_view bytes) {
  while (true) {
    const auto pdu = decode_pdu(bytes);
    if (!pdu || pdu->second == 0) return;
    const auto again = decode_pdu(encode_pdu(pdu->first));
    check(again && again->second == pdu->second && again->first.body == pdu->first.body, "a PDU is its own encoding");
    try_message(pdu->first.body);
    bytes.remove_prefix(pdu->second);
  }
}

void try_text(std::string_view text) {
  const auto split = split_sms(text);
  std::string joined;
  for (const auto& part : split.parts) joined += read_sms(split.alphabet, part);
  check(split_sms(joined).parts == split.parts, "a text that was read is encoded as before");
}

void try_client(std::string_view bytes) {
  http::FakeCore core;
  http::FakeNet net({&core});
  std::size_t answered = 0;
  {
    SmppClient client(core, net, {.address = "smsc:2775"});
    client.send(core, {.phone = "+41791234567", .text = "hello"}, [&](Outcome) { ++answered; });
    const auto peer = net.complete_connect();
    core.run();
    peer->send(bytes);
    core.advance(std::chrono::minutes(1));
    check(answered == 1, "every message gets its outcome once");
  }
  core.run();
}

}  // namespace
}  // namespace millrace::delivery

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  millrace::logging::set_level(millrace::logging::Level::error);
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  millrace::delivery::try_pdus(bytes);
  millrace::delivery::try_message(bytes);
  millrace::delivery::try_text(bytes);
  millrace::delivery::try_client(bytes);
  return 0;
}
