#include "aws/sns/service.h"

#include <algorithm>
#include <array>
#include <utility>

#include "aws/sns/deliver/deliveries.h"
#include "aws/sns/handlers.h"
#include "aws/sns/phrases.h"

namespace millrace::aws::sns {
namespace {

struct Maker {
  std::string_view name;
  ActionPtr (*make)(Sns&);
};

// Sorted by name.
constexpr auto makers = [] {
  std::array<Maker, models::sns::operations::size> table{};
  std::size_t next = 0;
  models::sns::operations::for_each(
      [&]<class Op>(Op) { table[next++] = {Op::name, [](Sns& sns) { return make_handler(Op{}, sns); }}; });
  std::ranges::sort(table, {}, &Maker::name);
  return table;
}();

}  // namespace

Sns::Sns(engine::Engine& engine, SnsOptions options)
    : engine_(engine),
      limits_(options.relaxed ? relaxed_limits : aws_limits),
      signer_(engine, std::move(options.base_url)),
      censuses_(engine.lanes()) {
  if (options.outside == nullptr) return;
  deliveries_ = std::make_unique<deliver::Deliveries>(engine, limits_, signer_, application_events_, *options.outside);
  confirmations_ = &deliveries_->confirmations();
}

Sns::~Sns() = default;

void Sns::start() {
  signer_.start();
  if (deliveries_) deliveries_->start();
}

void Sns::stop() {
  if (deliveries_) deliveries_->stop();
}

deliver::Worker* Sns::worker() { return deliveries_ ? &deliveries_->worker() : nullptr; }

std::string_view Sns::query_version() const { return models::sns::query_version; }
std::string_view Sns::xml_namespace() const { return models::sns::query_namespace; }

std::unique_ptr<Action> Sns::make(std::string_view operation) {
  const auto at = std::ranges::lower_bound(makers, operation, {}, &Maker::name);
  return at != makers.end() && at->name == operation ? at->make(*this) : nullptr;
}

std::optional<std::string> Sns::document(std::string_view path) const {
  const auto* key = signer_.sender().key;
  if (key == nullptr || path.substr(1) != key->certificate_name()) return std::nullopt;
  return key->certificate_pem();
}

Failure Sns::phrase(const codec::Violation& violation, const Call& call) const { return sns::phrase(violation, call); }

}  // namespace millrace::aws::sns
