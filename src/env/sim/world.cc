#include "env/sim/world.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "env/sim/sim_core.h"

namespace millrace::env::sim {

namespace {

// Virtual time that a task takes, so that tasks which post themselves again do not stop the clock.
constexpr std::uint64_t task_ns = 500;

}  // namespace

World::World(WorldOptions options)
    : options_(options),
      schedule_random_(Random(options.seed).fork("schedule")),
      latency_random_(Random(options.seed).fork("latency")),
      core_random_(Random(options.seed).fork("core")),
      harness_random_(Random(options.seed).fork("harness")),
      disk_(Random(options.seed).fork("disk")),
      wall_base_(options.start) {
  check(options.cores > 0, "a machine has a core");
  disk_.on_operation = [this](Operation operation, const std::string& path, std::uint64_t offset, std::uint64_t size,
                              std::optional<Effect> effect) {
    trace(stable_hash(path, static_cast<std::uint64_t>(operation)));
    trace(offset);
    trace(size);
    if (operation == Operation::read && !effect) return;
    note(fmt::format("disk: {} {} at {}, {} bytes{}{}", name_of(operation), path, offset, size, effect ? ": " : "",
                     effect ? name_of(*effect) : ""));
  };
  for (std::size_t index = 0; index < options.cores; ++index) cores_.push_back(std::make_unique<SimCore>(*this, index));
}

World::~World() {
  crashed_ = true;
  discard();
}

Core& World::core(std::size_t index) { return *cores_.at(index); }

World::Due World::at(std::uint64_t delay_ns, std::size_t core, Callback<void()> task) {
  const Due due{now_ns_ + delay_ns, next_order_++};
  events_.emplace(due, Event{core, std::move(task)});
  return due;
}

std::uint64_t World::slowed(std::uint64_t us) {
  const bool slow = latency_random_.percent(options_.latency.slow_percent);
  return us * 1000 * (slow ? options_.latency.slow_factor : 1);
}

std::uint64_t World::disk_time(bool with_sync) {
  const auto& latency = options_.latency;
  std::uint64_t us = latency_random_.between(latency.write_min, latency.write_max);
  if (with_sync) us += latency_random_.between(latency.sync_min, latency.sync_max);
  return slowed(us);
}

std::uint64_t World::offload_time() {
  return slowed(latency_random_.between(options_.latency.offload_min, options_.latency.offload_max));
}

// Timers that are due become tasks of their core, behind what is ready there; the rest waits to be chosen.
void World::collect_due() {
  while (!events_.empty() && events_.begin()->first.at_ns <= now_ns_) {
    auto node = events_.extract(events_.begin());
    if (node.mapped().core == npos) {
      background_.emplace_back(node.key(), std::move(node.mapped()));
    } else {
      cores_[node.mapped().core]->ready_.push_back(std::move(node.mapped().task));
    }
  }
}

World::Step World::step() {
  check(!crashed_, "a stopped machine runs nothing; restart() it");
  collect_due();
  const auto ready = [&] {
    return static_cast<std::size_t>(
        std::ranges::count_if(cores_, [](const auto& core) { return !core->ready_.empty(); }));
  };
  std::size_t choices = ready() + background_.size();
  if (choices == 0) {
    if (events_.empty()) return Step::idle;
    now_ns_ = events_.begin()->first.at_ns;
    collect_due();
    choices = ready() + background_.size();
  }
  std::size_t choice = schedule_random_.below(choices);
  Callback<void()> task;
  if (choice < background_.size()) {
    task = std::move(background_[choice].second.task);
    background_.erase(background_.begin() + static_cast<std::ptrdiff_t>(choice));
    trace(npos);
  } else {
    choice -= background_.size();
    for (auto& core : cores_) {
      if (core->ready_.empty() || choice-- > 0) continue;
      task = std::move(core->ready_.front());
      core->ready_.pop_front();
      trace(core->index_);
      break;
    }
  }
  trace(now_ns_);
  now_ns_ += task_ns;
  ++steps_;
  return run(std::move(task)) ? Step::ran : Step::crashed;
}

bool World::run(Callback<void()> task) {
  try {
    task();
  } catch (const SimCrash&) {
    crash();
  }
  if (crash_requested_) crash();
  return !crashed_;
}

bool World::run_for(Duration duration) {
  const std::uint64_t until = now_ns_ + static_cast<std::uint64_t>(duration.count()) * 1'000'000;
  for (;;) {
    collect_due();
    const bool ready =
        !background_.empty() || std::ranges::any_of(cores_, [](const auto& core) { return !core->ready_.empty(); });
    if (!ready && (events_.empty() || events_.begin()->first.at_ns > until)) break;
    if (ready && now_ns_ > until) break;
    if (step() == Step::crashed) return false;
  }
  now_ns_ = std::max(now_ns_, until);
  return true;
}

void World::crash() {
  crash_requested_ = false;
  if (crashed_) return;
  crashed_ = true;
  note("crash");
  disk_.crash(options_.crash_mode);
  discard();
}

// Destroys what would have run. Only after everything is dead, as destructors may post, cancel and close.
void World::discard() {
  std::vector<Callback<void()>> rest;
  for (auto& core : cores_) core->kill(rest);
  for (auto& [due, event] : events_) rest.push_back(std::move(event.task));
  for (auto& [due, event] : background_) rest.push_back(std::move(event.task));
  events_.clear();
  background_.clear();
}

void World::restart() {
  check(crashed_, "only a stopped machine is started");
  for (auto& core : cores_) dead_cores_.push_back(std::move(core));
  cores_.clear();
  for (std::size_t index = 0; index < options_.cores; ++index)
    cores_.push_back(std::make_unique<SimCore>(*this, index));
  crashed_ = false;
  ++generation_;
  note(fmt::format("restart: generation {}", generation_));
}

void World::trace(std::uint64_t value) {
  trace_hash_ ^= value;
  trace_hash_ *= 0x100000001B3ull;
  trace_hash_ ^= trace_hash_ >> 29;
}

void World::note(std::string line) {
  trace(stable_hash(line));
  last_events_.push_back(fmt::format("{:>14.3f} ms  {}", static_cast<double>(now_ns_) / 1e6, line));
  if (on_note) on_note(last_events_.back());
  if (last_events_.size() > last_events_max) last_events_.pop_front();
}

std::vector<std::string> World::last_events() const { return {last_events_.begin(), last_events_.end()}; }

}  // namespace millrace::env::sim
