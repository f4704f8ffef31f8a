#include "aws/sqs/batch.h"

namespace millrace::aws::sqs {

bool is_batch_id(std::string_view id, const Limits& limits) {
  return !id.empty() && id.size() <= limits.batch_id_max && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

Outcome<void> check_batch_size(std::size_t entries, std::string_view entry_name, const Limits& limits) {
  if (entries == 0) {
    return refuse(Failure{&errors::empty_batch_request,
                          fmt::format("There should be at least one {} in the request.", entry_name)});
  }
  if (entries > limits.batch_entries_max) {
    return refuse(Failure{&errors::too_many_entries_in_batch_request,
                          fmt::format("Maximum number of entries per request are {}. You have sent {}.",
                                      limits.batch_entries_max, entries)});
  }
  return {};
}

Outcome<void> check_batch_ids(const std::vector<std::string_view>& ids, const Limits& limits) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!is_batch_id(ids[i], limits)) {
      return refuse(
          Failure{&errors::invalid_batch_entry_id,
                  "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can "
                  "be at most 80 letters long."});
    }
    if (std::find(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(i), ids[i]) !=
        ids.begin() + static_cast<std::ptrdiff_t>(i)) {
      return refuse(Failure{&errors::batch_entry_ids_not_distinct, fmt::format("Id {} repeated.", ids[i])});
    }
  }
  return {};
}

models::sqs::BatchResultErrorEntry failed_entry(std::string_view id, const Failure& failure) {
  models::sqs::BatchResultErrorEntry entry;
  entry.id = id;
  entry.sender_fault = failure.kind->sender;
  entry.code = failure.kind->query;
  entry.message = failure.message;
  return entry;
}

}  // namespace millrace::aws::sqs
