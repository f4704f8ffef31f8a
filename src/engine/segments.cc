#include "engine/segments.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace millrace::engine {

void Segments::add(std::uint64_t id, std::uint64_t bytes, std::uint64_t records, std::uint64_t live) {
  last_id_ = std::max(last_id_, id);
  if (live == 0) {
    dead_.push_back(id);
    return;
  }
  segments_[id] = Segment{.bytes = bytes, .records = records, .live = live};
}

void Segments::lost(std::uint64_t id, std::uint64_t records) {
  const auto at = segments_.find(id);
  check(at != segments_.end() && at->second.live >= records, "an extent counts more records than its segment");
  at->second.live -= records;
  if (at->second.live == 0) {
    dead_.push_back(id);
    segments_.erase(at);
  }
}

std::vector<std::uint64_t> Segments::take_dead() { return std::exchange(dead_, {}); }

void Segments::save(ByteWriter& out) const {
  out.u64(last_id_);
  out.varint(segments_.size());
  for (const auto& [id, segment] : segments_) {
    out.u64(id);
    out.varint(segment.bytes);
    out.varint(segment.records);
    out.varint(segment.live);
  }
}

Result<void> Segments::load(ByteReader& in) {
  clear();
  last_id_ = in.u64();
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    const auto id = in.u64();
    Segment segment;
    segment.bytes = in.varint();
    segment.records = in.varint();
    segment.live = in.varint();
    segments_[id] = segment;
  }
  if (!in.ok()) return fail(ErrorCode::damaged, "the checkpoint's table of segments is cut short");
  return {};
}

void Segments::clear() {
  segments_.clear();
  dead_.clear();
  readers_.clear();
  blocks_.clear();
  last_id_ = 0;
  alive_ = std::make_shared<int>();
}

Result<Segments::ReaderPtr> Segments::open(log::Store& store, std::uint64_t id) {
  auto object = store.open(log::Kind::segment, id);
  if (!object) return pass(object);
  auto reader = log::SegmentReader::open(std::move(*object), id);
  if (!reader) return pass(reader);
  return ReaderPtr(std::move(*reader));
}

// The part of load_block that runs off the core.
struct Segments::Loading {
  std::shared_ptr<log::Store> store;
  Segments::ReaderPtr reader;
  Result<BlockPtr> block = fail(ErrorCode::unavailable, "the block was not read");
  std::uint64_t after = 0;
  std::size_t ahead_max = 0;
  std::vector<BlockPtr> ahead;  // those that follow

  void run(std::uint64_t segment, std::uint32_t extent, RecordSeq from) {
    if (!reader) {
      auto opened = Segments::open(*store, segment);
      if (!opened) {
        block = pass(opened);
        return;
      }
      reader = std::move(*opened);
    }
    const auto& extents = reader->info().extents;
    if (extent >= extents.size()) {
      block = fail(ErrorCode::damaged, reader->name() + " has no extent " + std::to_string(extent));
      return;
    }
    const auto& blocks = extents[extent].blocks;
    const auto at = std::ranges::lower_bound(blocks, from.get(), {}, &log::BlockEntry::last_seq);
    if (at == blocks.end()) {
      block = fail(ErrorCode::damaged, reader->name() + " ends before record " + std::to_string(from.get()));
      return;
    }
    if (at != blocks.begin()) after = std::prev(at)->last_seq;
    block = reader->read_block(extents[extent].partition, *at);
    for (auto next = at + 1; block && next != blocks.end() && ahead.size() < ahead_max; ++next) {
      auto read = reader->read_block(extents[extent].partition, *next);
      // Its damage is reported when it is asked for.
      if (!read) return;
      ahead.push_back(std::move(*read));
    }
  }
};

// Blocks that were read in one go.
void Segments::remember_run(std::uint64_t segment, std::uint32_t extent, const Loading& loading) {
  remember({segment, extent, loading.after, *loading.block});
  std::uint64_t after = (*loading.block)->records.back().seq;
  for (const auto& block : loading.ahead) {
    remember({segment, extent, after, block});
    after = block->records.back().seq;
  }
}

void Segments::load_block(std::uint64_t segment, std::uint32_t extent, RecordSeq from, Access access,
                          Callback<void(Result<BlockPtr>)> done) {
  for (auto at = blocks_.begin(); at != blocks_.end(); ++at) {
    if (at->segment != segment || at->extent != extent || at->after >= from.get() ||
        at->block->records.back().seq < from.get()) {
      continue;
    }
    blocks_.splice(blocks_.begin(), blocks_, at);
    // Through the core all the same, so that a caller is never called back from inside its own call.
    core_.post([block = at->block, done = std::move(done), alive = std::weak_ptr(alive_)]() mutable {
      if (!alive.expired()) done(std::move(block));
    });
    return;
  }
  auto loading = std::make_shared<Loading>();
  loading->store = store_;
  loading->ahead_max = access == Access::sequential ? blocks_ahead : 0;
  if (const auto at = readers_.find(segment); at != readers_.end()) loading->reader = at->second;
  core_.offload([loading, segment, extent, from] { loading->run(segment, extent, from); },
                [this, loading, segment, extent, done = std::move(done), alive = std::weak_ptr(alive_)]() mutable {
                  if (alive.expired()) return;
                  if (loading->reader) remember(segment, loading->reader);
                  if (loading->block) remember_run(segment, extent, *loading);
                  done(std::move(loading->block));
                });
}

void Segments::remember(std::uint64_t segment, ReaderPtr reader) {
  // One that was removed meanwhile would only keep its room from the disk.
  if (!segments_.contains(segment)) return;
  // Of the open ones the oldest goes: segments are mostly read front to back.
  if (!readers_.contains(segment) && readers_.size() >= readers_max) readers_.erase(readers_.begin());
  readers_[segment] = std::move(reader);
}

void Segments::remember(Cached block) {
  blocks_.push_front(std::move(block));
  if (blocks_.size() > blocks_max) blocks_.pop_back();
}

void Segments::forget_reader(std::uint64_t segment) {
  readers_.erase(segment);
  std::erase_if(blocks_, [&](const Cached& cached) { return cached.segment == segment; });
}

}  // namespace millrace::engine
