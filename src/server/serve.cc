#include "server/serve.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "aws/gateway.h"
#include "aws/services.h"
#include "aws/sns/stored_event.h"
#include "base/log.h"
#include "broker/queue/queues.h"
#include "console/metrics_page.h"
#include "engine/data_directory.h"
#include "engine/engine.h"
#include "env/real/machine.h"
#include "http/server.h"
#include "server/outside.h"
#include "server/tls.h"
#include "server/version.h"

namespace millrace::server {
namespace {

// How long requests under way may take to end when the server is told to stop. Pollers that wait are cut off then.
constexpr Duration drain_time{1'000};
// Under the services' own limits streams take a moment to change, as they do there.
constexpr std::uint32_t kinesis_delay_default = 500;

// What serves, in the order in which it is made; destroyed in the opposite one.
class Service {
 public:
  explicit Service(const Config& config)
      : config_(config), machine_(static_cast<int>(cores(config)), {.io_uring = config.io_uring}) {}

  Result<void> run() {
    auto directory = engine::open_data_directory(machine_.files(), config_.data, config_.lanes, cores(config_));
    if (!directory) return pass(directory);
    directory_ = std::move(*directory);
    if (!config_.tls_listen.empty()) {
      auto tls = make_tls(config_, machine_.core(0));
      if (!tls) return pass(tls);
      tls_ = std::move(*tls);
    }
    auto outside = OutsideWorld::make(config_, machine_.core(0), machine_.net());
    if (!outside) return pass(outside);
    outside_ = std::move(*outside);
    std::vector<env::Core*> cores;
    for (int i = 0; i < machine_.core_count(); ++i) cores.push_back(&machine_.core(i));
    engine_.emplace(cores, directory_.lanes,
                    engine::LaneOptions{.durability = config_.durable ? log::Durability::sync : log::Durability::os},
                    broker::partition_factory({.event_reader = aws::sns::event_of}));
    const auto world = outside_->outside();
    gateway_.emplace(aws::PipelineOptions{.endpoint = {.public_url = config_.public_url,
                                                       .trust_forwarded = config_.trust_forwarded}},
                     aws::make_services(*engine_, {.relaxed = config_.relaxed,
                                                   .base_url = base_url(config_),
                                                   .outside = &world,
                                                   .kinesis_delay = Duration(config_.kinesis_delay.value_or(
                                                       config_.relaxed ? 0 : kinesis_delay_default))}));
    http_.emplace(machine_.net(), cores, http::Options{},
                  [this](env::Core& core, http::Request& request, http::Responder responder) {
                    if (request.path == console::MetricsPage::path) {
                      (*metrics_page_)(core, request, std::move(responder));
                    } else {
                      (*gateway_)(core, request, std::move(responder));
                    }
                  });
    metrics_page_.emplace(*engine_, console::MetricsPageOptions{
                                        .version = std::string(version.substr(version.find(' ') + 1)),
                                        .started = cores.front()->now(),
                                        .connections = [this] { return http_->connections(); },
                                    });
    machine_.on_signal([this] { stop(); });
    cores.front()->post([this] { start(); });
    machine_.run();
    // Nobody runs any more. What was under way is destroyed while what it refers to is there.
    outside_.reset();
    return std::move(result_);
  }

 private:
  static std::uint32_t cores(const Config& config) {
    return config.cores != 0 ? config.cores : std::max(1u, std::thread::hardware_concurrency());
  }

  // Where receivers of messages find us: those who verify signatures want TLS.
  static std::string base_url(const Config& config) {
    if (!config.public_url.empty()) return config.public_url;
    return config.tls_listen.empty() ? "http://" + config.listen : "https://" + config.tls_listen;
  }

  void start() {
    engine_->start([this](Result<void> started) {
      if (!started) return give_up(std::move(started));
      gateway_->start();
      auto port = http_->listen(config_.listen);
      if (!port) return give_up(pass(port));
      const auto host = http::split_host(config_.listen).host;
      if (tls_) {
        auto tls_port = http_->listen(config_.tls_listen, tls_);
        if (!tls_port) return give_up(pass(tls_port));
        logging::info("millrace serves https://{}:{}", http::split_host(config_.tls_listen).host, *tls_port);
      }
      logging::info("millrace serves http://{}:{} from {} ({} lanes, durability {}, limits {})", host, *port,
                    config_.data, engine_->lanes(), config_.durable ? "sync" : "os",
                    config_.relaxed ? "relaxed" : "aws");
    });
  }

  void give_up(Result<void> why) {
    result_ = std::move(why);
    machine_.stop();
  }

  // A second signal does not wait.
  void stop() {
    if (stopping_) return machine_.stop();
    stopping_ = true;
    logging::info("millrace stops: no new connections, requests under way end");
    http_->drain(drain_time, [this] {
      gateway_->stop();
      outside_->stop();
      engine_->stop([this] {
        logging::info("millrace has stopped");
        machine_.stop();
      });
    });
  }

  const Config& config_;
  env::Machine machine_;
  engine::DataDirectory directory_;
  std::unique_ptr<OutsideWorld> outside_;
  std::optional<engine::Engine> engine_;
  std::optional<aws::Gateway> gateway_;
  std::optional<console::MetricsPage> metrics_page_;
  std::shared_ptr<const http::TlsContext> tls_;
  std::optional<http::Server> http_;
  Result<void> result_;
  bool stopping_ = false;
};

}  // namespace

Result<void> serve(const Config& config) {
  Service service(config);
  return service.run();
}

}  // namespace millrace::server
