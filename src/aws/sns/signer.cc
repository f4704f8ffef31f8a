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

// Several may come here at once and each makes a key; the first that is kept counts.
void Signer::make(engine::Lane& lane, env::Core& home, Callback<void(Outcome<void>)> done) {
  auto made = std::make_shared<Result<Key>>(Key());
  lane.core().offload(
      [made, now = lane.now()] { *made = SigningKey::make(now); },
      [this, made, &lane, &home, done = std::move(done)]() mutable { keep(lane, home, *made, std::move(done)); });
}

void Signer::keep(engine::Lane& lane, env::Core& home, const Result<Key>& made, Callback<void(Outcome<void>)> done) {
  const auto answer = [&home](Callback<void(Outcome<void>)> to, Result<void> result) {
    home.post([to = std::move(to), result = std::move(result)]() mutable {
      if (result) return to({});
      to(refuse(failure_of(result.error())));
    });
  };
  if (ready()) return answer(std::move(done), {});
  auto kept = made ? stored(lane) : made;
  if (kept && !*kept) {
    broker::Table* const table = lane.serving() ? broker::open_table(lane, std::string(table_key)) : nullptr;
    if (table == nullptr)
      return answer(std::move(done), fail(ErrorCode::unavailable, "this part of the server is recovering"));
    const std::vector<broker::TableWrite> writes = {
        {.key = std::string(private_key_entry), .value = (*made)->key_pem()},
        {.key = std::string(certificate_entry), .value = (*made)->certificate_pem()}};
    if (auto ok = table->write(writes); !ok) return answer(std::move(done), pass(ok));
    kept = made;
  }
  if (!kept) return answer(std::move(done), pass(kept));
  lane.when_durable([this, answer, key = std::move(*kept), done = std::move(done)](Result<void> durable) mutable {
    if (durable) adopt(std::move(key));
    answer(std::move(done), std::move(durable));
  });
}

}  // namespace millrace::aws::sns
