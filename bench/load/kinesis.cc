#include "load/kinesis.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <charconv>

#include "load/cbor_cursor.h"
#include "load/json_cursor.h"

namespace millrace::bench {
namespace {

constexpr std::size_t number_digits = 8;

std::string decode_base64(std::string_view text) {
  std::array<unsigned char, 64> out{};
  if (text.size() > 64 || text.size() % 4 != 0) return {};
  const int size =
      EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  return size < 0 ? std::string() : std::string(reinterpret_cast<const char*>(out.data()), static_cast<size_t>(size));
}

// The first `bytes` bytes of data; `bytes` is a multiple of three.
std::string beginning(bool cbor, std::string_view data, std::size_t bytes) {
  return cbor ? std::string(data.substr(0, bytes)) : decode_base64(data.substr(0, bytes / 3 * 4));
}

std::string stamp_of(std::uint64_t now_ns) { return fmt::format("{:0{}}", now_ns, stamp::size); }

// Of a record of PutRecords, or the whole reply of PutRecord.
template <class Cursor>
bool read_put_result(Cursor& in, PutReply& reply) {
  std::string_view sequence;
  std::string_view shard;
  std::string_view code;
  const bool whole = in.object([&](std::string_view name) {
    if (name == "SequenceNumber") return in.null() || in.string(sequence);
    if (name == "ShardId") return in.null() || in.string(shard);
    if (name == "ErrorCode") return in.null() || in.string(code);
    return in.skip();
  });
  if (!sequence.empty() && !shard.empty() && code.empty()) ++reply.accepted;
  return whole;
}

template <class Cursor>
bool read_put_results(Cursor in, PutReply& reply) {
  std::uint64_t failed = 0;
  const bool whole = in.object([&](std::string_view name) {
    if (name == "FailedRecordCount") return in.number(failed);
    if (name == "Records") return in.array([&] { return read_put_result(in, reply); });
    return in.skip();
  });
  reply.failed = failed;
  return whole && in.at_end();
}

template <class Cursor>
bool read_iterator(Cursor in, std::string_view& iterator) {
  return in.object([&](std::string_view name) {
    if (name == "ShardIterator") return in.string(iterator);
    return in.skip();
  }) && in.at_end() &&
         !iterator.empty();
}

template <class Cursor>
bool read_records(Cursor in, RecordsReply& reply) {
  const auto read_record = [&] {
    auto& record = reply.records.emplace_back();
    return in.object([&](std::string_view name) {
      if (name == "SequenceNumber") return in.string(record.sequence);
      if (name == "PartitionKey") return in.string(record.key);
      if (name == "Data") return in.string(record.data);
      return in.skip();
    });
  };
  return in.object([&](std::string_view name) {
    if (name == "Records") return in.array(read_record);
    if (name == "NextShardIterator") return in.null() || in.string(reply.next_iterator);
    if (name == "MillisBehindLatest") return in.number(reply.behind_ms);
    return in.skip();
  }) && in.at_end();
}

}  // namespace

std::string build_kinesis_request(const Options& options, std::string_view action, const Document& document) {
  return fmt::format(
      "POST / HTTP/1.1\r\n"
      "Host: {}:{}\r\n"
      "Content-Type: application/x-amz-{}-1.1\r\n"
      "X-Amz-Target: Kinesis_20131202.{}\r\n"
      "X-Amz-Date: 20260101T000000Z\r\n"
      "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/kinesis/aws4_request, "
      "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
      "Signature=0000000000000000000000000000000000000000000000000000000000000000\r\n"
      "User-Agent: millrace-load\r\n"
      "Content-Length: {}\r\n\r\n{}",
      options.host, options.port, options.cbor ? "cbor" : "json", action, document.written().size(),
      document.written());
}

std::string shard_id(unsigned number) { return fmt::format("shardId-{:012}", number); }

std::string build_get_iterator(const Options& options, unsigned shard, std::string_view type) {
  Document document(options.cbor);
  document.map(3).key("StreamName").text(options.stream).key("ShardId").text(shard_id(shard));
  document.key("ShardIteratorType").text(type).end_map();
  return build_kinesis_request(options, "GetShardIterator", document);
}

std::string build_get_records(const Options& options, std::string_view iterator) {
  Document document(options.cbor);
  document.map(2).key("ShardIterator").text(iterator).key("Limit").number(options.limit).end_map();
  return build_kinesis_request(options, "GetRecords", document);
}

bool parse_put_record(bool cbor, std::string_view body, PutReply& reply) {
  reply = {};
  CborCursor cbor_in(body);
  JsonCursor json_in(body);
  return cbor ? read_put_result(cbor_in, reply) && cbor_in.at_end()
              : read_put_result(json_in, reply) && json_in.at_end();
}

bool parse_put_records(bool cbor, std::string_view body, PutReply& reply) {
  reply = {};
  return cbor ? read_put_results(CborCursor(body), reply) : read_put_results(JsonCursor(body), reply);
}

bool parse_iterator(bool cbor, std::string_view body, std::string_view& iterator) {
  iterator = {};
  return cbor ? read_iterator(CborCursor(body), iterator) : read_iterator(JsonCursor(body), iterator);
}

bool parse_records(bool cbor, std::string_view body, RecordsReply& reply) {
  reply.records.clear();
  reply.next_iterator = {};
  reply.behind_ms = 0;
  return cbor ? read_records(CborCursor(body), reply) : read_records(JsonCursor(body), reply);
}

bool ascending(std::string_view last, std::string_view next) {
  return last.size() != next.size() ? last.size() < next.size() : last < next;
}

Payloads::Payloads(Bodies& bodies, bool cbor) : bodies_(bodies), cbor_(cbor) {
  for (std::size_t i = 0; i < bodies.count(); ++i) wires_.push_back(wire_form(cbor, bodies.at(i).text));
}

Body* Payloads::find(std::string_view data) {
  const auto digits = beginning(cbor_, data, number_digits + 1);
  if (digits.size() < number_digits) return nullptr;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + number_digits, number);
  if (error != std::errc() || end != digits.data() + number_digits || number >= wires_.size()) return nullptr;
  return wires_[number] == data ? &bodies_.at(number) : nullptr;
}

std::string stamp::blank(bool cbor, std::size_t size_of_data) {
  return wire_form(cbor, std::string(std::max(size_of_data, size), '0'));
}

void stamp::write(bool cbor, char* data, std::uint64_t now_ns) {
  const auto wire = wire_form(cbor, stamp_of(now_ns));
  wire.copy(data, wire.size());
}

std::optional<std::uint64_t> stamp::read(bool cbor, std::string_view data, std::string_view blank) {
  const std::size_t stamped = cbor ? size : size / 3 * 4;
  if (data.size() != blank.size() || data.substr(stamped) != blank.substr(stamped)) return std::nullopt;
  const auto digits = beginning(cbor, data, size);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + size) return std::nullopt;
  return value;
}

}  // namespace millrace::bench
