#include "sim/stream/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace millrace::sim {
namespace {

std::string body_of(std::string_view name, std::uint64_t number, std::size_t bytes) {
  std::string body = fmt::format("{}|", number);
  env::sim::Random random(stable_hash(name, number));
  while (body.size() < bytes) body += static_cast<char>('a' + random.below(26));
  return body;
}

constexpr Time for_ever = Time::max();

}  // namespace

History::History(std::string name, Duration retention, Verdict& verdict, Time now)
    : name_(std::move(name)), verdict_(verdict), begun_(now), spans_{{retention, now, for_ever}} {}

std::string History::describe(const SentBatch& batch) const {
  return fmt::format("{} batch {} (offset {}, {} records, {} bytes)", name_, batch.number, batch.first, batch.records,
                     batch.body.size());
}

// --- append ---

SentBatch& History::compose(std::uint32_t records, std::size_t bytes, Time now) {
  auto& batch = *batches_.emplace_back(std::make_unique<SentBatch>());
  batch.number = batches_.size();
  batch.records = records;
  batch.body = body_of(name_, batch.number, bytes);
  batch.issued = now;
  records_sent_ += records;
  return batch;
}

void History::append_answered(SentBatch& batch, const Known& known, const Reply<broker::Appended>& reply, Time now) {
  if (!reply) {
    batch.refused = reply.error().refused;
    if (batch.refused && batch.certain) verdict_.violated("{}: refused, though it is there", describe(batch));
    if (reply.error().error.code == ErrorCode::conflict && !close_possible_) {
      verdict_.violated("{}: refused, though nobody closed the partition", describe(batch));
    }
    return;
  }
  const auto first = reply->first.get();
  if (known.closed) verdict_.violated("{}: appended at {} after the partition was closed", describe(batch), first);
  if (first < known.end) {
    verdict_.violated("{}: appended at {}, but records up to {} were there", describe(batch), first, known.end - 1);
  }
  place(batch, first, reply->time, now);
}

// A reply says where a batch is.
void History::place(SentBatch& batch, std::uint64_t first, Time time, Time now) {
  if (batch.certain) {
    if (batch.first != first || batch.time != time) {
      verdict_.violated("{}: it is now at {}, {} ms later", describe(batch), first, (time - batch.time).count());
    }
    return;
  }
  batch.first = first;
  batch.time = time;
  batch.certain = true;
  if (batch.refused) verdict_.violated("{}: it was refused, and is here", describe(batch));
  if (time < batch.issued || time > now) verdict_.violated("{}: its time is not that of its append", describe(batch));
  if (final_end_ && batch.end() > *final_end_) verdict_.violated("{}: behind the end", describe(batch));
  const auto [at, fresh] = placed_.emplace(first, &batch);
  if (!fresh) return verdict_.violated("{}: at the place of {}", describe(batch), describe(*at->second));
  if (at != placed_.begin()) {
    const auto& before = *std::prev(at)->second;
    if (before.end() > first) verdict_.violated("{}: it overlaps {}", describe(batch), describe(before));
    if (before.time > time) verdict_.violated("{}: it is older than {}", describe(batch), describe(before));
  }
  if (const auto next = std::next(at); next != placed_.end()) {
    if (batch.end() > next->first) verdict_.violated("{}: it overlaps {}", describe(batch), describe(*next->second));
    if (next->second->time < time)
      verdict_.violated("{}: it is younger than {}", describe(batch), describe(*next->second));
  }
  for (const auto& search : searches_) {
    if (first < search.found && time >= search.time && !may_be_gone(time, now)) {
      verdict_.violated("{}: a reader by time began behind it, at {}", describe(batch), search.found);
    }
  }
  promise(batch.end());
}

void History::promise(std::uint64_t end) {
  end_ = std::max(end_, end);
  if (end_ > records_sent_ + 1)
    verdict_.violated("{}: it goes to {}, but only {} records were sent", name_, end_, records_sent_);
  if (final_end_ && end_ > *final_end_)
    verdict_.violated("{}: it ended at {} and goes to {}", name_, *final_end_, end_);
}

// --- reading ---

SentBatch* History::find(const GivenBatch& given) {
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(given.body.data(), given.body.data() + given.body.size(), number);
  if (parsed.ec != std::errc{} || number == 0 || number > batches_.size()) {
    verdict_.violated("{}: a batch that nobody sent: '{}'", name_, given.body.substr(0, 40));
    return nullptr;
  }
  SentBatch& batch = *batches_[number - 1];
  if (batch.body != given.body) verdict_.violated("{}: its bytes have changed", describe(batch));
  if (batch.records != given.records) verdict_.violated("{}: it has {} records now", describe(batch), given.records);
  return &batch;
}

void History::given(std::uint64_t from, const Known& known, const Given& given, Time now) {
  std::uint64_t at = from;
  const Time horizon = known.issued - retention_max(known.issued, now);
  for (const auto& each : given.batches) {
    SentBatch* batch = find(each);
    if (batch == nullptr) return;
    place(*batch, each.first.get(), each.time, now);
    if (batch->end() <= from) verdict_.violated("{}: given to a reader at {}", describe(*batch), from);
    if (batch->time < horizon) verdict_.violated("{}: given, though it is too old", describe(*batch));
    if (batch->first > at) skipped(at, batch->first, now);
    if (batch->first < at && at != from) verdict_.violated("{}: given again, or out of order", describe(*batch));
    at = batch->end();
    given_records_ += batch->records;
  }
  const auto next = given.next.get();
  if (next < at || (!given.batches.empty() && next > at)) {
    verdict_.violated("{}: what was given ends at {}, the next is said to be {}", name_, at, next);
  }
  skipped(at, next, now);
  promise(next);
  if (given.at_tip && next < known.end) {
    verdict_.violated("{}: nothing more at {}, but records up to {} were there", name_, next, known.end - 1);
  }
  if (given.batches.empty() && !given.at_tip) verdict_.violated("{}: nothing at {}, and not at the tip", name_, from);
  if (given.at_end) {
    if (!given.at_tip) verdict_.violated("{}: an end before the tip", name_);
    ended(next);
  } else if (given.at_tip && known.closed) {
    verdict_.violated("{}: it was closed, and a reader waits at {}", name_, next);
  }
}

void History::skipped(std::uint64_t from, std::uint64_t until, Time now) {
  if (from >= until) return;
  auto at = placed_.upper_bound(from);
  // Nothing is known of what came before the first one that is known.
  Time oldest = begun_;
  if (at != placed_.begin()) {
    const auto& before = *std::prev(at)->second;
    oldest = before.time;
    if (before.end() > from) --at;
  }
  for (; at != placed_.end() && at->first < until; ++at) {
    oldest = at->second->time;
    if (!may_be_gone(oldest, now)) return verdict_.violated("{}: it is lost", describe(*at->second));
  }
  if (!may_be_gone(oldest, now)) verdict_.violated("{}: offsets {} to {} were left out", name_, from, until - 1);
}

void History::ended(std::uint64_t end) {
  if (!close_possible_) verdict_.violated("{}: it has an end, though nobody closed it", name_);
  closed_ = true;
  if (final_end_ && *final_end_ != end) verdict_.violated("{}: it ended at {} and now at {}", name_, *final_end_, end);
  final_end_ = end;
  promise(end);
}

void History::found_time(Time time, const Known& known, std::uint64_t found, Time now) {
  for (const auto& [first, batch] : placed_) {
    if (first < found) {
      if (batch->end() > found) verdict_.violated("{}: a reader by time begins inside it", describe(*batch));
      if (batch->time >= time && !may_be_gone(batch->time, now)) {
        verdict_.violated("{}: a reader by time begins behind it, at {}", describe(*batch), found);
      }
    } else if (batch->time < time && time <= known.issued) {
      verdict_.violated("{}: a reader by time begins before it, at {}", describe(*batch), found);
    }
  }
  searches_.push_back({time, found});
  promise(found);
}

void History::status_answered(const Known& known, const PartitionStatus& status, Time now) {
  const auto end = status.end.get();
  if (end < known.end)
    verdict_.violated("{}: it ends at {}, but records up to {} were there", name_, end, known.end - 1);
  if (status.first > status.end)
    verdict_.violated("{}: it begins at {} and ends at {}", name_, status.first.get(), end);
  if (status.closed && !close_possible_) verdict_.violated("{}: it is closed, though nobody closed it", name_);
  if (!status.counts_fit) verdict_.violated("{}: an extent counts more than it holds", name_);
  if (!status.closed && known.closed) verdict_.violated("{}: it was closed, and is open", name_);
  for (const auto& [first, batch] : placed_) {
    if (batch->end() <= status.first.get() && !may_be_gone(batch->time, now)) {
      verdict_.violated("{}: before the first offset, {}", describe(*batch), status.first.get());
    }
  }
  promise(end);
}

// --- retention ---

std::size_t History::configure_issued(Duration retention, Time now) {
  spans_.push_back({retention, now, for_ever});
  return spans_.size() - 1;
}

void History::configure_answered(std::size_t change, Time now) {
  for (std::size_t i = 0; i < change; ++i) spans_[i].until = std::min(spans_[i].until, now);
}

void History::configure_refused(std::size_t change, Time now) { spans_[change].until = now; }

Duration History::retention_max(Time from, Time until) const {
  Duration longest{};
  for (const auto& span : spans_) {
    if (span.from <= until && span.until >= from) longest = std::max(longest, span.retention);
  }
  return longest;
}

bool History::may_be_gone(Time time, Time now) const {
  return std::ranges::any_of(spans_,
                             [&](const Span& span) { return time < std::min(now, span.until) - span.retention; });
}

Time History::some_time(env::sim::Random& random, Time now) const {
  const auto kind = random.below(10);
  if (kind == 0) return now;
  if (kind == 1) return begun_ - Duration(1);
  if (kind == 2) return now + Duration(random.below(3000));
  if (placed_.empty()) return now - Duration(random.below(5000));
  auto at = placed_.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(random.below(placed_.size())));
  return at->second->time + Duration(static_cast<std::int64_t>(random.below(5))) - Duration(2);
}

}  // namespace millrace::sim
