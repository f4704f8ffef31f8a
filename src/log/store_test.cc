#include "log/store.h"

#include <gtest/gtest.h>

#include "log/checkpoint.h"
#include "log/testing.h"

namespace millrace::log {
namespace {

using testing::MemoryFiles;

constexpr std::uint64_t bytes = 64u << 10;

std::unique_ptr<FileStore> open(MemoryFiles& files) {
  auto store = FileStore::open(files, "d");
  check(store.has_value(), "in memory");
  return std::move(*store);
}

TEST(Head, IsKeptAndFences) {
  MemoryFiles files;
  const auto store = open(files);
  EXPECT_EQ(*store->read_head(), std::nullopt);
  const Head head{.epoch = 3,
                  .seed = 4,
                  .checkpoint_id = 5,
                  .checkpoint_sequence = 6,
                  .first_journal_id = 7,
                  .first_group = 8,
                  .first_sequence = 9};
  ASSERT_TRUE(store->write_head(head));
  files.crash();
  EXPECT_EQ(**store->read_head(), head);
  Head older = head;
  older.epoch = 2;
  const auto fenced = store->write_head(older);
  ASSERT_FALSE(fenced);
  EXPECT_EQ(fenced.error().code, ErrorCode::unavailable);
  EXPECT_EQ(**store->read_head(), head);
}

TEST(Head, EveryFlippedBitIsFound) {
  const std::string whole = encode_head({.epoch = 3, .seed = 99, .checkpoint_id = 5});
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    const auto head = decode_head(as_bytes(damaged), "head");
    ASSERT_FALSE(head) << bit;
    EXPECT_EQ(head.error().code, ErrorCode::damaged);
    EXPECT_TRUE(head.error().message.starts_with("head, offset ")) << head.error().message;
  }
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_head(as_bytes(whole).first(size), "head")) << size;
  }
  EXPECT_FALSE(decode_head(as_bytes(whole + '\0'), "head"));
  EXPECT_TRUE(decode_head(as_bytes(whole), "head"));
}

TEST(Head, MissingBesideObjectsIsDamage) {
  MemoryFiles files;
  const auto store = open(files);
  ASSERT_TRUE(write_checkpoint(*store, 1, as_bytes("state")));
  const auto head = store->read_head();
  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().code, ErrorCode::damaged);
}

TEST(FileStore, AnObjectExistsOnlyOnceSealed) {
  MemoryFiles files;
  const auto store = open(files);
  auto writer = store->create(Kind::segment, 7);
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->append(as_bytes("abc")));
  EXPECT_TRUE(store->list(Kind::segment)->empty());
  ASSERT_TRUE((*writer)->append(as_bytes("def")));
  ASSERT_TRUE((*writer)->seal());
  files.crash();
  EXPECT_EQ(*store->list(Kind::segment), std::vector<std::uint64_t>{7});
  auto object = store->open(Kind::segment, 7);
  ASSERT_TRUE(object);
  std::string content(6, ' ');
  ASSERT_TRUE(read_exact(**object, 0, std::as_writable_bytes(std::span(content))));
  EXPECT_EQ(content, "abcdef");
  const auto past = read_exact(**object, 3, std::as_writable_bytes(std::span(content)));
  ASSERT_FALSE(past);
  EXPECT_EQ(past.error().code, ErrorCode::damaged);
  const auto again = store->create(Kind::segment, 7);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::exists);
}

TEST(FileStore, AFailedObjectLeavesNoBytesBehind) {
  for (std::uint64_t n = 0;; ++n) {
    MemoryFiles files;
    const auto store = open(files);
    files.fail_after(n, ErrorCode::disk_full, false);
    const auto written = write_checkpoint(*store, 1, as_bytes(std::string(600'000, 'c')));
    if (written) {
      EXPECT_GT(n, 5u);
      break;
    }
    EXPECT_EQ(written.error().code, ErrorCode::disk_full);
    for (const auto& [path, node] : files.nodes()) {
      EXPECT_TRUE(!path.ends_with(".part") || node->content.empty()) << path << ", operation " << n;
    }
    // A head names it only after success, so that it may exist or not, but never in part.
    files.heal();
    const auto read = read_checkpoint(*store, 1);
    EXPECT_TRUE(read || read.error().code == ErrorCode::not_found) << n;
    ASSERT_TRUE(store->remove(Kind::checkpoint, 1));
    EXPECT_TRUE(write_checkpoint(*store, 1, as_bytes("again")));
  }
}

TEST(FileStore, AnAbandonedObjectDoesNotShineThrough) {
  MemoryFiles files;
  const auto store = open(files);
  {
    auto writer = store->create(Kind::segment, 1);
    ASSERT_TRUE((*writer)->append(as_bytes("a long text that is abandoned")));
  }
  auto writer = store->create(Kind::segment, 1);
  ASSERT_TRUE((*writer)->append(as_bytes("short")));
  ASSERT_TRUE((*writer)->seal());
  EXPECT_EQ(files.content("d/" + object_name(Kind::segment, 1)), "short");
}

TEST(FileStore, OpeningRemovesWhatWasInterrupted) {
  MemoryFiles files;
  files.put("d/segment-0000000000000001.part", "half");
  files.put("d/head.tmp", "half");
  files.put("d/segment-0000000000000002", "whole");
  ASSERT_TRUE(FileStore::open_to_read(files, "d"));
  EXPECT_TRUE(files.exists("d/head.tmp"));
  const auto store = open(files);
  EXPECT_FALSE(files.exists("d/segment-0000000000000001.part"));
  EXPECT_FALSE(files.exists("d/head.tmp"));
  EXPECT_TRUE(files.exists("d/segment-0000000000000002"));
}

TEST(FileStore, ForeignNamesAreNotObjects) {
  MemoryFiles files;
  for (const char* name : {"d/journal-1", "d/journal-000000000000000g", "d/journal-00000000000000011", "d/notes"}) {
    files.put(name, "");
  }
  EXPECT_TRUE(open(files)->list(Kind::journal)->empty());
}

TEST(FileStore, RecyclesJournalsUpToALimit) {
  MemoryFiles files;
  const auto store = open(files);
  for (std::uint64_t id = 1; id <= 4; ++id) ASSERT_TRUE(store->create_journal(id, bytes, Store::Room::written));
  for (std::uint64_t id = 1; id <= 4; ++id) ASSERT_TRUE(store->recycle_journal(id));
  EXPECT_EQ(files.nodes().size(), FileStore::spares_default);
  const auto before = files.changes();
  ASSERT_TRUE(store->create_journal(5, bytes, Store::Room::written));
  EXPECT_LE(files.changes() - before, 2u) << "a rename and a sync of the directory";
  EXPECT_EQ(files.nodes().size(), FileStore::spares_default);
  // A spare of another size is of no use.
  ASSERT_TRUE(store->create_journal(6, 2 * bytes, Store::Room::written));
  EXPECT_EQ(files.content("d/" + object_name(Kind::journal, 6)).size(), 2 * bytes);
  EXPECT_EQ(*store->list(Kind::journal), (std::vector<std::uint64_t>{5, 6}));
  EXPECT_TRUE(store->recycle_journal(99)) << "what is gone is gone";
}

TEST(FileStore, AJournalThatCouldNotBeMadeLeavesNothing) {
  for (std::uint64_t n = 0;; ++n) {
    MemoryFiles files;
    const auto store = open(files);
    files.fail_after(n, ErrorCode::disk_full, false);
    const auto made = store->create_journal(1, 4 * bytes, Store::Room::written);
    if (made) {
      EXPECT_GE(n, 4u);
      break;
    }
    EXPECT_EQ(made.error().code, ErrorCode::disk_full);
    if (n < 3) {
      EXPECT_TRUE(files.nodes().empty()) << n;
    }
  }
}

TEST(FileStore, TheReserveComesAndGoes) {
  MemoryFiles files;
  const auto store = open(files);
  EXPECT_TRUE(store->release_reserve());
  ASSERT_TRUE(store->restore_reserve(bytes));
  EXPECT_EQ(files.content("d/reserve").size(), bytes);
  const auto before = files.changes();
  ASSERT_TRUE(store->restore_reserve(bytes));
  EXPECT_EQ(files.changes(), before);
  ASSERT_TRUE(store->release_reserve());
  EXPECT_FALSE(files.exists("d/reserve"));
}

}  // namespace
}  // namespace millrace::log
