// History: the reference model of one partition of a stream: what its clients know, and what must follow from it.
//
// It is told of every call when it is made and when it is answered. A batch whose append has no answer may be there or not;
// once a reply shows it, it must stay, at its place. Every offset that a reply names as a place to go on from is a promise
// too: the partition never ends before it.
#pragma once
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/stream/verbs.h"
#include "sim/verdict.h"

namespace millrace::sim {

// A batch that a producer has appended, or tried to.
struct SentBatch {
  std::uint64_t number = 0;
  std::uint32_t records = 0;
  std::string body;
  Time issued{};  // not appended earlier than this
  bool refused = false;
  bool certain = false;  // shown by a reply: it must survive everything until it is too old
  std::uint64_t first = 0;
  Time time{};

  std::uint64_t end() const { return first + records; }
};

class History {
 public:
  History(std::string name, Duration retention, Verdict& verdict, Time now);

  const std::string& name() const { return name_; }

  // What was known when a call was made; its answer is judged by that.
  struct Known {
    Time issued{};
    std::uint64_t end = 1;  // the partition does not end before it
    bool closed = false;
  };
  Known known(Time now) const { return {.issued = now, .end = end_, .closed = closed_}; }

  SentBatch& compose(std::uint32_t records, std::size_t bytes, Time now);
  void append_answered(SentBatch& batch, const Known& known, const Reply<broker::Appended>& reply, Time now);

  // Whole batches that were read or pushed from a place on.
  void given(std::uint64_t from, const Known& known, const Given& given, Time now);
  void found_time(Time time, const Known& known, std::uint64_t found, Time now);
  void status_answered(const Known& known, const PartitionStatus& status, Time now);

  void close_issued() { close_possible_ = true; }
  void close_answered() { closed_ = true; }

  // Number of a change of the retention, for its answer.
  std::size_t configure_issued(Duration retention, Time now);
  void configure_answered(std::size_t change, Time now);
  void configure_refused(std::size_t change, Time now);

  // Whether a client may be told that nothing can be appended any more.
  bool may_be_closed() const { return close_possible_; }
  bool closed() const { return closed_; }
  std::uint64_t end() const { return end_; }
  Duration retention_max(Time from, Time until) const;
  // A time that is worth asking for.
  Time some_time(env::sim::Random& random, Time now) const;
  // An offset that exists, or existed.
  std::uint64_t some_offset(env::sim::Random& random) const { return random.between(1, end_); }
  std::uint64_t given_records() const { return given_records_; }

 private:
  // It may have been too old at some moment up to `now`, so that it need not be there any more.
  bool may_be_gone(Time time, Time now) const;
  void place(SentBatch& batch, std::uint64_t first, Time time, Time now);
  SentBatch* find(const GivenBatch& given);
  // Nothing between two places must be there.
  void skipped(std::uint64_t from, std::uint64_t until, Time now);
  void ended(std::uint64_t end);
  void promise(std::uint64_t end);
  std::string describe(const SentBatch& batch) const;

  const std::string name_;
  Verdict& verdict_;
  const Time begun_;
  std::vector<std::unique_ptr<SentBatch>> batches_;
  std::map<std::uint64_t, SentBatch*> placed_;  // by first offset: those that are certain
  std::uint64_t end_ = 1;
  std::uint64_t records_sent_ = 0;
  bool close_possible_ = false;
  bool closed_ = false;
  std::optional<std::uint64_t> final_end_;
  // Retentions that may have been in force, and when.
  struct Span {
    Duration retention;
    Time from;
    Time until;
  };
  std::vector<Span> spans_;
  struct Search {
    Time time;
    std::uint64_t found;
  };
  std::vector<Search> searches_;
  std::uint64_t given_records_ = 0;
};

}  // namespace millrace::sim
