// Clients: what the scenarios of all models share: what they work with, calls that are recorded, and a choice of verbs.
#pragma once
#include <initializer_list>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "env/sim/world.h"
#include "sim/scenario.h"

namespace millrace::sim {

// One of several things to do, each as often as its weight says.
class Choice {
 public:
  Choice(env::sim::Random& random, std::initializer_list<unsigned> weights)
      : place_(random.below(std::accumulate(weights.begin(), weights.end(), std::uint64_t{0}))) {}

  // Asked once for each weight, in their order, until it says so.
  bool is(unsigned weight) {
    if (place_ < weight) return true;
    place_ -= weight;
    return false;
  }

 private:
  std::uint64_t place_;
};

class Clients : public Scenario {
 protected:
  Clients(const Setting& setting, std::string_view name)
      : world_(setting.world), calls_(setting.calls), verdict_(setting.verdict), random_(world_.random().fork(name)) {}

  // Registers a call and gives what its verb answers to. `answered` records the reply, if it reaches the client; a call that
  // the machine's end leaves without one is recorded by `unanswered`.
  template <class T>
  Callback<void(Reply<T>)> call(
      const std::string& what, Callback<void(const Reply<T>&)> answered = [](const Reply<T>&) {},
      Callback<void()> unanswered = [] {}) {
    const auto id = calls_.begin(what, std::move(unanswered));
    return [this, id, answered = std::move(answered)](Reply<T> reply) mutable {
      if (!calls_.end(id, calls_.outcome_of(reply))) return;
      answered(reply);
      calls_.replied();
    };
  }

  env::sim::World& world_;
  Calls& calls_;
  Verdict& verdict_;
  env::sim::Random random_;
};

}  // namespace millrace::sim
