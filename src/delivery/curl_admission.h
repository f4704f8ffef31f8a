// Admission: which transfers may be under way at once, so that dead and slow servers do not slow the others.
//
// Transfers to one endpoint wait in line for it. An endpoint has a width, how many transfers it may have under way: it
// begins with one, doubles with each answer and halves with each failure, so a thousand dead endpoints hold a thousand
// transfers and not a thousand times the limit. Endpoints whose last answer came quickly, those that were not tried yet and
// all others are three classes; none may use up the total, so one that is alive finds room whatever the dead ones hold.
//
// Knows no clock, no thread and no libcurl. Owned by the transfers' thread. Transfers are not owned here.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace millrace::delivery {

struct AdmissionLimits {
  std::size_t under_way_max = 4096;
  std::size_t under_way_per_endpoint_max = 64;
  std::size_t waiting_per_endpoint_max = 4096;
  std::size_t endpoints_remembered_max = 8192;
};

class Admission;

// What a transfer is to Admission.
class Admittee {
 public:
  Admittee(std::string endpoint) : endpoint_(std::move(endpoint)) {}
  Admittee(const Admittee&) = delete;
  Admittee& operator=(const Admittee&) = delete;
  // What is limited together: "https://example.com:8443".
  const std::string& endpoint() const { return endpoint_; }
  // When it is too late to begin; set before it is added.
  std::uint64_t deadline_ns = std::numeric_limits<std::uint64_t>::max();

 protected:
  ~Admittee() = default;

 private:
  friend class Admission;
  struct Line;
  std::string endpoint_;
  Line* line_ = nullptr;
  std::list<Admittee*>::iterator place_;  // while it waits
};

class Admission {
 public:
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::size_t first_width = 1;

  enum class Verdict { begins, waits, refused };  // refused: the line is full
  enum class Outcome { quick, slow, failed };     // answered quickly, answered, not answered

  explicit Admission(AdmissionLimits limits);
  ~Admission();
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  Verdict add(Admittee& one);
  // One that began is over.
  void finished(Admittee& one, Outcome outcome);
  // The next of those that waited, which begins now; null when none may.
  Admittee* next();
  // One that waited until its deadline, and waits no more; null when there is none.
  Admittee* expired(std::uint64_t now_ns);
  std::uint64_t earliest_deadline() const { return deadlines_.empty() ? never : deadlines_.begin()->first; }
  // Forgets everything, also what was learned of the endpoints.
  void clear();

  std::size_t under_way() const { return under_way_; }
  std::size_t waiting() const { return deadlines_.size(); }
  std::size_t endpoints() const { return lines_.size(); }

 private:
  using Line = Admittee::Line;
  // What one class of endpoints has under way, at most, and who of them waits and has width left, in turn.
  struct Class {
    std::size_t under_way_max = 0;
    std::size_t under_way = 0;
    std::list<Line*> ready;
  };

  Class& class_of(Line& line);
  Line& line_of(Admittee& one);
  bool has_room(const Class& of) const;
  void begin(Admittee& one);
  void stop_waiting(Admittee& one);
  void classify(Line& line, Outcome outcome);
  void settle(Line& line);
  void forget_oldest();

  const AdmissionLimits limits_;
  std::unordered_map<std::string, std::unique_ptr<Line>> lines_;
  std::list<Line*> idle_;         // nothing under way, nothing waiting; the longest idle first
  std::array<Class, 3> classes_;  // in the order in which they get room
  std::set<std::pair<std::uint64_t, Admittee*>> deadlines_;  // of those that wait
  std::size_t under_way_ = 0;
};

}  // namespace millrace::delivery
