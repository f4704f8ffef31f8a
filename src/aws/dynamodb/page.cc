#include "aws/dynamodb/page.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/dynamodb/item_codec.h"
#include "aws/dynamodb/keys.h"
#include "base/check.h"
#include "base/hash.h"

namespace millrace::aws::dynamodb {
namespace {

Failure bad_start() { return invalid("The provided starting key is invalid"); }

// The entry of ExclusiveStartKey, which need not exist any more.
Outcome<std::string> start_entry(const Source& source, const PageRequest& request) {
  const Attributes& start = *request.start;
  std::size_t expected = source.table.keys.range ? 2 : 1;
  if (source.index != nullptr) {
    const auto& keys = source.index->keys;
    if (!source.table.keys.has(keys.hash.name)) ++expected;
    if (keys.range && !source.table.keys.has(keys.range->name)) ++expected;
  }
  if (start.size() != expected) {
    if (source.index == nullptr) {
      return refuse(
          invalid("The provided starting key is invalid: The provided key element does not match the schema"));
    }
    return refuse(bad_start());
  }
  const auto place = place_of(source.table.keys, start);
  if (!place) {
    return refuse(invalid("The provided starting key is invalid: The provided key element does not match the schema"));
  }
  if (source.index == nullptr) return source.prefix() + *place;
  const auto there = place_of(source.index->keys, start);
  if (!there) return refuse(bad_start());
  return source.prefix() + *there + *place;
}

bool is_projected(const Source& source, const std::string& name) {
  if (source.index->projection == ProjectionType::all || source.table.keys.has(name) || source.index->keys.has(name)) {
    return true;
  }
  return std::ranges::find(source.index->attributes, name) != source.index->attributes.end();
}

// An index shows what it projects. A local one can be asked for more, and then looks into the table.
Attributes shown_item(const Source& source, const PageRequest& request, Attributes item) {
  if (source.index == nullptr || source.index->projection == ProjectionType::all) return item;
  const bool whole = !source.index->global && (request.select == "ALL_ATTRIBUTES" || request.projection);
  if (!whole) std::erase_if(item, [&](const auto& entry) { return !is_projected(source, entry.first); });
  return item;
}

class Reader {
 public:
  Reader(const Tables& tables, const Source& source, const PageRequest& request, const Limits& limits)
      : tables_(tables), source_(source), request_(request), limits_(limits) {}

  // False when the page is full.
  bool take(const std::string& value) {
    if (source_.index == nullptr) {
      auto decoded = decode_item(value);
      check(decoded.has_value(), "a stored item is readable");
      return take_item(std::move(*decoded));
    }
    auto item = tables_.item(source_.table, value);
    check(item.has_value(), "an entry of an index leads to an item");
    return take_item(std::move(*item));
  }

  Page page;
  std::size_t bytes = 0;

 private:
  bool take_item(Attributes item) {
    if (request_.segments > 1 && segment_of(item) != request_.segment) return true;
    ++page.scanned;
    auto key = key_of(source_.table.keys, item);
    if (source_.index != nullptr) key.merge(key_of(source_.index->keys, item));
    item = shown_item(source_, request_, std::move(item));
    bytes += size_of(item);
    if (!request_.filter || holds(*request_.filter, item)) {
      ++page.count;
      if (request_.select != "COUNT") page.items.push_back(std::move(item));
    }
    const bool full = (request_.limit > 0 && static_cast<std::size_t>(page.scanned) >= request_.limit) ||
                      bytes >= limits_.page_bytes_max;
    if (full) page.last = std::move(key);
    return !full;
  }

  std::uint32_t segment_of(const Attributes& item) const {
    std::string hash;
    append_key_value(item.at(source_.keys().hash.name), hash);
    return static_cast<std::uint32_t>(stable_hash(hash) % request_.segments);
  }

  const Tables& tables_;
  const Source& source_;
  const PageRequest& request_;
  const Limits& limits_;
};

}  // namespace

std::string Source::prefix() const {
  return index != nullptr ? index_prefix(table.number, index->number) : items_prefix(table.number);
}

Outcome<void> check_select(PageRequest& request, bool has_projection, bool older) {
  if (request.select == "SPECIFIC_ATTRIBUTES" && !has_projection) {
    return refuse(
        invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get "
                "SPECIFIC_ATTRIBUTES"));
  }
  if (request.select == "ALL_PROJECTED_ATTRIBUTES" && request.index.empty()) {
    return refuse(invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"));
  }
  if (!has_projection || request.select.empty() || request.select == "SPECIFIC_ATTRIBUTES") return {};
  return refuse(invalid(fmt::format("Cannot specify the {} when choosing to get {}",
                                    older ? "AttributesToGet" : "ProjectionExpression",
                                    request.select == "COUNT" ? "only the Count" : request.select)));
}

Outcome<Source> find_source(const Tables& tables, const PageRequest& request) {
  auto table = tables.require(request.table);
  if (!table) return refuse(std::move(table.error()));
  Source source{.table = std::move(*table)};
  if (request.index.empty()) return source;
  source.index = source.table.index(request.index);
  if (source.index == nullptr) {
    return refuse(invalid(fmt::format("The table does not have the specified index: {}", request.index)));
  }
  if (!source.index->global) return source;
  if (request.consistent) {
    return refuse(invalid("Consistent reads are not supported on global secondary indexes"));
  }
  if (request.select == "ALL_ATTRIBUTES" && source.index->projection != ProjectionType::all) {
    return refuse(invalid_values(
        fmt::format("Select type ALL_ATTRIBUTES is not supported for global secondary index {} because its projection "
                    "type is not ALL",
                    request.index)));
  }
  return source;
}

Outcome<Page> read_page(const Tables& tables, const Source& source, const PageRequest& request, KeyRange range,
                        const Limits& limits, Usage& usage) {
  if (request.start) {
    auto entry = start_entry(source, request);
    if (!entry) return refuse(std::move(entry.error()));
    if (*entry < range.begin || (!range.end.empty() && *entry >= range.end)) {
      return refuse(invalid("The provided starting key is outside query boundaries based on provided conditions"));
    }
    // No other key begins with this one, so this is the next one behind it.
    if (request.forward) {
      range.begin = *entry + '\0';
    } else {
      range.end = std::move(*entry);
    }
  }
  const auto& entries = tables.entries();
  Reader reader(tables, source, request, limits);
  const auto begin = entries.lower_bound(range.begin);
  const auto end = range.end.empty() ? entries.end() : entries.lower_bound(range.end);
  if (request.forward) {
    for (auto at = begin; at != end && reader.take(at->second);) ++at;
  } else {
    for (auto at = end; at != begin;) {
      --at;
      if (!reader.take(at->second)) break;
    }
  }
  usage.add_read(source.table.name, source.index, reader.bytes, request.consistent);
  return std::move(reader.page);
}

}  // namespace millrace::aws::dynamodb
