// What a run asks of its streams when faults have ended: everything readable, everybody told, nothing kept too long.
#include "sim/stream/client.h"

namespace millrace::sim {
namespace {

constexpr Duration pushes_arrive{3000};
constexpr Duration trimming{90'000};  // every partition is looked at within it, and empty segments go
constexpr Duration retention_awaited_max{600'000};
constexpr int rounds_max = 2000;

}  // namespace

void StreamClients::ask_everything(Course& course) {
  tail_bytes_ = 0;
  extents_ = 0;
  for (std::size_t index = 0; index < slots_.size(); ++index) {
    if (slots_[index]->presence != Presence::certain) make(index);
  }
  course.settle();
  for (std::size_t index = 0; index < slots_.size(); ++index) {
    const auto failed = calls_.failures();
    status(index, nullptr);
    course.settle();
    if (!verdict_.bad() && calls_.failures() != failed) verdict_.violated("{}: it does not answer", slots_[index]->key);
  }
}

// What is in memory is bounded by the journal's files that are not settled.
void StreamClients::check_memory() {
  const auto& options = engine_->lane(engine::LaneId(0)).options();
  const auto limit = engine_->lanes() * (options.unsettled_files_max + 2) * options.journal_file_bytes;
  if (tail_bytes_ > limit) verdict_.violated("{} bytes of records are in memory; {} would do", tail_bytes_, limit);
}

void StreamClients::check_quiet(Course& course) {
  ask_everything(course);
  if (verdict_.bad()) return;
  check_memory();
  resubscribe();
  course.advance(pushes_arrive);
  if (verdict_.bad()) return;
  for (const auto& subscriber : subscribers_) {
    if (!stays(*subscriber) || subscriber->at_end) continue;
    const auto& history = *subscriber->history;
    if (subscriber->position < history.end()) {
      verdict_.violated("{}: a subscriber waits at {}, though it goes to {}", history.name(), subscriber->position,
                        history.end() - 1);
    }
    if (history.closed()) verdict_.violated("{}: a subscriber does not hear of its end", history.name());
  }
}

void StreamClients::read_everything(Course& course) {
  ask_everything(course);
  for (std::size_t index = 0; index < slots_.size() && !verdict_.bad(); ++index) {
    Reader reader{.slot = index, .position = 1};
    for (int round = 0;; ++round) {
      const auto before = reader.position;
      const auto failed = calls_.failures();
      read_at(reader, reader.position, {.records_max = 1000, .bytes_max = 100'000});
      course.settle();
      if (verdict_.bad()) return;
      if (calls_.failures() != failed || round > rounds_max) {
        return verdict_.violated("{}: it cannot be read from {}", slots_[index]->key, before);
      }
      if (reader.position == before || !reader.history) break;
    }
    const auto& history = *slots_[index]->history;
    if (reader.position < history.end()) {
      verdict_.violated("{}: reading ends at {}, though it goes to {}", history.name(), reader.position,
                        history.end() - 1);
    }
  }
}

// When everything is too old, nothing is stored.
void StreamClients::check_trimmed(Course& course) {
  course.advance(workload_.retention + trimming);
  ask_everything(course);
  if (verdict_.bad()) return;
  if (extents_ > 0 || tail_bytes_ > 0) {
    verdict_.violated("{} bytes in memory and {} extents are kept beyond their time", tail_bytes_, extents_);
  }
}

void StreamClients::drain(Course& course) {
  course.advance(pushes_arrive);
  course.settle();
  if (!verdict_.bad()) read_everything(course);
  if (!verdict_.bad() && workload_.retention < retention_awaited_max) check_trimmed(course);
}

void StreamClients::check_after_the_end(Course& course) { read_everything(course); }

}  // namespace millrace::sim
