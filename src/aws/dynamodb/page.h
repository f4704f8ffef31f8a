// A page of Query or Scan: what both read, filter, project and return. Compiled at home, read on the lane.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aws/dynamodb/compile.h"
#include "aws/dynamodb/consumed.h"
#include "aws/dynamodb/limits.h"
#include "aws/dynamodb/store.h"

namespace millrace::aws::dynamodb {

struct PageRequest {
  std::string table;
  std::string index;  // empty: the table itself
  std::string select;
  std::optional<Condition> filter;
  std::optional<PathTree> projection;
  std::optional<Attributes> start;  // ExclusiveStartKey
  std::size_t limit = 0;            // 0: none
  bool consistent = false;
  bool forward = true;
  std::uint32_t segment = 0;
  std::uint32_t segments = 1;
};

struct Page {
  std::vector<Attributes> items;
  std::int32_t count = 0;
  std::int32_t scanned = 0;
  std::optional<Attributes> last;  // LastEvaluatedKey
};

// The keys of entries from `begin` on, below `end`; an empty end: to the last one.
struct KeyRange {
  std::string begin;
  std::string end;
};

// Where a page reads: the table and the index, with their keys. May be moved, not copied: `index` is inside `table`.
struct Source {
  TableSchema table;
  const IndexSchema* index = nullptr;

  const KeySchema& keys() const { return index != nullptr ? index->keys : table.keys; }
  std::string prefix() const;
};

// Finds table and index and checks what only they can say.
Outcome<Source> find_source(const Tables& tables, const PageRequest& request);
// Reads within the range.
Outcome<Page> read_page(const Tables& tables, const Source& source, const PageRequest& request, KeyRange range,
                        const Limits& limits, Usage& usage);

// Select and what it allows beside it.
Outcome<void> check_select(PageRequest& request, bool has_projection, bool older);

// What QueryInput and ScanInput have in common.
template <class In>
Outcome<void> read_page_request(const In& in, PageRequest& out) {
  out.index = in.index_name.value_or("");
  out.select = in.select.value_or("");
  out.limit = static_cast<std::size_t>(in.limit.value_or(0));
  out.consistent = in.consistent_read.value_or(false);
  if (in.exclusive_start_key) {
    auto start = attributes_of(*in.exclusive_start_key);
    if (!start) return refuse(std::move(start.error()));
    out.start = std::move(*start);
  }
  return check_select(out, in.projection_expression || in.attributes_to_get, in.attributes_to_get.has_value());
}

// Fills QueryOutput or ScanOutput.
template <class Out>
void fill_page(const Page& page, const PageRequest& request, Out& out) {
  out.count = page.count;
  out.scanned_count = page.scanned;
  if (page.last) out.last_evaluated_key = to_model(*page.last);
  if (request.select == "COUNT") return;
  auto& items = out.items.emplace();
  items.reserve(page.items.size());
  for (const auto& item : page.items) {
    items.push_back(to_model(request.projection ? request.projection->project(item) : item));
  }
}

}  // namespace millrace::aws::dynamodb
