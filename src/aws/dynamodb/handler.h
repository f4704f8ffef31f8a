// Handlers: what an operation of DynamoDB is made of.
//
// Handler<Op> holds input and output. Each operation is checked and compiled at home (prepare), does what it does in one
// visit to the lane of its account's tables (act), and is finished at home (complete) once everything that it did or saw
// is durable.
#pragma once
#include <string>

#include "aws/call.h"
#include "aws/dynamodb/compile.h"
#include "aws/dynamodb/errors.h"
#include "aws/dynamodb/keys.h"
#include "aws/dynamodb/names.h"
#include "aws/dynamodb/service.h"
#include "aws/dynamodb/store.h"

namespace millrace::aws::dynamodb {

namespace op = models::dynamodb::op;

// The flow of an operation, without its types.
class TablesAction : public Action {
 public:
  void handle(CallPtr call) override;

 protected:
  virtual DynamoDb& service() = 0;
  // At home: checks what can be checked without the tables, and compiles expressions.
  virtual Outcome<void> prepare(Call& /*call*/) { return {}; }
  // On the lane.
  virtual Outcome<void> act(Tables& tables) = 0;
  // At home: fills the output.
  virtual void complete(Call& /*call*/) {}

 private:
  void at_lane(engine::Lane& lane, CallPtr call);

  std::string key_;
};

template <class Op>
class Handler : public TablesAction {
 public:
  explicit Handler(DynamoDb& dynamodb) : dynamodb_(dynamodb) {}
  const codec::Operation& operation() const final { return Op::info; }
  void* input() final { return &in_; }
  const void* output() const final { return &out_; }

 protected:
  DynamoDb& service() final { return dynamodb_; }
  const Limits& limits() const { return dynamodb_.limits(); }

  DynamoDb& dynamodb_;
  typename Op::input in_;
  typename Op::output out_;
};

// An operation on one table: TableName says which, or ResourceArn.
template <class Op>
class TableHandler : public Handler<Op> {
 public:
  using Handler<Op>::Handler;

 protected:
  Outcome<void> prepare(Call& call) final {
    auto name = resolve(call);
    if (!name) return refuse(std::move(name.error()));
    name_ = std::move(*name);
    return check_input();
  }
  // At home: what else can be checked without the table.
  virtual Outcome<void> check_input() { return {}; }

  std::string name_;

 private:
  Outcome<std::string> resolve(const Call& call) const {
    if constexpr (requires { this->in_.table_name; }) {
      return resolve_table(this->in_.table_name, call.caller);
    } else {
      return resolve_arn(this->in_.resource_arn, call.caller);
    }
  }
};

}  // namespace millrace::aws::dynamodb
