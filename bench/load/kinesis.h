// Kinesis on the wire, as far as the generator needs it: requests in JSON and CBOR, the members of replies that are
// verified, and records that say which they are and when they were sent.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "load/bodies.h"
#include "load/document.h"
#include "load/options.h"

namespace millrace::bench {

std::string build_kinesis_request(const Options& options, std::string_view action, const Document& document);
// The id of the n-th shard of a stream that was never resharded.
std::string shard_id(unsigned number);

// `type`: TRIM_HORIZON or LATEST.
std::string build_get_iterator(const Options& options, unsigned shard, std::string_view type);
std::string build_get_records(const Options& options, std::string_view iterator);

// Views are into the reply. Strings of JSON are as they stand between the quotes.
struct PutReply {
  std::size_t accepted = 0;
  std::size_t failed = 0;
};
struct StreamRecord {
  std::string_view sequence;
  std::string_view key;
  std::string_view data;  // as it stands in the document
};
struct RecordsReply {
  std::vector<StreamRecord> records;
  std::string_view next_iterator;  // empty at the end of a closed shard
  std::uint64_t behind_ms = 0;
};

// Each returns false when the body is not what it should be. Unknown members are passed over.
bool parse_put_record(bool cbor, std::string_view body, PutReply& reply);
bool parse_put_records(bool cbor, std::string_view body, PutReply& reply);
bool parse_iterator(bool cbor, std::string_view body, std::string_view& iterator);
// A reply of GetRecords, and the payload of an event of SubscribeToShard.
bool parse_records(bool cbor, std::string_view body, RecordsReply& reply);

// Whether `next` comes after `last` in a shard.
bool ascending(std::string_view last, std::string_view next);

// The bodies of a run as records hold them.
class Payloads {
 public:
  Payloads(Bodies& bodies, bool cbor);
  const std::string& wire(std::size_t number) const { return wires_[number % wires_.size()]; }
  Body& body(std::size_t number) { return bodies_.at(number); }
  // The body that this data is, byte for byte, or null.
  Body* find(std::string_view data);

 private:
  Bodies& bodies_;
  bool cbor_;
  std::vector<std::string> wires_;
};

// A record whose data begins with the time at which it was sent, so that its age is known wherever it arrives.
namespace stamp {
constexpr std::size_t size = 18;  // digits, in a multiple of three bytes so that base64 keeps them apart
// `size_of_data` bytes with room for the stamp, as it stands in a document.
std::string blank(bool cbor, std::size_t size_of_data);
// Writes the time over the beginning of such data.
void write(bool cbor, char* data, std::uint64_t now_ns);
// The time, when the data is such a record of this size.
std::optional<std::uint64_t> read(bool cbor, std::string_view data, std::string_view blank);
}  // namespace stamp

}  // namespace millrace::bench
