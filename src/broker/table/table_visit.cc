#include "broker/table/table_visit.h"

#include "base/check.h"

namespace millrace::broker {

const Table::Entries& TableVisit::entries() const {
  static const Table::Entries none;
  return table_ != nullptr ? table_->entries() : none;
}

const std::string* TableVisit::find(std::string_view key) const {
  return table_ != nullptr ? table_->find(key) : nullptr;
}

void TableVisit::add_erasures(std::string_view prefix, std::vector<TableWrite>& writes) const {
  for (auto at = entries().lower_bound(prefix); at != entries().end() && at->first.starts_with(prefix); ++at) {
    writes.push_back({at->first, std::nullopt});
  }
}

Result<void> TableVisit::write(std::span<const TableWrite> writes) {
  if (table_ == nullptr) {
    if (only_erases(writes)) return {};
    if (auto admitted = lane_.admits_new(); !admitted) return admitted;
    table_ = open_table(lane_, key_);
    check(table_ != nullptr, "nothing else has the key of a table");
  }
  return table_->write_in_steps(writes);
}

}  // namespace millrace::broker
