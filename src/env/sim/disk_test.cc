#include "env/sim/disk.h"

#include <gtest/gtest.h>

#include <set>

namespace millrace::env::sim {
namespace {

struct SimDiskTest : testing::Test {
  SimDisk disk{Random(1)};

  std::unique_ptr<File> create(const std::string& path, bool durable = true) {
    auto file = disk.mount().open(path, {.write = true, .create = true});
    EXPECT_TRUE(file);
    if (durable) EXPECT_TRUE(disk.mount().sync_directory(""));
    return std::move(*file);
  }
  void write(File& file, std::uint64_t offset, std::string_view text) {
    EXPECT_TRUE(file.write(offset, as_bytes(text)));
  }
  std::string content(const std::string& path) {
    auto text = read_all(disk.mount(), path);
    return text ? *text : "(" + std::string(name_of(text.error().code)) + ")";
  }
};

TEST_F(SimDiskTest, CrashDropsWhatNoSyncCovered) {
  auto file = create("a");
  write(*file, 0, "kept");
  ASSERT_TRUE(file->sync());
  write(*file, 2, "lost and longer");
  EXPECT_EQ(content("a"), "kelost and longer");
  disk.crash(CrashMode::drop);
  EXPECT_EQ(content("a"), "kept");
}

TEST_F(SimDiskTest, OpenFilesDieWithTheMachine) {
  auto file = create("a");
  Files& old = disk.mount();
  disk.crash(CrashMode::keep);
  EXPECT_EQ(file->write(0, as_bytes("x")).error().code, ErrorCode::unavailable);
  EXPECT_EQ(old.list("").error().code, ErrorCode::unavailable);
}

TEST_F(SimDiskTest, TearingKeepsWholeSectors) {
  const std::string before(4096, 'a'), after(4096, 'b');
  std::set<std::string> seen;
  for (int round = 0; round < 60; ++round) {
    auto file = create("t" + std::to_string(round));
    write(*file, 0, before);
    ASSERT_TRUE(file->sync());
    write(*file, 0, after);
    disk.crash(CrashMode::tear);
    const auto text = content("t" + std::to_string(round));
    ASSERT_EQ(text.size(), 4096u);
    for (std::size_t sector = 0; sector < 8; ++sector) {
      const auto part = text.substr(sector * sector_bytes, sector_bytes);
      EXPECT_TRUE(part == before.substr(0, sector_bytes) || part == after.substr(0, sector_bytes));
    }
    seen.insert(text);
  }
  EXPECT_TRUE(seen.contains(before));
  EXPECT_TRUE(seen.contains(after));
  EXPECT_GT(seen.size(), 10u) << "most of the outcomes are mixtures";
}

TEST_F(SimDiskTest, NamesAreDurableAfterTheDirectoryIs) {
  write(*create("new", false), 0, "x");
  disk.crash(CrashMode::drop);
  EXPECT_EQ(content("new"), "(not found)");

  auto file = create("old");
  write(*file, 0, "x");
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(disk.mount().remove("old"));
  EXPECT_EQ(content("old"), "(not found)");
  disk.crash(CrashMode::drop);
  EXPECT_EQ(content("old"), "x");
}

TEST_F(SimDiskTest, DirectoriesVanishWithTheirContent) {
  ASSERT_TRUE(disk.mount().make_directory("data/lane"));
  auto file = disk.mount().open("data/lane/f", {.write = true, .create = true});
  ASSERT_TRUE(file);
  ASSERT_TRUE(disk.mount().sync_directory("data/lane"));
  disk.crash(CrashMode::drop);
  EXPECT_FALSE(disk.mount().list("data"));
  EXPECT_TRUE(disk.paths().empty());
}

TEST_F(SimDiskTest, RenameIsAtomic) {
  bool old_seen = false, new_seen = false;
  for (int round = 0; round < 200; ++round) {
    const std::string name = "head" + std::to_string(round);
    write(*create(name), 0, "old");
    {
      auto file = disk.mount().open(name, {.write = true});
      ASSERT_TRUE((*file)->sync());
      auto next = disk.mount().open(name + ".tmp", {.write = true, .create = true});
      write(**next, 0, "new");
      ASSERT_TRUE((*next)->sync());
      ASSERT_TRUE(disk.mount().rename(name + ".tmp", name));
    }
    disk.crash(CrashMode::tear);
    const auto text = content(name);
    EXPECT_TRUE(text == "old" || text == "new") << text;
    old_seen |= text == "old";
    new_seen |= text == "new";
  }
  EXPECT_TRUE(old_seen && new_seen);
}

TEST_F(SimDiskTest, FailedSyncLosesAndALaterOneDoesNotBringItBack) {
  std::set<std::string> seen;
  for (int round = 0; round < 40; ++round) {
    const std::string name = "s" + std::to_string(round);
    auto file = create(name);
    write(*file, 0, std::string(4096, 'b'));
    disk.set_faults({{.effect = Effect::fail, .on = Operation::sync}});
    EXPECT_EQ(file->sync().error().code, ErrorCode::io);
    EXPECT_TRUE(disk.faults_spent());
    EXPECT_TRUE(file->sync());
    disk.crash(CrashMode::drop);
    seen.insert(content(name));
  }
  EXPECT_GT(seen.size(), 5u);
}

TEST_F(SimDiskTest, TheNthWriteFails) {
  auto file = create("a");
  disk.set_faults({{.effect = Effect::short_write, .on = Operation::write, .nth = 2}});
  write(*file, 0, "first");
  EXPECT_EQ(file->write(5, as_bytes("second")).error().code, ErrorCode::io);
  EXPECT_TRUE(std::string("firstsecon").starts_with(content("a"))) << "a prefix of it remains";
  write(*file, 5, "third");
  EXPECT_EQ(content("a"), "firstthird");
}

TEST_F(SimDiskTest, CapacityRefusesGrowthOnly) {
  auto file = create("a");
  disk.set_capacity(8192);
  ASSERT_TRUE(file->allocate(8192));
  EXPECT_EQ(file->write(8192, as_bytes("x")).error().code, ErrorCode::disk_full);
  write(*file, 8000, "fits");
  disk.set_capacity(9000);
  write(*file, 8192, "x");
}

TEST_F(SimDiskTest, CrashInsideAnOperation) {
  auto file = create("a");
  disk.set_faults({{.effect = Effect::crash, .on = Operation::any, .nth = 2}});
  write(*file, 0, "x");
  EXPECT_THROW((void)file->sync(), SimCrash);
}

TEST_F(SimDiskTest, LocksExcludeAndEndWithTheHandle) {
  auto first = create("lock");
  auto second = create("lock");
  ASSERT_TRUE(first->lock());
  EXPECT_EQ(second->lock().error().code, ErrorCode::conflict);
  first.reset();
  EXPECT_TRUE(second->lock());
}

TEST_F(SimDiskTest, FlippedBitsAreDurable) {
  auto file = create("a");
  write(*file, 0, "aaa");
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(disk.flip_bit("a", 1, 0));
  disk.crash(CrashMode::drop);
  EXPECT_EQ(content("a"), "a`a");
}

}  // namespace
}  // namespace millrace::env::sim
