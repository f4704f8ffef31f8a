// PutRecord and PutRecords.
#include <fmt/format.h>

#include <algorithm>

#include "aws/kinesis/handlers.h"
#include "aws/kinesis/put.h"

namespace millrace::aws::kinesis {
namespace {

// The digits of the service's pattern, more than a hash key can have.
constexpr std::size_t hash_key_digits_max = 39;

// An ExplicitHashKey. `record` counts from one in PutRecords; 0: there is but one.
Outcome<HashKey> read_hash_key(std::string_view given, std::size_t record) {
  if (!looks_like_sequence_number(given) || given.size() > hash_key_digits_max) {
    const auto list = record == 0 ? std::string() : fmt::format("records.{}.member.", record);
    return refuse(bad_pattern(given, list + "explicitHashKey", "0|([1-9]\\d{0,38})"));
  }
  const auto key = parse_hash_key(given);
  if (key) return *key;
  return refuse(invalid_argument(fmt::format(
      "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {}", given)));
}

class PutRecord final : public Handler<op::PutRecord, PutAction> {
 public:
  using Handler::Handler;

 private:
  Kinesis& service() override { return kinesis_; }
  std::string data_member(std::size_t) const override { return "data"; }
  bool call_is_batch() const override { return false; }

  void handle(CallPtr call) override {
    auto stream = refer(call->caller, in_.stream_name, in_.stream_arn, in_.stream_id);
    if (!stream) return finish(std::move(call), std::move(stream.error()));
    const auto& given = in_.explicit_hash_key;
    auto hash = given ? read_hash_key(*given, 0) : Outcome<HashKey>(hash_of(in_.partition_key));
    if (!hash) return finish(std::move(call), std::move(hash.error()));
    if (in_.sequence_number_for_ordering) {
      above_text_ = *in_.sequence_number_for_ordering;
      if (!looks_like_sequence_number(above_text_)) {
        return finish(std::move(call), bad_pattern(above_text_, "sequenceNumberForOrdering", "0|([1-9]\\d{0,128})"));
      }
      above_ = parse_sequence_number(above_text_);
      if (!above_) return finish(std::move(call), bad_order(stream->stream));
    }
    items_.push_back({.record = {in_.partition_key, in_.data.bytes}, .hash = *hash});
    dry_run_ = in_.dry_run.value_or(false);
    put(std::move(call), std::move(*stream));
  }

  Failure bad_order(const StreamName& stream) const {
    return invalid_argument(
        fmt::format("ExclusiveMinimumSequenceNumber {} used in PutRecord on stream {} under account {} is invalid.",
                    above_text_, stream.name, stream.account));
  }

  void conclude(Call& call) override {
    const auto& outcome = outcomes_.front();
    if (const auto* const failure = outcome.failure) {
      call.failure = failure->kind == &errors::invalid_argument_exception ? bad_order(view_->stream) : *failure;
      return;
    }
    out_.shard_id = outcome.shard_id;
    out_.sequence_number = outcome.sequence;
    if (view_->encrypted) out_.encryption_type = "KMS";
  }
};

class PutRecords final : public Handler<op::PutRecords, PutAction> {
 public:
  using Handler::Handler;

 private:
  Kinesis& service() override { return kinesis_; }
  std::string data_member(std::size_t item) const override { return fmt::format("records.{}.member.data", item + 1); }
  bool call_is_batch() const override { return true; }

  void handle(CallPtr call) override {
    auto stream = refer(call->caller, in_.stream_name, in_.stream_arn, in_.stream_id);
    if (!stream) return finish(std::move(call), std::move(stream.error()));
    items_.reserve(in_.records.size());
    std::size_t bytes = 0;
    KeyHasher hasher;
    for (const auto& record : in_.records) {
      auto& item = items_.emplace_back(PutItem{.record = {record.partition_key, record.data.bytes}});
      bytes += item.bytes();
      if (!record.explicit_hash_key) {
        hasher.add(record.partition_key, item.hash);
        continue;
      }
      auto hash = read_hash_key(*record.explicit_hash_key, items_.size());
      if (!hash) return finish(std::move(call), std::move(hash.error()));
      item.hash = *hash;
    }
    hasher.finish();
    const auto bytes_max = kinesis_.limits().put_bytes_max;
    if (bytes > bytes_max) {
      return finish(std::move(call),
                    invalid_argument(fmt::format("Records size exceeds {} MB limit", bytes_max >> 20)));
    }
    dry_run_ = in_.dry_run.value_or(false);
    put(std::move(call), std::move(*stream));
  }

  void conclude(Call& call) override {
    // Nothing was taken, and not because of the caller: SDKs repeat the whole.
    const auto unserved = [](const PutOutcome& each) { return each.failure && each.failure->kind->status >= 500; };
    if (std::ranges::all_of(outcomes_, unserved)) {
      call.failure = *outcomes_.front().failure;
      return;
    }
    out_.failed_record_count = 0;
    out_.records.reserve(outcomes_.size());
    for (const auto& outcome : outcomes_) {
      auto& result = out_.records.emplace_back();
      if (outcome.failure == nullptr) {
        result.shard_id = outcome.shard_id;
        result.sequence_number = outcome.sequence;
        continue;
      }
      ++*out_.failed_record_count;
      const bool throttled = outcome.failure->kind == &errors::provisioned_throughput_exceeded_exception;
      result.error_code = throttled ? "ProvisionedThroughputExceededException" : "InternalFailure";
      result.error_message = throttled ? std::string_view(outcome.failure->message) : "Internal service failure.";
    }
    if (view_->encrypted) out_.encryption_type = "KMS";
  }
};

}  // namespace

ActionPtr make_handler(op::PutRecord, Kinesis& kinesis) { return std::make_unique<PutRecord>(kinesis); }
ActionPtr make_handler(op::PutRecords, Kinesis& kinesis) { return std::make_unique<PutRecords>(kinesis); }

}  // namespace millrace::aws::kinesis
