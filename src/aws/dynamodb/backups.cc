// UpdateContinuousBackups and DescribeContinuousBackups: the setting is kept and described. Nothing is backed up by it:
// the data directory is the operator's to copy.
#include <fmt/format.h>

#include "aws/dynamodb/handlers.h"

namespace millrace::aws::dynamodb {
namespace {

constexpr std::int32_t days_default = 35;
constexpr Duration latest_lag = std::chrono::minutes(5);

Failure table_not_found(const std::string& name) {
  return {&errors::table_not_found_exception, fmt::format("Table not found: {}", name)};
}

models::dynamodb::ContinuousBackupsDescription describe_backups(const TableSchema& table, Time now) {
  models::dynamodb::ContinuousBackupsDescription out;
  out.continuous_backups_status = "ENABLED";
  auto& recovery = out.point_in_time_recovery_description.emplace();
  recovery.point_in_time_recovery_status = table.backups ? "ENABLED" : "DISABLED";
  if (!table.backups) return out;
  recovery.recovery_period_in_days = table.backup_days;
  recovery.earliest_restorable_date_time =
      std::max(table.backups_since, now - std::chrono::hours(24) * table.backup_days);
  recovery.latest_restorable_date_time = std::max(table.backups_since, now - latest_lag);
  return out;
}

class UpdateContinuousBackups final : public TableHandler<op::UpdateContinuousBackups> {
 public:
  using TableHandler::TableHandler;

 private:
  Outcome<void> act(Tables& tables) override {
    auto table = tables.find(name_);
    if (!table) return refuse(table_not_found(name_));
    const auto& wanted = in_.point_in_time_recovery_specification;
    const Time now = tables.now();
    if (wanted.point_in_time_recovery_enabled && !table->backups) table->backups_since = now;
    table->backups = wanted.point_in_time_recovery_enabled;
    table->backup_days = wanted.recovery_period_in_days.value_or(days_default);
    out_.continuous_backups_description = describe_backups(*table, now);
    return tables.keep(*table);
  }
};

class DescribeContinuousBackups final : public TableHandler<op::DescribeContinuousBackups> {
 public:
  using TableHandler::TableHandler;

 private:
  Outcome<void> act(Tables& tables) override {
    const auto table = tables.find(name_);
    if (!table) return refuse(table_not_found(name_));
    out_.continuous_backups_description = describe_backups(*table, tables.now());
    return {};
  }
};

}  // namespace

ActionPtr make_handler(op::UpdateContinuousBackups, DynamoDb& dynamodb) {
  return std::make_unique<UpdateContinuousBackups>(dynamodb);
}
ActionPtr make_handler(op::DescribeContinuousBackups, DynamoDb& dynamodb) {
  return std::make_unique<DescribeContinuousBackups>(dynamodb);
}

}  // namespace millrace::aws::dynamodb
