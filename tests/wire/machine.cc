#include "tests/wire/machine.h"

#include <algorithm>
#include <limits>

#include "aws/services.h"
#include "aws/sns/service.h"
#include "aws/sns/stored_event.h"
#include "base/check.h"
#include "broker/queue/queues.h"
#include "engine/data_directory.h"

namespace millrace::wire {
namespace {

// Steps of the simulated machine within which a request is answered, long polls included.
constexpr int steps_max = 2'000'000;
// Small, so that a transcript can fill one.
constexpr std::uint64_t journal_bytes = 4 << 20;
// A stream that is CREATING can be seen.
constexpr Duration kinesis_delay{100};
constexpr std::string_view default_host = "localhost:4566";

}  // namespace

Exchange::Exchange(HttpRequest request) : sent_(std::move(request)) {
  padded_ = sent_.body;
  padded_.append(http::Request::body_padding, '\0');
  request_.method = sent_.method;
  request_.target = sent_.target;
  const auto target = http::split_target(sent_.target);
  check(target.has_value(), "a transcript's target is well formed");
  request_.path = target->path;
  request_.query = target->query;
  request_.host = default_host;
  for (const auto& [name, value] : sent_.fields) {
    request_.headers.add(name, value);
    if (http::equal_ignoring_case(name, "Host")) request_.host = value;
  }
  request_.body = std::string_view(padded_).substr(0, sent_.body.size());
  request_.peer = "127.0.0.1:50000";
}

void Exchange::answer(http::Response response) {
  check(!response_, "a request is answered once");
  response_ = std::move(response);
  gone_task_ = nullptr;
}

void Exchange::on_gone(Callback<void()> task) {
  if (gone_) return task();
  gone_task_ = std::move(task);
}

void Exchange::leave() {
  gone_ = true;
  if (gone_task_) std::exchange(gone_task_, nullptr)();
}

Machine::Machine(MachineOptions options) : options_(std::move(options)), world_({.seed = 7, .cores = cores}) {
  start();
}

Machine::~Machine() { world_.crash(); }

void Machine::start() {
  std::vector<env::Core*> all;
  for (std::size_t i = 0; i < cores; ++i) all.push_back(&world_.core(i));
  auto directory = engine::open_data_directory(world_.core(0).files(), "/srv/data", lanes, lanes);
  check(directory.has_value(), "the simulated disk takes a data directory");
  engine_ = std::make_unique<engine::Engine>(all, std::move(directory->lanes),
                                             engine::LaneOptions{.journal_file_bytes = journal_bytes},
                                             broker::partition_factory({.event_reader = aws::sns::event_of}));
  bool started = false;
  engine_->start([&](Result<void> result) {
    check(result.has_value(), "the engine starts");
    started = true;
  });
  check(run_until(started), "the engine starts");
  auto services = aws::make_services(*engine_, {.relaxed = options_.relaxed, .kinesis_delay = kinesis_delay});
  for (const auto& service : services) {
    if (auto* const sns = dynamic_cast<aws::sns::Sns*>(service.get())) sns->set_confirmation_sender(&confirmations_);
  }
  gateway_ =
      std::make_unique<aws::Gateway>(aws::PipelineOptions{.endpoint = {.public_url = options_.public_url,
                                                                       .trust_forwarded = options_.trust_forwarded}},
                                     std::move(services));
  world_.core(0).post([this] { gateway_->start(); });
}

void Machine::stop() {
  bool stopped = false;
  engine_->stop([&] { stopped = true; });
  check(run_until(stopped), "the engine stops");
}

bool Machine::run_until(const bool& done) {
  for (int i = 0; i < steps_max && !done; ++i) {
    if (world_.step() != env::sim::World::Step::ran) break;
  }
  return done;
}

Exchange& Machine::send(HttpRequest request) {
  const std::size_t core = next_core_++ % cores;
  auto& sent = sent_.emplace_back(std::make_unique<Exchange>(std::move(request)), core);
  Exchange& exchange = *sent.exchange;
  world_.core(core).post(
      [this, core, &exchange] { (*gateway_)(world_.core(core), exchange.request(), http::Responder(exchange)); });
  return exchange;
}

bool Machine::finish(Exchange& exchange) {
  for (int i = 0; i < steps_max && !exchange.response(); ++i) {
    if (world_.step() != env::sim::World::Step::ran) break;
  }
  return exchange.response().has_value();
}

void Machine::leave(Exchange& exchange) {
  const auto at = std::ranges::find_if(sent_, [&](const Sent& each) { return each.exchange.get() == &exchange; });
  world_.core(at->core).post([&exchange] { exchange.leave(); });
}

void Machine::advance(Duration duration) { check(world_.run_for(duration), "the world goes on"); }

void Machine::fill_disk(bool full) {
  world_.disk().set_capacity(full ? world_.disk().used() : std::numeric_limits<std::uint64_t>::max());
}

void Machine::restart(bool crash) {
  if (!crash) stop();
  world_.crash();
  gateway_.reset();
  engine_.reset();
  world_.restart();
  start();
}

}  // namespace millrace::wire
