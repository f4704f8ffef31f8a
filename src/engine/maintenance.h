// Maintenance: what keeps a lane's journal short and its segments dense. One job at a time, live only.
//
//   settle       records that outlive their journal file are copied into a segment, then `settled` is journaled
//   checkpoint   the lane's state is written, the head points to it, older journal files are recycled
//   compact      segments that are mostly dead and no longer being drained are rewritten
//
// Collecting and applying happen on the lane's core; reading and writing of files is offloaded. A job that fails (a full
// disk, most of all) gives up the store's reserve, and is tried again later; nothing is lost by that.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/callback.h"
#include "base/result.h"
#include "engine/ids.h"
#include "log/segment.h"

namespace millrace::engine {

class Lane;

class Maintenance {
 public:
  // Segments are rewritten when less than this share of their records is wanted and that has not changed for a while,
  // or less than a quarter in any case: a queue that is being drained frees its segments by itself.
  static constexpr double sparse_share = 0.5;
  static constexpr double very_sparse_share = 0.25;
  static constexpr int quiet_looks = 5;
  static constexpr std::uint64_t compact_bytes_max = 64ull << 20;  // read in one job
  static constexpr std::size_t compact_segments_max = 64;

  explicit Maintenance(Lane& lane);

  // Something may be to do: a file was completed, space ran low, a timer came.
  void look();
  // Settles everything and writes a checkpoint, then runs `done` (also when it fails).
  void finish(Callback<void()> done);
  bool running() const { return running_; }
  bool needs_space() const { return needs_space_; }

 private:
  struct Settling;
  struct Compacting;
  void last_job();
  void settle(std::uint64_t until);
  void settled(const std::shared_ptr<Settling>& job);
  void checkpoint();
  void compact(std::vector<std::uint64_t> segments);
  void filter(const std::shared_ptr<Compacting>& job);
  void compacted(const std::shared_ptr<Compacting>& job);
  void keep_reserve();
  void remove_dead();
  void ended(Result<void> result);
  std::vector<std::uint64_t> sparse_segments();
  std::uint64_t settle_until() const;

  struct Watched {
    std::uint64_t live = 0;
    int looks = 0;
  };

  Lane& lane_;
  bool running_ = false;
  bool needs_space_ = false;
  bool reserve_asked_ = false;
  bool finishing_ = false;
  bool last_ = false;   // the job before finished_
  bool waits_ = false;  // for the retry timer
  std::map<std::uint64_t, Watched> watched_;
  std::set<std::uint64_t> unreadable_;            // damaged segments: not rewritten
  std::uint64_t last_checkpoint_ = 0;             // id that was tried last
  std::vector<std::uint64_t> tried_checkpoints_;  // and all that were since the last success
  std::set<std::uint64_t> bases_;                 // that the checkpoint on disk names
  Callback<void()> finished_;
};

}  // namespace millrace::engine
