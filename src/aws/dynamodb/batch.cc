// BatchGetItem and BatchWriteItem.
#include <fmt/format.h>

#include <set>

#include "aws/dynamodb/handlers.h"
#include "aws/dynamodb/item_write.h"
#include "base/check.h"

namespace millrace::aws::dynamodb {
namespace {

constexpr std::string_view too_many = "Too many items requested for the {} call";

class BatchGetItem final : public Handler<op::BatchGetItem> {
 public:
  using Handler::Handler;

 private:
  struct Part {
    std::string given;  // the table as the client named it
    std::string table;
    std::vector<Attributes> keys;
    std::optional<PathTree> projection;
    bool consistent = false;
    std::vector<Attributes> items;
    std::size_t read = 0;  // keys before this one were read
  };

  Outcome<void> prepare(Call& call) override {
    if (in_.request_items.empty()) {
      return refuse(
          invalid("1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: "
                  "Member must have length greater than or equal to 1"));
    }
    std::size_t total = 0;
    for (const auto& [name, given] : in_.request_items) {
      total += given.keys.size();
      if (given.keys.empty()) {
        return refuse(
            invalid("1 validation error detected: Value '[]' at 'requestItems.member.keys' failed to satisfy "
                    "constraint: Member must have length greater than or equal to 1"));
      }
      if (auto ok = prepare_part(name, given, call); !ok) return ok;
    }
    if (total <= batch_get_max) return {};
    return refuse(invalid(fmt::format(too_many, "BatchGetItem")));
  }

  Outcome<void> prepare_part(const std::string& name, const models::dynamodb::KeysAndAttributes& given, Call& call) {
    Part part{.given = name, .consistent = given.consistent_read.value_or(false)};
    auto table = resolve_table(name, call.caller);
    if (!table) return refuse(std::move(table.error()));
    part.table = std::move(*table);
    const Given projection{"ProjectionExpression", given.projection_expression.has_value()};
    if (auto ok = check_styles({{"AttributesToGet", given.attributes_to_get.has_value()}}, {projection}); !ok)
      return ok;
    auto placeholders = read_placeholders(&given.expression_attribute_names, nullptr, {projection}, {});
    if (!placeholders) return refuse(std::move(placeholders.error()));
    auto compiled = compile_projection(given, *placeholders);
    if (!compiled) return refuse(std::move(compiled.error()));
    part.projection = std::move(*compiled);
    if (auto ok = placeholders->check_used(); !ok) return ok;
    for (const auto& key : given.keys) {
      auto attributes = attributes_of(key);
      if (!attributes) return refuse(std::move(attributes.error()));
      part.keys.push_back(std::move(*attributes));
    }
    parts_.push_back(std::move(part));
    return {};
  }

  Outcome<void> act(Tables& tables) override {
    std::size_t bytes = 0;
    for (auto& part : parts_) {
      auto table = tables.require(part.table);
      if (!table) return refuse(std::move(table.error()));
      std::set<std::string> places;
      for (const auto& key : part.keys) {
        if (auto ok = check_key(table->keys, key); !ok) return ok;
        if (!places.insert(*place_of(table->keys, key)).second) {
          return refuse(invalid("Provided list of item keys contains duplicates"));
        }
      }
      for (; part.read < part.keys.size() && bytes < limits().batch_get_bytes_max; ++part.read) {
        auto item = tables.item(*table, *place_of(table->keys, part.keys[part.read]));
        const std::size_t size = item ? size_of(*item) : 0;
        bytes += size;
        usage_.add_read(part.table, nullptr, size, part.consistent);
        if (item) part.items.push_back(std::move(*item));
      }
    }
    return {};
  }

  void complete(Call&) override {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const auto& part = parts_[i];
      auto& items = out_.responses.emplace_back(part.given, std::vector<ModelMap>{}).second;
      for (const auto& item : part.items)
        items.push_back(to_model(part.projection ? part.projection->project(item) : item));
      if (part.read == part.keys.size()) continue;
      auto left = in_.request_items[i];
      left.second.keys.erase(left.second.keys.begin(),
                             left.second.keys.begin() + static_cast<std::ptrdiff_t>(part.read));
      out_.unprocessed_keys.push_back(std::move(left));
    }
    out_.consumed_capacity = usage_.report(in_.return_consumed_capacity);
  }

  std::vector<Part> parts_;
  Usage usage_;
};

// Each write stands for itself in the service; here they happen together unless they are very large.
class BatchWriteItem final : public Handler<op::BatchWriteItem> {
 public:
  using Handler::Handler;

 private:
  Outcome<void> prepare(Call& call) override {
    if (in_.request_items.empty()) {
      return refuse(
          invalid("1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: "
                  "Member must have length greater than or equal to 1"));
    }
    for (const auto& [name, requests] : in_.request_items) {
      if (requests.empty()) {
        return refuse(
            invalid("1 validation error detected: Value '[]' at 'requestItems.member' failed to satisfy "
                    "constraint: Member must have length greater than or equal to 1"));
      }
      auto table = resolve_table(name, call.caller);
      if (!table) return refuse(std::move(table.error()));
      for (const auto& request : requests) {
        if (auto ok = prepare_one(*table, request); !ok) return ok;
      }
    }
    if (writes_.size() <= batch_write_max) return {};
    return refuse(invalid(fmt::format(too_many, "BatchWriteItem")));
  }

  Outcome<void> prepare_one(const std::string& table, const models::dynamodb::WriteRequest& request) {
    if (request.put_request.has_value() == request.delete_request.has_value()) {
      return refuse(
          invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
                  "supported datatypes"));
    }
    const bool put = request.put_request.has_value();
    auto attributes = attributes_of(put ? request.put_request->item : request.delete_request->key);
    if (!attributes) return refuse(std::move(attributes.error()));
    writes_.push_back(
        {.kind = put ? ItemWrite::Kind::put : ItemWrite::Kind::remove, .table = table, .item = std::move(*attributes)});
    return {};
  }

  Outcome<void> act(Tables& tables) override {
    Writes writes;
    std::set<std::pair<std::string, std::string>> places;
    for (const auto& write : writes_) {
      auto table = tables.require(write.table);
      if (!table) return refuse(std::move(table.error()));
      if (auto staged = stage(tables, *table, write, limits(), writes, usage_); !staged) {
        return refuse(std::move(staged.error()));
      }
      if (!places.emplace(write.table, *place_of(table->keys, write.item)).second) {
        return refuse(invalid("Provided list of item keys contains duplicates"));
      }
    }
    return tables.write(writes);
  }

  void complete(Call&) override { out_.consumed_capacity = usage_.report(in_.return_consumed_capacity); }

  std::vector<ItemWrite> writes_;
  Usage usage_;
};

}  // namespace

ActionPtr make_handler(op::BatchGetItem, DynamoDb& dynamodb) { return std::make_unique<BatchGetItem>(dynamodb); }
ActionPtr make_handler(op::BatchWriteItem, DynamoDb& dynamodb) { return std::make_unique<BatchWriteItem>(dynamodb); }

}  // namespace millrace::aws::dynamodb
