#include "load/options.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string_view>
#include <vector>

namespace millrace::bench {
namespace {

[[noreturn]] void refuse(std::string_view what, std::string_view value) {
  std::fprintf(stderr, "millrace-load: %.*s: %.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(value.size()), value.data());
  std::exit(2);
}

template <class T>
std::function<void(std::string_view)> number(T& into, T least, T most) {
  return [&into, least, most](std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
      refuse("not a number in the allowed range", text);
    }
    into = value;
  };
}

struct ModeName {
  std::string_view name;
  Mode mode;
};
constexpr ModeName mode_names[] = {
    {"constant", Mode::constant},
    {"send", Mode::send},
    {"receive-delete", Mode::receive_delete},
    {"cycle", Mode::cycle},
    {"fill", Mode::fill},
    {"drain", Mode::drain},
    {"long-poll", Mode::long_poll},
    {"fair", Mode::fair},
    {"publish", Mode::publish},
    {"create-topics", Mode::create_topics},
    {"add-subscriptions", Mode::add_subscriptions},
    {"put-records", Mode::put_records},
    {"get-records", Mode::get_records},
    {"tail", Mode::tail},
    {"subscribe", Mode::subscribe},
};

struct Option {
  std::string_view name;
  std::string_view help;
  bool takes_value;
  std::function<void(std::string_view)> set;
};

std::vector<Option> table(Options& o) {
  const auto flag = [](bool& into) { return [&into](std::string_view) { into = true; }; };
  const auto text = [](std::string& into) { return [&into](std::string_view value) { into = value; }; };
  return {
      {"--mode",
       "constant; SQS: send, receive-delete, cycle, fill, drain, long-poll, fair; SNS: publish, create-topics, "
       "add-subscriptions; Kinesis: put-records, get-records, tail, subscribe",
       true,
       [&o](std::string_view value) {
         for (const auto& entry : mode_names) {
           if (entry.name == value) {
             o.mode = entry.mode;
             return;
           }
         }
         refuse("unknown mode", value);
       }},
      {"--address", "HOST:PORT of the server, the host as an IPv4 address", true,
       [&o](std::string_view value) {
         const auto colon = value.rfind(':');
         if (colon == std::string_view::npos) refuse("not HOST:PORT", value);
         o.host = value.substr(0, colon);
         number<std::uint16_t>(o.port, 1, 65535)(value.substr(colon + 1));
       }},
      {"--queue", "name of the queue", true, text(o.queue)},
      {"--queue-url", "its whole URL, where it is not http://HOST:PORT/000000000000/NAME", true, text(o.queue_url)},
      {"--connections", "keep-alive connections", true, number(o.connections, 1u, 10000u)},
      {"--size", "bytes of a message body", true, number(o.size, 8u, 1048576u)},
      {"--batch", "messages in a call, 1 to 10; Kinesis: records in a put, 1 to 500", true, number(o.batch, 1u, 500u)},
      {"--seconds", "length of the measured part", true, number(o.seconds, 0.01, 86400.0)},
      {"--warmup", "seconds before it", true, number(o.warmup, 0.0, 3600.0)},
      {"--count", "fill, drain, publish, put-records: number of messages; create-topics, add-subscriptions: of calls",
       true, number(o.count, std::uint64_t{0}, ~std::uint64_t{0})},
      {"--prefill", "receive-delete: messages sent first", true,
       number(o.prefill, std::uint64_t{0}, ~std::uint64_t{0})},
      {"--keep-every", "drain: leave every n-th message", true,
       number(o.keep_every, std::uint64_t{0}, ~std::uint64_t{0})},
      {"--check-drain", "send, put-records: receive everything afterwards and count what is missing", false,
       flag(o.check_drain)},
      {"--fifo", "send with group and deduplication id", false, flag(o.fifo)},
      {"--groups", "number of message groups", true, number(o.groups, 1u, 1000000u)},
      {"--queues", "long-poll: one queue for each poller, named NAME-0, NAME-1, ...", true,
       number(o.queues, 0u, 10000u)},
      {"--gap-ms", "long-poll, subscribe: pause between messages; tail: after an empty read", true,
       number(o.gap_ms, 0.0, 60000.0)},
      {"--rate", "fair: messages a second of a quiet group; tail: calls a second of all producers", true,
       number(o.rate, 0.1, 100000.0)},
      {"--noisy", "fair: load of the noisy group as a multiple of a quiet one's", true, number(o.noisy, 0.0, 10000.0)},
      {"--work-ms", "fair: time that a consumer is busy with a batch", true, number(o.work_ms, 0.0, 60000.0)},
      {"--topic", "publish, add-subscriptions, long-poll: ARN; create-topics: beginning of the names", true,
       text(o.topic)},
      {"--attribute", "publish: NAME=VALUE, an attribute of each message", true, text(o.attribute)},
      {"--enveloped", "long-poll, receive-delete, drain: messages come as the topic wraps them", false,
       flag(o.enveloped)},
      {"--filtered", "add-subscriptions: each with a filter policy of its own", false, flag(o.filtered)},
      {"--first", "create-topics, add-subscriptions: number of the first", true,
       number(o.first, std::uint64_t{0}, ~std::uint64_t{0})},
      {"--stream", "Kinesis: name of the stream", true, text(o.stream)},
      {"--shards", "Kinesis: number of its shards", true, number(o.shards, 1u, 10000u)},
      {"--consumer", "subscribe: ARN of the registered consumer", true, text(o.consumer)},
      {"--cbor", "Kinesis: CBOR in place of JSON", false, flag(o.cbor)},
      {"--limit", "get-records, tail: records that a call asks for", true, number(o.limit, 1u, 10000u)},
      {"--once", "get-records: every shard to its end, and no more", false, flag(o.once)},
      {"--ungrouped", "fair: without MessageGroupId", false, flag(o.ungrouped)},
  };
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  const auto known = table(options);
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--help") {
      std::puts(
          "millrace-load: drives an SQS, SNS or Kinesis endpoint over HTTP, verifies every reply, prints one JSON "
          "result\n");
      for (const auto& option : known) std::printf("  %-15s %s\n", option.name.data(), option.help.data());
      std::exit(0);
    }
    const Option* found = nullptr;
    for (const auto& option : known) {
      if (option.name == name) found = &option;
    }
    if (found == nullptr) refuse("unknown option", name);
    if (!found->takes_value) {
      found->set({});
    } else if (++i < argc) {
      found->set(argv[i]);
    } else {
      refuse("needs a value", name);
    }
  }
  constexpr unsigned sqs_batch_max = 10;
  const bool kinesis = options.mode >= Mode::put_records;
  if (!kinesis && options.batch > sqs_batch_max)
    refuse("not a number in the allowed range", std::to_string(options.batch));
  if (options.queue_url.empty()) {
    options.queue_url =
        "http://" + options.host + ":" + std::to_string(options.port) + "/000000000000/" + options.queue;
  }
  return options;
}

}  // namespace millrace::bench
