#include "env/sim/disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/check.h"
#include "env/sim/sim_file.h"

namespace millrace::env::sim {

std::string_view name_of(Operation operation) {
  switch (operation) {
    case Operation::read: return "read";
    case Operation::write: return "write";
    case Operation::sync: return "sync";
    case Operation::allocate: return "allocate";
    case Operation::truncate: return "truncate";
    case Operation::create: return "create";
    case Operation::rename: return "rename";
    case Operation::remove: return "remove";
    case Operation::sync_directory: return "sync directory";
    case Operation::any: return "any";
  }
  return "unknown";
}

std::string_view name_of(Effect effect) {
  switch (effect) {
    case Effect::fail: return "failure";
    case Effect::short_write: return "short write";
    case Effect::full: return "disk full";
    case Effect::crash: return "crash";
  }
  return "unknown";
}

namespace {

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return {};
  return path.substr(0, slash);  // empty for what lies in the root
}

}  // namespace

// The file system of one generation.
class SimMount final : public Files {
 public:
  explicit SimMount(SimDisk& disk) : disk_(disk), generation_(disk.generation_) {}

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    if (!alive()) return dead(path);
    auto found = disk_.names_.find(path);
    if (found != disk_.names_.end() && !found->second)
      return fail(ErrorCode::io, fmt::format("open {}: is a directory", path));
    if (found == disk_.names_.end()) {
      if (!mode.create) return missing("open", path);
      const std::string directory = directory_of(path);
      if (!directory.empty() && !disk_.names_.contains(directory)) return missing("open", path);
      auto made = disk_.change_name(Operation::create, {.add = path, .node = std::make_shared<Inode>()});
      if (!made) return pass(made);
      found = disk_.names_.find(path);
    } else if (mode.create && mode.exclusive) {
      return fail(ErrorCode::exists, fmt::format("open {}: exists", path));
    }
    return std::make_unique<SimFile>(disk_, found->second, path, mode);
  }

  Result<void> make_directory(const std::string& path) override {
    if (!alive()) return dead(path);
    const auto found = disk_.names_.find(path);
    if (found != disk_.names_.end()) {
      if (found->second) return fail(ErrorCode::io, fmt::format("make directory {}: is a file", path));
      return {};
    }
    const std::string parent = directory_of(path);
    if (!parent.empty()) {
      if (auto made = make_directory(parent); !made) return made;
    }
    return disk_.change_name(Operation::create, {.add = path, .node = nullptr});
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    if (!alive()) return dead(directory);
    const auto self = disk_.names_.find(directory);
    if (self == disk_.names_.end() || self->second) return missing("list", directory);
    std::vector<std::string> names;
    const std::string prefix = directory + "/";
    for (auto at = disk_.names_.lower_bound(prefix); at != disk_.names_.end() && at->first.starts_with(prefix); ++at) {
      const auto name = at->first.substr(prefix.size());
      if (name.find('/') == std::string::npos) names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    if (!alive()) return dead(from);
    const auto found = disk_.names_.find(from);
    if (found == disk_.names_.end()) return missing("rename", from);
    check(directory_of(from) == directory_of(to), "the simulated disk renames within a directory only");
    check(found->second != nullptr, "the simulated disk renames files only");
    return disk_.change_name(Operation::rename, {.remove = from, .add = to, .node = found->second});
  }

  Result<void> remove(const std::string& path) override {
    if (!alive()) return dead(path);
    const auto found = disk_.names_.find(path);
    if (found == disk_.names_.end()) return missing("remove", path);
    return disk_.change_name(Operation::remove, {.remove = path, .node = found->second});
  }

  Result<void> sync_directory(const std::string& path) override {
    if (!alive()) return dead(path);
    if (!path.empty() && path != "/" && !disk_.names_.contains(path)) return missing("sync directory", path);
    if (const auto effect = disk_.meet(Operation::sync_directory, path, 0, 0)) {
      return disk_.failed(*effect, Operation::sync_directory, path);
    }
    if (disk_.defects.forget_directories) return {};
    const auto changes = disk_.changes_.find(path == "/" ? "" : path);
    if (changes == disk_.changes_.end()) return {};
    for (const auto& change : changes->second) SimDisk::apply(disk_.durable_names_, change);
    disk_.changes_.erase(changes);
    return {};
  }

 private:
  bool alive() const { return generation_ == disk_.generation_; }
  static std::unexpected<Error> dead(const std::string& path) {
    return fail(ErrorCode::unavailable, fmt::format("{}: the machine that mounted it is gone", path));
  }
  static std::unexpected<Error> missing(std::string_view what, const std::string& path) {
    return fail(ErrorCode::not_found, fmt::format("{} {}: no such file or directory", what, path));
  }
  SimDisk& disk_;
  std::uint64_t generation_;
};

SimDisk::SimDisk(Random random) : random_(random) { mounts_.push_back(std::make_unique<SimMount>(*this)); }
SimDisk::~SimDisk() = default;

Files& SimDisk::mount() { return *mounts_.back(); }

void SimDisk::apply(Names& names, const NameChange& change) {
  if (!change.remove.empty()) names.erase(change.remove);
  if (!change.add.empty()) names[change.add] = change.node;
}

void SimDisk::crash(CrashMode mode) {
  ++generation_;
  ++statistics_.crashes;
  for (auto& [directory, changes] : changes_) {
    // A file system's journal keeps the order of changes, so what survives is a beginning of them.
    std::size_t kept = changes.size();
    if (mode == CrashMode::drop) kept = 0;
    if (mode == CrashMode::tear) kept = random_.below(changes.size() + 1);
    for (std::size_t index = 0; index < kept; ++index) apply(durable_names_, changes[index]);
  }
  changes_.clear();
  // What lies in a directory that is not there is gone with it.
  std::erase_if(durable_names_, [&](const auto& entry) {
    for (auto parent = directory_of(entry.first); !parent.empty(); parent = directory_of(parent)) {
      if (!durable_names_.contains(parent)) return true;
    }
    return false;
  });
  names_ = durable_names_;
  std::vector<Inode*> written;
  for (auto& [path, node] : names_) {
    if (!node) continue;
    node->crash(mode, random_);
    if (!node->visible().empty()) written.push_back(node.get());
  }
  if (defects.lose_synced_sector && !written.empty()) {
    auto& victim = *written[random_.below(written.size())];
    const auto size = victim.visible().size();
    const std::uint64_t offset = random_.below(size) / sector_bytes * sector_bytes;
    const std::string zeros(std::min<std::size_t>(sector_bytes, size - static_cast<std::size_t>(offset)), '\0');
    victim.write(offset, as_bytes(zeros), false);
    victim.sync();
  }
  mounts_.push_back(std::make_unique<SimMount>(*this));
}

void SimDisk::set_faults(FaultPlan plan) {
  faults_.clear();
  for (auto& fault : plan) faults_.push_back({std::move(fault), 0});
}

bool SimDisk::faults_spent() const {
  return std::ranges::all_of(faults_,
                             [](const auto& armed) { return armed.fault.for_ever || armed.seen >= armed.fault.nth; });
}

std::uint64_t SimDisk::used() const {
  std::uint64_t total = 0;
  for (const auto& [path, node] : names_) total += node ? node->visible().size() : 0;
  return total;
}

bool SimDisk::flip_bit(const std::string& path, std::uint64_t offset, unsigned bit) {
  const auto found = names_.find(path);
  if (found == names_.end() || !found->second || offset >= found->second->durable().size()) return false;
  found->second->flip_bit(offset, bit);
  return true;
}

std::vector<std::string> SimDisk::paths() const {
  std::vector<std::string> paths;
  for (const auto& [path, node] : names_) {
    if (node) paths.push_back(path);
  }
  return paths;
}

Result<std::uint64_t> SimDisk::size_of(const std::string& path) const {
  const auto found = names_.find(path);
  if (found == names_.end() || !found->second) return fail(ErrorCode::not_found, path);
  return found->second->visible().size();
}

std::optional<Effect> SimDisk::meet(Operation operation, const std::string& path, std::uint64_t offset,
                                    std::uint64_t size) {
  std::optional<Effect> effect;
  for (auto& [fault, seen] : faults_) {
    // Crashes count what changes the disk; a machine that stops while reading has lost nothing more.
    if (fault.on == Operation::any ? operation == Operation::read : fault.on != operation) continue;
    if (!fault.path_part.empty() && path.find(fault.path_part) == std::string::npos) continue;
    ++seen;
    if (seen == fault.nth || (fault.for_ever && seen > fault.nth)) effect = fault.effect;
  }
  if (effect) ++statistics_.faults;
  if (on_operation) on_operation(operation, path, offset, size, effect);
  return effect;
}

std::unexpected<Error> SimDisk::failed(Effect effect, Operation operation, const std::string& path) {
  if (effect == Effect::crash) throw SimCrash{};
  if (effect == Effect::full) {
    return fail(ErrorCode::disk_full,
                fmt::format("{} {}: no space left on device (simulated)", name_of(operation), path));
  }
  return fail(ErrorCode::io, fmt::format("{} {}: input/output error (simulated)", name_of(operation), path));
}

Result<void> SimDisk::room_for(const Inode& inode, std::uint64_t size, const std::string& path) {
  const std::uint64_t present = inode.visible().size();
  if (size <= present || used() + (size - present) <= capacity_) return {};
  return fail(ErrorCode::disk_full, fmt::format("write {}: no space left on device", path));
}

Result<void> SimDisk::sync(Inode& inode, const std::string& path) {
  ++statistics_.syncs;
  if (const auto effect = meet(Operation::sync, path, 0, 0)) {
    if (*effect != Effect::crash) inode.fail_sync(random_);
    return failed(*effect, Operation::sync, path);
  }
  if (!defects.sync_does_nothing) inode.sync();
  return {};
}

Result<void> SimDisk::finish_write(Inode& inode, ChangeId change, const std::string& path, std::uint64_t offset,
                                   bool with_sync) {
  ++statistics_.writes;
  const std::size_t size = inode.bytes_of(change).size();
  statistics_.bytes_written += size;
  if (const auto effect = meet(Operation::write, path, offset, size)) {
    if (*effect != Effect::crash) inode.spoil(change, *effect != Effect::fail, random_);
    return failed(*effect, Operation::write, path);
  }
  inode.complete(change);
  return with_sync ? sync(inode, path) : Result<void>{};
}

Result<void> SimDisk::change_name(Operation operation, NameChange change) {
  const std::string& path = change.add.empty() ? change.remove : change.add;
  const auto effect = meet(operation, path, 0, 0);
  if (effect && *effect != Effect::crash) return failed(*effect, operation, path);
  changes_[directory_of(path)].push_back(change);
  apply(names_, change);
  if (effect) return failed(*effect, operation, path);
  return {};
}

}  // namespace millrace::env::sim
