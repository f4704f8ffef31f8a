#include "aws/sns/signer.h"

#include <utility>
#include <vector>

#include "aws/sns/errors.h"
#include "base/log.h"
#include "broker/table/table.h"

namespace millrace::aws::sns {
namespace {

constexpr std::string_view table_key = "sns-signing";
constexpr std::string_view private_key_entry = "key";
constexpr std::string_view certificate_entry = "certificate";

}  // namespace

Sender Signer::sender() const { return {.base_url = base_url_, .key = key_.load(std::memory_order_acquire)}; }

void Signer::start() {
  const auto lane_id = engine_.lane_of(table_key);
  engine_.run(lane_id, engine_.core_of(engine::LaneId(0)), [this](engine::Lane& lane) {
    auto key = stored(lane);
    if (!key) return logging::error("{}", key.error().message);
    if (*key) adopt(std::move(*key));
  });
}

// On the lane of the table. Null when there is none yet.
Result<Signer::Key> Signer::stored(engine::Lane& lane) const {
  const auto* table = broker::find_table(lane, table_key);
  const auto* key = table != nullptr ? table->find(private_key_entry) : nullptr;
  const auto* certificate = table != nullptr ? table->find(certificate_entry) : nullptr;
  if (key == nullptr || certificate == nullptr) return Key();
  return SigningKey::from_pem(*key, *certificate);
}

// On the lane of the table, where there is one at a time.
void Signer::adopt(Key key) {
  if (ready()) return;
  owner_ = std::move(key);
  key_.store(owner_.get(), std::memory_order_release);
}

void Signer::prepare(env::Core& home, Callback<void(Outcome<void>)> done) {
  if (ready()) return done({});
  engine_.run(engine_.lane_of(table_key), home,
              [this, &home, done = std::move(done)](engine::Lane& lane) mutable { make(lane, home, std::move(done)); });
}

// One at a time makes a key, the others wait for it.
void Signer::make(engine::Lane& lane, env::Core& home, Callback<void(Outcome<void>)> done) {
  waiting_.push_back({&home, std::move(done)});
  if (waiting_.size() > 1) return;
  if (ready()) return answer({});
  auto made = std::make_shared<Result<Key>>(Key());
  lane.core().offload([made, now = lane.now()] { *made = SigningKey::make(now); },
                      [this, made, &lane] { keep(lane, *made); });
}

void Signer::keep(engine::Lane& lane, const Result<Key>& made) {
  if (ready()) return answer({});
  auto kept = made ? stored(lane) : made;
  if (kept && !*kept) {
    broker::Table* const table = lane.serving() ? broker::open_table(lane, std::string(table_key)) : nullptr;
    if (table == nullptr) return answer(fail(ErrorCode::unavailable, "this part of the server is recovering"));
    const std::vector<broker::TableWrite> writes = {
        {.key = std::string(private_key_entry), .value = (*made)->key_pem()},
        {.key = std::string(certificate_entry), .value = (*made)->certificate_pem()}};
    if (auto ok = table->write(writes); !ok) return answer(pass(ok));
    kept = made;
  }
  if (!kept) return answer(pass(kept));
  lane.when_durable([this, key = std::move(*kept)](const Result<void>& durable) {
    if (durable) adopt(key);
    answer(durable);
  });
}

void Signer::answer(const Result<void>& result) {
  for (auto& each : std::exchange(waiting_, {})) {
    each.home->post([done = std::move(each.done), result]() mutable {
      if (result) return done({});
      done(refuse(failure_of(result.error())));
    });
  }
}

}  // namespace millrace::aws::sns
