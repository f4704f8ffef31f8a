// ListShards with its filters and its tokens.
#include <fmt/format.h>

#include <algorithm>

#include "aws/kinesis/describe.h"
#include "aws/kinesis/handlers.h"
#include "aws/kinesis/sealed.h"

namespace millrace::aws::kinesis {
namespace {

// What a list is about; kept in its tokens.
struct Listing {
  StreamName stream;
  Time created{};  // the stream's; Time{} until it is known
  std::optional<std::uint32_t> after;
  std::string filter;  // its type; empty: none
  Time time{};         // of the filter
};

std::string encode(const Listing& listing, Time now) {
  std::string fields;
  ByteWriter out(fields);
  out.string(listing.stream.region);
  out.string(listing.stream.account);
  out.string(listing.stream.name);
  out.i64(to_ms(listing.created));
  out.u32(listing.after.value_or(0));
  out.string(listing.filter);
  out.i64(to_ms(listing.time));
  out.i64(to_ms(now));
  return seal(Sealed::shards, fields);
}

std::optional<Listing> decode(std::string_view token, Time& issued) {
  const auto fields = unseal(Sealed::shards, token);
  if (!fields) return std::nullopt;
  ByteReader in(*fields);
  Listing listing;
  listing.stream.region = in.string();
  listing.stream.account = in.string();
  listing.stream.name = in.string();
  listing.created = from_ms(in.i64());
  listing.after = in.u32();
  listing.filter = in.string();
  listing.time = from_ms(in.i64());
  issued = from_ms(in.i64());
  return in.done() ? std::optional(std::move(listing)) : std::nullopt;
}

class ListShards final : public CatalogHandler<op::ListShards> {
 public:
  using CatalogHandler::CatalogHandler;

 private:
  static constexpr std::size_t limit_default = 1'000;

  Outcome<StreamReference> subject(const Caller& caller) override {
    if (!in_.next_token) return refer(caller, in_.stream_name, in_.stream_arn, in_.stream_id);
    if (in_.stream_name || in_.stream_arn) {
      return refuse(invalid_argument("NextToken and StreamName cannot be provided together."));
    }
    if (in_.stream_creation_timestamp || in_.exclusive_start_shard_id || in_.shard_filter) {
      return refuse(invalid_argument(
          "NextToken cannot be provided together with StreamCreationTimestamp, ExclusiveStartShardId or ShardFilter."));
    }
    auto listing = decode(*in_.next_token, issued_);
    if (!listing) return refuse(invalid_argument("NextToken is invalid."));
    listing_ = std::move(*listing);
    return StreamReference{.stream = listing_.stream};
  }

  Outcome<void> prepare(Call& call) override {
    if (in_.next_token) {
      const Time now = call.home.now();
      if (now > issued_ + kinesis_.limits().token_life) return refuse(expired_token(issued_, now));
      return {};
    }
    if (in_.exclusive_start_shard_id) {
      listing_.after = parse_shard_id(*in_.exclusive_start_shard_id);
      if (!listing_.after) {
        return refuse(
            invalid_argument(fmt::format("ExclusiveStartShardId {} is invalid.", *in_.exclusive_start_shard_id)));
      }
    }
    return in_.shard_filter ? prepare_filter(*in_.shard_filter) : Outcome<void>{};
  }

  Outcome<void> prepare_filter(const model::ShardFilter& filter) {
    listing_.filter = filter.type;
    const bool wants_time = filter.type == "AT_TIMESTAMP" || filter.type == "FROM_TIMESTAMP";
    const bool wants_shard = filter.type == "AFTER_SHARD_ID";
    if (wants_time != filter.timestamp.has_value()) {
      return refuse(invalid_argument(fmt::format("Timestamp must {}be provided with ShardFilter of type {}.",
                                                 wants_time ? "" : "not ", filter.type)));
    }
    if (wants_shard != filter.shard_id.has_value()) {
      return refuse(invalid_argument(fmt::format("ShardId must {}be provided with ShardFilter of type {}.",
                                                 wants_shard ? "" : "not ", filter.type)));
    }
    if (wants_time) listing_.time = *filter.timestamp;
    if (!wants_shard) return {};
    const auto after = parse_shard_id(*filter.shard_id);
    if (!after) return refuse(invalid_argument(fmt::format("ShardId {} is invalid.", *filter.shard_id)));
    listing_.after = std::max(listing_.after.value_or(0), *after);
    return {};
  }

  bool passes(const ShardEntry& shard) const {
    const auto& type = listing_.filter;
    const bool open_then = shard.created <= listing_.time;
    const bool open_later = shard.routed() || shard.closed > listing_.time;
    if (type == "AT_LATEST") return shard.routed();
    if (type == "AT_TIMESTAMP" || type == "AT_TRIM_HORIZON") return open_then && open_later;
    if (type == "FROM_TIMESTAMP" || type == "FROM_TRIM_HORIZON") return open_later;
    return true;
  }

  Outcome<void> act(Catalog& catalog) override {
    const auto entry = catalog.stream(stream_.name);
    if (!entry) return refuse(stream_not_found(stream_));
    const bool other_stream =
        (listing_.created != Time{} && listing_.created != entry->created) ||
        (in_.stream_creation_timestamp && to_ms(*in_.stream_creation_timestamp) / 1000 != to_ms(entry->created) / 1000);
    if (other_stream) return refuse(stream_not_found(stream_));
    listing_.stream = stream_;
    listing_.created = entry->created;
    const Time now = catalog.lane().now();
    if (listing_.filter.ends_with("TRIM_HORIZON")) listing_.time = now - entry->retention();
    // Before the first shards there were none; the service then means these.
    listing_.time = std::max(listing_.time, entry->created);
    const auto count_max = in_.max_results ? static_cast<std::size_t>(*in_.max_results) : limit_default;
    std::uint32_t last = 0;
    for (const auto& shard : catalog.shards(stream_.name)) {
      if (!shard.known() || (listing_.after && shard.number <= *listing_.after) || !passes(shard)) continue;
      if (out_.shards.size() == count_max) {
        listing_.after = last;
        out_.next_token = encode(listing_, now);
        break;
      }
      last = shard.number;
      out_.shards.push_back(describe(shard));
    }
    return {};
  }

  Listing listing_;
  Time issued_{};
};

}  // namespace

ActionPtr make_handler(op::ListShards, Kinesis& kinesis) { return std::make_unique<ListShards>(kinesis); }

}  // namespace millrace::aws::kinesis
