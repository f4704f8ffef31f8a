// KinesisClients: what the users of a stream of Kinesis do, through the real gateway: producers, a consumer that reads every
// shard once and parents first, readers that begin everywhere, and operators who reshard and restart.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/clients.h"
#include "sim/kinesis/api.h"
#include "sim/kinesis/ledger.h"

namespace millrace::sim {

struct KinesisWorkload {
  std::string_view name;
  std::string_view about;
  std::size_t data_bytes_max = 1500;
  unsigned records_max = 5;  // of each key in one PutRecords
  unsigned restart_percent = 0;
  // How often each is chosen, relative to the others.
  unsigned put = 45;
  unsigned consume = 30;
  unsigned peek = 15;
  unsigned reshard = 3;
  unsigned configure = 1;
  unsigned other_stream = 2;  // another one is made and deleted
};

std::span<const KinesisWorkload> kinesis_workloads();

class KinesisClients final : public Clients {
 public:
  KinesisClients(const Setting& setting, const KinesisWorkload& workload);

  void use(Server* server) override;
  void prepare() override;
  bool prepared() const override { return active_; }
  void act() override;
  void check_quiet(Course& course) override;
  void drain(Course& course) override;
  void check_after_the_end(Course& course) override;
  std::uint64_t received() const override { return ledger_.consumed() + peeked_; }

 private:
  // What the deletion and creation of the other stream have come to.
  enum class Other : std::uint8_t { absent, unknown, present };

  void request(
      std::string_view operation, std::string body, Callback<void(const ApiReply&)> answered,
      Callback<void()> unanswered = [] {});
  void put();
  void put_records(std::vector<std::size_t> keys);
  void learn_put(PutModel& record, const codec::JsonValue& entry);
  void consume();
  void consume(ShardModel& shard);
  void get_records(ShardModel& shard);
  void peek();
  void peek_from(const std::string& shard, const std::string& iterator, Ledger::Read read);
  void reshard();
  void configure();
  void other_stream();
  void list();
  void describe();
  void describe_other();
  void consume_all(Course& course);
  void read_each_again(Course& course);

  const KinesisWorkload& workload_;
  std::optional<Api> api_;
  Ledger ledger_;
  bool created_ = false;
  bool active_ = false;
  bool listing_ = false;
  Other other_ = Other::absent;
  bool other_busy_ = false;
  std::string other_status_;  // empty: there is none
  std::vector<bool> key_busy_;
  std::uint64_t peeked_ = 0;
};

}  // namespace millrace::sim
