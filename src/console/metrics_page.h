// MetricsPage: GET /metrics, for Prometheus.
//
// Made once, used on every core. Gathering visits each lane once; rendering runs off the cores, since a page of many
// thousand queues takes its time.
#pragma once
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"
#include "console/snapshot.h"
#include "engine/engine.h"
#include "http/message.h"
#include "http/responder.h"

namespace millrace::console {

struct MetricsPageOptions {
  std::string version;
  Time started{};
  std::function<std::size_t()> connections;  // open now; called on any core
};

// What the page says besides what the lanes say.
struct ProcessFacts {
  std::string version;
  Time started{};
  Time now{};
  std::size_t connections = 0;
  std::uint64_t resident_bytes = 0;  // 0: not known
};

class MetricsPage {
 public:
  static constexpr std::string_view path = "/metrics";
  // Queues, shards and consumers on a page; the page says how many more there are.
  static constexpr std::size_t things_max = 20'000;
  // Pages being made at once; beyond it 503.
  static constexpr std::size_t pages_max = 4;

  // `engine` outlives the page.
  MetricsPage(engine::Engine& engine, MetricsPageOptions options);

  void operator()(env::Core& core, const http::Request& request, http::Responder responder) const;

 private:
  engine::Engine& engine_;
  const MetricsPageOptions options_;
  std::shared_ptr<std::atomic<std::size_t>> pages_ = std::make_shared<std::atomic<std::size_t>>(0);
};

// The page's text.
std::string render_metrics(const ProcessFacts& process, const std::vector<LaneFacts>& lanes, std::size_t things_max);

}  // namespace millrace::console
