#include "aws/kinesis/put_one.h"

#include <utility>

#include "aws/kinesis/catalog.h"
#include "aws/kinesis/counters.h"
#include "aws/kinesis/record_batch.h"
#include "broker/stream/stream_partition.h"

namespace millrace::aws::kinesis {
namespace {

using Done = Callback<void(Result<void>)>;

// On the catalog's lane: the key of the shard that a partition key belongs to.
Result<std::string> find_shard(engine::Lane& lane, const StreamName& stream, const std::string& partition_key) {
  if (!lane.serving()) return fail(ErrorCode::unavailable, "this part of the server is recovering");
  const Catalog catalog(lane, stream.catalog_key());
  const auto entry = catalog.stream(stream.name);
  if (!entry || entry->status == StreamStatus::deleting) {
    return fail(ErrorCode::not_found, "there is no stream " + stream.name);
  }
  const auto hash = hash_of(partition_key);
  for (const auto& shard : catalog.shards(stream.name)) {
    if (shard.routed() && shard.range.contains(hash)) return stream.shard_key(entry->created, shard.number);
  }
  return fail(ErrorCode::unavailable, "the stream is being made");
}

// On the shard's lane.
Result<void> append(engine::Lane& lane, const std::string& key, const OneRecord& one) {
  auto* const shard = lane.serving() ? broker::find_stream_partition(lane, key) : nullptr;
  const auto properties = shard != nullptr ? decode_properties(shard->config().properties) : std::nullopt;
  if (!properties || shard->closed()) return fail(ErrorCode::unavailable, "the shard is being changed");
  const auto bytes = one.partition_key.size() + one.data.size();
  if (bytes > properties->record_bytes_max) return fail(ErrorCode::invalid, "the record is too large for the stream");
  const StoredRecord record{one.partition_key, one.data};
  auto appended = shard->append(1, batch_head_bytes + stored_bytes(record),
                                [&](MutableBytes into) { BatchWriter(into, properties->encrypted, 1).add(record); });
  if (!appended) return pass(appended);
  count_put(*shard, {.bytes = bytes, .records = 1});
  return {};
}

}  // namespace

void put_one(engine::Engine& engine, env::Core& home, OneRecord record, Done done) {
  const auto catalog_lane = engine.lane_of(record.stream.catalog_key());
  engine.run(catalog_lane, home,
             [&engine, &home, record = std::move(record), done = std::move(done)](engine::Lane& lane) mutable {
               auto key = find_shard(lane, record.stream, record.partition_key);
               if (!key) {
                 home.post([done = std::move(done), why = std::move(key.error())]() mutable {
                   done(std::unexpected(std::move(why)));
                 });
                 return;
               }
               const auto shard_lane = engine.lane_of(*key);
               engine.run(shard_lane, lane.core(),
                          [&home, key = std::move(*key), record = std::move(record),
                           done = std::move(done)](engine::Lane& there) mutable {
                            auto appended = append(there, key, record);
                            there.when_durable([&home, appended = std::move(appended),
                                                done = std::move(done)](Result<void> durable) mutable {
                              home.post([done = std::move(done),
                                         result = appended ? std::move(durable) : std::move(appended)]() mutable {
                                done(std::move(result));
                              });
                            });
                          });
             });
}

}  // namespace millrace::aws::kinesis
