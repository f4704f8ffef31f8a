// Of the account: its limits and settings.
#include "aws/kinesis/handlers.h"

namespace millrace::aws::kinesis {
namespace {

class DescribeLimits final : public CatalogHandler<op::DescribeLimits> {
 public:
  using CatalogHandler::CatalogHandler;

 private:
  Outcome<void> act(Catalog& catalog) override {
    const auto totals = catalog.totals();
    out_.shard_limit = static_cast<std::int32_t>(kinesis_.limits().shards_max);
    out_.open_shard_count = static_cast<std::int32_t>(totals.open_shards);
    out_.on_demand_stream_count = static_cast<std::int32_t>(totals.on_demand_streams);
    out_.on_demand_stream_count_limit = static_cast<std::int32_t>(kinesis_.limits().on_demand_streams_max);
    return {};
  }
};

model::MinimumThroughputBillingCommitmentOutput describe(const AccountEntry& account) {
  model::MinimumThroughputBillingCommitmentOutput out;
  out.status = account.committed ? "ENABLED" : "DISABLED";
  if (account.started != Time{}) out.started_at = account.started;
  if (account.ended != Time{}) out.ended_at = account.ended;
  return out;
}

class DescribeAccountSettings final : public CatalogHandler<op::DescribeAccountSettings> {
 public:
  using CatalogHandler::CatalogHandler;

 private:
  Outcome<void> act(Catalog& catalog) override {
    out_.minimum_throughput_billing_commitment = describe(catalog.account());
    return {};
  }
};

// Nothing is billed here, so the commitment may end at any time.
class UpdateAccountSettings final : public CatalogHandler<op::UpdateAccountSettings> {
 public:
  using CatalogHandler::CatalogHandler;

 private:
  Outcome<void> act(Catalog& catalog) override {
    auto account = catalog.account();
    const bool wanted = in_.minimum_throughput_billing_commitment.status == "ENABLED";
    if (wanted != account.committed) {
      account.committed = wanted;
      (wanted ? account.started : account.ended) = catalog.lane().now();
      if (wanted) account.ended = {};
      catalog.put(account);
    }
    out_.minimum_throughput_billing_commitment = describe(account);
    return {};
  }
};

}  // namespace

ActionPtr make_handler(op::DescribeLimits, Kinesis& kinesis) { return std::make_unique<DescribeLimits>(kinesis); }
ActionPtr make_handler(op::DescribeAccountSettings, Kinesis& kinesis) {
  return std::make_unique<DescribeAccountSettings>(kinesis);
}
ActionPtr make_handler(op::UpdateAccountSettings, Kinesis& kinesis) {
  return std::make_unique<UpdateAccountSettings>(kinesis);
}

}  // namespace millrace::aws::kinesis
