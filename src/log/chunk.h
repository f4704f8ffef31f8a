// Chunk: a piece of memory that holds whole groups of a journal, as they are on disk.
//
// It is filled by its journal (or by recovery) and from then on immutable; slices of it are held by whoever needs an
// entry's payload, and the last of them frees it, on any thread. Aligned for direct writes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace millrace::log {

class Chunk {
 public:
  // `bytes` is a multiple of env::direct_alignment. The content is not initialized.
  explicit Chunk(std::size_t bytes);
  ~Chunk();
  Chunk(const Chunk&) = delete;
  Chunk& operator=(const Chunk&) = delete;

  std::byte* data() { return data_; }
  const std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  std::byte* data_;
  std::size_t size_;
};

// Bytes inside a chunk, and what keeps them alive.
struct Slice {
  std::shared_ptr<const Chunk> chunk;
  Bytes bytes;
  std::uint64_t journal_id = 0;  // the file that holds (or will hold) these bytes
};

}  // namespace millrace::log
