// The journal on the simulated machine: power cuts at any step, torn writes, operations that fail. A seed that fails is
// in the message.
#include <gtest/gtest.h>

#include "env/sim/world.h"
#include "log/journal.h"
#include "log/recover.h"
#include "log/verify.h"

namespace millrace::log {
namespace {

using env::sim::CrashMode;
using env::sim::World;

constexpr std::uint64_t seeds = 60;
constexpr int lives = 4;

// Entry n says its number, and its size follows from it.
std::string payload_of(std::uint64_t sequence) {
  return fmt::format("{}:{}", sequence, std::string(sequence * 7919 % 6000, static_cast<char>('a' + sequence % 26)));
}

class Machine {
 public:
  Machine(std::uint64_t seed, Durability durability, CrashMode mode)
      : seed_(seed), world_({.seed = seed, .cores = 1, .crash_mode = mode}) {
    options_.durability = durability;
    options_.file_bytes = 64u << 10;
    options_.chunk_bytes = 16u << 10;
  }

  void run() {
    for (int life = 0; life < lives; ++life) {
      world_.core(0).post([this] { begin(); });
      const auto steps = world_.random().below(600);
      for (std::uint64_t i = 0; i < steps && world_.step() == World::Step::ran; ++i) {}
      if (::testing::Test::HasFatalFailure()) return;
      if (!world_.crashed()) world_.crash();
      journal_ = nullptr;
      store_ = nullptr;
      world_.restart();
    }
    world_.disk().set_faults({});
    world_.core(0).post([this] { begin(); });
    while (world_.step() == World::Step::ran && !begun_last_) {}
    const auto verified = verify(*store_);
    ASSERT_TRUE(verified);
    ASSERT_TRUE(verified->findings.empty()) << "seed " << seed_ << ": " << verified->findings[0].what;
  }

 private:
  void begin() {
    auto store = FileStore::open(world_.core(0).files(), "/data/lane");
    ASSERT_TRUE(store) << "seed " << seed_;
    store_ = std::move(*store);
    auto head = store_->read_head();
    ASSERT_TRUE(head) << "seed " << seed_ << ": " << head.error().message;
    if (*head) {
      head_ = **head;
    } else {
      ASSERT_TRUE(store_->write_head(head_));
    }
    std::uint64_t next = head_.first_sequence;
    bool right = true;
    const auto recovered = recover(*store_, head_, [&](const Entry& entry, const Slice& slice) -> Result<void> {
      right &= entry.sequence == next && as_text(slice.bytes) == payload_of(next);
      ++next;
      return {};
    });
    ASSERT_TRUE(recovered) << "seed " << seed_ << ": " << recovered.error().message;
    ASSERT_TRUE(right) << "seed " << seed_;
    ASSERT_GT(next, acknowledged_) << "seed " << seed_ << ": an acknowledged entry is lost";
    auto start = begin_journal(*store_, head_, *recovered, options_, Store::Room::allocated);
    ASSERT_TRUE(start) << "seed " << seed_;
    journal_ = std::make_unique<Journal>(world_.core(0), store_, options_, std::move(*start));
    turn();
    begun_last_ = true;
  }

  // A few entries, then a pause that is sometimes long enough for a seal.
  void turn() {
    const auto count = 1 + world_.random().below(4);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string payload = payload_of(journal_->next_sequence());
      const auto into = journal_->reserve(PartitionId(1), 1, payload.size());
      std::memcpy(into.data(), payload.data(), payload.size());
      journal_->commit();
    }
    journal_->when_synced([this, last = journal_->next_sequence() - 1](Result<void> result) {
      ASSERT_TRUE(result) << "seed " << seed_;
      acknowledged_ = last;
    });
    if (world_.random().below(10) == 0) move_head();
    world_.core(0).after(Duration(world_.random().below(4) * world_.random().below(12)), [this] { turn(); });
  }

  void move_head() {
    const auto file = journal_->files().back();
    journal_->when_synced([this, file](Result<void>) {
      Head head = head_;
      head.first_journal_id = file.id;
      head.first_group = file.first_group;
      head.first_sequence = file.first_sequence;
      head.checkpoint_sequence = file.first_sequence - 1;
      if (!store_->write_head(head)) return;
      head_ = head;
      journal_->release_before(file.id);
    });
  }

  const std::uint64_t seed_;
  World world_;
  JournalOptions options_;
  Head head_{.seed = 0xABCDEF};
  std::shared_ptr<Store> store_;
  std::unique_ptr<Journal> journal_;
  std::uint64_t acknowledged_ = 0;
  bool begun_last_ = false;
};

void crash_often(Durability durability, CrashMode mode) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    Machine(seed, durability, mode).run();
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(JournalCrash, TornWrites) { crash_often(Durability::sync, CrashMode::tear); }
TEST(JournalCrash, EverythingUnsyncedIsLost) { crash_often(Durability::sync, CrashMode::drop); }
TEST(JournalCrash, KilledProcess) { crash_often(Durability::sync, CrashMode::keep); }
TEST(JournalCrash, TornWritesUnderOsDurability) { crash_often(Durability::os, CrashMode::tear); }
TEST(JournalCrash, KilledProcessUnderOsDurability) { crash_often(Durability::os, CrashMode::keep); }

}  // namespace
}  // namespace millrace::log
