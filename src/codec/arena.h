// Arena: memory for what the views of one request show (field.h): it grows by blocks and goes all at once.
//
// Owned by whoever owns the struct with the views. One thread at a time; a thread keeps a few blocks for the next arena,
// since fresh memory costs more than what is written into it.
#pragma once
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace millrace::codec {

class Arena {
 public:
  static constexpr std::size_t block_bytes = std::size_t{64} << 10;
  static constexpr std::size_t spare_blocks_max = 64;  // of a thread

  Arena() = default;
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Room for this many bytes, which are not set. It stays where it is until the arena goes.
  char* room(std::size_t bytes);
  // A copy.
  std::string_view keep(std::string_view bytes);

 private:
  char* begin_block(std::size_t bytes);

  std::vector<std::unique_ptr<char[]>> blocks_;  // of block_bytes
  std::vector<std::unique_ptr<char[]>> large_;   // each for what is larger than a block
  char* at_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace millrace::codec
