#include "sim/kinesis/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "codec/text.h"

namespace millrace::sim {
namespace {

constexpr std::size_t keys = 8;
constexpr std::size_t open_shards_max = 8;
constexpr std::string_view stream = R"("StreamName":"s")";
constexpr std::string_view other = R"("StreamName":"other")";

const std::array all_workloads = {
    KinesisWorkload{.name = "kinesis", .about = "a stream through the gateway: puts, every iterator, a consumer"},
    KinesisWorkload{.name = "kinesis-reshard",
                    .about = "shards are split and merged all the time",
                    .reshard = 12,
                    .configure = 3,
                    .other_stream = 4},
    KinesisWorkload{.name = "kinesis-restart",
                    .about = "clean restarts among reshards",
                    .data_bytes_max = 2500,
                    .restart_percent = 100,
                    .reshard = 6},
};

HashKey128 hash_of(std::size_t key) { return (~HashKey128{0} / keys) * key + key; }

std::string text_of(const codec::JsonValue& of, std::string_view member) {
  const auto* value = of.find(member);
  return value != nullptr && value->string() != nullptr ? *value->string() : std::string();
}

}  // namespace

std::span<const KinesisWorkload> kinesis_workloads() { return all_workloads; }

KinesisClients::KinesisClients(const Setting& setting, const KinesisWorkload& workload)
    : Clients(setting, "kinesis clients"), workload_(workload), ledger_(verdict_), key_busy_(keys) {}

void KinesisClients::use(Server* server) {
  if (server != nullptr) {
    api_.emplace(*server);
  } else if (api_) {
    api_->stop();
  }
}

void KinesisClients::request(std::string_view operation, std::string body, Callback<void(const ApiReply&)> answered,
                             Callback<void()> unanswered) {
  const auto id = calls_.begin(fmt::format("{} {}", operation, body.substr(0, 160)), std::move(unanswered));
  api_->call(operation, std::move(body), [this, id, answered = std::move(answered)](ApiReply reply) mutable {
    const Reply<bool> outcome =
        reply.ok() ? Reply<bool>(true)
                   : Reply<bool>(std::unexpected(
                         Failure{.refused = !reply.unknown(),
                                 .error = {ErrorCode::io, reply.error + " " + text_of(reply.body, "message")}}));
    if (!calls_.end(id, calls_.outcome_of(outcome))) return;
    answered(reply);
    calls_.replied();
  });
}

// --- the stream itself ---

void KinesisClients::prepare() {
  active_ = false;
  if (!created_) {
    request("CreateStream", fmt::format(R"({{{},"ShardCount":2}})", stream),
            [this](const ApiReply& reply) { created_ = reply.ok() || reply.error == "ResourceInUseException"; });
    return;
  }
  describe();
}

void KinesisClients::describe() {
  request("DescribeStreamSummary", fmt::format("{{{}}}", stream), [this](const ApiReply& reply) {
    if (reply.error == "ResourceNotFoundException") verdict_.violated("the stream is lost");
    if (!reply.ok()) return;
    active_ = text_of(*reply.body.find("StreamDescriptionSummary"), "StreamStatus") == "ACTIVE";
  });
}

void KinesisClients::list() {
  if (std::exchange(listing_, true)) return;
  request(
      "ListShards", fmt::format("{{{}}}", stream),
      [this](const ApiReply& reply) {
        listing_ = false;
        if (reply.ok()) ledger_.shards_listed(reply.body);
      },
      [this] { listing_ = false; });
}

void KinesisClients::act() {
  Choice chosen(random_, {workload_.put, workload_.consume, workload_.peek, workload_.reshard, workload_.configure,
                          workload_.other_stream});
  if (chosen.is(workload_.put)) return put();
  if (chosen.is(workload_.consume)) return consume();
  if (chosen.is(workload_.peek)) return peek();
  if (chosen.is(workload_.reshard)) return reshard();
  if (chosen.is(workload_.configure)) return configure();
  other_stream();
}

// --- producers: one for each key, so that the order of its records is certain ---

void KinesisClients::put() {
  std::vector<std::size_t> free;
  for (std::size_t key = 0; key < keys; ++key) {
    if (!key_busy_[key] && random_.percent(60)) free.push_back(key);
  }
  if (free.empty()) return;
  if (random_.percent(50)) free.resize(1);
  put_records(std::move(free));
}

void KinesisClients::learn_put(PutModel& record, const codec::JsonValue& entry) {
  const auto sequence = text_of(entry, "SequenceNumber");
  if (sequence.empty()) return;
  if (sequence.size() != 56) verdict_.violated("'{}' is not a sequence number", sequence);
  ledger_.put_answered(record, text_of(entry, "ShardId"), sequence, world_.now());
}

void KinesisClients::put_records(std::vector<std::size_t> chosen) {
  std::vector<PutModel*> records;
  std::string list;
  const bool single = chosen.size() == 1 && random_.percent(60);
  const auto of_each = single ? 1 : random_.between(1, workload_.records_max);
  for (const auto key : chosen) {
    key_busy_[key] = true;
    for (std::uint64_t i = 0; i < of_each; ++i) {
      auto& record = ledger_.compose(fmt::format("key-{}", key), hash_of(key),
                                     random_.below(workload_.data_bytes_max + 1), world_.now());
      records.push_back(&record);
      std::string data;
      codec::base64_encode(record.data, data);
      list += fmt::format(R"({}"Data":"{}","PartitionKey":"{}","ExplicitHashKey":"{}"{})",
                          single ? "" : (list.empty() ? "{" : ",{"), data, record.key, decimal(record.hash),
                          single ? "" : "}");
    }
  }
  const auto done = [this, chosen] {
    for (const auto key : chosen) key_busy_[key] = false;
  };
  if (single) {
    return request(
        "PutRecord", fmt::format("{{{},{}}}", stream, list),
        [this, done, record = records.front()](const ApiReply& reply) {
          done();
          if (reply.ok()) learn_put(*record, reply.body);
        },
        done);
  }
  request(
      "PutRecords", fmt::format(R"({{{},"Records":[{}]}})", stream, list),
      [this, done, records](const ApiReply& reply) {
        done();
        if (!reply.ok()) return;
        const auto* entries = reply.body.find("Records");
        if (entries == nullptr || entries->array() == nullptr || entries->array()->size() != records.size()) {
          return verdict_.violated("PutRecords answers something else than {} entries", records.size());
        }
        for (std::size_t i = 0; i < records.size(); ++i) learn_put(*records[i], (*entries->array())[i]);
      },
      done);
}

// --- the consumer ---

void KinesisClients::consume() {
  std::vector<ShardModel*> ready;
  for (auto& [id, shard] : ledger_.shards()) {
    if (ledger_.readable(shard)) ready.push_back(&shard);
  }
  if (ready.empty() || random_.percent(20)) return list();
  consume(*ready[random_.below(ready.size())]);
}

void KinesisClients::consume(ShardModel& shard) {
  shard.busy = true;
  if (!shard.iterator.empty()) return get_records(shard);
  const std::string place =
      shard.checkpoint ? fmt::format(R"("AFTER_SEQUENCE_NUMBER","StartingSequenceNumber":"{}")", *shard.checkpoint)
                       : R"("TRIM_HORIZON")";
  request(
      "GetShardIterator", fmt::format(R"({{{},"ShardId":"{}","ShardIteratorType":{}}})", stream, shard.id, place),
      [this, &shard](const ApiReply& reply) {
        if (!reply.ok()) {
          shard.busy = false;
          return;
        }
        shard.iterator = text_of(reply.body, "ShardIterator");
        get_records(shard);
      },
      [&shard] { shard.busy = false; });
}

void KinesisClients::get_records(ShardModel& shard) {
  const Ledger::Read read{.shard = shard.id, .from = shard.checkpoint, .known = ledger_.count(), .consumer = true};
  request(
      "GetRecords", fmt::format(R"({{"ShardIterator":"{}","Limit":{}}})", shard.iterator, random_.between(1, 60)),
      [this, &shard, read](const ApiReply& reply) {
        shard.busy = false;
        if (!reply.ok()) {
          // Sometimes it begins anew at its checkpoint, otherwise where it was.
          if (reply.error == "ExpiredIteratorException" || random_.percent(50)) shard.iterator.clear();
          return;
        }
        const auto last = ledger_.given(read, reply.body, world_.now());
        if (last) shard.checkpoint = last;
        shard.iterator = text_of(reply.body, "NextShardIterator");
        const auto* behind = reply.body.find("MillisBehindLatest");
        shard.at_tip = !last && behind != nullptr && behind->integer() != nullptr && *behind->integer() == 0;
        if (!shard.iterator.empty()) return;
        shard.consumed = true;
        for (const auto& [sequence, record] : shard.records) {
          if (!record->consumed) {
            verdict_.violated("record {} ({}): left out at the end of {}", record->number, sequence, shard.id);
          }
        }
      },
      [&shard] { shard.busy = false; });
}

// --- readers that begin everywhere ---

void KinesisClients::peek() {
  if (ledger_.shards().empty()) return list();
  auto at = ledger_.shards().begin();
  std::advance(at, static_cast<std::ptrdiff_t>(random_.below(ledger_.shards().size())));
  ShardModel& shard = at->second;
  Ledger::Read read{.shard = shard.id, .known = ledger_.count()};
  std::string place = R"("TRIM_HORIZON")";
  PutModel* record = nullptr;
  if (!shard.records.empty()) {
    auto one = shard.records.begin();
    std::advance(one, static_cast<std::ptrdiff_t>(random_.below(shard.records.size())));
    record = one->second;
  }
  const auto kind = random_.below(5);
  if (kind == 0) {
    place = R"("LATEST")";
    read.exact = false;
  } else if (kind == 1 && record != nullptr && record->arrived != Time{}) {
    place = fmt::format(R"("AT_TIMESTAMP","Timestamp":{}.{:03})", to_ms(record->arrived) / 1000,
                        to_ms(record->arrived) % 1000);
    read.not_before = record->arrived;
  } else if (kind <= 3 && record != nullptr) {
    read.inclusive = kind == 2;
    read.from = record->sequence;
    place = fmt::format(R"("{}_SEQUENCE_NUMBER","StartingSequenceNumber":"{}")", read.inclusive ? "AT" : "AFTER",
                        record->sequence);
  }
  request("GetShardIterator", fmt::format(R"({{{},"ShardId":"{}","ShardIteratorType":{}}})", stream, shard.id, place),
          [this, read, id = shard.id](const ApiReply& reply) {
            if (!reply.ok()) {
              if (!reply.unknown()) verdict_.violated("{}: no iterator: {}", id, reply.error);
              return;
            }
            peek_from(id, text_of(reply.body, "ShardIterator"), read);
          });
}

void KinesisClients::peek_from(const std::string& shard, const std::string& iterator, Ledger::Read read) {
  request("GetRecords", fmt::format(R"({{"ShardIterator":"{}","Limit":{}}})", iterator, random_.between(1, 20)),
          [this, shard, read](const ApiReply& reply) {
            if (!reply.ok()) return;
            const auto last = ledger_.given(read, reply.body, world_.now());
            if (last) ++peeked_;
          });
}

// --- operators ---

void KinesisClients::reshard() {
  const auto open = ledger_.open_shards();
  if (open.empty() || random_.percent(30)) return list();
  const auto index = random_.below(open.size());
  const auto answered = [this](const ApiReply&) { list(); };
  const auto kind = random_.below(10);
  if (kind < 2) {
    const auto target = random_.between(1, open_shards_max);
    return request("UpdateShardCount",
                   fmt::format(R"({{{},"TargetShardCount":{},"ScalingType":"UNIFORM_SCALING"}})", stream, target),
                   answered);
  }
  if ((kind < 6 && open.size() < open_shards_max) || open.size() == 1) {
    const auto& shard = *open[index];
    const auto middle = shard.first + (shard.last - shard.first) / 2 + 1;
    return request(
        "SplitShard",
        fmt::format(R"({{{},"ShardToSplit":"{}","NewStartingHashKey":"{}"}})", stream, shard.id, decimal(middle)),
        answered);
  }
  const auto left = std::min<std::size_t>(index, open.size() - 2);
  request("MergeShards",
          fmt::format(R"({{{},"ShardToMerge":"{}","AdjacentShardToMerge":"{}"}})", stream, open[left]->id,
                      open[left + 1]->id),
          answered);
}

void KinesisClients::configure() {
  const bool more = random_.percent(50);
  request(more ? "IncreaseStreamRetentionPeriod" : "DecreaseStreamRetentionPeriod",
          fmt::format(R"({{{},"RetentionPeriodHours":{}}})", stream, random_.between(24, 72)), [](const ApiReply&) {});
}

void KinesisClients::other_stream() {
  if (std::exchange(other_busy_, true)) return;
  const auto unanswered = [this] { other_busy_ = false; };
  const bool make = other_ == Other::absent || (other_ == Other::unknown && random_.percent(50));
  const auto before = std::exchange(other_, Other::unknown);
  const auto answered = [this, before, make](const ApiReply& reply) {
    other_busy_ = false;
    if (reply.ok()) {
      other_ = make ? Other::present : Other::absent;
    } else if (!reply.unknown()) {
      other_ = before;
    }
  };
  if (make) return request("CreateStream", fmt::format(R"({{{},"ShardCount":3}})", other), answered, unanswered);
  request("DeleteStream", fmt::format("{{{}}}", other), answered, unanswered);
}

void KinesisClients::describe_other() {
  request("DescribeStreamSummary", fmt::format("{{{}}}", other), [this](const ApiReply& reply) {
    other_status_ = reply.ok() ? text_of(*reply.body.find("StreamDescriptionSummary"), "StreamStatus") : reply.error;
  });
}

}  // namespace millrace::sim
