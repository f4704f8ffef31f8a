#include "log/checkpoint.h"

#include <gtest/gtest.h>

#include "log/testing.h"

namespace millrace::log {
namespace {

using testing::MemoryFiles;

TEST(Checkpoint, GivesBackWhatWasWritten) {
  MemoryFiles files;
  const auto store = std::move(*FileStore::open(files, "d"));
  std::uint64_t id = 0;
  for (const std::size_t size : {0u, 1u, 262'143u, 262'144u, 262'145u, 1'000'000u}) {
    std::string content(size, 'c');
    for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 31);
    ASSERT_TRUE(write_checkpoint(*store, ++id, as_bytes(content)));
    files.crash();
    const auto read = read_checkpoint(*store, id);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, content);
  }
  const auto missing = read_checkpoint(*store, 99);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
}

TEST(Checkpoint, EveryFlippedBitAndEveryTruncationIsFoundAndNamed) {
  MemoryFiles files;
  const auto store = std::move(*FileStore::open(files, "d"));
  ASSERT_TRUE(write_checkpoint(*store, 3, as_bytes("the state of a lane")));
  const std::string path = "d/" + object_name(Kind::checkpoint, 3);
  std::string& content = files.content(path);
  const std::string whole = content;
  const auto expect_damage = [&](std::size_t at) {
    const auto read = read_checkpoint(*store, 3);
    ASSERT_FALSE(read) << at;
    EXPECT_EQ(read.error().code, ErrorCode::damaged);
    EXPECT_TRUE(read.error().message.starts_with(path + ", offset ")) << read.error().message;
  };
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    content[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    expect_damage(bit);
    content = whole;
  }
  for (std::size_t size = 0; size < whole.size(); ++size) {
    content = whole.substr(0, size);
    expect_damage(size);
  }
  content = whole + '\0';
  expect_damage(whole.size());
}

TEST(Checkpoint, PiecesCannotChangePlaces) {
  MemoryFiles files;
  const auto store = std::move(*FileStore::open(files, "d"));
  constexpr std::size_t piece = 256u << 10;
  ASSERT_TRUE(write_checkpoint(*store, 1, as_bytes(std::string(piece, 'a') + std::string(piece, 'b'))));
  std::string& content = files.content("d/" + object_name(Kind::checkpoint, 1));
  const std::string first = content.substr(32, piece + 8);
  content.replace(32, piece + 8, content.substr(32 + piece + 8, piece + 8));
  content.replace(32 + piece + 8, piece + 8, first);
  EXPECT_FALSE(read_checkpoint(*store, 1));
}

}  // namespace
}  // namespace millrace::log
