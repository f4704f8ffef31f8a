#include "console/metrics_page.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "broker/queue/queue_fixture.h"
#include "console/prometheus.h"

namespace millrace::console {
namespace {

using metrics::Kind;
using metrics::Metric;
using metrics::Total;

// A strict reader of the text format: HELP, TYPE, then the samples of that family and of no other. Fails the test where
// the text is not as the format wants it. Samples by name and labels as they stand.
class Reader {
 public:
  explicit Reader(std::string_view text) {
    EXPECT_TRUE(text.ends_with('\n'));
    while (!text.empty()) {
      const auto end = text.find('\n');
      line(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
  }
  std::map<std::string, double> samples;
  std::map<std::string, std::string> types;

 private:
  static bool legal_name(std::string_view name) {
    return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos &&
           (name[0] < '0' || name[0] > '9');
  }

  void line(std::string_view text) {
    if (text.starts_with("# HELP ")) {
      text.remove_prefix(7);
      family_ = text.substr(0, text.find(' '));
      EXPECT_TRUE(legal_name(family_)) << family_;
      EXPECT_FALSE(types.contains(family_)) << family_ << " comes twice";
      typed_ = false;
    } else if (text.starts_with("# TYPE ")) {
      const auto parts = text.substr(7);
      EXPECT_EQ(parts.substr(0, parts.find(' ')), family_);
      const std::string type(parts.substr(parts.find(' ') + 1));
      EXPECT_TRUE((std::set<std::string>{"counter", "gauge", "summary"}.contains(type))) << text;
      if (type == "counter") EXPECT_TRUE(family_.ends_with("_total")) << family_;
      types[family_] = type;
      typed_ = true;
    } else {
      sample(text);
    }
  }

  void sample(std::string_view text) {
    EXPECT_TRUE(typed_) << text;
    auto name_end = text.find_first_of("{ ");
    ASSERT_NE(name_end, std::string_view::npos) << text;
    std::string name(text.substr(0, name_end));
    if (types[family_] == "summary") {
      EXPECT_TRUE(name == family_ + "_sum" || name == family_ + "_count") << text;
    } else {
      EXPECT_EQ(name, family_);
    }
    if (text[name_end] == '{') {
      name_end = labels(text, name_end + 1);
      ASSERT_NE(name_end, std::string_view::npos) << text;
    }
    ASSERT_EQ(text[name_end], ' ') << text;
    const std::string number(text.substr(name_end + 1));
    std::size_t used = 0;
    const double value = std::stod(number, &used);
    EXPECT_EQ(used, number.size()) << text;
    EXPECT_TRUE(samples.emplace(std::string(text.substr(0, name_end)), value).second) << text;
  }

  // From after the brace; gives the place after the closing one.
  static std::size_t labels(std::string_view text, std::size_t at) {
    while (true) {
      const auto equal = text.find("=\"", at);
      if (equal == std::string_view::npos || !legal_name(text.substr(at, equal - at))) return std::string_view::npos;
      at = equal + 2;
      while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
      if (at + 1 >= text.size()) return std::string_view::npos;
      if (text[at + 1] == '}') return at + 2;
      if (text[at + 1] != ',') return std::string_view::npos;
      at += 2;
    }
  }

  std::string family_;
  bool typed_ = false;
};

const ProcessFacts process{.version = "test 1",
                           .started = from_ms(1'800'000'000'500),
                           .now = from_ms(1'800'000'010'000),
                           .connections = 3,
                           .resident_bytes = 4096};

TEST(PrometheusText, EscapesLabelsAndHelp) {
  PrometheusText out;
  out.family("a", "gauge", "a \\ and\na \"quote\"");
  const std::array<Label, 2> labels{Label{"x", "\\ \" \n end"}, Label{"y", ""}};
  out.sample(labels, std::uint64_t{7});
  out.sample({}, 1.5);
  EXPECT_EQ(out.take(),
            "# HELP a a \\\\ and\\na \"quote\"\n# TYPE a gauge\na{x=\"\\\\ \\\" \\n end\",y=\"\"} 7\na 1.5\n");
}

TEST(RenderMetrics, SaysWhatTheProcessAndTheLanesDo) {
  std::vector<LaneFacts> lanes(2);
  lanes[0].serving = true;
  lanes[1].stats.entries = 17;
  const Reader page(render_metrics(process, lanes, 10));
  EXPECT_EQ(page.samples.at("millrace_build_info{version=\"test 1\"}"), 1);
  EXPECT_EQ(page.samples.at("millrace_start_time_seconds"), 1'800'000'000.5);
  EXPECT_EQ(page.samples.at("millrace_uptime_seconds"), 9.5);
  EXPECT_EQ(page.samples.at("millrace_resident_memory_bytes"), 4096);
  EXPECT_EQ(page.samples.at("millrace_open_connections"), 3);
  EXPECT_EQ(page.samples.at("millrace_lane_serving{lane=\"0\"}"), 1);
  EXPECT_EQ(page.samples.at("millrace_lane_serving{lane=\"1\"}"), 0);
  EXPECT_EQ(page.samples.at("millrace_lane_journal_entries_total{lane=\"1\"}"), 17);
  EXPECT_EQ(page.samples.at("millrace_metrics_omitted"), 0);
}

TEST(RenderMetrics, EveryMetricHasItsFormAndItsLabels) {
  std::vector<LaneFacts> lanes(1);
  for (const auto kind : {Kind::queue, Kind::shard, Kind::consumer, Kind::topic, Kind::sms, Kind::spending}) {
    Thing thing{.kind = kind, .key = "kinesis/eu-west-1/123456789012/name/1800000000000/part", .totals = {}};
    if (kind == Kind::queue) thing.key = "sqs/eu-west-1/123456789012/name";
    if (kind == Kind::topic) thing.key = "sns/eu-west-1/123456789012/name";
    if (kind == Kind::sms) thing.key = "sms/eu-west-1/123456789012/CH/Promotional";
    if (kind == Kind::spending) thing.key = "sms-spending/eu-west-1/123456789012/";
    for (const auto& facts : metrics::facts_of(kind)) {
      thing.totals.emplace_back(facts.metric, Total{.sum = 30, .count = 2, .last = 20});
    }
    lanes[0].things.push_back(std::move(thing));
  }
  const Reader page(render_metrics(process, lanes, 10));
  const std::string world = "{region=\"eu-west-1\",account=\"123456789012\",";
  EXPECT_EQ(page.samples.at("millrace_queue_messages_sent_total" + world + "queue=\"name\"}"), 30);
  EXPECT_EQ(page.samples.at("millrace_queue_messages_visible" + world + "queue=\"name\"}"), 20);
  EXPECT_EQ(page.samples.at("millrace_topic_notifications_delivered_total" + world + "topic=\"name\"}"), 30);
  EXPECT_EQ(page.samples.at("millrace_sms_delivered_total" + world + "country=\"CH\",type=\"Promotional\"}"), 30);
  EXPECT_DOUBLE_EQ(
      page.samples.at("millrace_sms_month_to_date_spent_usd{region=\"eu-west-1\",account=\"123456789012\"}"), 20e-6);
  const std::string shard = world + "stream=\"name\",shard=\"part\"}";
  EXPECT_EQ(page.samples.at("millrace_stream_get_records_latency_milliseconds_sum" + shard), 30);
  EXPECT_EQ(page.samples.at("millrace_stream_get_records_latency_milliseconds_count" + shard), 2);
  EXPECT_EQ(page.samples.at("millrace_consumer_event_records_total" + world + "stream=\"name\",consumer=\"part\"}"),
            30);
}

TEST(RenderMetrics, AConsumerOfSeveralLanesIsOne) {
  std::vector<LaneFacts> lanes(2);
  for (auto& lane : lanes) {
    lane.things.push_back({.kind = Kind::consumer,
                           .key = "kinesis/r/1/s/c",
                           .totals = {{Metric::subscribe_to_shard_event_records, {.sum = 5, .count = 1, .last = 5}}}});
  }
  const Reader page(render_metrics(process, lanes, 10));
  EXPECT_EQ(
      page.samples.at("millrace_consumer_event_records_total{region=\"r\",account=\"1\",stream=\"s\",consumer=\"c\"}"),
      10);
}

TEST(RenderMetrics, IsBoundedAndSaysSo) {
  std::vector<LaneFacts> lanes(1);
  for (int i = 0; i < 5; ++i) {
    lanes[0].things.push_back({.kind = Kind::queue,
                               .key = "sqs/r/1/" + std::to_string(i),
                               .totals = {{Metric::messages_visible, {.sum = 1, .count = 1, .last = 1}}}});
  }
  lanes[0].omitted = 2;
  const Reader page(render_metrics(process, lanes, 3));
  EXPECT_EQ(page.samples.at("millrace_metrics_omitted"), 4);
  EXPECT_EQ(page.samples.count("millrace_queue_messages_visible{region=\"r\",account=\"1\",queue=\"2\"}"), 1u);
  EXPECT_EQ(page.samples.count("millrace_queue_messages_visible{region=\"r\",account=\"1\",queue=\"3\"}"), 0u);
}

class MetricsPageTest : public broker::QueueTest, public http::Answerable {
 protected:
  void answer(http::Response response) override { answer_ = std::move(response); }
  void on_gone(Callback<void()>) override {}
  bool gone() const override { return false; }

  http::Response get(std::string_view method = "GET") {
    const MetricsPage page(*engine, {.version = "test", .started = world.now(), .connections = [] { return 2u; }});
    http::Request request;
    request.method = method;
    request.path = MetricsPage::path;
    answer_.reset();
    world.core(0).post([&] { page(world.core(0), request, http::Responder(*this)); });
    until([&] { return answer_.has_value(); });
    return *answer_;
  }

  std::optional<http::Response> answer_;
};

TEST_F(MetricsPageTest, ShowsTheQueuesAsTheyAreNow) {
  const std::string key = "sqs/us-east-1/000000000000/orders";
  make(key);
  make("sqs/us-east-1/000000000000/idle");
  send(key, "one");
  send(key, "two");
  queue(key).series(Kind::queue).add(Metric::number_of_messages_sent, 2, world.now());
  receive(key);
  pass(std::chrono::seconds(30));
  const auto response = get();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.find("Content-Type"), PrometheusText::content_type);
  const Reader page(response.body);
  const std::string labels = "{region=\"us-east-1\",account=\"000000000000\",queue=\"orders\"}";
  EXPECT_EQ(page.samples.at("millrace_queue_messages_visible" + labels), 2);  // the visibility of 30 s has ended
  EXPECT_EQ(page.samples.at("millrace_queue_messages_sent_total" + labels), 2);
  EXPECT_EQ(page.samples.at("millrace_queue_oldest_message_age_seconds" + labels), 30);
  EXPECT_EQ(page.samples.at("millrace_open_connections"), 2);
  EXPECT_EQ(
      page.samples.at("millrace_queue_messages_visible{region=\"us-east-1\",account=\"000000000000\",queue=\"idle\"}"),
      0);
}

TEST_F(MetricsPageTest, WhatWasRemovedIsShownNoMore) {
  auto series = lane_of("kinesis/r/1/s/gone").metrics().open(Kind::shard, "kinesis/r/1/s/gone");
  series->add(Metric::incoming_bytes, 1, world.now());
  EXPECT_NE(get().body.find("shard=\"gone\""), std::string::npos);
  pass(std::chrono::hours(7));
  EXPECT_NE(get().body.find("shard=\"gone\""), std::string::npos);
  series->add(Metric::incoming_bytes, 1, world.now());
  series = metrics::SeriesRef();
  pass(std::chrono::hours(5));
  EXPECT_NE(get().body.find("shard=\"gone\""), std::string::npos);
  pass(std::chrono::hours(2));
  EXPECT_EQ(get().body.find("shard=\"gone\""), std::string::npos);
}

TEST_F(MetricsPageTest, FewPagesAreMadeAtOnce) {
  struct Client final : http::Answerable {
    void answer(http::Response response) override { status = response.status; }
    void on_gone(Callback<void()>) override {}
    bool gone() const override { return false; }
    int status = 0;
  };
  const MetricsPage page(*engine, {});
  http::Request request;
  request.method = "GET";
  std::array<Client, MetricsPage::pages_max + 1> clients;
  world.core(0).post([&] {
    for (auto& client : clients) page(world.core(0), request, http::Responder(client));
  });
  until([&] { return std::ranges::all_of(clients, [](const Client& client) { return client.status != 0; }); });
  EXPECT_EQ(std::ranges::count(clients, 503, &Client::status), 1);
  // The next one has room again.
  Client next;
  world.core(0).post([&] { page(world.core(0), request, http::Responder(next)); });
  until([&] { return next.status != 0; });
  EXPECT_EQ(next.status, 200);
}

TEST_F(MetricsPageTest, OtherMethodsAreRefused) {
  EXPECT_EQ(get("HEAD").status, 200);
  const auto response = get("POST");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.find("Allow"), "GET, HEAD");
}

}  // namespace
}  // namespace millrace::console
