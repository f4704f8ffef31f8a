#include "log/recover.h"

#include <gtest/gtest.h>

#include "log/journal_format.h"
#include "log/log_fixture.h"
#include "log/verify.h"

namespace millrace::log {
namespace {

using testing::Lane;

std::string journal_path(std::uint64_t id) { return "lane/" + object_name(Kind::journal, id); }

// Offsets of the groups at the beginning of a journal file, and the end of the last.
std::vector<std::uint64_t> group_offsets(const std::string& content, const Head& head) {
  std::vector<std::uint64_t> offsets{0};
  while (offsets.back() + group_header_bytes <= content.size()) {
    const auto header = decode_group_header(as_bytes(content).data() + offsets.back(), head.seed);
    if (!header) break;
    offsets.push_back(offsets.back() + header->stored_bytes());
  }
  return offsets;
}

TEST(Recover, ANewStoreIsEmpty) {
  Lane lane;
  const auto recovered = lane.recover();
  ASSERT_TRUE(recovered);
  EXPECT_EQ(recovered->next_group, 1u);
  EXPECT_EQ(recovered->next_sequence, 1u);
  EXPECT_EQ(recovered->next_journal_id, 1u);
  EXPECT_EQ(recovered->entries, 0u);
}

TEST(Recover, GoesOnAfterEveryRestart) {
  Lane lane;
  for (int round = 0; round < 10; ++round) {
    lane.start();
    ASSERT_EQ(lane.replayed.size(), static_cast<std::size_t>(round));
    EXPECT_EQ(lane.journal->next_sequence(), static_cast<std::uint64_t>(round) + 1);
    lane.append("round " + std::to_string(round));
    lane.core.run();
    lane.crash();
  }
  ASSERT_TRUE(lane.recover());
  EXPECT_EQ(lane.replayed.back().payload, "round 9");
}

TEST(Recover, ToleratesFilesThatWereBegunAndNeverWritten) {
  Lane lane;
  for (int i = 0; i < 5; ++i) {
    lane.start();
    lane.crash();
  }
  lane.start();
  lane.append("first");
  lane.core.run();
  lane.crash();
  ASSERT_TRUE(lane.recover());
  EXPECT_EQ(lane.replayed.size(), 1u);
}

TEST(Recover, CutsATornTailAtEveryBlockAndGoesOn) {
  // The last group has five blocks; the crash keeps the first `kept` of them.
  for (std::size_t kept = 0; kept < 5; ++kept) {
    Lane lane;
    lane.options.chunk_bytes = 32u << 10;
    lane.start();
    lane.append("safe");
    lane.core.run();
    const auto before = group_offsets(lane.files.content(journal_path(1)), lane.head).back();
    lane.append(std::string(4 * group_alignment + 100, 't'));
    lane.core.run();
    auto& content = lane.files.content(journal_path(1));
    std::fill_n(content.begin() + static_cast<std::ptrdiff_t>(before + kept * group_alignment),
                (5 - kept) * group_alignment, '\0');
    lane.files.nodes().at(journal_path(1))->durable = content;
    lane.crash();
    lane.start();
    ASSERT_EQ(lane.replayed.size(), 1u) << kept;
    EXPECT_EQ(lane.recovered->cut_bytes, kept == 0 ? 0u : 5 * group_alignment);
    lane.append("after");
    lane.core.run();
    lane.crash();
    ASSERT_TRUE(lane.recover()) << kept;
    ASSERT_EQ(lane.replayed.size(), 2u);
    EXPECT_EQ(lane.replayed.back().payload, "after");
    EXPECT_EQ(lane.replayed.back().sequence, 2u);
  }
}

TEST(Recover, EveryFlippedBitOfAcknowledgedGroupsIsFoundNamedAndNotServed) {
  Lane lane;
  lane.start();
  for (int i = 0; i < 3; ++i) {
    lane.append("payload " + std::to_string(i) + std::string(static_cast<std::size_t>(i) * 2500, 'p'));
    lane.core.run();
  }
  lane.core.advance(Duration(1000));  // the seal
  lane.crash();
  const std::string whole = lane.files.content(journal_path(1));
  const auto offsets = group_offsets(whole, lane.head);
  ASSERT_EQ(offsets.size(), 5u);  // three groups, the seal, the end
  for (std::size_t at = 0; at < offsets[3]; at += at % group_alignment < 200 ? 1 : 61) {
    auto& content = lane.files.content(journal_path(1));
    content[at] ^= static_cast<char>(1 << (at % 8));
    const auto recovered = lane.recover();
    ASSERT_FALSE(recovered) << at;
    EXPECT_EQ(recovered.error().code, ErrorCode::damaged);
    const auto group = *std::prev(std::ranges::upper_bound(offsets, at));
    std::uint64_t named = 0;
    ASSERT_EQ(std::sscanf(recovered.error().message.c_str(), "lane/journal-0000000000000001, offset %lu", &named), 1)
        << recovered.error().message;
    EXPECT_GE(named, group) << at;
    EXPECT_LE(named, at) << at;
    // What was handed out before the damage is right.
    for (std::size_t i = 0; i < lane.replayed.size(); ++i) {
      EXPECT_TRUE(lane.replayed[i].payload.starts_with("payload " + std::to_string(i))) << at;
    }
    const auto verified = verify(*lane.store);
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->findings.size(), 1u) << at;
    EXPECT_EQ(verified->groups, 3u) << "the others are still verified";
    content = whole;
  }
  EXPECT_TRUE(lane.recover());
}

TEST(Recover, ALostFileInTheMiddleIsDamage) {
  Lane lane;
  lane.start();
  for (int i = 0; i < 100; ++i) lane.append(std::string(3000, 'x'));
  lane.core.run();
  lane.crash();
  ASSERT_TRUE(lane.recover());
  ASSERT_GT(lane.recovered->files.size(), 3u);
  for (const std::uint64_t id : {1, 2}) {
    const std::string whole = lane.files.content(journal_path(id));
    ASSERT_TRUE(lane.files.remove(journal_path(id)));
    const auto recovered = lane.recover();
    ASSERT_FALSE(recovered) << id;
    EXPECT_EQ(recovered.error().code, ErrorCode::damaged);
    EXPECT_FALSE(verify(*lane.store)->findings.empty());
    lane.files.put(journal_path(id), whole);
  }
  EXPECT_TRUE(lane.recover());
}

TEST(Recover, ATruncatedCompleteFileIsDamage) {
  Lane lane;
  lane.start();
  for (int i = 0; i < 60; ++i) lane.append(std::string(3000, 'x'));
  lane.core.run();
  lane.crash();
  lane.files.content(journal_path(2)).resize(20000);
  const auto recovered = lane.recover();
  ASSERT_FALSE(recovered);
  EXPECT_EQ(recovered.error().code, ErrorCode::damaged);
  EXPECT_TRUE(recovered.error().message.starts_with(journal_path(2))) << recovered.error().message;
}

TEST(Recover, AJournalThatEndsBeforeItsCheckpointIsDamage) {
  Lane lane;
  lane.start();
  lane.append("one");
  lane.core.run();
  lane.head.checkpoint_sequence = 1;
  ASSERT_TRUE(lane.store->write_head(lane.head));
  lane.crash();
  ASSERT_TRUE(lane.recover());
  // The tail is lost, although a checkpoint says that it was durable.
  std::ranges::fill(lane.files.content(journal_path(1)), '\0');
  const auto recovered = lane.recover();
  ASSERT_FALSE(recovered);
  EXPECT_EQ(recovered.error().code, ErrorCode::damaged);
  EXPECT_EQ(verify(*lane.store)->findings.size(), 1u);
}

TEST(Recover, APayloadThatLooksLikeAGroupProvesNothing) {
  Lane lane;
  lane.options.chunk_bytes = 32u << 10;
  lane.start();
  // A torn group whose payload holds, at a block's beginning, the header of a later group under a guessed seed.
  std::string payload(3 * group_alignment, 'a');
  GroupHeader forged{.journal_id = 1, .number = 9, .durable_group = 8, .first_sequence = 9};
  const std::size_t in_block = group_alignment - group_header_bytes - entry_header_bytes;
  encode_group_header(forged, 0, reinterpret_cast<std::byte*>(payload.data() + in_block));
  lane.append(payload);
  lane.core.run();
  lane.crash();
  lane.files.content(journal_path(1))[3 * group_alignment] ^= 1;
  const auto recovered = lane.recover();
  ASSERT_TRUE(recovered) << recovered.error().message;
  EXPECT_TRUE(lane.replayed.empty());
}

TEST(Recover, WhatAFailedSyncLeftIsCutAndStaysCut) {
  Lane lane;
  lane.start();
  lane.append("good");
  lane.core.run();
  lane.append("doubtful");
  Result<void> result;
  lane.journal->when_durable([&](Result<void> got) { result = std::move(got); });
  lane.files.fail_after(1, ErrorCode::io, false);  // the write succeeds, its sync does not
  lane.core.run();
  ASSERT_FALSE(result);
  EXPECT_EQ(lane.journal->space(), Space::failed);
  EXPECT_EQ(lane.journal->last_group(), 1u);
  // The group can be read back at the moment, and yet must not count.
  lane.last_group = lane.journal->last_group();
  lane.start();
  ASSERT_EQ(lane.replayed.size(), 1u);
  lane.append("instead");
  lane.core.run();
  lane.last_group = std::numeric_limits<std::uint64_t>::max();
  ASSERT_TRUE(lane.recover());
  ASSERT_EQ(lane.replayed.size(), 2u);
  EXPECT_EQ(lane.replayed[1].payload, "instead");
  EXPECT_TRUE(verify(*lane.store)->findings.empty());
}

TEST(Recover, WhatWasReplayedSurvivesThePowerCutThatFollows) {
  Lane lane;
  lane.options.durability = Durability::os;
  lane.start();
  lane.append("written, not synced");
  lane.core.run();
  lane.journal = nullptr;  // the process ends, the machine goes on
  lane.core.drop();
  ASSERT_TRUE(lane.recover());
  ASSERT_EQ(lane.replayed.size(), 1u);
  lane.crash();
  ASSERT_TRUE(lane.recover());
  EXPECT_EQ(lane.replayed.size(), 1u);
}

TEST(Recover, AnErrorOfTheOwnerEndsIt) {
  Lane lane;
  lane.start();
  lane.append("x");
  lane.core.run();
  const auto recovered = log::recover(*lane.store, lane.head, [](const Entry&, const Slice&) -> Result<void> {
    return fail(ErrorCode::unsupported, "no such type");
  });
  ASSERT_FALSE(recovered);
  EXPECT_EQ(recovered.error().code, ErrorCode::unsupported);
}

// A workload of several lives under one fault, and what must hold in each of them: every acknowledged entry is there,
// none that was never appended, nothing out of order.
class FaultyLives {
 public:
  FaultyLives(Durability durability, std::uint64_t after, ErrorCode code, bool forever) : after_(after) {
    lane_.options.durability = durability;
    lane_.files.fail_after(after, code, forever);
  }

  void run() {
    for (int life = 0; life < 4; ++life) {
      if (life == 3) lane_.files.heal();
      live();
      if (::testing::Test::HasFatalFailure()) return;
    }
    lane_.crash();
    const auto recovered = lane_.recover();
    ASSERT_TRUE(recovered) << after_ << ": " << recovered.error().message;
    expect_all_acknowledged();
    const auto verified = verify(*lane_.store);
    ASSERT_TRUE(verified->findings.empty()) << after_ << ": " << verified->findings[0].what;
  }
  // The fault lies behind everything that the workload does.
  bool untouched() const { return lane_.files.changes() < after_; }

 private:
  void live() {
    if (!lane_.try_start()) {
      lane_.core.run();
      return;
    }
    lane_.last_group = std::numeric_limits<std::uint64_t>::max();
    expect_all_acknowledged();
    for (int i = 0; i < entries_each_life && lane_.journal->space() != Space::failed; ++i) {
      const std::uint64_t sequence = lane_.journal->next_sequence();
      lane_.append(fmt::format("{:05}{}", sequence, std::string(5000, 'w')));
      lane_.journal->when_synced([this, sequence](Result<void> result) {
        if (result) acknowledged_ = sequence;
      });
      lane_.core.run();
      if (i % 8 == 7 && lane_.journal->space() != Space::failed) move_head();
    }
    if (lane_.journal->space() == Space::failed) lane_.last_group = lane_.journal->last_group();
    lane_.journal = nullptr;
    lane_.core.run();
  }

  void move_head() {
    const auto& file = lane_.journal->files().back();
    Head head = lane_.head;
    head.first_journal_id = file.id;
    head.first_group = file.first_group;
    head.first_sequence = file.first_sequence;
    head.checkpoint_sequence = file.first_sequence - 1;
    if (lane_.store->write_head(head)) lane_.journal->release_before(file.id);
    lane_.core.run();
  }

  void expect_all_acknowledged() {
    const std::uint64_t first = lane_.head.first_sequence;
    ASSERT_GE(first + lane_.replayed.size(), acknowledged_ + 1) << "lost at operation " << after_;
    for (std::size_t i = 0; i < lane_.replayed.size(); ++i) {
      ASSERT_EQ(lane_.replayed[i].sequence, first + i) << after_;
      ASSERT_EQ(lane_.replayed[i].payload.substr(0, 5), fmt::format("{:05}", first + i)) << after_;
    }
  }

  // Enough for several files in each life.
  static constexpr int entries_each_life = 24;

  Lane lane_;
  const std::uint64_t after_;
  std::uint64_t acknowledged_ = 0;
};

// Fails the N-th operation for N = 1, 2, 3 ... until the workload runs through untouched.
void fail_each_operation(Durability durability, ErrorCode code, bool forever) {
  for (std::uint64_t n = 0; n < 10'000; ++n) {
    FaultyLives lives(durability, n, code, forever);
    lives.run();
    if (::testing::Test::HasFatalFailure()) return;
    if (lives.untouched()) return;
  }
  FAIL() << "the workload never ends";
}

TEST(RecoverAnomalies, AnyOperationFailsOnce) { fail_each_operation(Durability::sync, ErrorCode::io, false); }
TEST(RecoverAnomalies, AnyOperationFailsForEver) { fail_each_operation(Durability::sync, ErrorCode::io, true); }
TEST(RecoverAnomalies, TheDiskIsFull) { fail_each_operation(Durability::sync, ErrorCode::disk_full, true); }
TEST(RecoverAnomalies, TheDiskIsFullOnce) { fail_each_operation(Durability::sync, ErrorCode::disk_full, false); }
TEST(RecoverAnomalies, AnyOperationFailsOnceUnderOsDurability) {
  fail_each_operation(Durability::os, ErrorCode::io, false);
}

}  // namespace
}  // namespace millrace::log
