#include "delivery/curl_admission.h"

#include <algorithm>

#include "base/check.h"

namespace millrace::delivery {

// One endpoint.
struct Admittee::Line {
  std::string endpoint;
  bool quick = false;
  std::size_t width = Admission::first_width;
  std::size_t under_way = 0;
  std::list<Admittee*> waiting;
  bool is_ready = false;
  bool is_idle = false;
  std::list<Line*>::iterator ready_place;
  std::list<Line*>::iterator idle_place;
};

// Endpoints that answer quickly leave an eighth to those that have to show yet that they do, and have half for themselves.
Admission::Admission(AdmissionLimits limits) : limits_(limits) {
  quick_.under_way_max = std::max<std::size_t>(1, limits.under_way_max - limits.under_way_max / 8);
  others_.under_way_max = std::max<std::size_t>(1, limits.under_way_max / 2);
}

Admission::~Admission() = default;

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
  if (line.waiting.empty() && line.under_way < line.width && has_room(line.quick ? quick_ : others_)) {
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
  ++(line.quick ? quick_ : others_).under_way;
}

void Admission::finished(Admittee& one, Outcome outcome) {
  auto& line = *one.line_;
  check(line.under_way > 0, "a transfer that is over had begun");
  --line.under_way;
  --under_way_;
  --(line.quick ? quick_ : others_).under_way;
  line.width = outcome == Outcome::failed ? std::max<std::size_t>(1, line.width / 2)
                                          : std::min(line.width * 2, limits_.under_way_per_endpoint_max);
  classify(line, outcome == Outcome::quick);
  settle(line);
}

void Admission::classify(Line& line, bool quick) {
  if (line.quick == quick) return;
  auto& from = line.quick ? quick_ : others_;
  auto& to = quick ? quick_ : others_;
  from.under_way -= line.under_way;
  to.under_way += line.under_way;
  if (line.is_ready) to.ready.splice(to.ready.end(), from.ready, line.ready_place);
  line.quick = quick;
}

// Puts the line where it belongs now: among the ready ones, among the idle ones, or nowhere.
void Admission::settle(Line& line) {
  auto& ready = (line.quick ? quick_ : others_).ready;
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
  for (auto* of : {&quick_, &others_}) {
    if (of->ready.empty() || !has_room(*of)) continue;
    auto& line = *of->ready.front();
    of->ready.splice(of->ready.end(), of->ready, of->ready.begin());  // others come before its next one
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
  quick_.ready.clear();
  others_.ready.clear();
  quick_.under_way = others_.under_way = under_way_ = 0;
  deadlines_.clear();
}

}  // namespace millrace::delivery
