#include "console/metrics_page.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <utility>

#include "console/prometheus.h"
#include "env/file.h"

namespace millrace::console {
namespace {

// "VmRSS:     1234 kB" in what Linux says about a process; 0 where it says nothing.
std::uint64_t resident_bytes(env::Files& files) {
  auto file = files.open("/proc/self/status", {});
  if (!file) return 0;
  std::string text(8192, '\0');
  const auto got = (*file)->read(0, std::as_writable_bytes(std::span(text)));
  if (!got) return 0;
  text.resize(*got);
  auto at = text.find("VmRSS:");
  if (at == std::string::npos) return 0;
  at = text.find_first_of("0123456789", at);
  if (at == std::string::npos) return 0;
  std::uint64_t kilobytes = 0;
  std::from_chars(text.data() + at, text.data() + text.size(), kilobytes);
  return kilobytes * 1024;
}

// A page under way; its end counts, however it ends.
class Place {
 public:
  explicit Place(std::shared_ptr<std::atomic<std::size_t>> taken) : taken_(std::move(taken)), number_(++*taken_) {}
  Place(Place&& other) noexcept = default;
  ~Place() {
    if (taken_) --*taken_;
  }
  std::size_t number() const { return number_; }

 private:
  std::shared_ptr<std::atomic<std::size_t>> taken_;
  std::size_t number_;
};

struct Page {
  Place place;
  http::Responder responder;
  ProcessFacts process;
  std::vector<LaneFacts> lanes;
  std::string text;
};

}  // namespace

MetricsPage::MetricsPage(engine::Engine& engine, MetricsPageOptions options)
    : engine_(engine), options_(std::move(options)) {}

void MetricsPage::operator()(env::Core& core, const http::Request& request, http::Responder responder) const {
  if (request.method != "GET" && request.method != "HEAD") {
    auto response = http::Response::text(405, "Method Not Allowed\n");
    response.header("Allow", "GET, HEAD");
    return responder.answer(std::move(response));
  }
  Place place(pages_);
  if (place.number() > pages_max) {
    return responder.answer(http::Response::text(503, "Too many pages are being made.\n"));
  }
  auto page = std::make_unique<Page>(Page{.place = std::move(place),
                                          .responder = std::move(responder),
                                          .process = {.version = options_.version,
                                                      .started = options_.started,
                                                      .now = core.now(),
                                                      .connections = options_.connections ? options_.connections() : 0},
                                          .lanes = {},
                                          .text = {}});
  gather_facts(engine_, core, things_max, [&core, page = std::move(page)](std::vector<LaneFacts> lanes) mutable {
    page->lanes = std::move(lanes);
    Page& made = *page;
    const auto render = [&core, &made] {
      made.process.resident_bytes = resident_bytes(core.files());
      made.text = render_metrics(made.process, made.lanes, things_max);
    };
    core.offload(render, [page = std::move(page)] {
      page->responder.answer(http::Response::text(200, std::move(page->text), PrometheusText::content_type));
    });
  });
}

}  // namespace millrace::console
