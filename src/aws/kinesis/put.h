// Putting records: what PutRecord and PutRecords share.
//
// At home the records are hashed and split by shard, one batch for each shard; each lane gets one hop with all its
// batches, writes them from the request straight into its journal, and answers when they are durable. A shard that does not
// take a batch because it was closed, removed or configured anew sends it back: the catalog is asked again and the batch put
// where it belongs now. In the moment in which a parent is closed and its children are not yet routed to, that is repeated
// after a pause, so clients notice nothing of a reshard and the records of a key stay in order.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/kinesis/handler.h"
#include "aws/kinesis/record_batch.h"

namespace millrace::aws::kinesis {

// Stays as it is while lanes read it.
struct PutItem {
  StoredRecord record;  // in the request, or the call's arena
  HashKey hash = 0;
  std::size_t bytes() const { return record.partition_key.size() + record.data.size(); }
};

// What became of an item; the views are of the action's arena.
struct PutOutcome {
  std::string_view shard_id;
  std::string_view sequence;
  const Failure* failure = nullptr;
  bool settled() const { return failure != nullptr || !sequence.empty(); }
};

class PutAction : public Action {
 protected:
  virtual Kinesis& service() = 0;
  // At home, when every item is settled: fills the output, or fails the call.
  virtual void conclude(Call& call) = 0;
  // "data", or "records.3.member.data".
  virtual std::string data_member(std::size_t item) const = 0;
  // PutRecords; on any core.
  virtual bool call_is_batch() const = 0;

  // At home. `items_` are complete but for their outcome.
  void put(CallPtr call, StreamReference stream);

  std::vector<PutItem> items_;
  std::vector<PutOutcome> outcomes_;     // of the items, in their order
  std::optional<SequenceNumber> above_;  // PutRecord: SequenceNumberForOrdering
  std::string above_text_;
  bool dry_run_ = false;
  StreamViewPtr view_;  // the last one

 private:
  struct ShardBatch;
  struct LaneVisit;
  struct Round;

  void look_up(CallPtr call, bool fresh);
  void attempt(CallPtr call);
  // Why nothing at all can be put, judged by a view; nothing when it can, or when a fresh view may say otherwise.
  std::optional<Failure> refusal() const;
  std::vector<LaneVisit> split() const;
  void visit(LaneVisit visit, const std::shared_ptr<Round>& round, env::Core& home);
  void append(engine::Lane& lane, ShardBatch& batch);
  std::uint32_t admitted(engine::Lane& lane, const ShardBatch& batch);
  void count(engine::Lane& lane, const LaneVisit& visit) const;
  void take_results(LaneVisit visit);
  void end_round(CallPtr call);
  const Failure* keep(Failure failure);

  codec::Arena arena_;
  std::deque<Failure> failures_;  // of batches
  std::uint64_t begun_ns_ = 0;
  StreamReference reference_;
  bool fresh_ = false;  // view_ has just come from the catalog
  int tries_ = 0;
};

}  // namespace millrace::aws::kinesis
