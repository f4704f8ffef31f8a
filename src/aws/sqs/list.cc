// ListQueues and ListDeadLetterSourceQueues: pages of queues, gathered from all lanes.
#include <fmt/format.h>

#include <algorithm>

#include "aws/gather.h"
#include "aws/page_token.h"
#include "aws/sqs/handlers.h"

namespace millrace::aws::sqs {
namespace {

// The names of all lanes in order, and no more of them than a page and one.
std::vector<std::string> merge(std::vector<std::vector<std::string>>& lists, std::size_t count_max) {
  std::vector<std::string> all;
  for (auto& list : lists) std::ranges::move(list, std::back_inserter(all));
  std::ranges::sort(all);
  if (all.size() > count_max) all.resize(count_max);
  return all;
}

// Fills a page of URLs; the token when more remain and the caller asked for pages.
template <class Urls>
void fill_page(const std::vector<std::string>& names, std::size_t page, bool paged, std::string_view about,
               const QueueName& sample, std::string_view base_url, Urls& urls, std::optional<std::string>& token) {
  QueueName queue = sample;
  for (std::size_t i = 0; i < std::min(names.size(), page); ++i) {
    queue.name = names[i];
    urls.push_back(queue.url(base_url));
  }
  if (paged && names.size() > page) token = make_page_token(about, names[page - 1]);
}

class ListQueues final : public Handler<op::ListQueues> {
 public:
  using Handler::Handler;

 private:
  void handle(CallPtr call) override {
    const std::string prefix = in_.queue_name_prefix.value_or("");
    page_ = static_cast<std::size_t>(in_.max_results.value_or(static_cast<std::int32_t>(sqs_.limits().list_max)));
    about_ = fmt::format("{} {} {}", call->caller.region, call->caller.account, prefix);
    auto last = read_last();
    if (!last) return finish(std::move(call), std::move(last.error()));
    env::Core& home = call->home;
    auto ask = [keys = key_prefix(call->caller.region, call->caller.account), prefix, last = *last,
                count_max = page_ + 1](engine::Lane& lane) {
      std::vector<std::string> names;
      // One after the last name: a name and a NUL is the smallest text that follows it.
      const std::string first = std::max(prefix, last.empty() ? std::string() : last + '\0');
      each_name(lane, keys, first, [&](std::string_view name, const std::string&, engine::PartitionId) {
        if (!name.starts_with(prefix) || names.size() == count_max) return false;
        names.emplace_back(name);
        return true;
      });
      return names;
    };
    gather<std::vector<std::string>>(sqs_.engine(), home, std::move(ask),
                                     [this, call = std::move(call)](auto lists) mutable {
                                       if (!lists) return finish(std::move(call), std::move(lists.error()));
                                       const QueueName sample{call->caller.region, call->caller.account, {}};
                                       fill_page(merge(*lists, page_ + 1), page_, in_.max_results.has_value(), about_,
                                                 sample, call->base_url(), out_.queue_urls, out_.next_token);
                                       finish(std::move(call));
                                     });
  }

  Outcome<std::string> read_last() const {
    if (!in_.next_token) return std::string();
    if (!in_.max_results) {
      return refuse(invalid_parameter("MaxResults is a mandatory parameter when you provide a value for NextToken."));
    }
    auto token = read_page_token(*in_.next_token);
    if (!token) return refuse(invalid_parameter("Invalid NextToken value."));
    if (token->about == about_) return std::move(token->last);
    return refuse(invalid_parameter(
        "Invalid NextToken value. If you are passing in NextToken, you must not change the other request parameters."));
  }

  std::size_t page_ = 0;
  std::string about_;
};

class ListDeadLetterSourceQueues final : public QueueHandler<op::ListDeadLetterSourceQueues> {
 public:
  using QueueHandler::QueueHandler;

 private:
  struct Found {
    bool target_exists = false;
    std::vector<std::string> sources;
  };

  Outcome<void> prepare(Call&) override {
    const auto limit = static_cast<std::int32_t>(sqs_.limits().list_max);
    const auto asked = in_.max_results.value_or(0);
    if (asked < 0 || asked > limit) {
      return refuse(invalid_parameter(fmt::format(
          "Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and {}.",
          limit)));
    }
    page_ = static_cast<std::size_t>(asked == 0 ? limit : asked);
    if (!in_.next_token) return {};
    auto token = read_page_token(*in_.next_token);
    if (!token || token->about != key_) return refuse(invalid_parameter("Invalid or expired next token."));
    last_ = std::move(token->last);
    return {};
  }

  void start(CallPtr call) override {
    auto ask = [target = key_, keys = key_prefix(queue_.region, queue_.account), last = last_,
                count_max = page_ + 1](engine::Lane& lane) {
      Found found{.target_exists = broker::find_queue(lane, target) != nullptr};
      each_name(lane, keys, last, [&](std::string_view name, const std::string& key, engine::PartitionId) {
        const broker::Queue* const queue = broker::find_queue(lane, key);
        if (queue == nullptr || name <= last) return true;
        const auto& policy = queue->config().dead_letter;
        if (policy && policy->target == target) found.sources.emplace_back(name);
        return found.sources.size() < count_max;
      });
      return found;
    };
    env::Core& home = call->home;
    gather<Found>(sqs_.engine(), home, std::move(ask), [this, call = std::move(call)](auto found) mutable {
      if (!found) return finish(std::move(call), std::move(found.error()));
      if (std::ranges::none_of(*found, &Found::target_exists)) return finish(std::move(call), queue_does_not_exist());
      std::vector<std::vector<std::string>> lists;
      for (auto& each : *found) lists.push_back(std::move(each.sources));
      fill_page(merge(lists, page_ + 1), page_, in_.max_results.value_or(0) != 0, key_, queue_, call->base_url(),
                out_.queue_urls, out_.next_token);
      finish(std::move(call));
    });
  }

  Outcome<void> act(engine::Lane&, broker::Queue&) override { return {}; }

  std::size_t page_ = 0;
  std::string last_;
};

}  // namespace

ActionPtr make_handler(op::ListQueues, Sqs& sqs) { return std::make_unique<ListQueues>(sqs); }
ActionPtr make_handler(op::ListDeadLetterSourceQueues, Sqs& sqs) {
  return std::make_unique<ListDeadLetterSourceQueues>(sqs);
}

}  // namespace millrace::aws::sqs
