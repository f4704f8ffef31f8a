#include "log/journal.h"

#include <gtest/gtest.h>

#include "log/journal_format.h"
#include "log/log_fixture.h"

namespace millrace::log {
namespace {

using testing::Lane;

TEST(Journal, GroupsWhatOneTurnCommits) {
  Lane lane;
  lane.start();
  for (int i = 0; i < 100; ++i) lane.append("entry");
  int acknowledged = 0;
  lane.journal->when_durable([&](Result<void> result) { acknowledged += result.has_value() ? 1 : 0; });
  EXPECT_EQ(acknowledged, 0);
  lane.core.run();
  EXPECT_EQ(acknowledged, 1);
  EXPECT_EQ(lane.core.writes, 1u);
  EXPECT_EQ(lane.core.syncs, 1u);
  EXPECT_EQ(lane.journal->pending_bytes(), 0u);
}

TEST(Journal, AcknowledgesNothingBeforeTheSync) {
  Lane lane;
  lane.start();
  lane.append("first");
  bool first = false;
  bool second = false;
  lane.journal->when_durable([&](Result<void>) { first = true; });
  lane.core.turn();  // hands the group to the disk
  lane.append("second");
  lane.journal->when_durable([&](Result<void>) { second = true; });
  EXPECT_FALSE(first);
  lane.core.turn();  // the disk answers; the second group goes
  EXPECT_TRUE(first);
  EXPECT_FALSE(second);
  EXPECT_EQ(lane.core.writes, 2u);
  lane.core.turn();
  EXPECT_TRUE(second);
}

TEST(Journal, AnswersAtOnceWhenNothingIsPending) {
  Lane lane;
  lane.start();
  bool done = false;
  lane.journal->when_durable([&](Result<void> result) { done = result.has_value(); });
  EXPECT_TRUE(done);
}

TEST(Journal, GivesBackEveryEntryInOrder) {
  Lane lane;
  lane.start();
  std::vector<std::string> written;
  for (int i = 0; i < 2000; ++i) {
    written.push_back(std::string(static_cast<std::size_t>(i * 37 % 5000), static_cast<char>('a' + i % 26)));
    const auto slice = lane.append(written.back());
    EXPECT_EQ(as_text(slice.bytes), written.back());
    if (i % 7 == 0) lane.core.run();
  }
  lane.core.run();
  EXPECT_GT(lane.journal->files().size(), 10u) << "the journal rotates";
  lane.crash();
  const auto recovered = lane.recover();
  ASSERT_TRUE(recovered) << recovered.error().message;
  ASSERT_EQ(lane.replayed.size(), written.size());
  for (std::size_t i = 0; i < written.size(); ++i) {
    EXPECT_EQ(lane.replayed[i].payload, written[i]);
    EXPECT_EQ(lane.replayed[i].sequence, i + 1);
  }
}

TEST(Journal, TheSliceNamesTheFileThatHoldsIt) {
  Lane lane;
  lane.start();
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 200; ++i) ids.push_back(lane.append(std::string(3000, 'x')).journal_id);
  lane.core.run();
  EXPECT_GT(ids.back(), ids.front() + 3);
  lane.crash();
  ASSERT_TRUE(lane.recover());
  ASSERT_EQ(lane.replayed.size(), ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(lane.replayed[i].journal_id, ids[i]);
}

TEST(Journal, TakesTheLargestEntryAndTheEmptyOne) {
  Lane lane;
  lane.start();
  lane.append("");
  lane.append(std::string(lane.journal->entry_bytes_max(), 'L'));
  lane.append("after");
  lane.core.run();
  lane.crash();
  ASSERT_TRUE(lane.recover());
  ASSERT_EQ(lane.replayed.size(), 3u);
  EXPECT_EQ(lane.replayed[1].payload.size(), testing::file_bytes - group_header_bytes - entry_header_bytes);
  EXPECT_EQ(lane.replayed[2].payload, "after");
}

TEST(Journal, ShrinkGivesBackWhatIsNotNeeded) {
  Lane lane;
  lane.start();
  auto space = lane.journal->reserve(PartitionId(1), 2, 1000);
  space[0] = std::byte{'Z'};
  lane.journal->shrink(1);
  EXPECT_EQ(as_text(lane.journal->commit().bytes), "Z");
  lane.append("next");
  lane.core.run();
  lane.crash();
  ASSERT_TRUE(lane.recover());
  ASSERT_EQ(lane.replayed.size(), 2u);
  EXPECT_EQ(lane.replayed[0].payload, "Z");
}

TEST(Journal, SealsWhenIdleAndOnlyOnce) {
  Lane lane;
  lane.start();
  lane.append("last");
  lane.core.run();
  EXPECT_EQ(lane.core.writes, 1u);
  lane.core.advance(Duration(1000));
  EXPECT_EQ(lane.core.writes, 2u);
  EXPECT_EQ(lane.core.timers(), 0u) << "an idle journal does nothing at all";
}

TEST(Journal, ASealedLastGroupIsDamagedAndNotTorn) {
  Lane lane;
  lane.start();
  lane.append("acknowledged");
  lane.core.advance(Duration(1000));
  lane.crash();
  auto& content = lane.files.content("lane/" + object_name(Kind::journal, 1));
  content[group_header_bytes + 30] ^= 1;
  const auto recovered = lane.recover();
  ASSERT_FALSE(recovered);
  EXPECT_EQ(recovered.error().code, ErrorCode::damaged);
  EXPECT_NE(recovered.error().message.find("journal-0000000000000001, offset 64"), std::string::npos)
      << recovered.error().message;
}

TEST(Journal, AFullFileIsSealedInTheNext) {
  Lane lane;
  lane.start();
  for (int i = 0; i < 4; ++i)
    lane.append(std::string(lane.options.chunk_bytes - group_header_bytes - entry_header_bytes, 'f'));
  lane.core.advance(Duration(1000));
  EXPECT_EQ(lane.journal->files().size(), 2u);
  lane.crash();
  lane.files.content("lane/" + object_name(Kind::journal, 1))[testing::file_bytes - 100] ^= 1;
  EXPECT_FALSE(lane.recover());
}

// A new directory begins with a file that is only allocated, since that is quick; appends to it cost more.
TEST(Journal, LeavesAFileThatIsMerelyAllocatedWhenThereIsUse) {
  Lane lane;
  lane.room = Store::Room::allocated;
  lane.start();
  lane.core.run();
  EXPECT_EQ(lane.journal->files().size(), 1u);
  const auto first = lane.append("first").journal_id;
  lane.core.run();
  EXPECT_EQ(lane.append("second").journal_id, first + 1);
  lane.core.run();
  EXPECT_EQ(lane.append("third").journal_id, first + 1);
  lane.core.run();
  lane.crash();
  lane.start();
  EXPECT_EQ(lane.replayed.size(), 3u);
}

TEST(Journal, CloseDrainsAndSeals) {
  Lane lane;
  lane.start();
  for (int i = 0; i < 50; ++i) lane.append(std::string(4000, 'c'));
  bool closed = false;
  lane.journal->close([&] { closed = true; });
  lane.core.run();
  EXPECT_TRUE(closed);
  lane.crash();
  const auto recovered = lane.recover();
  ASSERT_TRUE(recovered);
  EXPECT_EQ(lane.replayed.size(), 50u);
  EXPECT_FALSE(recovered->ends_with_entries);
}

TEST(Journal, RecyclesFilesAndToleratesTheirContent) {
  Lane lane;
  lane.start();
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 10; ++i) lane.append(std::string(3000, static_cast<char>('a' + round % 26)));
    lane.core.run();
    lane.checkpoint_here();
  }
  lane.append("tail");
  lane.core.run();
  std::size_t journals = 0;
  std::size_t spares = 0;
  for (const auto& [path, node] : lane.files.nodes()) {
    journals += path.starts_with("lane/journal-") ? 1 : 0;
    spares += path.starts_with("lane/spare-") ? 1 : 0;
  }
  EXPECT_LE(journals, 3u);
  EXPECT_LE(spares, FileStore::spares_default);
  lane.crash();
  ASSERT_TRUE(lane.recover());
  ASSERT_FALSE(lane.replayed.empty());
  EXPECT_EQ(lane.replayed.back().payload, "tail");
  EXPECT_EQ(lane.replayed.back().sequence, 301u);
}

TEST(Journal, OsDurabilityAnswersAfterTheWriteAndSyncsOnDemand) {
  Lane lane;
  lane.options.durability = Durability::os;
  lane.start();
  lane.append("a");
  bool durable = false;
  bool synced = false;
  lane.journal->when_durable([&](Result<void>) { durable = true; });
  lane.core.run();
  EXPECT_TRUE(durable);
  EXPECT_EQ(lane.core.syncs, 0u);
  lane.journal->when_synced([&](Result<void>) { synced = true; });
  EXPECT_FALSE(synced);
  lane.core.run();
  EXPECT_TRUE(synced);
  EXPECT_EQ(lane.core.syncs, 1u);
  lane.crash();
  ASSERT_TRUE(lane.recover());
  EXPECT_EQ(lane.replayed.size(), 1u);
}

TEST(Journal, OsDurabilityWaitsForAWriteUnderWayThatHasNoSync) {
  Lane lane;
  lane.options.durability = Durability::os;
  lane.start();
  lane.append("a");
  lane.core.turn();  // in flight, without a sync
  bool synced = false;
  lane.journal->when_synced([&](Result<void>) { synced = true; });
  lane.core.turn();
  EXPECT_FALSE(synced);
  lane.core.run();
  EXPECT_TRUE(synced);
  lane.crash();
  ASSERT_TRUE(lane.recover());
  EXPECT_EQ(lane.replayed.size(), 1u);
}

TEST(Journal, OsDurabilityLosesAtMostTheNewestFile) {
  Lane lane;
  lane.options.durability = Durability::os;
  lane.start();
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 100; ++i) {
    ids.push_back(lane.append(std::string(3000, 'x')).journal_id);
    lane.core.run();
  }
  lane.crash();
  ASSERT_TRUE(lane.recover());
  const auto kept = static_cast<std::size_t>(std::ranges::count_if(ids, [&](auto id) { return id < ids.back(); }));
  EXPECT_EQ(lane.replayed.size(), kept);
  EXPECT_GT(kept, 0u);
}

TEST(Journal, SaysThatSpaceIsLowBeforeItIsUsedUp) {
  Lane lane;
  lane.start();
  lane.fail_new_files = true;
  Result<void> last;
  int appended = 0;
  while (lane.journal->space() == Space::ok && appended < 1000) {
    lane.append(std::string(3000, 'x'));
    lane.journal->when_durable([&](Result<void> result) { last = std::move(result); });
    lane.core.run();
    ++appended;
  }
  ASSERT_EQ(lane.journal->space(), Space::low);
  EXPECT_TRUE(last);
  // There is room for more in the current file.
  lane.append("still");
  lane.journal->when_durable([&](Result<void> result) { last = std::move(result); });
  lane.core.run();
  EXPECT_TRUE(last);
  // Room returns: the next attempt finds it.
  lane.fail_new_files = false;
  lane.core.advance(Duration(1000));
  EXPECT_EQ(lane.journal->space(), Space::ok);
  lane.fail_new_files = true;
  for (int i = 0; i < 1000 && last; ++i) {
    lane.append(std::string(3000, 'y'));
    lane.journal->when_durable([&](Result<void> result) { last = std::move(result); });
    lane.core.run();
  }
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, ErrorCode::disk_full);
  EXPECT_EQ(lane.journal->space(), Space::failed);
  // The turn that goes on after a failure is not harmed, and gets the error.
  lane.append("in vain");
  lane.journal->when_durable([&](Result<void> result) { last = std::move(result); });
  EXPECT_FALSE(last);
}

TEST(Journal, EndingItInsideItsOwnCallbackIsAllowed) {
  Lane lane;
  lane.start();
  lane.append("x");
  int ran = 0;
  lane.journal->when_durable([&](Result<void>) {
    ++ran;
    lane.journal = nullptr;
  });
  lane.journal->when_durable([&](Result<void>) { ++ran; });
  lane.core.run();
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace millrace::log
