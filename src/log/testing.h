// For the tests and fuzzers of this folder: files in memory and a core without threads. Much simpler than env/sim/:
// a journal's steps stand still until the test turns the core, and the N-th operation fails.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "env/core.h"
#include "env/file.h"

namespace millrace::log::testing {

struct Node {
  std::string content;
  std::string durable;  // what a crash leaves
};

// Files in memory. crash() forgets what no sync covered.
class MemoryFiles final : public env::Files {
 public:
  // The operation after the next `after` ones that change something fails with `code`; all later ones too, if `forever`.
  void fail_after(std::uint64_t after, ErrorCode code, bool forever) {
    fail_at_ = changes_ + after + 1;
    code_ = code;
    forever_ = forever;
  }
  void heal() { fail_at_ = 0; }
  bool fault_met() const { return fail_at_ != 0 && changes_ >= fail_at_; }

  void crash() {
    nodes_ = durable_nodes_;
    for (auto& [path, node] : nodes_) node->content = node->durable;
  }
  std::string& content(const std::string& path) {
    check(nodes_.contains(path), "the test knows its files");
    return nodes_.at(path)->content;
  }
  bool exists(const std::string& path) const { return nodes_.contains(path); }
  void put(const std::string& path, std::string content) {
    nodes_[path] = std::make_shared<Node>(Node{content, content});
    durable_nodes_ = nodes_;
  }
  const std::map<std::string, std::shared_ptr<Node>>& nodes() const { return nodes_; }
  std::uint64_t changes() const { return changes_; }
  bool crashes = true;  // false: crash() is not used, so that a sync costs nothing

  Result<void> change(const std::string& what) {
    ++changes_;
    if (fail_at_ == 0 || (forever_ ? changes_ < fail_at_ : changes_ != fail_at_)) return {};
    return fail(code_, what + ": injected");
  }

  Result<std::unique_ptr<env::File>> open(const std::string& path, env::OpenMode mode) override;
  Result<void> make_directory(const std::string&) override { return {}; }
  Result<std::vector<std::string>> list(const std::string& directory) override {
    std::vector<std::string> names;
    for (const auto& [path, node] : nodes_) {
      if (path.starts_with(directory + "/")) names.push_back(path.substr(directory.size() + 1));
    }
    return names;
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    if (auto ok = change("rename " + from); !ok) return ok;
    if (!nodes_.contains(from)) return fail(ErrorCode::not_found, from);
    auto node = nodes_.extract(from).mapped();
    nodes_[to] = std::move(node);
    return {};
  }
  Result<void> remove(const std::string& path) override {
    if (auto ok = change("remove " + path); !ok) return ok;
    if (nodes_.erase(path) == 0) return fail(ErrorCode::not_found, path);
    return {};
  }
  Result<void> sync_directory(const std::string& path) override {
    if (auto ok = change("sync " + path); !ok) return ok;
    durable_nodes_ = nodes_;
    return {};
  }

 private:
  std::map<std::string, std::shared_ptr<Node>> nodes_;
  std::map<std::string, std::shared_ptr<Node>> durable_nodes_;
  std::uint64_t changes_ = 0;
  std::uint64_t fail_at_ = 0;  // 0: never
  ErrorCode code_ = ErrorCode::io;
  bool forever_ = false;
};

class MemoryFile final : public env::File {
 public:
  MemoryFile(MemoryFiles& files, std::string path, std::shared_ptr<Node> node)
      : files_(files), path_(std::move(path)), node_(std::move(node)) {}
  Result<std::size_t> read(std::uint64_t offset, MutableBytes into) override {
    const auto& content = node_->content;
    if (offset >= content.size()) return 0;
    const auto size = std::min<std::size_t>(into.size(), content.size() - offset);
    std::memcpy(into.data(), content.data() + offset, size);
    return size;
  }
  Result<void> write(std::uint64_t offset, Bytes bytes) override {
    const auto ok = files_.change("write " + path_);
    // A write that fails may have reached the disk in part.
    const auto kept = ok ? bytes : bytes.first(bytes.size() / 2);
    if (offset + kept.size() > node_->content.size()) node_->content.resize(offset + kept.size());
    std::memcpy(node_->content.data() + offset, kept.data(), kept.size());
    return ok;
  }
  Result<void> sync() override {
    if (auto ok = files_.change("sync " + path_); !ok) return ok;
    if (files_.crashes) node_->durable = node_->content;
    return {};
  }
  Result<void> allocate(std::uint64_t size) override {
    if (auto ok = files_.change("allocate " + path_); !ok) return ok;
    if (size > node_->content.size()) node_->content.resize(size);
    return {};
  }
  Result<void> truncate(std::uint64_t size) override {
    if (auto ok = files_.change("truncate " + path_); !ok) return ok;
    node_->content.resize(size);
    return {};
  }
  Result<std::uint64_t> size() override { return node_->content.size(); }
  Result<void> lock() override { return {}; }
  const std::string& path() const override { return path_; }

 private:
  MemoryFiles& files_;
  std::string path_;
  std::shared_ptr<Node> node_;
};

inline Result<std::unique_ptr<env::File>> MemoryFiles::open(const std::string& path, env::OpenMode mode) {
  auto found = nodes_.find(path);
  if (found == nodes_.end()) {
    if (!mode.create) return fail(ErrorCode::not_found, path);
    if (auto ok = change("create " + path); !ok) return pass(ok);
    found = nodes_.emplace(path, std::make_shared<Node>()).first;
  } else if (mode.exclusive) {
    return fail(ErrorCode::exists, path);
  }
  return std::make_unique<MemoryFile>(*this, path, found->second);
}

// One thread, a clock that stands until it is told to go on.
class TestCore final : public env::Core {
 public:
  explicit TestCore(MemoryFiles& files) : files_(files) {}

  void post(Callback<void()> task) override { tasks_.push_back(std::move(task)); }
  env::TimerId after(Duration delay, Callback<void()> task) override {
    timers_.emplace(std::pair(now_ms_ + delay.count(), ++last_timer_), std::move(task));
    return env::TimerId(last_timer_);
  }
  void cancel(env::TimerId timer) override {
    std::erase_if(timers_, [&](const auto& entry) { return entry.first.second == timer.get(); });
  }
  Time now() override { return from_ms(now_ms_); }
  std::uint64_t monotonic_ns() override { return static_cast<std::uint64_t>(now_ms_) * 1'000'000; }
  void random(std::span<std::byte> into) override { std::ranges::fill(into, std::byte{7}); }
  void offload(Callback<void()> work, Callback<void()> done) override {
    post([work = std::move(work), done = std::move(done)]() mutable {
      work();
      done();
    });
  }
  void write(env::File& file, std::uint64_t offset, Bytes bytes, bool sync,
             Callback<void(Result<void>)> done) override {
    check(offset % env::direct_alignment == 0 && bytes.size() % env::direct_alignment == 0, "direct");
    check(reinterpret_cast<std::uintptr_t>(bytes.data()) % env::direct_alignment == 0, "direct");
    ++writes;
    syncs += sync ? 1 : 0;
    post([&file, offset, bytes, sync, done = std::move(done)]() mutable {
      auto result = file.write(offset, bytes);
      if (result && sync) result = file.sync();
      done(std::move(result));
    });
  }
  env::Files& files() override { return files_; }

  // One task; false when there is none.
  bool turn() {
    if (tasks_.empty()) return false;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    task();
    return true;
  }
  void run() {
    while (turn()) {}
  }
  // Runs what is due until then.
  void advance(Duration by) {
    const auto until = now_ms_ + by.count();
    run();
    while (!timers_.empty() && timers_.begin()->first.first <= until) {
      auto node = timers_.extract(timers_.begin());
      now_ms_ = node.key().first;
      node.mapped()();
      run();
    }
    now_ms_ = until;
  }
  std::size_t timers() const { return timers_.size(); }
  // Forgets everything, as the end of the process does.
  void drop() {
    tasks_.clear();
    timers_.clear();
  }

  std::uint64_t writes = 0;
  std::uint64_t syncs = 0;

 private:
  MemoryFiles& files_;
  std::deque<Callback<void()>> tasks_;
  std::map<std::pair<std::int64_t, std::uint64_t>, Callback<void()>> timers_;
  std::uint64_t last_timer_ = 0;
  std::int64_t now_ms_ = 1'000'000;
};

}  // namespace millrace::log::testing
