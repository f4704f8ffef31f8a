// Files and Core::write on the real machine.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "env/real/machine.h"
#include "env/real/posix_file.h"

namespace millrace::env {
namespace {

class TemporaryDirectory {
 public:
  // In the working directory, which is on a disk more often than /tmp is.
  TemporaryDirectory() {
    char name[] = "env_test_XXXXXX";
    path_ = std::filesystem::absolute(::mkdtemp(name)).string();
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct FreeDeleter {
  void operator()(std::byte* memory) const { std::free(memory); }
};

// Memory for direct writes, filled with a pattern that differs from page to page.
class AlignedBytes {
 public:
  explicit AlignedBytes(std::size_t size, unsigned seed = 1)
      : memory_(static_cast<std::byte*>(std::aligned_alloc(direct_alignment, size))), size_(size) {
    for (std::size_t i = 0; i < size; ++i) memory_.get()[i] = static_cast<std::byte>((i / 7 + i / 4096 + seed) & 0xFF);
  }
  Bytes bytes() const { return {memory_.get(), size_}; }

 private:
  std::unique_ptr<std::byte, FreeDeleter> memory_;
  std::size_t size_;
};

class RealFiles : public testing::Test {
 protected:
  std::unique_ptr<File> make(const std::string& path, bool direct = false) {
    auto file = files_.open(path, {.write = true, .create = true, .direct = direct});
    EXPECT_TRUE(file) << file.error().message;
    return std::move(*file);
  }
  std::string content(const std::string& path) {
    auto all = read_all(files_, path);
    EXPECT_TRUE(all) << all.error().message;
    return all ? *all : "";
  }
  TemporaryDirectory directory_;
  PosixFiles files_;
};

TEST_F(RealFiles, writes_are_read_back) {
  auto file = make(directory_ / "a");
  ASSERT_TRUE(file->write(0, as_bytes("hello world")));
  ASSERT_TRUE(file->write(6, as_bytes("there")));
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(*file->size(), 11u);
  EXPECT_EQ(content(directory_ / "a"), "hello there");
  EXPECT_EQ(file->path(), directory_ / "a");
}

TEST_F(RealFiles, a_read_past_the_end_is_short) {
  auto file = make(directory_ / "a");
  ASSERT_TRUE(file->write(0, as_bytes("hello")));
  std::byte buffer[10];
  EXPECT_EQ(*file->read(3, buffer), 2u);
  EXPECT_EQ(*file->read(5, buffer), 0u);
  EXPECT_EQ(*file->read(1000, buffer), 0u);
}

TEST_F(RealFiles, a_missing_file_is_not_found_and_named) {
  const auto file = files_.open(directory_ / "missing", {});
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::not_found);
  EXPECT_NE(file.error().message.find(directory_ / "missing"), std::string::npos);
  EXPECT_NE(file.error().message.find("No such file"), std::string::npos);
  EXPECT_EQ(files_.remove(directory_ / "missing").error().code, ErrorCode::not_found);
  EXPECT_EQ(files_.rename(directory_ / "missing", directory_ / "b").error().code, ErrorCode::not_found);
  EXPECT_EQ(files_.list(directory_ / "missing").error().code, ErrorCode::not_found);
  EXPECT_EQ(files_.sync_directory(directory_ / "missing").error().code, ErrorCode::not_found);
}

TEST_F(RealFiles, exclusive_creation_fails_when_the_file_exists) {
  for (const bool direct : {false, true}) {
    const std::string path = directory_ / (direct ? "direct" : "plain");
    const OpenMode mode{.write = true, .create = true, .exclusive = true, .direct = direct};
    EXPECT_TRUE(files_.open(path, mode));
    const auto again = files_.open(path, mode);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::exists);
  }
}

TEST_F(RealFiles, writing_without_permission_is_an_io_error) {
  make(directory_ / "a");
  auto file = files_.open(directory_ / "a", {});
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->write(0, as_bytes("x")).error().code, ErrorCode::io);
}

TEST_F(RealFiles, a_full_device_is_disk_full) {
  auto file = files_.open("/dev/full", {.write = true});
  ASSERT_TRUE(file);
  const auto result = (*file)->write(0, as_bytes("x"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::disk_full);
}

TEST_F(RealFiles, allocate_sets_the_size_and_keeps_the_content) {
  auto file = make(directory_ / "a");
  ASSERT_TRUE(file->write(0, as_bytes("hello")));
  ASSERT_TRUE(file->allocate(10'000));
  EXPECT_EQ(*file->size(), 10'000u);
  EXPECT_EQ(content(directory_ / "a"), "hello" + std::string(9'995, '\0'));
  ASSERT_TRUE(file->truncate(3));
  EXPECT_EQ(content(directory_ / "a"), "hel");
}

TEST_F(RealFiles, allocate_reserves_room_or_says_that_there_is_none) {
  const std::string mount = directory_ / "small";
  ASSERT_TRUE(files_.make_directory(mount));
  if (::mount("none", mount.c_str(), "tmpfs", 0, "size=1m") != 0) GTEST_SKIP() << "mounting needs root";
  {
    auto file = make(mount + "/a", true);
    ASSERT_TRUE(file->allocate(512 * 1024));
    const auto too_much = file->allocate(4 * 1024 * 1024);
    ASSERT_FALSE(too_much);
    EXPECT_EQ(too_much.error().code, ErrorCode::disk_full);
    // Others may fill the rest; what was reserved stays writable.
    auto other = make(mount + "/b");
    const AlignedBytes large(4 * 1024 * 1024);
    EXPECT_EQ(other->write(0, large.bytes()).error().code, ErrorCode::disk_full);
    EXPECT_TRUE(file->write(0, large.bytes().first(512 * 1024)));
  }
  ::umount2(mount.c_str(), MNT_DETACH);
}

TEST_F(RealFiles, a_direct_file_reads_at_any_offset_and_size) {
  auto file = make(directory_ / "a", true);
  const AlignedBytes data(1024 * 1024);
  ASSERT_TRUE(file->write(0, data.bytes()));
  for (const auto& [offset, size] : std::vector<std::pair<std::size_t, std::size_t>>{
           {0, 1}, {1, 4096}, {4095, 2}, {5, 700'000}, {1024 * 1024 - 3, 100}, {1024 * 1024, 10}, {2'000'000, 10}}) {
    std::vector<std::byte> into(size);
    const auto got = file->read(offset, into);
    ASSERT_TRUE(got) << got.error().message;
    const auto expected = offset >= data.bytes().size() ? 0 : std::min(size, data.bytes().size() - offset);
    ASSERT_EQ(*got, expected) << offset;
    if (expected > 0) {
      EXPECT_EQ(std::memcmp(into.data(), data.bytes().data() + offset, expected), 0) << offset;
    }
  }
}

TEST_F(RealFiles, a_direct_file_of_odd_size_is_read_to_its_end) {
  ASSERT_TRUE(make(directory_ / "a")->write(0, as_bytes("hello")));
  auto file = files_.open(directory_ / "a", {.direct = true});
  ASSERT_TRUE(file);
  AlignedBytes page(4096);
  const MutableBytes into(const_cast<std::byte*>(page.bytes().data()), 4096);
  EXPECT_EQ(*(*file)->read(0, into), 5u);
  EXPECT_EQ(as_text(into.first(5)), "hello");
}

TEST_F(RealFiles, a_misaligned_direct_write_is_a_bug) {
  auto file = make(directory_ / "a", true);
  const AlignedBytes data(8192);
  EXPECT_DEATH(static_cast<void>(file->write(1, data.bytes().first(4096))), "aligned");
  EXPECT_DEATH(static_cast<void>(file->write(0, data.bytes().first(100))), "aligned");
}

TEST_F(RealFiles, directories_are_made_with_their_parents_and_listed_in_order) {
  ASSERT_TRUE(files_.make_directory(directory_ / "x/y/z"));
  ASSERT_TRUE(files_.make_directory(directory_ / "x/y/z/"));
  for (const char* name : {"b", "a", "c"}) make(directory_ / ("x/" + std::string(name)));
  EXPECT_EQ(*files_.list(directory_ / "x"), (std::vector<std::string>{"a", "b", "c", "y"}));
  ASSERT_TRUE(files_.rename(directory_ / "x/a", directory_ / "x/b"));
  ASSERT_TRUE(files_.remove(directory_ / "x/c"));
  ASSERT_TRUE(files_.sync_directory(directory_ / "x"));
  EXPECT_EQ(*files_.list(directory_ / "x"), (std::vector<std::string>{"b", "y"}));
  EXPECT_FALSE(files_.make_directory(directory_ / "x/b/under_a_file"));
}

TEST_F(RealFiles, a_lock_is_held_until_the_file_is_closed) {
  auto first = make(directory_ / "lock");
  ASSERT_TRUE(first->lock());
  auto second = make(directory_ / "lock");
  const auto refused = second->lock();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  first.reset();
  EXPECT_TRUE(second->lock());
}

TEST_F(RealFiles, replace_leaves_the_new_content_and_no_temporary_file) {
  ASSERT_TRUE(replace(files_, directory_.path(), "head", as_bytes("a longer first version")));
  ASSERT_TRUE(replace(files_, directory_.path(), "head", as_bytes("second")));
  EXPECT_EQ(content(directory_ / "head"), "second");
  EXPECT_EQ(files_.list(directory_.path())->size(), 1u);
}

// The parameter says whether writes go through io_uring or through the offload threads.
class CoreWrite : public testing::TestWithParam<bool> {
 protected:
  CoreWrite() : machine_(1, {.io_uring = GetParam()}) {}
  // Writes one piece and runs the machine until it is done.
  Result<void> write_once(File& file, std::uint64_t offset, Bytes bytes, bool sync) {
    Result<void> outcome = fail(ErrorCode::invalid, "not called");
    machine_.core(0).post([&] {
      machine_.core(0).write(file, offset, bytes, sync, [&](Result<void> result) {
        outcome = std::move(result);
        machine_.stop();
      });
    });
    machine_.run();
    return outcome;
  }
  std::unique_ptr<File> make(const std::string& path, bool direct) {
    return std::move(*machine_.files().open(path, {.write = true, .create = true, .direct = direct}));
  }
  TemporaryDirectory directory_;
  Machine machine_;
};
INSTANTIATE_TEST_SUITE_P(Real, CoreWrite, testing::Bool(),
                         [](const auto& way) { return way.param ? "io_uring" : "threads"; });

TEST_P(CoreWrite, a_synced_direct_write_is_in_the_file) {
  auto file = make(directory_ / "a", true);
  ASSERT_TRUE(file->allocate(64 * 1024));
  const AlignedBytes data(8192);
  ASSERT_TRUE(write_once(*file, 4096, data.bytes(), true));
  std::vector<std::byte> back(8192);
  ASSERT_EQ(*file->read(4096, back), 8192u);
  EXPECT_EQ(std::memcmp(back.data(), data.bytes().data(), 8192), 0);
}

TEST_P(CoreWrite, an_unsynced_write_of_any_alignment_is_in_the_file) {
  auto file = make(directory_ / "a", false);
  ASSERT_TRUE(write_once(*file, 3, as_bytes("hello"), false));
  EXPECT_EQ(*read_all(machine_.files(), directory_ / "a"), std::string(3, '\0') + "hello");
}

TEST_P(CoreWrite, a_write_of_nothing_completes) {
  auto file = make(directory_ / "a", false);
  EXPECT_TRUE(write_once(*file, 0, {}, true));
}

TEST_P(CoreWrite, a_full_device_is_disk_full_and_names_the_file) {
  auto file = machine_.files().open("/dev/full", {.write = true});
  ASSERT_TRUE(file);
  const auto result = write_once(**file, 0, as_bytes("x"), true);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::disk_full);
  EXPECT_NE(result.error().message.find("/dev/full"), std::string::npos);
}

TEST_P(CoreWrite, a_write_that_only_partly_fits_fails) {
  const std::string mount = directory_ / "small";
  ASSERT_TRUE(machine_.files().make_directory(mount));
  if (::mount("none", mount.c_str(), "tmpfs", 0, "size=1m") != 0) GTEST_SKIP() << "mounting needs root";
  {
    auto file = make(mount + "/a", false);
    const AlignedBytes data(4 * 1024 * 1024);
    // The kernel writes what fits and reports a short write first; the rest must not be taken for written.
    const auto result = write_once(*file, 0, data.bytes(), true);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::disk_full);
    EXPECT_GT(*file->size(), 0u);
  }
  ::umount2(mount.c_str(), MNT_DETACH);
}

TEST_P(CoreWrite, a_file_that_is_not_open_for_writing_is_an_io_error) {
  make(directory_ / "a", false);
  auto file = machine_.files().open(directory_ / "a", {});
  ASSERT_TRUE(file);
  const auto result = write_once(**file, 0, as_bytes("x"), false);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::io);
}

TEST_P(CoreWrite, a_misaligned_direct_write_is_a_bug) {
  auto file = make(directory_ / "a", true);
  const AlignedBytes data(4096);
  EXPECT_DEATH(machine_.core(0).write(*file, 7, data.bytes(), true, [](Result<void>) {}), "aligned");
}

TEST_P(CoreWrite, more_writes_than_the_kernel_takes_at_once_all_complete) {
  constexpr std::size_t writes = 1000;
  auto file = make(directory_ / "a", true);
  ASSERT_TRUE(file->allocate(writes * 4096));
  const AlignedBytes data(writes * 4096);
  std::size_t left = writes;
  machine_.core(0).post([&] {
    for (std::size_t i = 0; i < writes; ++i) {
      machine_.core(0).write(*file, i * 4096, data.bytes().subspan(i * 4096, 4096), i % 100 == 0,
                             [&](Result<void> result) {
                               EXPECT_TRUE(result);
                               if (--left == 0) machine_.stop();
                             });
    }
  });
  machine_.run();
  EXPECT_EQ(left, 0u);
  std::vector<std::byte> back(writes * 4096);
  ASSERT_EQ(*file->read(0, back), back.size());
  EXPECT_EQ(std::memcmp(back.data(), data.bytes().data(), back.size()), 0);
}

TEST_P(CoreWrite, a_machine_that_stops_leaves_no_write_under_way) {
  auto file = make(directory_ / "a", true);
  auto witness = std::make_shared<int>();
  auto data = std::make_unique<AlignedBytes>(1024 * 1024);
  machine_.core(0).post([&] {
    for (int i = 0; i < 300; ++i) {
      machine_.core(0).write(*file, 0, data->bytes(), false, [witness](Result<void>) {});
    }
    machine_.stop();
  });
  machine_.run();
  // Callbacks have run or are destroyed; nobody reads the memory any more, which a sanitizer would notice.
  data.reset();
  file.reset();
  EXPECT_EQ(witness.use_count(), 1);
}

}  // namespace
}  // namespace millrace::env
