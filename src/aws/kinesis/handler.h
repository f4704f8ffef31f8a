// Handlers: what an operation of Kinesis is made of.
//
// Handler<Op> holds input and output. Control operations are a CatalogAction: checked at home (prepare), done in one visit
// to the lane of the account's catalog (act), and finished at home (complete) once everything they did or saw is
// durable; what they leave to be done the settler does after that. Operations on records go to the shards (put.h, read.h).
#pragma once
#include <optional>
#include <string>

#include "aws/call.h"
#include "aws/gather.h"
#include "aws/kinesis/catalog.h"
#include "aws/kinesis/errors.h"
#include "aws/kinesis/names.h"
#include "aws/kinesis/service.h"

namespace millrace::aws::kinesis {

namespace op = models::kinesis::op;
namespace model = models::kinesis;

template <class Op, class Base = Action>
class Handler : public Base {
 public:
  explicit Handler(Kinesis& kinesis) : kinesis_(kinesis) {}
  const codec::Operation& operation() const final { return Op::info; }
  void* input() final { return &in_; }
  const void* output() const final { return &out_; }

 protected:
  Kinesis& kinesis_;
  typename Op::input in_;
  typename Op::output out_;
};

// The flow of an operation on the catalog, without its types.
class CatalogAction : public Action {
 public:
  void handle(CallPtr call) override;

 protected:
  virtual Kinesis& service() = 0;
  // At home: which stream is meant; for an operation of the whole account, one without a name and id.
  virtual Outcome<StreamReference> subject(const Caller& caller) = 0;
  // At home: checks what can be checked without the catalog.
  virtual Outcome<void> prepare(Call& /*call*/) { return {}; }
  // On the lane, with stream_ complete. What it puts into the catalog is committed after it.
  virtual Outcome<void> act(Catalog& catalog) = 0;
  // At home: fills the output.
  virtual void complete(Call& /*call*/) {}

  // The stream, which exists and is not DELETING.
  Outcome<StreamEntry> present(const Catalog& catalog) const;
  // The same, and it is ACTIVE.
  Outcome<StreamEntry> active(const Catalog& catalog) const;
  // The settler is to see to the stream when this change is durable.
  void settle() { settle_ = true; }

  StreamReference reference_;
  StreamName stream_;

 private:
  void at_lane(engine::Lane& lane, CallPtr call);
  Outcome<void> perform(engine::Lane& lane);
  bool settle_ = false;
};

template <class Op>
class CatalogHandler : public Handler<Op, CatalogAction> {
 public:
  using Handler<Op, CatalogAction>::Handler;

 protected:
  Kinesis& service() final { return this->kinesis_; }
  Outcome<StreamReference> subject(const Caller& caller) override {
    auto& in = this->in_;
    if constexpr (requires { in.stream_name.has_value(); }) {
      return refer(caller, in.stream_name, in.stream_arn, in.stream_id);
    } else if constexpr (requires { in.stream_arn.size(); }) {
      return refer_to_arn(caller, in.stream_arn);
    } else if constexpr (requires {
                           in.stream_arn.has_value();
                           in.max_record_size_in_ki_b;
                         }) {
      return refer(caller, std::nullopt, in.stream_arn, in.stream_id);
    } else {
      return StreamReference{.stream = {caller.region, caller.account, {}}};
    }
  }
};

// Why an operation is refused that comes more often than the service takes it; by its name, for the whole account.
Outcome<void> check_rate(Kinesis& kinesis, engine::Lane& lane, std::string_view operation, std::string_view key);

}  // namespace millrace::aws::kinesis
