// gather: asks every lane the same question and brings the answers home. For the few operations that concern all
// queues or streams; everything else visits one lane.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/failure.h"
#include "engine/engine.h"
#include "env/core.h"

namespace millrace::aws {

// unavailable while a lane recovers or closes.
Outcome<void> check_serving(const engine::Lane& lane);

// `ask` runs on every lane's core, several at once, so it must not change what it captures. `done` runs at home, with
// one answer for each lane in their order, or the first failure: a lane that recovers has no answer.
template <class Answer>
void gather(engine::Engine& engine, env::Core& home, std::function<Answer(engine::Lane&)> ask,
            Callback<void(Outcome<std::vector<Answer>>)> done) {
  struct State {
    std::function<Answer(engine::Lane&)> ask;
    Callback<void(Outcome<std::vector<Answer>>)> done;
    std::vector<Answer> answers;
    std::size_t missing;
    std::optional<Failure> failure;
  };
  const std::size_t lanes = engine.lanes();
  auto state = std::make_shared<State>(std::move(ask), std::move(done), std::vector<Answer>(lanes), lanes);
  const auto take = [](State& at_home, std::size_t lane, Outcome<Answer> answer) {
    if (answer) {
      at_home.answers[lane] = std::move(*answer);
    } else if (!at_home.failure) {
      at_home.failure = std::move(answer.error());
    }
    if (--at_home.missing > 0) return;
    if (at_home.failure) return at_home.done(std::unexpected(std::move(*at_home.failure)));
    at_home.done(std::move(at_home.answers));
  };
  for (std::size_t i = 0; i < lanes; ++i) {
    const engine::LaneId id(static_cast<std::uint32_t>(i));
    engine.run(id, home, [state, take, i, &home](engine::Lane& lane) mutable {
      auto serving = check_serving(lane);
      Outcome<Answer> answer =
          serving ? Outcome<Answer>(state->ask(lane)) : std::unexpected(std::move(serving.error()));
      // Always posted, so that the answers meet at home, one after another.
      home.post([state = std::move(state), take, i, answer = std::move(answer)]() mutable {
        take(*state, i, std::move(answer));
      });
    });
  }
}

// Calls visit(name, key, id) for the partitions whose key is `prefix` and a name (the queues of an account in a region,
// say), in the order of their names, from `first` on. Stops when visit() says false.
template <class Visit>
void each_name(const engine::Lane& lane, const std::string& prefix, std::string_view first, Visit visit) {
  const auto& directory = lane.directory();
  for (auto at = directory.lower_bound(prefix + std::string(first)); at != directory.end(); ++at) {
    const std::string_view key = at->first;
    if (!key.starts_with(prefix)) return;
    if (!visit(key.substr(prefix.size()), at->first, at->second)) return;
  }
}

}  // namespace millrace::aws
