#include "env/sim/sim_core.h"

#include <algorithm>

#include "base/check.h"
#include "env/sim/sim_file.h"

namespace millrace::env::sim {

void SimCore::post(Callback<void()> task) {
  if (!dead_) ready_.push_back(std::move(task));
}

TimerId SimCore::after(Duration delay, Callback<void()> task) {
  const TimerId id(next_timer_++);
  if (dead_) return id;
  timers_.emplace(id, std::move(task));
  const auto ms = static_cast<std::uint64_t>(std::max<Duration::rep>(delay.count(), 0));
  world_->at(ms * 1'000'000, index_, [this, id] {
    auto timer = timers_.extract(id);
    if (timer) timer.mapped()();
  });
  return id;
}

void SimCore::cancel(TimerId timer) {
  // Destroyed after it has left the map, since a destructor may cancel others.
  const auto forgotten = timers_.extract(timer);
}

void SimCore::offload(Callback<void()> work, Callback<void()> done) {
  if (dead_) return;
  world_->at(world_->offload_time(), World::npos, [this, work = std::move(work), done = std::move(done)]() mutable {
    work();
    work = nullptr;
    post(std::move(done));
  });
}

void SimCore::write(File& file, std::uint64_t offset, Bytes bytes, bool sync, Callback<void(Result<void>)> done) {
  if (dead_) return;
  auto& sim_file = static_cast<SimFile&>(file);
  if (!sim_file.alive()) {
    post([done = std::move(done)]() mutable { done(fail(ErrorCode::unavailable, "the file's machine is gone")); });
    return;
  }
  sim_file.check_write(offset, bytes);
  const std::string path = file.path();
  if (auto room = world_->disk_.room_for(*sim_file.inode(), offset + bytes.size(), path); !room) {
    post([done = std::move(done), room = std::move(room)]() mutable { done(std::move(room)); });
    return;
  }
  auto inode = sim_file.inode();
  const ChangeId change = inode->write(offset, bytes, true);
  if (world_->defects.acknowledge_early) {
    post([done = std::move(done)]() mutable { done({}); });
    world_->at(world_->disk_time(sync), World::npos, [world = world_, inode, change, path, offset, sync] {
      (void)world->disk_.finish_write(*inode, change, path, offset, sync);
    });
    return;
  }
  world_->at(world_->disk_time(sync), World::npos,
             [this, inode, change, path, offset, bytes, sync, done = std::move(done)]() mutable {
               check(as_text(inode->bytes_of(change)) == as_text(bytes),
                     "the bytes of a write stay as they were until it is done");
               auto result = world_->disk_.finish_write(*inode, change, path, offset, sync);
               post([done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
             });
}

void SimCore::kill(std::vector<Callback<void()>>& rest) {
  dead_ = true;
  for (auto& task : ready_) rest.push_back(std::move(task));
  for (auto& [id, task] : timers_) rest.push_back(std::move(task));
  ready_.clear();
  timers_.clear();
}

}  // namespace millrace::env::sim
