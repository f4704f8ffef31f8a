#include "codec/arena.h"

#include <cstring>
#include <memory>

namespace millrace::codec {
namespace {

using Block = std::unique_ptr<char[]>;

// An arena with static storage may outlive what its thread keeps: the list says when it is gone.
thread_local bool spares_gone = false;
struct Spares {
  std::vector<Block> blocks;
  ~Spares() { spares_gone = true; }
};

// Null at the end of the thread.
std::vector<Block>* spare_blocks() {
  thread_local Spares spares;
  return spares_gone ? nullptr : &spares.blocks;
}

Block make_block(std::size_t bytes) { return std::make_unique_for_overwrite<char[]>(bytes); }

Block take_block() {
  auto* const spare = spare_blocks();
  if (spare == nullptr || spare->empty()) return make_block(Arena::block_bytes);
  Block block = std::move(spare->back());
  spare->pop_back();
  return block;
}

}  // namespace

Arena::~Arena() {
  auto* const spare = spare_blocks();
  if (spare == nullptr) return;
  for (auto& block : blocks_) {
    if (spare->size() == spare_blocks_max) break;
    spare->push_back(std::move(block));
  }
}

char* Arena::room(std::size_t bytes) {
  if (bytes > left_) return begin_block(bytes);
  char* const room = at_;
  at_ += bytes;
  left_ -= bytes;
  return room;
}

char* Arena::begin_block(std::size_t bytes) {
  // What does not fit into a block has memory of its own, and the block goes on being filled.
  if (bytes > block_bytes) return large_.emplace_back(make_block(bytes)).get();
  char* const room = blocks_.emplace_back(take_block()).get();
  at_ = room + bytes;
  left_ = block_bytes - bytes;
  return room;
}

std::string_view Arena::keep(std::string_view bytes) {
  if (bytes.empty()) return {};
  char* const to = room(bytes.size());
  std::memcpy(to, bytes.data(), bytes.size());
  return {to, bytes.size()};
}

}  // namespace millrace::codec
