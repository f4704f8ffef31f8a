// What a run asks of its queues when faults have ended: counts, everything drained, and nothing back after that.
#include "sim/queue/client.h"

namespace millrace::sim {
namespace {

constexpr Duration leases_end{60'000};  // every visibility and delay of the workloads is over by then
constexpr int full_disk_rounds = 20;    // a second apart
constexpr std::uint64_t drain_rounds_max = 3000;

}  // namespace

void QueueClients::receive_everywhere() {
  for (std::size_t index = 0; index < families_.size(); ++index) {
    for (const bool dead : {false, true}) {
      if (!families_[index]->queue_of(dead).empty()) receive(index, dead, 10, Duration::zero());
    }
  }
}

void QueueClients::count_all(bool checked) {
  for (std::size_t index = 0; index < families_.size(); ++index) count(index, checked);
}

// What is there can be received and deleted.
void QueueClients::check_full_disk(Course& course) {
  for (std::size_t index = 0; index < families_.size() && !verdict_.bad(); ++index) {
    for (int round = 0; round < full_disk_rounds; ++round) {
      const auto failed = calls_.failures();
      receive(index, false, 10, Duration::zero());
      course.settle();
      remove_held(index);
      course.settle();
      if (calls_.failures() == failed) break;
      if (round + 1 == full_disk_rounds) course.stuck_on_full_disk();
      course.advance(Duration(1000));
    }
  }
}

void QueueClients::make_missing(Course& course) {
  if (workload_.verbs.destroy == 0) return;
  prepare();
  course.settle();
}

void QueueClients::check_quiet(Course& course) {
  make_missing(course);
  count_all(true);
  course.settle();
}

void QueueClients::drain(Course& course) {
  course.advance(leases_end);
  course.settle();
  make_missing(course);
  for (std::uint64_t round = 0; round < drain_rounds_max && !verdict_.bad(); ++round) {
    receive_everywhere();
    course.settle();
    for (std::size_t index = 0; index < families_.size(); ++index) remove_held(index);
    course.settle();
    if (round % 4 != 0) continue;
    count_all(false);
    course.settle();
    // What is handed from lane to lane is in no queue for a moment.
    course.advance(Duration(1500));
    if (counted() > 0) continue;
    count_all(true);
    course.settle();
    if (counted() == 0) break;
  }
  if (verdict_.bad()) return;
  for (const auto& family : families_) family->grow_old(world_.now());
  if (counted() > 0) verdict_.violated("{} messages are counted that nobody can receive", counted());
  for (const auto& family : families_) family->check_drained();
}

// What was deleted stays deleted.
void QueueClients::check_after_the_end(Course& course) {
  course.advance(leases_end);
  receive_everywhere();
  count_all(true);
  course.settle();
  if (!verdict_.bad() && counted() > 0) {
    verdict_.violated("{} messages are back after everything was deleted", counted());
  }
}

std::uint64_t QueueClients::received() const {
  std::uint64_t total = 0;
  for (const auto& family : families_) total += family->received();
  return total;
}

}  // namespace millrace::sim
