// What a run asks of its stream when faults have ended: it is active, its shards cover all keys, and the consumer gets
// everything that was acknowledged, once.
#include <fmt/format.h>

#include "sim/kinesis/client.h"

namespace millrace::sim {
namespace {

constexpr int rounds_max = 3000;
constexpr int settling_rounds_max = 60;

}  // namespace

// A control operation that was accepted ends by itself, whatever happened meanwhile.
void KinesisClients::check_quiet(Course& course) {
  active_ = false;
  other_status_ = "?";
  const auto other_settled = [this] {
    if (other_status_ == "ACTIVE") return other_ != Other::absent;
    return other_status_ == "ResourceNotFoundException" && other_ != Other::present;
  };
  for (int round = 0; round < settling_rounds_max && !verdict_.bad() && !(active_ && other_settled()); ++round) {
    course.advance(Duration(1000));
    describe();
    describe_other();
    course.settle();
  }
  if (verdict_.bad()) return;
  if (!active_) return verdict_.violated("the stream does not become active again");
  if (!other_settled()) return verdict_.violated("the other stream is {}", other_status_);
  list();
  course.settle();
  if (!verdict_.bad()) ledger_.check_covered();
}

void KinesisClients::consume_all(Course& course) {
  for (auto& [id, shard] : ledger_.shards()) shard.at_tip = false;
  for (int round = 0; round < rounds_max && !verdict_.bad(); ++round) {
    bool more = false;
    for (auto& [id, shard] : ledger_.shards()) {
      if (shard.consumed || shard.at_tip) continue;
      more = true;
      if (ledger_.readable(shard)) consume(shard);
    }
    course.settle();
    if (!more) return;
  }
  if (!verdict_.bad()) verdict_.violated("the consumer does not come to the end");
}

void KinesisClients::drain(Course& course) {
  check_quiet(course);
  if (verdict_.bad()) return;
  consume_all(course);
  if (!verdict_.bad()) ledger_.check_consumed();
  if (!verdict_.bad()) read_each_again(course);
}

// Each shard once more from its beginning.
void KinesisClients::read_each_again(Course& course) {
  for (auto& [id, shard] : ledger_.shards()) {
    Ledger::Read read{.shard = id, .known = ledger_.count()};
    std::string iterator;
    request("GetShardIterator",
            fmt::format(R"({{"StreamName":"s","ShardId":"{}","ShardIteratorType":"TRIM_HORIZON"}})", id),
            [&iterator](const ApiReply& reply) {
              iterator = reply.ok() ? *reply.body.find("ShardIterator")->string() : "";
            });
    course.settle();
    std::size_t records = 0;
    for (bool more = true; more && !verdict_.bad();) {
      more = false;
      request("GetRecords", fmt::format(R"({{"ShardIterator":"{}","Limit":50}})", iterator),
              [&](const ApiReply& reply) {
                if (!reply.ok()) return verdict_.violated("{}: cannot be read: {}", id, reply.error);
                const auto last = ledger_.given(read, reply.body, world_.now());
                if (last) read.from = last;
                records += reply.body.find("Records")->array()->size();
                const auto* next = reply.body.find("NextShardIterator");
                iterator = next != nullptr && next->string() != nullptr ? *next->string() : "";
                more = last.has_value() && !iterator.empty();
              });
      course.settle();
    }
    if (verdict_.bad()) return;
    if (records != shard.records.size()) {
      verdict_.violated("{}: {} records, of {}", id, records, shard.records.size());
    }
  }
}

void KinesisClients::check_after_the_end(Course& course) {
  check_quiet(course);
  if (!verdict_.bad()) read_each_again(course);
}

}  // namespace millrace::sim
