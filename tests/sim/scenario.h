// Scenario: the clients of a run and the model that checks what they see. A workload makes one; the run drives it.
#pragma once
#include <cstdint>

#include "sim/calls.h"
#include "sim/server.h"
#include "sim/verdict.h"

namespace millrace::sim {

// What a scenario may ask of the run. Both return as soon as something is violated.
class Course {
 public:
  virtual ~Course() = default;
  virtual void advance(Duration duration) = 0;
  // Until no call is under way; violated when that takes too long.
  virtual void settle() = 0;
  // A full disk has stopped what it should not.
  virtual void stuck_on_full_disk() = 0;
};

// What a scenario works with; outlives it.
struct Setting {
  env::sim::World& world;
  Calls& calls;
  Verdict& verdict;
  bool reads_fail = false;  // reads of the disk may fail
};

class Scenario {
 public:
  virtual ~Scenario() = default;

  // The server that calls go to from now on; null while there is none.
  virtual void use(Server* server) = 0;
  // Makes what the calls need where it is not there yet, and tells whether everything is.
  virtual void prepare() = 0;
  virtual bool prepared() const = 0;
  // One random call.
  virtual void act() = 0;

  // While the disk is full and nothing else is wrong: what must go on does.
  virtual void check_full_disk(Course& /*course*/) {}
  // Nothing is wrong any more, and nothing is under way.
  virtual void check_quiet(Course& course) = 0;
  // Everything there is.
  virtual void drain(Course& course) = 0;
  // Once more from disk, after that.
  virtual void check_after_the_end(Course& course) = 0;

  // Messages or records that clients got.
  virtual std::uint64_t received() const = 0;
};

}  // namespace millrace::sim
