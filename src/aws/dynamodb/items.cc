// Operations on one item: GetItem, PutItem, UpdateItem, DeleteItem.
#include <fmt/format.h>

#include "aws/dynamodb/handlers.h"
#include "aws/dynamodb/item_write.h"
#include "base/check.h"

namespace millrace::aws::dynamodb {
namespace {

class GetItem final : public Handler<op::GetItem> {
 public:
  using Handler::Handler;

 private:
  Outcome<void> prepare(Call& call) override {
    auto table = resolve_table(in_.table_name, call.caller);
    if (!table) return refuse(std::move(table.error()));
    table_ = std::move(*table);
    const Given projection{"ProjectionExpression", in_.projection_expression.has_value()};
    if (auto ok = check_styles({{"AttributesToGet", in_.attributes_to_get.has_value()}}, {projection}); !ok) return ok;
    auto placeholders = read_placeholders(&in_.expression_attribute_names, nullptr, {projection}, {});
    if (!placeholders) return refuse(std::move(placeholders.error()));
    auto compiled = compile_projection(in_, *placeholders);
    if (!compiled) return refuse(std::move(compiled.error()));
    projection_ = std::move(*compiled);
    if (auto ok = placeholders->check_used(); !ok) return ok;
    auto key = attributes_of(in_.key);
    if (!key) return refuse(std::move(key.error()));
    key_ = std::move(*key);
    return {};
  }

  Outcome<void> act(Tables& tables) override {
    auto table = tables.require(table_);
    if (!table) return refuse(std::move(table.error()));
    if (auto ok = check_key(table->keys, key_); !ok) return ok;
    item_ = tables.item(*table, *place_of(table->keys, key_));
    usage_.add_read(table_, nullptr, item_ ? size_of(*item_) : 0, in_.consistent_read.value_or(false));
    return {};
  }

  void complete(Call&) override {
    if (item_) out_.item = to_model(projection_ ? projection_->project(*item_) : *item_);
    out_.consumed_capacity = usage_.report_one(in_.return_consumed_capacity);
  }

  std::string table_;
  Attributes key_;
  std::optional<PathTree> projection_;
  std::optional<Attributes> item_;
  Usage usage_;
};

// What PutItem, UpdateItem and DeleteItem have in common.
template <class Op>
class WriteHandler : public Handler<Op> {
 public:
  using Handler<Op>::Handler;

 protected:
  Outcome<void> prepare_write(Call& call, std::vector<Given> older, std::vector<Given> expressions) {
    auto& in = this->in_;
    auto table = resolve_table(in.table_name, call.caller);
    if (!table) return refuse(std::move(table.error()));
    write_.table = std::move(*table);
    older.push_back({"Expected", in.expected.has_value()});
    older.push_back({"ConditionalOperator", in.conditional_operator.has_value()});
    expressions.push_back({"ConditionExpression", in.condition_expression.has_value()});
    if (auto ok = check_styles(older, expressions); !ok) return ok;
    auto placeholders =
        read_placeholders(&in.expression_attribute_names, &in.expression_attribute_values, expressions, expressions);
    if (!placeholders) return refuse(std::move(placeholders.error()));
    if (auto ok = prepare_update(*placeholders); !ok) return ok;
    auto condition = compile_condition(in, *placeholders);
    if (!condition) return refuse(std::move(condition.error()));
    write_.condition = std::move(*condition);
    write_.old_on_failure = in.return_values_on_condition_check_failure == "ALL_OLD";
    return placeholders->check_used();
  }

  virtual Outcome<void> prepare_update(Placeholders&) { return {}; }

  Outcome<void> only_old_values() const {
    const auto& wanted = this->in_.return_values;
    if (!wanted || *wanted == "NONE" || *wanted == "ALL_OLD") return {};
    return refuse(invalid("ReturnValues can only be ALL_OLD or NONE"));
  }

  Outcome<void> act(Tables& tables) override {
    auto table = tables.require(write_.table);
    if (!table) return refuse(std::move(table.error()));
    Writes writes;
    auto staged = stage(tables, *table, write_, this->limits(), writes, usage_);
    if (!staged) return refuse(std::move(staged.error()));
    staged_ = std::move(*staged);
    const bool has_local = std::ranges::any_of(table->indexes, [](const auto& index) { return !index.global; });
    if (has_local && this->in_.return_item_collection_metrics == "SIZE") {
      collection_key_ = Attributes{{table->keys.hash.name, staged_.key.at(table->keys.hash.name)}};
    }
    return tables.write(writes);
  }

  void complete(Call&) override {
    const std::string wanted = this->in_.return_values.value_or("NONE");
    const auto& shown = wanted.ends_with("_OLD") ? staged_.before : staged_.after;
    if (wanted != "NONE" && shown) {
      auto attributes = wanted.starts_with("UPDATED") ? write_.update.paths.project(*shown) : *shown;
      if (!attributes.empty()) this->out_.attributes = to_model(attributes);
    }
    this->out_.consumed_capacity = usage_.report_one(this->in_.return_consumed_capacity);
    if (collection_key_) {
      auto& metrics = this->out_.item_collection_metrics.emplace();
      metrics.item_collection_key = to_model(*collection_key_);
      metrics.size_estimate_range_gb = {0.0, 1.0};
    }
  }

  ItemWrite write_;
  Staged staged_;
  Usage usage_;
  std::optional<Attributes> collection_key_;
};

class PutItem final : public WriteHandler<op::PutItem> {
 public:
  using WriteHandler::WriteHandler;

 private:
  Outcome<void> prepare(Call& call) override {
    write_.kind = ItemWrite::Kind::put;
    if (auto ok = only_old_values(); !ok) return ok;
    if (auto ok = prepare_write(call, {}, {}); !ok) return ok;
    auto item = attributes_of(in_.item);
    if (!item) return refuse(std::move(item.error()));
    write_.item = std::move(*item);
    return {};
  }
};

class DeleteItem final : public WriteHandler<op::DeleteItem> {
 public:
  using WriteHandler::WriteHandler;

 private:
  Outcome<void> prepare(Call& call) override {
    write_.kind = ItemWrite::Kind::remove;
    if (auto ok = only_old_values(); !ok) return ok;
    if (auto ok = prepare_write(call, {}, {}); !ok) return ok;
    auto key = attributes_of(in_.key);
    if (!key) return refuse(std::move(key.error()));
    write_.item = std::move(*key);
    return {};
  }
};

class UpdateItem final : public WriteHandler<op::UpdateItem> {
 public:
  using WriteHandler::WriteHandler;

 private:
  Outcome<void> prepare(Call& call) override {
    write_.kind = ItemWrite::Kind::update;
    auto ok = prepare_write(call, {{"AttributeUpdates", in_.attribute_updates.has_value()}},
                            {{"UpdateExpression", in_.update_expression.has_value()}});
    if (!ok) return ok;
    auto key = attributes_of(in_.key);
    if (!key) return refuse(std::move(key.error()));
    write_.item = std::move(*key);
    return {};
  }

  Outcome<void> prepare_update(Placeholders& placeholders) override {
    Outcome<Update> update;
    if (in_.update_expression) update = parse_update(*in_.update_expression, placeholders);
    if (in_.attribute_updates) update = update_of(*in_.attribute_updates);
    if (!update) return refuse(std::move(update.error()));
    write_.update = std::move(*update);
    return {};
  }
};

}  // namespace

ActionPtr make_handler(op::GetItem, DynamoDb& dynamodb) { return std::make_unique<GetItem>(dynamodb); }
ActionPtr make_handler(op::PutItem, DynamoDb& dynamodb) { return std::make_unique<PutItem>(dynamodb); }
ActionPtr make_handler(op::UpdateItem, DynamoDb& dynamodb) { return std::make_unique<UpdateItem>(dynamodb); }
ActionPtr make_handler(op::DeleteItem, DynamoDb& dynamodb) { return std::make_unique<DeleteItem>(dynamodb); }

}  // namespace millrace::aws::dynamodb
