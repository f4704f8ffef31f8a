// What the three batch operations share: their entries' ids, and how an entry fails.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "aws/failure.h"
#include "aws/sqs/errors.h"
#include "aws/sqs/limits.h"

namespace millrace::aws::sqs {

bool is_batch_id(std::string_view id, const Limits& limits);
Outcome<void> check_batch_size(std::size_t entries, std::string_view entry_name, const Limits& limits);
// Well formed and each there once.
Outcome<void> check_batch_ids(const std::vector<std::string_view>& ids, const Limits& limits);

models::sqs::BatchResultErrorEntry failed_entry(std::string_view id, const Failure& failure);

// Entries with their number and ids.
template <class Entry>
Outcome<void> check_batch(const std::vector<Entry>& entries, std::string_view entry_name, const Limits& limits) {
  if (auto ok = check_batch_size(entries.size(), entry_name, limits); !ok) return ok;
  std::vector<std::string_view> ids;
  ids.reserve(entries.size());
  for (const auto& entry : entries) ids.push_back(entry.id);
  return check_batch_ids(ids, limits);
}

}  // namespace millrace::aws::sqs
