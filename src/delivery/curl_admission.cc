#include "delivery/curl_admission.h"

#include <algorithm>

#include "base/check.h"

namespace millrace::delivery {

namespace {

enum Standing : std::uint8_t { quick, untried, slow_or_dead };

}  // namespace

// One endpoint.
struct Admittee::Line {
  std::string endpoint;
  Standing standing = untried;
  std::size_t width = Admission::first_width;
  std::size_t under_way = 0;
  std::list<Admittee*> waiting;
  bool is_ready = false;
  bool is_idle = false;
  std::list<Line*>::iterator ready_place;
  std::list<Line*>::iterator idle_place;
};

// Those that answer quickly leave a quarter to others; those that do not leave half, and the untried three quarters.
Admission::Admission(AdmissionLimits limits) : limits_(limits) {
  const auto quarter = std::max<std::size_t>(1, limits.under_way_max / 4);
  classes_[quick].under_way_max = 3 * quarter;
  classes_[untried].under_way_max = quarter;
  classes_[slow_or_dead].under_way_max = 2 * quarter;
}

Admission::~Admission() = default;

Admission::Class& Admission::class_of(Line& line) { return classes_[line.standing]; }

Admission::Line& Admission::line_of(Admittee& one) {
  auto& line = lines_[one.endpoint()];
  if (!line) {
    line = std::make_unique<Line>();
    line->endpoint = one.endpoint();
    line->width = std::min(first_width, limits_.under_way_per_endpoint_max);
  }
  return *line;
}

bool Admission::has_room(const Class& of) const {
  return under_way_ < limits_.under_way_max && of.under_way < of.under_way_max;
}

Admission::Verdict Admission::add(Admittee& one) {
  auto& line = line_of(one);
  one.line_ = &line;
  auto verdict = Verdict::begins;
  if (line.waiting.empty() && line.under_way < line.width && has_room(class_of(line))) {
    begin(one);
  } else if (line.waiting.size() < limits_.waiting_per_endpoint_max) {
    one.place_ = line.waiting.insert(line.waiting.end(), &one);
    deadlines_.emplace(one.deadline_ns, &one);
    verdict = Verdict::waits;
  } else {
    verdict = Verdict::refused;
  }
  settle(line);
  return verdict;
}

void Admission::begin(Admittee& one) {
  auto& line = *one.line_;
  ++line.under_way;
  ++under_way_;
  ++class_of(line).under_way;
}

void Admission::finished(Admittee& one, Outcome outcome) {
  auto& line = *one.line_;
  check(line.under_way > 0, "a transfer that is over had begun");
  --line.under_way;
  --under_way_;
  --class_of(line).under_way;
  line.width = outcome == Outcome::failed ? std::max<std::size_t>(1, line.width / 2)
                                          : std::min(line.width * 2, limits_.under_way_per_endpoint_max);
  classify(line, outcome);
  settle(line);
}

void Admission::classify(Line& line, Outcome outcome) {
  const auto standing = outcome == Outcome::quick ? quick : slow_or_dead;
  if (line.standing == standing) return;
  auto& from = classes_[line.standing];
  auto& to = classes_[standing];
  from.under_way -= line.under_way;
  to.under_way += line.under_way;
  if (line.is_ready) to.ready.splice(to.ready.end(), from.ready, line.ready_place);
  line.standing = standing;
}

// Puts the line where it belongs now: among the ready ones, among the idle ones, or nowhere.
void Admission::settle(Line& line) {
  auto& ready = class_of(line).ready;
  const bool is_ready = !line.waiting.empty() && line.under_way < line.width;
  if (is_ready && !line.is_ready) line.ready_place = ready.insert(ready.end(), &line);
  if (!is_ready && line.is_ready) ready.erase(line.ready_place);
  line.is_ready = is_ready;
  const bool is_idle = line.waiting.empty() && line.under_way == 0;
  if (is_idle && !line.is_idle) line.idle_place = idle_.insert(idle_.end(), &line);
  if (!is_idle && line.is_idle) idle_.erase(line.idle_place);
  line.is_idle = is_idle;
  if (is_idle && lines_.size() > limits_.endpoints_remembered_max) forget_oldest();
}

void Admission::forget_oldest() {
  const auto* oldest = idle_.front();
  idle_.pop_front();
  lines_.erase(lines_.find(oldest->endpoint));
}

Admittee* Admission::next() {
  for (auto& of : classes_) {
    if (of.ready.empty() || !has_room(of)) continue;
    auto& line = *of.ready.front();
    of.ready.splice(of.ready.end(), of.ready, of.ready.begin());  // others come before its next one
    auto& one = *line.waiting.front();
    stop_waiting(one);
    begin(one);
    settle(line);
    return &one;
  }
  return nullptr;
}

void Admission::stop_waiting(Admittee& one) {
  one.line_->waiting.erase(one.place_);
  deadlines_.erase({one.deadline_ns, &one});
}

Admittee* Admission::expired(std::uint64_t now_ns) {
  if (earliest_deadline() > now_ns) return nullptr;
  auto& one = *deadlines_.begin()->second;
  stop_waiting(one);
  settle(*one.line_);
  return &one;
}

void Admission::clear() {
  lines_.clear();
  idle_.clear();
  for (auto& of : classes_) {
    of.ready.clear();
    of.under_way = 0;
  }
  under_way_ = 0;
  deadlines_.clear();
}

}  // namespace millrace::delivery
