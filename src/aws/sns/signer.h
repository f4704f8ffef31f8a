// Signer: where the key that signs notifications comes from. It is made when a message is first published, off the core, and
// kept in a table of its own beside the topics; a server that nobody publishes to has none.
//
// Made once; used on every core.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "aws/failure.h"
#include "aws/sns/envelope.h"
#include "aws/sns/signing_key.h"
#include "base/callback.h"
#include "engine/engine.h"

namespace millrace::aws::sns {

class Signer {
 public:
  // `engine` outlives it. Links in messages begin with `base_url`.
  Signer(engine::Engine& engine, std::string base_url) : engine_(engine), base_url_(std::move(base_url)) {}

  // On the first core, when every lane serves: reads the key, if there is one.
  void start();
  // Runs `done` on `home` once there is a key, at once if there is.
  void prepare(env::Core& home, Callback<void(Outcome<void>)> done);
  // The key is null before the first prepare() has succeeded. Valid as long as this.
  Sender sender() const;
  bool ready() const { return key_.load(std::memory_order_acquire) != nullptr; }

 private:
  using Key = std::shared_ptr<const SigningKey>;
  Result<Key> stored(engine::Lane& lane) const;
  void make(engine::Lane& lane, env::Core& home, Callback<void(Outcome<void>)> done);
  void keep(engine::Lane& lane, const Result<Key>& made);
  void answer(const Result<void>& result);
  void adopt(Key key);

  engine::Engine& engine_;
  const std::string base_url_;
  struct Waiter {
    env::Core* home;
    Callback<void(Outcome<void>)> done;
  };
  std::vector<Waiter> waiting_;  // for the key that is being made; on the core of the table's lane
  Key owner_;                    // set once, before key_
  std::atomic<const SigningKey*> key_{nullptr};
};

}  // namespace millrace::aws::sns
