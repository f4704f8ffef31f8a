// Usage: the capacity units that a request consumes, by table and index, as ReturnConsumedCapacity reports them. Nothing
// is limited by them here. Plain data.
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aws/dynamodb/schema.h"
#include "models/dynamodb.h"

namespace millrace::aws::dynamodb {

class Usage {
 public:
  // In a transaction everything costs twice as much, and reads and writes are reported each on its own.
  explicit Usage(bool transaction = false) : transaction_(transaction) {}

  void add_write(const std::string& table, std::size_t bytes);
  void add_index_write(const std::string& table, const IndexSchema& index, std::size_t bytes);
  // Of one item, or of a page of items together.
  void add_read(const std::string& table, const IndexSchema* index, std::size_t bytes, bool consistent);

  // One entry for each table, as `option` (ReturnConsumedCapacity) asks; empty when it asks for none.
  std::vector<models::dynamodb::ConsumedCapacity> report(const std::optional<std::string>& option) const;
  // The same of a request that concerns one table.
  std::optional<models::dynamodb::ConsumedCapacity> report_one(const std::optional<std::string>& option) const;

 private:
  struct Units {
    double read = 0;
    double write = 0;
  };
  struct OfTable {
    Units all;
    Units table;
    std::map<std::string, Units> global;
    std::map<std::string, Units> local;
  };
  models::dynamodb::Capacity capacity(const Units& units) const;

  bool transaction_;
  std::map<std::string, OfTable> tables_;
};

}  // namespace millrace::aws::dynamodb
