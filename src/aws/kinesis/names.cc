#include "aws/kinesis/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "aws/kinesis/errors.h"

namespace millrace::aws::kinesis {
namespace {

constexpr std::string_view shard_prefix = "shardId-";
constexpr std::size_t shard_digits = 12;
constexpr std::string_view stream_resource = "stream/";
constexpr std::string_view consumer_resource = "/consumer/";

std::string_view cut(std::string_view& text, char at) {
  const auto end = std::min(text.find(at), text.size());
  const auto part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string StreamName::catalog_key() const { return fmt::format("kinesis/{}/{}", region, account); }

std::string StreamName::arn() const { return fmt::format("arn:aws:kinesis:{}:{}:stream/{}", region, account, name); }

std::string StreamName::shard_key(Time created, std::uint32_t shard) const {
  return fmt::format("kinesis/{}/{}/{}/{}/{}", region, account, name, to_ms(created), shard_id(shard));
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= name_max && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  });
}

std::string shard_id(std::uint32_t shard) { return fmt::format("{}{:0{}}", shard_prefix, shard, shard_digits); }

// The service takes the number alone, too.
std::optional<std::uint32_t> parse_shard_id(std::string_view text) {
  if (text.starts_with(shard_prefix)) text.remove_prefix(shard_prefix.size());
  std::uint32_t shard = 0;
  if (text.empty() || text.size() > shard_digits || !read_number(text, shard)) return std::nullopt;
  return shard;
}

std::optional<StreamName> parse_stream_arn(std::string_view arn) {
  if (cut(arn, ':') != "arn" || !cut(arn, ':').starts_with("aws") || cut(arn, ':') != "kinesis") return std::nullopt;
  StreamName stream;
  stream.region = cut(arn, ':');
  stream.account = cut(arn, ':');
  if (!arn.starts_with(stream_resource)) return std::nullopt;
  stream.name = arn.substr(stream_resource.size());
  if (!is_region(stream.region) || !is_account(stream.account) || !is_name(stream.name)) return std::nullopt;
  return stream;
}

std::string consumer_arn(const StreamName& stream, std::string_view consumer, Time created) {
  return fmt::format("{}{}{}:{}", stream.arn(), consumer_resource, consumer, to_ms(created) / 1000);
}

std::optional<ConsumerName> parse_consumer_arn(std::string_view arn) {
  const auto at = arn.find(consumer_resource);
  if (at == std::string_view::npos) return std::nullopt;
  auto stream = parse_stream_arn(arn.substr(0, at));
  auto rest = arn.substr(at + consumer_resource.size());
  ConsumerName consumer;
  consumer.consumer = cut(rest, ':');
  if (!stream || !is_name(consumer.consumer) || !read_number(rest, consumer.created_s)) return std::nullopt;
  consumer.stream = std::move(*stream);
  return consumer;
}

Outcome<StreamReference> refer(const Caller& caller, const std::optional<std::string>& name,
                               const std::optional<std::string>& arn, const std::optional<std::string>& id) {
  StreamReference reference{.stream = {caller.region, caller.account, {}}};
  if (name && !is_name(*name)) return refuse(bad_pattern(*name, "streamName", "[a-zA-Z0-9_.-]+"));
  if (arn) {
    auto stream = parse_stream_arn(*arn);
    if (!stream) return refuse(bad_pattern(*arn, "streamARN", "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+"));
    if (name && *name != stream->name) {
      return refuse(invalid_argument(fmt::format("StreamName {} and StreamARN {} do not match.", *name, *arn)));
    }
    reference.stream = std::move(*stream);
  } else if (name) {
    reference.stream.name = *name;
  } else if (id) {
    reference.id = *id;
  } else {
    return refuse(invalid_argument("Either StreamName or StreamARN should be provided."));
  }
  return reference;
}

Outcome<StreamReference> refer_to_arn(const Caller& caller, const std::string& arn) {
  return refer(caller, std::nullopt, arn, std::nullopt);
}

}  // namespace millrace::aws::kinesis
