// Calls: the requests of a run's clients that are under way. Each is recorded when it is made and when it is answered; one
// that the machine's end leaves without an answer is recorded as open.
#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <type_traits>
#include <utility>

#include "base/callback.h"
#include "env/sim/world.h"
#include "sim/server.h"

namespace millrace::sim {

// What a trace says of a reply beside that it is good; models have their own for what is worth seeing.
template <class T>
struct Shown {
  static std::string text(const T& value) {
    if constexpr (std::is_enum_v<T> || std::is_same_v<T, bool>) return fmt::format(" {}", static_cast<int>(value));
    return {};
  }
};

class Calls {
 public:
  using Id = std::uint64_t;
  explicit Calls(env::sim::World& world) : world_(world) {}

  // Registers a call and what to record when it stays without an answer.
  Id begin(const std::string& what, Callback<void()> unanswered) {
    ++made_;
    const Id call = ++last_;
    world_.note(fmt::format("call {}: {}", call, what));
    open_.emplace(call, std::move(unanswered));
    return call;
  }
  // False when the machine stopped before the answer: it then never reached the client.
  bool end(Id call, const std::string& outcome) {
    if (world_.crashed() || open_.erase(call) == 0) return false;
    ++replies_;
    world_.note(fmt::format("reply {}: {}", call, outcome));
    return true;
  }
  template <class T>
  std::string outcome_of(const Reply<T>& reply) {
    if (reply) return "ok" + Shown<T>::text(*reply);
    ++failures_;
    if (reply.error().refused) ++refusals_;
    return fmt::format("{}: {}", reply.error().refused ? "refused" : "failed", reply.error().error.message);
  }
  // The reply has been recorded in the model.
  void replied() {
    if (on_reply) on_reply();
  }
  // The machine has stopped: what is under way will not be answered.
  void lose() {
    auto open = std::exchange(open_, {});
    for (auto& [call, unanswered] : open) unanswered();
  }

  std::size_t under_way() const { return open_.size(); }
  std::uint64_t made() const { return made_; }
  std::uint64_t replies() const { return replies_; }
  std::uint64_t refusals() const { return refusals_; }
  // Replies with an error, refused calls included.
  std::uint64_t failures() const { return failures_; }

  std::function<void()> on_reply;

 private:
  env::sim::World& world_;
  std::map<Id, Callback<void()>> open_;
  Id last_ = 0;
  std::uint64_t made_ = 0, replies_ = 0, refusals_ = 0, failures_ = 0;
};

}  // namespace millrace::sim
