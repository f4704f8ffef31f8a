// Server: one life of a server on a simulated machine: the data directory, the engine, and the verbs as a door would
// use them: on the lane's core, answered once durable.
//
// Made after a start or a crash of the World, destroyed after it stopped. Every verb answers exactly once, unless the
// machine stops first.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/queue/queue.h"
#include "engine/data_directory.h"
#include "engine/engine.h"
#include "env/sim/world.h"

namespace millrace::sim {

// Deliberate defects, each of which the checkers must find. The world's own come first, then those of a server.
enum class Sabotage : std::uint8_t {
  none,
  acknowledge_before_write,  // the machine says that bytes are on disk before they are
  sync_does_nothing,
  forget_directories,
  lose_synced_sector,
  reply_before_durable,
  drop_sends,      // some sends are acknowledged and not done
  forget_deletes,  // some deletes are acknowledged and not done
  forget_dedup,    // deduplication ids do not survive a restart
  ignore_delay,
  short_visibility,  // some messages come back before their time
  wrong_group,       // FIFO order is kept for the wrong groups
  ignore_purge,
  damage_body,
  low_count,     // some receive counts are told too low
  wrong_totals,  // the counters are one too high
  last,
};
std::string_view name_of(Sabotage sabotage);

struct ServerOptions {
  std::uint32_t lanes = 2;
  engine::LaneOptions lane;
  Sabotage sabotage = Sabotage::none;
};

struct SendRequest {
  broker::MessageId id{};
  std::string body;
  std::string group;
  std::optional<Duration> delay;
  std::optional<broker::DedupDigest> dedup;
};

// An error of a verb. `refused`: it was turned away, nothing was done; otherwise nobody knows.
struct Failure {
  bool refused = false;
  Error error;
};
template <class T>
using Reply = std::expected<T, Failure>;

struct Received {
  broker::Receipt receipt;
  std::uint32_t count = 0;
  std::string body;
  std::string group;
};

class Server {
 public:
  static constexpr std::string_view data_directory = "srv/data";

  Server(env::sim::World& world, ServerOptions options) : world_(world), options_(std::move(options)) {}

  // Opens or makes the data directory and starts the engine.
  void start(Callback<void(Result<void>)> done);
  void stop(Callback<void()> done);

  // The verbs. Queues are named by their keys.
  void create(const std::string& queue, const broker::QueueConfig& config, Callback<void(Reply<bool>)> done);
  void send(const std::string& queue, std::vector<SendRequest> batch,
            Callback<void(std::vector<Reply<broker::Sent>>)> done);
  void receive(const std::string& queue, broker::AcquireRequest request,
               Callback<void(Reply<std::vector<Received>>)> done);
  void remove(const std::string& queue, const broker::Receipt& receipt,
              Callback<void(Reply<broker::AcceptOutcome>)> done);
  void renew(const std::string& queue, const broker::Receipt& receipt, Duration visibility,
             Callback<void(Reply<broker::RenewOutcome>)> done);
  void purge(const std::string& queue, Callback<void(Reply<bool>)> done);
  void move(const std::string& queue, Callback<void(Reply<bool>)> done);
  void counts(const std::string& queue, Callback<void(Reply<broker::QueueCounts>)> done);

  engine::Lane::Stats stats() const;

 private:
  template <class T>
  void with_queue(const std::string& queue, Callback<void(Reply<T>)> done,
                  Callback<void(engine::Lane&, broker::Queue&, Callback<void(Reply<T>)>)> verb);
  template <class T>
  void answer(engine::Lane& lane, T value, Callback<void(Reply<T>)> done);
  bool sabotaged(Sabotage what, unsigned percent = 100);

  env::sim::World& world_;
  const ServerOptions options_;
  std::vector<env::Core*> cores_;
  engine::DataDirectory directory_;
  std::unique_ptr<engine::Engine> engine_;
};

}  // namespace millrace::sim
