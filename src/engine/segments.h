// Segments: the lane's table of segment objects, and the way to read from them.
//
// The table counts what is still wanted in each, so that dead segments are removed and sparse ones rewritten. Readers
// are opened on first use and kept, a named number of them; blocks just read are kept too, since a batch that comes
// back is read again record by record.
#pragma once
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/callback.h"
#include "base/result.h"
#include "engine/ids.h"
#include "env/core.h"
#include "log/segment.h"
#include "log/store.h"

namespace millrace::engine {

// One verified block of a segment, shared by whoever reads from it, on any core.
using BlockPtr = std::shared_ptr<const log::Block>;

class Segments {
 public:
  static constexpr std::size_t readers_max = 128;
  static constexpr std::size_t blocks_max = 64;
  // Read with a block by one that reads on: a trip off the core costs more than a block.
  static constexpr std::size_t blocks_ahead = 7;
  enum class Access : std::uint8_t { sequential, random };

  struct Segment {
    std::uint64_t bytes = 0;
    std::uint64_t records = 0;
    std::uint64_t live = 0;
  };

  Segments(env::Core& core, std::shared_ptr<log::Store> store) : core_(core), store_(std::move(store)) {}
  Segments(const Segments&) = delete;
  Segments& operator=(const Segments&) = delete;

  // --- state ---
  void add(std::uint64_t id, std::uint64_t bytes, std::uint64_t records, std::uint64_t live);
  // `records` of the segment are no longer wanted.
  void lost(std::uint64_t id, std::uint64_t records);
  const std::map<std::uint64_t, Segment>& all() const { return segments_; }
  std::uint64_t last_id() const { return last_id_; }
  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);
  void clear();

  // --- live ---
  // Segments in which nothing is wanted any more, removed from the table; their objects may go once this is durable.
  std::vector<std::uint64_t> take_dead();
  // The block with the first record at or after `from` of extent `extent`. `done` runs on the core.
  void load_block(std::uint64_t segment, std::uint32_t extent, RecordSeq from, Access access,
                  Callback<void(Result<BlockPtr>)> done);
  // A reader for work that runs off the core; blocking.
  using ReaderPtr = std::shared_ptr<const log::SegmentReader>;
  static Result<ReaderPtr> open(log::Store& store, std::uint64_t id);
  // Closes the reader of a segment that is about to be removed.
  void forget_reader(std::uint64_t segment);

 private:
  struct Cached {
    std::uint64_t segment;
    std::uint32_t extent;
    std::uint64_t after;  // position of the last record before the block's in its extent; 0: it is the first
    BlockPtr block;
  };
  struct Loading;
  void remember(std::uint64_t segment, ReaderPtr reader);
  void remember_run(std::uint64_t segment, std::uint32_t extent, const Loading& loading);
  void remember(Cached block);

  env::Core& core_;
  std::shared_ptr<log::Store> store_;
  std::map<std::uint64_t, Segment> segments_;
  std::vector<std::uint64_t> dead_;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, ReaderPtr> readers_;
  std::list<Cached> blocks_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace millrace::engine
