// TransactWriteItems and TransactGetItems: all of it, or nothing and the reasons.
#include <fmt/format.h>

#include <set>

#include "aws/dynamodb/handlers.h"
#include "aws/dynamodb/item_write.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "codec/json_writer.h"

namespace millrace::aws::dynamodb {
namespace {

namespace model = models::dynamodb;

Outcome<void> check_count(std::size_t count, std::size_t limit) {
  if (count >= 1 && count <= limit) return {};
  return refuse(invalid(fmt::format(
      "1 validation error detected: Value '[...]' at 'transactItems' failed to satisfy constraint: Member must have "
      "length {} than or equal to {}",
      count < 1 ? "greater" : "less", count < 1 ? 1 : limit)));
}

model::CancellationReason reason_of(const Failure& failure) {
  model::CancellationReason reason;
  reason.code =
      failure.kind == &errors::conditional_check_failed_exception ? "ConditionalCheckFailed" : "ValidationError";
  reason.message = failure.message;
  if (failure.details_shape == &model::ConditionalCheckFailedDetails::shape) {
    reason.item = static_cast<const model::ConditionalCheckFailedDetails*>(failure.details.get())->item;
  }
  return reason;
}

model::CancellationReason no_reason() {
  model::CancellationReason reason;
  reason.code = "None";
  return reason;
}

// Nothing when no operation of the transaction failed.
std::optional<Failure> cancelled(std::vector<model::CancellationReason> reasons) {
  std::string codes;
  bool failed = false;
  for (const auto& reason : reasons) {
    codes += (codes.empty() ? "" : ", ") + *reason.code;
    failed = failed || reason.code != "None";
  }
  if (!failed) return std::nullopt;
  auto details = std::make_shared<model::TransactionCanceledDetails>();
  details->cancellation_reasons = std::move(reasons);
  return Failure{.kind = &errors::transaction_canceled_exception,
                 .message = fmt::format(
                     "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]", codes),
                 .details_shape = &model::TransactionCanceledDetails::shape,
                 .details = std::move(details)};
}

class TransactWriteItems final : public Handler<op::TransactWriteItems> {
 public:
  using Handler::Handler;

 private:
  Outcome<void> prepare(Call& call) override {
    if (auto ok = check_count(in_.transact_items.size(), transaction_items_max); !ok) return ok;
    for (const auto& item : in_.transact_items) {
      if (auto ok = prepare_one(item, call); !ok) return ok;
    }
    if (in_.client_request_token) {
      std::string canonical;
      for (const auto& item : in_.transact_items) codec::write_json(item, canonical);
      content_ = stable_hash(canonical);
    }
    return {};
  }

  Outcome<void> prepare_one(const model::TransactWriteItem& item, Call& call) {
    const int given = int(item.condition_check.has_value()) + int(item.put.has_value()) +
                      int(item.delete_.has_value()) + int(item.update.has_value());
    if (given != 1) {
      return refuse(invalid("TransactItems can only contain one of Check, Put, Update or Delete"));
    }
    if (item.put) return compile(*item.put, ItemWrite::Kind::put, item.put->item, call);
    if (item.delete_) return compile(*item.delete_, ItemWrite::Kind::remove, item.delete_->key, call);
    if (item.update) return compile(*item.update, ItemWrite::Kind::update, item.update->key, call);
    return compile(*item.condition_check, ItemWrite::Kind::check, item.condition_check->key, call);
  }

  template <class Part>
  Outcome<void> compile(const Part& given, ItemWrite::Kind kind, const ModelMap& item, Call& call) {
    ItemWrite write{.kind = kind};
    auto table = resolve_table(given.table_name, call.caller);
    if (!table) return refuse(std::move(table.error()));
    write.table = std::move(*table);
    std::vector<Given> expressions;
    if constexpr (requires { given.update_expression; }) expressions.push_back({"UpdateExpression", true});
    if constexpr (requires { given.condition_expression.has_value(); }) {
      expressions.push_back({"ConditionExpression", given.condition_expression.has_value()});
    } else {
      expressions.push_back({"ConditionExpression", true});
    }
    auto placeholders = read_placeholders(&given.expression_attribute_names, &given.expression_attribute_values,
                                          expressions, expressions);
    if (!placeholders) return refuse(std::move(placeholders.error()));
    if constexpr (requires { given.update_expression; }) {
      auto update = parse_update(given.update_expression, *placeholders);
      if (!update) return refuse(std::move(update.error()));
      write.update = std::move(*update);
    }
    if constexpr (requires { given.condition_expression.has_value(); }) {
      auto condition = compile_condition(given, *placeholders);
      if (!condition) return refuse(std::move(condition.error()));
      write.condition = std::move(*condition);
    } else {
      auto condition = parse_condition(given.condition_expression, "ConditionExpression", *placeholders);
      if (!condition) return refuse(std::move(condition.error()));
      write.condition = std::move(*condition);
    }
    if (auto ok = placeholders->check_used(); !ok) return ok;
    write.old_on_failure = given.return_values_on_condition_check_failure == "ALL_OLD";
    auto attributes = attributes_of(item);
    if (!attributes) return refuse(std::move(attributes.error()));
    write.item = std::move(*attributes);
    writes_.push_back(std::move(write));
    return {};
  }

  Outcome<void> act(Tables& tables) override {
    auto known = is_known(tables);
    if (!known) return refuse(std::move(known.error()));
    if (*known) return {};
    Writes writes;
    std::vector<model::CancellationReason> reasons;
    std::set<std::pair<std::string, std::string>> places;
    std::size_t bytes = 0;
    for (const auto& write : writes_) {
      auto table = tables.require(write.table);
      if (!table) return refuse(std::move(table.error()));
      const auto place = place_of(table->keys, write.item);
      if (place && !places.emplace(write.table, *place).second) {
        return refuse(invalid("Transaction request cannot include multiple operations on one item"));
      }
      auto staged = stage(tables, *table, write, limits(), writes, usage_);
      reasons.push_back(staged ? no_reason() : reason_of(staged.error()));
      if (staged && staged->after) bytes += size_of(*staged->after);
    }
    if (auto failure = cancelled(std::move(reasons))) return refuse(std::move(*failure));
    if (bytes > limits().transaction_bytes_max) {
      return refuse(invalid("Collective size of items in transaction exceeds limit"));
    }
    if (in_.client_request_token) remember(tables.now(), writes);
    return tables.write(writes);
  }

  // Whether the same transaction was done already under this token.
  Outcome<bool> is_known(Tables& tables) {
    if (!in_.client_request_token) return false;
    const auto at = tables.entries().find(token_entry(*in_.client_request_token));
    if (at == tables.entries().end()) return false;
    ByteReader in(at->second);
    const Time made = from_ms(in.i64());
    const auto content = in.u64();
    if (made + token_kept <= tables.now()) return false;
    if (content == content_) return true;
    return refuse(errors::idempotent_parameter_mismatch_exception,
                  "Token was used with different parameters of the request");
  }

  void remember(Time now, Writes& writes) {
    std::string entry;
    ByteWriter out(entry);
    out.i64(to_ms(now));
    out.u64(content_);
    writes.push_back({token_entry(*in_.client_request_token), std::move(entry)});
  }

  void complete(Call&) override { out_.consumed_capacity = usage_.report(in_.return_consumed_capacity); }

  std::vector<ItemWrite> writes_;
  std::uint64_t content_ = 0;
  Usage usage_{true};
};

class TransactGetItems final : public Handler<op::TransactGetItems> {
 public:
  using Handler::Handler;

 private:
  struct Part {
    std::string table;
    Attributes key;
    std::optional<PathTree> projection;
    std::optional<Attributes> item;
  };

  Outcome<void> prepare(Call& call) override {
    if (auto ok = check_count(in_.transact_items.size(), transaction_items_max); !ok) return ok;
    for (const auto& given : in_.transact_items) {
      Part part;
      auto table = resolve_table(given.get.table_name, call.caller);
      if (!table) return refuse(std::move(table.error()));
      part.table = std::move(*table);
      const Given projection{"ProjectionExpression", given.get.projection_expression.has_value()};
      auto placeholders = read_placeholders(&given.get.expression_attribute_names, nullptr, {projection}, {});
      if (!placeholders) return refuse(std::move(placeholders.error()));
      auto compiled = compile_projection(given.get, *placeholders);
      if (!compiled) return refuse(std::move(compiled.error()));
      part.projection = std::move(*compiled);
      if (auto ok = placeholders->check_used(); !ok) return ok;
      auto key = attributes_of(given.get.key);
      if (!key) return refuse(std::move(key.error()));
      part.key = std::move(*key);
      parts_.push_back(std::move(part));
    }
    return {};
  }

  Outcome<void> act(Tables& tables) override {
    std::vector<model::CancellationReason> reasons;
    std::set<std::pair<std::string, std::string>> places;
    std::size_t bytes = 0;
    for (auto& part : parts_) {
      auto table = tables.require(part.table);
      if (!table) return refuse(std::move(table.error()));
      const auto checked = check_key(table->keys, part.key);
      reasons.push_back(checked ? no_reason() : reason_of(checked.error()));
      if (!checked) continue;
      const auto place = *place_of(table->keys, part.key);
      if (!places.emplace(part.table, place).second) {
        return refuse(invalid("Transaction request cannot include multiple operations on one item"));
      }
      part.item = tables.item(*table, place);
      const auto size = part.item ? size_of(*part.item) : 0;
      bytes += size;
      usage_.add_read(part.table, nullptr, size, true);
    }
    if (auto failure = cancelled(std::move(reasons))) return refuse(std::move(*failure));
    if (bytes <= limits().transaction_bytes_max) return {};
    return refuse(invalid("Collective size of items in transaction exceeds limit"));
  }

  void complete(Call&) override {
    for (const auto& part : parts_) {
      auto& response = out_.responses.emplace_back();
      if (part.item) response.item = to_model(part.projection ? part.projection->project(*part.item) : *part.item);
    }
    out_.consumed_capacity = usage_.report(in_.return_consumed_capacity);
  }

  std::vector<Part> parts_;
  Usage usage_{true};
};

}  // namespace

ActionPtr make_handler(op::TransactWriteItems, DynamoDb& dynamodb) {
  return std::make_unique<TransactWriteItems>(dynamodb);
}
ActionPtr make_handler(op::TransactGetItems, DynamoDb& dynamodb) {
  return std::make_unique<TransactGetItems>(dynamodb);
}

}  // namespace millrace::aws::dynamodb
