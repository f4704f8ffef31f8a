// DescribeTable, DeleteTable, ListTables.
#include <fmt/format.h>

#include "aws/dynamodb/describe.h"
#include "aws/dynamodb/handlers.h"

namespace millrace::aws::dynamodb {
namespace {

class DescribeTable final : public TableHandler<op::DescribeTable> {
 public:
  using TableHandler::TableHandler;

 private:
  Outcome<void> act(Tables& tables) override {
    auto table = tables.find(name_);
    if (!table) return refuse(no_such_table(name_));
    counts_ = count(tables, *table);
    schema_ = std::move(*table);
    return {};
  }

  void complete(Call& call) override { out_.table = describe(schema_, counts_, "ACTIVE", call.caller); }

  TableSchema schema_;
  TableCounts counts_;
};

class DeleteTable final : public TableHandler<op::DeleteTable> {
 public:
  using TableHandler::TableHandler;

 private:
  Outcome<void> act(Tables& tables) override {
    auto table = tables.find(name_);
    if (!table) return refuse(no_such_table(name_));
    if (table->deletion_protected) {
      return refuse(invalid(
          "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection "
          "first."));
    }
    counts_.indexes.resize(table->indexes.size());
    schema_ = std::move(*table);
    // First the name: what a power cut leaves of the items belongs to a number that no table has any more.
    if (auto ok = tables.write({{table_entry(name_), std::nullopt}}); !ok) return ok;
    if (auto ok = tables.erase(items_prefix(schema_.number)); !ok) return ok;
    return tables.erase(indexes_prefix(schema_.number));
  }

  void complete(Call& call) override {
    auto& described = out_.table_description.emplace(describe(schema_, counts_, "DELETING", call.caller));
    described.key_schema.clear();
    described.attribute_definitions.clear();
  }

  TableSchema schema_;
  TableCounts counts_;
};

class ListTables final : public Handler<op::ListTables> {
 public:
  using Handler::Handler;

 private:
  Outcome<void> act(Tables& tables) override {
    const auto limit = static_cast<std::size_t>(in_.limit.value_or(static_cast<std::int32_t>(list_tables_max)));
    const std::string prefix(1, table_mark);
    const auto& entries = tables.entries();
    const auto from = prefix + in_.exclusive_start_table_name.value_or("");
    for (auto at = entries.upper_bound(from); at != entries.end() && at->first.starts_with(prefix); ++at) {
      if (out_.table_names.size() == limit) {
        out_.last_evaluated_table_name = out_.table_names.back();
        break;
      }
      out_.table_names.push_back(at->first.substr(prefix.size()));
    }
    return {};
  }
};

}  // namespace

ActionPtr make_handler(op::DescribeTable, DynamoDb& dynamodb) { return std::make_unique<DescribeTable>(dynamodb); }
ActionPtr make_handler(op::DeleteTable, DynamoDb& dynamodb) { return std::make_unique<DeleteTable>(dynamodb); }
ActionPtr make_handler(op::ListTables, DynamoDb& dynamodb) { return std::make_unique<ListTables>(dynamodb); }

}  // namespace millrace::aws::dynamodb
