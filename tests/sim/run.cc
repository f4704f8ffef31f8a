#include "sim/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "broker/partitions.h"
#include "engine/audit.h"

namespace millrace::sim {
namespace {

using env::sim::CrashMode;
using env::sim::Effect;
using env::sim::Fault;
using env::sim::FaultPlan;
using env::sim::Operation;
using env::sim::Random;

constexpr std::uint64_t calls_under_way_max = 8;
constexpr std::uint64_t starts_max = 8;      // with faults on; then they end, so that the run does
constexpr Duration start_patience{120'000};  // a start without faults takes less
constexpr Duration answer_patience{60'000};  // so does an answer
// A task takes half a microsecond of virtual time, so a loop of tasks fills half a window; the workloads come nowhere near.
constexpr Duration busy_window{50};
constexpr std::uint64_t busy_steps_max = 50'000;

const Workload& choose(const Workload* given, std::uint64_t seed) {
  return given != nullptr ? *given : workloads()[Random(seed).fork("workload").below(workloads().size())];
}

const FaultKind& choose(const FaultKind* given, std::uint64_t seed) {
  return given != nullptr ? *given : fault_kinds()[Random(seed).fork("fault").below(fault_kinds().size())];
}

env::sim::WorldOptions world_options(const RunOptions& options, const FaultKind& fault) {
  Random random = Random(options.seed).fork("machine");
  return {.seed = options.seed, .cores = random.between(1, 3), .crash_mode = fault.crash_mode};
}

ServerOptions server_options(const RunOptions& options, const Workload& workload) {
  Random random = Random(options.seed).fork("server");
  ServerOptions server{.sabotage = options.sabotage};
  server.lanes = static_cast<std::uint32_t>(random.between(1, 3));
  // Small files, so that rotation, settling and checkpoints happen all the time.
  server.lane.journal_file_bytes = workload.body_bytes_max > 8000 ? 128u << 10 : 32u << (10 + random.below(3));
  server.lane.journal_chunk_bytes = 16u << 10;
  return server;
}

}  // namespace

Run::Run(const RunOptions& options)
    : options_(options),
      workload_(choose(options.workload, options.seed)),
      fault_(choose(options.fault, options.seed)),
      world_(world_options(options, fault_)),
      random_(Random(options.seed).fork("run")),
      server_options_(server_options(options, workload_)),
      calls_(world_) {
  if (options.verbose) {
    world_.on_note = [](const std::string& line) { fmt::print("{}\n", line); };
  }
  const bool reads_fail =
      std::ranges::any_of(fault_.failures, [](const auto& failure) { return failure.second == Operation::read; });
  scenario_ = workload_.make({.world = world_, .calls = calls_, .verdict = verdict_, .reads_fail = reads_fail});
  auto& defects = world_.disk().defects;
  defects.sync_does_nothing = options.sabotage == Sabotage::sync_does_nothing;
  defects.forget_directories = options.sabotage == Sabotage::forget_directories;
  defects.lose_synced_sector = options.sabotage == Sabotage::lose_synced_sector;
  world_.defects.acknowledge_early = options.sabotage == Sabotage::acknowledge_before_write;
  calls_.on_reply = [this] {
    if (replies_until_crash_ == 0 || --replies_until_crash_ > 0) return;
    world_.note("the power goes right after this reply");
    world_.request_crash();
  };
}

RunResult Run::go() {
  // The directory above the data directory is the operator's, and durable.
  check(world_.disk().mount().make_directory("srv").has_value());
  auto durable = world_.disk().mount().sync_directory("");
  check(durable.has_value());
  boot();
  const auto episodes = random_.between(2, 4);
  for (std::uint64_t index = 0; index < episodes && !verdict_.bad(); ++index) episode();
  if (!verdict_.bad()) {
    world_.note("draining");
    heal();
    scenario_->drain(*this);
  }
  if (!verdict_.bad()) {
    world_.note("the end, and a restart");
    world_.crash();
    boot();
    if (!verdict_.bad()) scenario_->check_after_the_end(*this);
  }

  result_.seed = options_.seed;
  result_.workload = &workload_;
  result_.fault = &fault_;
  result_.violation = verdict_.what();
  result_.last_events = world_.last_events();
  result_.trace_hash = world_.trace_hash();
  result_.calls = calls_.made();
  result_.replies = calls_.replies();
  result_.refusals = calls_.refusals();
  result_.received = scenario_->received();
  result_.crashes = world_.disk().statistics().crashes;
  result_.faults = world_.disk().statistics().faults;
  result_.virtual_ms = world_.monotonic_ns() / 1'000'000;
  if (!world_.crashed()) world_.crash();
  end_server();
  return std::move(result_);
}

// --- the course of a run ---

Duration Run::pause() {
  const auto kind = random_.below(100);
  if (workload_.long_pauses && kind < 2) return Duration(random_.between(30'000, 200'000));
  if (kind < 5) return Duration(random_.between(200, 5000));
  if (kind < 30) return Duration(random_.between(3, 200));
  return Duration(random_.below(3));
}

void Run::episode() {
  arm();
  const auto actions = random_.between(60, 160);
  for (std::uint64_t action = 0; action < actions && !verdict_.bad(); ++action) {
    if (calls_.under_way() < calls_under_way_max) scenario_->act();
    advance(pause());
  }
  if (verdict_.bad()) return;
  if (reserves_kept_ && fault_.failures.empty()) check_full_disk();
  if (verdict_.bad()) return;
  if (random_.percent(workload_.restart_percent)) stop_cleanly();
  if (!verdict_.bad()) quiet();
}

void Run::check_full_disk() {
  world_.note("the disk is full; what must go on does");
  advance(Duration(2000));
  settle();
  if (!verdict_.bad()) scenario_->check_full_disk(*this);
}

void Run::stuck_on_full_disk() {
  ++result_.stuck_on_full_disk;
  if (options_.strict_full_disk) verdict_.violated("with a full disk nothing can be received or deleted");
}

void Run::quiet() {
  heal();
  advance(Duration(5000));
  settle();
  if (!verdict_.bad()) scenario_->check_quiet(*this);
}

// --- the machine and the server ---

void Run::advance(Duration duration) {
  while (duration > Duration::zero() && !verdict_.bad()) {
    const Duration piece = std::min(duration, busy_window);
    const auto steps = world_.steps();
    const bool stopped = !world_.run_for(piece);
    if (world_.steps() - steps > busy_steps_max) verdict_.violated("the server is busy doing nothing");
    if (stopped) return boot();
    duration -= piece;
  }
}

void Run::settle() {
  const auto until = world_.monotonic_ns() + static_cast<std::uint64_t>(answer_patience.count()) * 1'000'000;
  while (calls_.under_way() > 0 && !verdict_.bad()) {
    if (world_.monotonic_ns() > until) return verdict_.violated("{} calls have no answer", calls_.under_way());
    advance(Duration(5));
  }
}

void Run::end_server() {
  if (server_) {
    const auto stats = server_->stats();
    result_.recoveries += stats.recoveries;
    result_.segments += stats.segments_written;
    result_.checkpoints += stats.checkpoints_written;
  }
  calls_.lose();
  scenario_->use(nullptr);
  server_.reset();
}

// Brings a server up, however often the machine stops meanwhile.
void Run::boot() {
  for (std::uint64_t attempt = 0; !verdict_.bad(); ++attempt) {
    if (attempt >= starts_max) heal();
    end_server();
    if (world_.crashed()) {
      world_.restart();
      world_.disk().set_faults({});
      check_disk();
      // Sometimes the next crash comes during recovery.
      if (faults_armed_ && fault_.crash_in_operation && attempt < starts_max) {
        world_.disk().set_faults(random_.percent(30) ? FaultPlan{crash_fault(60)} : FaultPlan{});
      }
    }
    if (start_server() && prepare()) return;
    if (!world_.crashed()) world_.crash();
  }
}

// False when the machine stopped, or faults kept the server from starting; those are gone then.
bool Run::start_server() {
  server_ = std::make_unique<Server>(world_, server_options_);
  std::optional<Result<void>> started;
  server_->start([&started](Result<void> result) { started = std::move(result); });
  const auto begun = world_.monotonic_ns();
  while (!started) {
    if (!world_.run_for(Duration(5))) return false;
    if (world_.monotonic_ns() - begun > static_cast<std::uint64_t>(start_patience.count()) * 1'000'000) {
      verdict_.violated("the server does not start");
      return false;
    }
  }
  if (*started) return true;
  const Error& error = started->error();
  world_.note(fmt::format("start failed: {}: {}", name_of(error.code), error.message));
  if (error.code == ErrorCode::damaged || !faults_armed_) {
    verdict_.violated("the server does not start: {}: {}", name_of(error.code), error.message);
  }
  heal();
  return false;
}

bool Run::prepare() {
  scenario_->use(server_.get());
  const auto begun = world_.monotonic_ns();
  for (;;) {
    scenario_->prepare();
    for (int wait = 0; wait < 100 && calls_.under_way() > 0; ++wait) {
      if (!world_.run_for(Duration(10))) return false;
    }
    if (verdict_.bad() || scenario_->prepared()) return true;
    if (!world_.run_for(Duration(500))) return false;
    const auto ms = (world_.monotonic_ns() - begun) / 1'000'000;
    if (ms > 20'000) heal();
    if (ms > 60'000) {
      verdict_.violated("it cannot be used a minute after the faults have ended");
      return true;
    }
  }
}

// What lies on the disk fits together, as `millrace check` looks at it: offline, whatever the machine died of.
void Run::check_disk() {
  auto& core = world_.core(0);
  for (std::uint32_t lane = 0; lane < server_options_.lanes && !verdict_.bad(); ++lane) {
    const auto path = engine::lane_directory(std::string(Server::data_directory), lane);
    auto store = log::FileStore::open(core.files(), path);
    const auto sound = store ? engine::audit(core, std::move(*store), broker::partition_factory())
                             : Result<void>(std::unexpected(store.error()));
    if (!sound) verdict_.violated("{} is not sound: {}", path, sound.error().message);
  }
}

void Run::stop_cleanly() {
  if (random_.percent(50)) heal();
  bool stopped = false;
  world_.note("clean stop");
  server_->stop([&stopped] { stopped = true; });
  const auto begun = world_.monotonic_ns();
  while (!stopped) {
    if (!world_.run_for(Duration(5))) return boot();
    if (world_.monotonic_ns() - begun > static_cast<std::uint64_t>(answer_patience.count()) * 1'000'000) {
      return verdict_.violated("the server does not stop");
    }
  }
  world_.crash();
  boot();
}

// --- faults ---

Fault Run::crash_fault(std::uint64_t nth_max) {
  // Early ones are as likely as late ones of ten times the distance.
  const auto nth_bound = random_.between(1, nth_max);
  return {.effect = Effect::crash, .on = Operation::any, .nth = random_.between(1, nth_bound)};
}

void Run::arm() {
  const auto wanted = [&] { return !fault_.in_part || random_.percent(40); };
  FaultPlan plan;
  if (fault_.crash_in_operation && wanted()) plan.push_back(crash_fault(400));
  if (fault_.crash_after_reply && wanted()) replies_until_crash_ = random_.between(1, 120);
  if (!fault_.failures.empty() && wanted()) {
    const auto& [effect, operation] = fault_.failures[random_.below(fault_.failures.size())];
    plan.push_back({.effect = effect, .on = operation, .nth = random_.between(1, 60), .for_ever = random_.percent(15)});
  }
  if (fault_.full_disk && wanted()) {
    // Other programs take what is free; what the server has set aside is its own.
    world_.disk().set_capacity(world_.disk().used() + random_.below(256u << 10));
    reserves_kept_ = true;
    for (std::uint32_t lane = 0; lane < server_options_.lanes; ++lane) {
      const auto reserve = engine::lane_directory(std::string(Server::data_directory), lane) + "/reserve";
      reserves_kept_ = reserves_kept_ && world_.disk().size_of(reserve).has_value();
    }
  }
  if (fault_.slow_disk && wanted()) {
    world_.set_latency(
        {.slow_percent = static_cast<unsigned>(random_.between(2, 30)), .slow_factor = random_.between(50, 2000)});
  }
  world_.disk().set_faults(std::move(plan));
  faults_armed_ = true;
}

void Run::heal() {
  reserves_kept_ = false;
  world_.disk().set_faults({});
  world_.disk().set_capacity(UINT64_MAX);
  world_.set_latency({});
  replies_until_crash_ = 0;
  faults_armed_ = false;
}

}  // namespace millrace::sim
