// ListMetrics: which metrics there are, page by page, gathered from all lanes.
#include <algorithm>

#include "aws/cloudwatch/fetch.h"
#include "aws/cloudwatch/handlers.h"
#include "aws/gather.h"
#include "codec/text.h"

namespace millrace::aws::cloudwatch {
namespace {

constexpr Minutes recent{3 * 60};

// The metrics of a lane come in the order of a text that is the same on every lane: to_text() without unit. A page is
// the first of all lanes' after the last one that was given.
struct Wanted {
  std::string after;
  std::size_t count_max = 0;
  std::optional<std::string> name_space;
  std::optional<std::string> name;
  std::vector<models::cloudwatch::DimensionFilter> dimensions;
  Minute active_since{};
};

bool matches(const Wanted& wanted, const MetricName& metric) {
  if (wanted.name_space && *wanted.name_space != metric.name_space) return false;
  if (wanted.name && *wanted.name != metric.name) return false;
  return std::ranges::all_of(wanted.dimensions, [&](const auto& filter) {
    const auto value = metric.find(filter.name);
    return value && (!filter.value || *filter.value == *value);
  });
}

// Keeps the `count_max` first.
class Page {
 public:
  explicit Page(const Wanted& wanted) : wanted_(wanted) {}

  void add(const MetricName& metric, Minute latest) {
    if (latest < wanted_.active_since || !matches(wanted_, metric)) return;
    auto text = to_prefix(metric);
    if (text <= wanted_.after) return;
    if (found_.size() == wanted_.count_max && text > found_.rbegin()->first) return;
    found_.emplace(std::move(text), metric);
    if (found_.size() > wanted_.count_max) found_.erase(std::prev(found_.end()));
  }
  // Nothing from here on belongs to it.
  bool ends_before(std::string_view text) const {
    return found_.size() == wanted_.count_max && text > found_.rbegin()->first;
  }
  std::map<std::string, MetricName> take() { return std::move(found_); }

 private:
  const Wanted& wanted_;
  std::map<std::string, MetricName> found_;
};

// The part of a key after the prefix, up to the next slash, and the last part.
std::pair<std::string, std::string> name_and_part(std::string_view rest) {
  return {std::string(rest.substr(0, rest.find('/'))), std::string(rest.substr(rest.rfind('/') + 1))};
}

using Dimensions = decltype(MetricName::dimensions);

// The metrics of all things of a kind; dimensions_of() is given what stands behind the prefix in a thing's key.
template <class DimensionsOf>
void list_things(engine::Lane& lane, metrics::Kind kind, std::string_view name_space, const std::string& prefix,
                 Page& page, DimensionsOf dimensions_of) {
  lane.metrics().each(kind, prefix, [&](const metrics::Series& series) {
    for (const auto& facts : metrics::facts_of(kind)) {
      if (!series.has(facts.metric)) continue;
      page.add({.name_space = std::string(name_space),
                .name = std::string(facts.name),
                .dimensions = dimensions_of(std::string_view(series.key()).substr(prefix.size()))},
               series.latest());
    }
  });
}

void list_queues(engine::Lane& lane, const World& world, Page& page) {
  list_things(lane, metrics::Kind::queue, sqs_namespace, world.prefix("sqs"), page,
              [](std::string_view name) { return Dimensions{{"QueueName", std::string(name)}}; });
}

void list_topics(engine::Lane& lane, const World& world, Page& page) {
  list_things(lane, metrics::Kind::topic, sns_namespace, world.prefix("sns"), page,
              [](std::string_view name) { return Dimensions{{"TopicName", std::string(name)}}; });
  list_things(lane, metrics::Kind::sms, sns_namespace, world.prefix("sms"), page, [](std::string_view rest) {
    auto [country, type] = name_and_part(rest);
    return Dimensions{{"Country", std::move(country)}, {"SMSType", std::move(type)}};
  });
  list_things(lane, metrics::Kind::spending, sns_namespace, world.prefix("sms-spending"), page,
              [](std::string_view) { return Dimensions(); });
}

void list_streams(engine::Lane& lane, const World& world, Page& page) {
  const auto prefix = world.prefix("kinesis");
  lane.metrics().each(metrics::Kind::shard, prefix, [&](const metrics::Series& series) {
    const auto [stream, shard] = name_and_part(std::string_view(series.key()).substr(prefix.size()));
    for (const auto& facts : metrics::facts_of(metrics::Kind::shard)) {
      if (!series.has(facts.metric)) continue;
      MetricName metric{.name_space = std::string(kinesis_namespace),
                        .name = std::string(facts.name),
                        .dimensions = {{"StreamName", stream}}};
      page.add(metric, series.latest());
      metric.dimensions.insert(metric.dimensions.begin(), {"ShardId", shard});
      if (facts.of_shard) page.add(metric, series.latest());
    }
  });
  list_things(lane, metrics::Kind::consumer, kinesis_namespace, prefix, page, [](std::string_view rest) {
    auto [stream, consumer] = name_and_part(rest);
    return Dimensions{{"ConsumerName", std::move(consumer)}, {"StreamName", std::move(stream)}};
  });
}

void list_custom(engine::Lane& lane, const World& world, const Limits& limits, const Wanted& wanted, Page& page) {
  broker::Table* const table = broker::find_table(lane, world.table_key());
  if (table == nullptr) return;
  const auto first = std::max(wanted.after, wanted.name_space ? *wanted.name_space + '\0' : std::string());
  MetricStore(*table, limits).each(first, [&](std::string_view text, Minute latest) {
    const auto named = from_text(text);
    if (!named) return true;
    // They come in the order of the page.
    if (page.ends_before(text)) return false;
    if (wanted.name_space && named->metric.name_space > *wanted.name_space) return false;
    page.add(named->metric, latest);
    return true;
  });
}

std::map<std::string, MetricName> list(engine::Lane& lane, const World& world, const Limits& limits,
                                       const Wanted& wanted) {
  Page page(wanted);
  const auto wants = [&](std::string_view name_space) {
    return !wanted.name_space || *wanted.name_space == name_space;
  };
  if (wants(sqs_namespace)) list_queues(lane, world, page);
  if (wants(sns_namespace)) list_topics(lane, world, page);
  if (wants(kinesis_namespace)) list_streams(lane, world, page);
  list_custom(lane, world, limits, wanted, page);
  return page.take();
}

class ListMetrics final : public Handler<op::ListMetrics> {
 public:
  using Handler::Handler;

 private:
  void handle(CallPtr call) override {
    const auto& limits = cloudwatch_.limits();
    Wanted wanted{.count_max = limits.list_page + 1,
                  .name_space = in_.namespace_,
                  .name = in_.metric_name,
                  .dimensions = in_.dimensions};
    if (in_.recently_active) wanted.active_since = metrics::minute_of(call->home.now()) - recent;
    // A token is the text of the last metric.
    if (in_.next_token &&
        (!codec::base64_decode(*in_.next_token, wanted.after) || !from_text(wanted.after).has_value())) {
      return finish(std::move(call), invalid_value(*in_.next_token, "NextToken"));
    }
    env::Core& home = call->home;
    using Answer = std::map<std::string, MetricName>;
    auto ask = [world = world_of(*call), &limits, wanted = std::move(wanted)](engine::Lane& lane) {
      return list(lane, world, limits, wanted);
    };
    gather<Answer>(cloudwatch_.engine(), home, std::move(ask), [this, call = std::move(call)](auto answers) mutable {
      if (!answers) return finish(std::move(call), std::move(answers.error()));
      Answer all;
      for (auto& each : *answers) all.merge(each);
      fill(all);
      finish(std::move(call));
    });
  }

  void fill(const std::map<std::string, MetricName>& all) {
    const auto page = cloudwatch_.limits().list_page;
    const std::string* last = nullptr;
    for (const auto& [text, metric] : all) {
      if (out_.metrics.size() == page) {
        codec::base64_encode(*last, out_.next_token.emplace());
        break;
      }
      auto& into = out_.metrics.emplace_back();
      into.namespace_ = metric.name_space;
      into.metric_name = metric.name;
      for (const auto& [key, value] : metric.dimensions) into.dimensions.push_back({key, value});
      last = &text;
    }
  }
};

}  // namespace

ActionPtr make_handler(op::ListMetrics, CloudWatch& cloudwatch) { return std::make_unique<ListMetrics>(cloudwatch); }

}  // namespace millrace::aws::cloudwatch
