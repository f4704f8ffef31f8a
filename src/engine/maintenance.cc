#include "engine/maintenance.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "engine/lane.h"
#include "engine/runs.h"
#include "log/checkpoint.h"

namespace millrace::engine {
namespace {

using log::SegmentInfo;

void write_extent(ByteWriter& out, std::size_t index, const log::Extent& extent) {
  out.u32(extent.partition.get());
  out.varint(index);
  out.varint(extent.first_seq);
  out.varint(extent.last_seq);
  out.varint(extent.count);
  out.varint(extent.bytes);
}

}  // namespace

struct Maintenance::Settling {
  std::uint64_t until = 0;
  std::uint64_t segment = 0;
  std::vector<Run> runs;
  std::vector<std::shared_ptr<const log::Chunk>> chunks;  // keep the runs' bytes alive
  std::optional<Result<SegmentInfo>> info;
};

struct Maintenance::Compacting {
  std::vector<std::uint64_t> old_segments;
  std::uint64_t segment = 0;
  struct Source {
    std::uint64_t segment = 0;
    std::uint32_t extent = 0;
  };
  std::vector<Run> runs;                     // one for each extent of the new segment
  std::vector<std::vector<Source>> sources;  // of each run
  // They keep the runs' bytes alive.
  std::vector<BlockPtr> blocks;
  struct Opened {
    explicit Opened(Segments::ReaderPtr from) : reader(std::move(from)), bodies(*reader) {}
    Segments::ReaderPtr reader;
    log::Bodies bodies;
  };
  std::map<std::uint64_t, Opened> segments;
  std::optional<Result<SegmentInfo>> info;
  Result<void> read;
  std::uint64_t reading = 0;  // the segment that is being read

  Result<void> collect(log::Store& store);
  Result<void> collect(log::Store& store, const Source& source, Run& run);
};

Result<void> Maintenance::Compacting::collect(log::Store& store) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const auto& source : sources[i]) {
      if (auto ok = collect(store, source, runs[i]); !ok) return ok;
    }
  }
  return {};
}

Result<void> Maintenance::Compacting::collect(log::Store& store, const Source& source, Run& run) {
  reading = source.segment;
  auto at = segments.find(source.segment);
  if (at == segments.end()) {
    auto reader = Segments::open(store, source.segment);
    if (!reader) return pass(reader);
    at = segments.try_emplace(source.segment, std::move(*reader)).first;
  }
  auto& [reader, bodies] = at->second;
  const auto& extent = reader->info().extents.at(source.extent);
  for (const auto& entry : extent.blocks) {
    auto block = reader->read_own(extent.partition, entry);
    if (!block) return pass(block);
    for (const auto& record : (*block)->records) {
      if (record.body == 0) {
        run.records.push_back({.seq = RecordSeq(record.seq), .bytes = record.bytes});
        continue;
      }
      auto body = bodies.at(record.body);
      if (!body) return pass(body);
      run.records.push_back({.seq = RecordSeq(record.seq), .bytes = *body, .head = record.bytes});
    }
    blocks.push_back(std::move(*block));
  }
  return {};
}

Maintenance::Maintenance(Lane& lane) : lane_(lane), last_checkpoint_(lane.head_.checkpoint_id), bases_(lane.bases()) {
  if (!bases_.empty()) last_checkpoint_ = std::max(last_checkpoint_, *bases_.rbegin());
}

std::uint64_t Maintenance::settle_until() const {
  const auto& files = lane_.journal_->files();
  const bool pressed = lane_.journal_->space() == log::Space::low || needs_space_;
  const std::size_t kept = pressed ? 0 : lane_.options_.unsettled_files_max;
  // The current file is the last; `kept` complete ones before it may stay as they are.
  if (files.size() < kept + 2) return 0;
  return files[files.size() - 2 - kept].id;
}

void Maintenance::look() {
  if (running_ || waits_ || finishing_ || !lane_.serving_) return;
  if (!reserve_asked_ && lane_.journal_->files().size() > 1) keep_reserve();
  const auto until = settle_until();
  // Short of space, a checkpoint alone may free journal files, and shows whether there is room again.
  if (until != 0 || needs_space_) {
    running_ = true;
    settle(until);
    return;
  }
  if (auto sparse = sparse_segments(); !sparse.empty()) {
    running_ = true;
    compact(std::move(sparse));
    return;
  }
  remove_dead();
}

void Maintenance::finish(Callback<void()> done) {
  finishing_ = true;
  finished_ = std::move(done);
  if (!running_) last_job();
}

void Maintenance::last_job() {
  running_ = true;
  last_ = true;
  settle(lane_.journal_->current_id());
}

// --- settle ---

void Maintenance::settle(std::uint64_t until) {
  auto job = std::make_shared<Settling>();
  job->until = until;
  for (const auto& [id, partition] : lane_.by_id_) {
    Run run{.partition = id};
    partition->backlog().for_each_until(until, [&](const Backlog::Place& place) {
      run.records.push_back({.seq = place.seq, .bytes = place.record.bytes, .head = place.head});
      if (job->chunks.empty() || job->chunks.back() != place.record.chunk) job->chunks.push_back(place.record.chunk);
    });
    if (!run.records.empty()) job->runs.push_back(std::move(run));
  }
  if (job->runs.empty()) return settled(job);
  job->segment = lane_.segments_.last_id() + 1;
  lane_.offload([job, store = lane_.store_] { job->info = write_segment(*store, job->segment, job->runs); },
                [this, job] { settled(job); });
}

void Maintenance::settled(const std::shared_ptr<Settling>& job) {
  if (!job->info) return checkpoint();
  if (!*job->info) return ended(pass(*job->info));
  const SegmentInfo& info = **job->info;
  ++lane_.segments_written_;
  std::string payload;
  ByteWriter out(payload);
  out.u64(job->until);
  out.u64(info.id);
  out.varint(info.bytes);
  out.varint(info.extents.size());
  for (std::size_t i = 0; i < info.extents.size(); ++i) {
    write_extent(out, i, info.extents[i]);
    out.varint(0);
  }
  lane_.append_own(EntryType::settled, payload);
  checkpoint();
}

// --- checkpoint ---

void Maintenance::checkpoint() {
  struct Job {
    log::Head head;
    std::string content;
    std::vector<std::pair<std::uint64_t, std::string>> bases;  // new ones that the content names
    std::vector<PartitionId> based;                            // theirs
    bool written = false;
    std::vector<std::uint64_t> old;  // not needed once the new head is durable
    Result<void> result;
  };
  auto job = std::make_shared<Job>();
  const auto& journal = *lane_.journal_;
  std::uint64_t oldest = journal.current_id();
  for (const auto& [id, partition] : lane_.by_id_) oldest = std::min(oldest, partition->backlog().oldest_journal());
  const auto file = std::ranges::find(journal.files(), oldest, &log::JournalFile::id);
  check(file != journal.files().end(), "what the backlogs need still exists");
  // After a head whose writing failed nobody knows which one is on disk, so an id that was tried is never used again and
  // what either head may name stays.
  last_checkpoint_ = std::max(last_checkpoint_, lane_.head_.checkpoint_id);
  job->old = tried_checkpoints_;
  for (const auto& [id, partition] : lane_.by_id_) {
    if (!partition->wants_base()) continue;
    tried_checkpoints_.push_back(++last_checkpoint_);
    job->bases.emplace_back(last_checkpoint_, partition->save_base(last_checkpoint_));
    job->based.push_back(id);
  }
  tried_checkpoints_.push_back(++last_checkpoint_);
  job->content = lane_.save();
  if (lane_.head_.checkpoint_id != 0) job->old.push_back(lane_.head_.checkpoint_id);
  auto bases = lane_.bases();
  std::ranges::set_difference(bases_, bases, std::back_inserter(job->old));
  job->head = lane_.head_;
  job->head.checkpoint_id = last_checkpoint_;
  job->head.checkpoint_sequence = journal.next_sequence() - 1;
  job->head.first_journal_id = file->id;
  job->head.first_group = file->first_group;
  job->head.first_sequence = file->first_sequence;

  auto published = [this, job, bases = std::move(bases)]() mutable {
    if (job->result) {
      bases_ = std::move(bases);
      lane_.head_ = job->head;
      tried_checkpoints_.clear();
      ++lane_.checkpoints_written_;
      lane_.journal_->release_before(job->head.first_journal_id);
      remove_dead();
    } else {
      for (const auto id : job->based) {
        if (Partition* partition = lane_.find(id)) partition->lose_base();
      }
    }
    const bool done = job->result.has_value();
    ended(std::move(job->result));
    if (done) look();
  };
  auto write = [job, store = lane_.store_] {
    const auto attempt = [&]() -> Result<void> {
      const auto put = [&](std::uint64_t id, std::string_view content) -> Result<void> {
        // One that was written but never named by a head may be in the way.
        if (auto ok = store->remove(log::Kind::checkpoint, id); !ok) return ok;
        return log::write_checkpoint(*store, id, as_bytes(content));
      };
      for (; !job->bases.empty(); job->bases.pop_back()) {
        if (auto ok = put(job->bases.back().first, job->bases.back().second); !ok) return ok;
      }
      if (!job->written) {
        if (auto ok = put(job->head.checkpoint_id, job->content); !ok) return ok;
        job->written = true;
      }
      if (auto ok = store->write_head(job->head); !ok) return ok;
      for (const auto id : job->old) {
        if (auto ok = store->remove(log::Kind::checkpoint, id); !ok) return ok;
      }
      return {};
    };
    job->result = attempt();
    if (job->result || job->result.error().code != ErrorCode::disk_full) return;
    if (auto freed = store->release_reserve(); freed) job->result = attempt();
  };
  // The head must not cover an entry that a power cut could still take away.
  lane_.journal_->when_synced(
      lane_.guard([this, write = std::move(write), published = std::move(published)](Result<void> synced) mutable {
        if (!synced) {
          lane_.journal_failed(synced.error());
          return;
        }
        lane_.offload(std::move(write), std::move(published));
      }));
}

void Maintenance::ended(Result<void> result) {
  running_ = false;
  if (!result) {
    const bool full = result.error().code == ErrorCode::disk_full;
    if (full != needs_space_ || !full) logging::warn("lane {}: {}", lane_.id_.get(), result.error().message);
    needs_space_ = full;
    waits_ = true;
    lane_.after(lane_.options_.retry_interval, [this] {
      waits_ = false;
      look();
    });
  } else if (needs_space_) {
    // There is room again.
    needs_space_ = false;
    keep_reserve();
  }
  if (!finishing_) return;
  if (!last_) return last_job();
  finished_();
}

// Not before a lane is past its first file: an idle one needs none.
void Maintenance::keep_reserve() {
  reserve_asked_ = true;
  lane_.offload(
      [store = lane_.store_, bytes = lane_.options_.journal_file_bytes] {
        if (auto ok = store->restore_reserve(bytes); !ok) logging::debug("no reserve: {}", ok.error().message);
      },
      [] {});
}

void Maintenance::remove_dead() {
  auto dead = lane_.segments_.take_dead();
  if (dead.empty()) return;
  for (const auto id : dead) lane_.segments_.forget_reader(id);
  lane_.journal_->when_synced(lane_.guard([this, dead = std::move(dead)](Result<void> synced) mutable {
    if (!synced) return;
    lane_.core_.offload(
        [store = lane_.store_, dead = std::move(dead)] {
          for (const auto id : dead) {
            // What cannot be removed now goes at the next start.
            if (auto ok = store->remove(log::Kind::segment, id); !ok) logging::warn("{}", ok.error().message);
          }
        },
        [] {});
  }));
}

// --- compact ---

std::vector<std::uint64_t> Maintenance::sparse_segments() {
  std::vector<std::uint64_t> sparse;
  std::uint64_t bytes = 0;
  std::erase_if(watched_, [&](const auto& watched) { return !lane_.segments_.all().contains(watched.first); });
  for (const auto& [id, segment] : lane_.segments_.all()) {
    const double share = static_cast<double>(segment.live) / static_cast<double>(segment.records);
    if (share >= sparse_share) {
      watched_.erase(id);
      continue;
    }
    if (unreadable_.contains(id)) continue;
    auto& watched = watched_[id];
    watched.looks = watched.live == segment.live ? watched.looks + 1 : 0;
    watched.live = segment.live;
    if (watched.looks < quiet_looks && share >= very_sparse_share) continue;
    // One alone may be larger than that.
    const bool fits = sparse.empty() || bytes + segment.bytes <= compact_bytes_max;
    if (sparse.size() == compact_segments_max || !fits) break;
    bytes += segment.bytes;
    sparse.push_back(id);
  }
  return sparse;
}

void Maintenance::compact(std::vector<std::uint64_t> segments) {
  auto job = std::make_shared<Compacting>();
  job->old_segments = std::move(segments);
  job->segment = lane_.segments_.last_id() + 1;
  // Neighbouring extents of a partition become one; a partition's extents that are apart would make two runs, and a
  // segment holds one extent of a partition, so only its first group of neighbours moves now.
  for (const auto& [id, partition] : lane_.by_id_) {
    std::vector<Compacting::Source> sources;
    for (const auto& extent : partition->backlog().extents()) {
      const bool chosen = std::ranges::binary_search(job->old_segments, extent.segment);
      if (chosen) sources.push_back({extent.segment, extent.index});
      if (!chosen && !sources.empty()) break;
    }
    if (sources.empty()) continue;
    job->runs.push_back({.partition = id, .records = {}});
    job->sources.push_back(std::move(sources));
  }
  if (job->runs.empty()) return ended({});
  lane_.offload([job, store = lane_.store_] { job->read = job->collect(*store); }, [this, job] { filter(job); });
}

// What was deleted is known on the core alone.
void Maintenance::filter(const std::shared_ptr<Compacting>& job) {
  if (!job->read) {
    // It stays as it is, so that the others are not held up; a restart looks again.
    if (job->read.error().code == ErrorCode::damaged) unreadable_.insert(job->reading);
    return ended(std::move(job->read));
  }
  for (std::size_t i = job->runs.size(); i-- > 0;) {
    auto& run = job->runs[i];
    const Partition* partition = lane_.find(run.partition);
    if (partition != nullptr) {
      std::erase_if(run.records, [&](const auto& record) { return !partition->live(record.seq); });
    }
    if (partition == nullptr || run.records.empty()) {
      job->runs.erase(job->runs.begin() + static_cast<std::ptrdiff_t>(i));
      job->sources.erase(job->sources.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  if (job->runs.empty()) return ended({});
  lane_.offload([job, store = lane_.store_] { job->info = write_segment(*store, job->segment, job->runs); },
                [this, job] { compacted(job); });
}

void Maintenance::compacted(const std::shared_ptr<Compacting>& job) {
  if (!*job->info) return ended(pass(*job->info));
  const SegmentInfo& info = **job->info;
  check(info.extents.size() == job->sources.size());
  ++lane_.segments_written_;
  std::string payload;
  ByteWriter out(payload);
  out.u64(0);
  out.u64(info.id);
  out.varint(info.bytes);
  out.varint(info.extents.size());
  for (std::size_t i = 0; i < info.extents.size(); ++i) {
    write_extent(out, i, info.extents[i]);
    out.varint(job->sources[i].size());
    for (const auto& source : job->sources[i]) {
      out.u64(source.segment);
      out.varint(source.extent);
    }
  }
  lane_.append_own(EntryType::settled, payload);
  ended({});
}

}  // namespace millrace::engine
