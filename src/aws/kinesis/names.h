// Names of streams, shards and consumers, and how requests name a stream: by name, ARN or id.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "aws/identity.h"
#include "base/time.h"

namespace millrace::aws::kinesis {

inline constexpr std::size_t name_max = 128;

// A stream, whether it exists or not.
struct StreamName {
  std::string region;
  std::string account;
  std::string name;

  std::string catalog_key() const;  // "kinesis/REGION/ACCOUNT"
  std::string arn() const;
  // The partition of one of its shards. `created` is the stream's, so that a recreated one never meets older records.
  std::string shard_key(Time created, std::uint32_t shard) const;
  bool operator==(const StreamName&) const = default;
};

// What a request says: exactly one of name and id is there.
struct StreamReference {
  StreamName stream;  // its name is empty when the id is what was given
  std::string id;
};

// Letters, digits, _.- and from 1 to 128 of them: streams and consumers.
bool is_name(std::string_view text);
std::string shard_id(std::uint32_t shard);
std::optional<std::uint32_t> parse_shard_id(std::string_view text);

// "arn:aws:kinesis:REGION:ACCOUNT:stream/NAME".
std::optional<StreamName> parse_stream_arn(std::string_view arn);

struct ConsumerName {
  StreamName stream;
  std::string consumer;
  std::int64_t created_s = 0;
};
std::string consumer_arn(const StreamName& stream, std::string_view consumer, Time created);
// "STREAM-ARN/consumer/NAME:1700000000".
std::optional<ConsumerName> parse_consumer_arn(std::string_view arn);

// From the three members that most requests have.
Outcome<StreamReference> refer(const Caller& caller, const std::optional<std::string>& name,
                               const std::optional<std::string>& arn, const std::optional<std::string>& id);
Outcome<StreamReference> refer_to_arn(const Caller& caller, const std::string& arn);

}  // namespace millrace::aws::kinesis
