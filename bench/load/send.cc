#include "load/send.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace millrace::bench {
namespace {

constexpr std::string_view group_place = "group-00000000";
constexpr std::string_view id_place = "id-0000000000000000";
constexpr std::size_t group_digits = 8;
constexpr std::size_t id_digits = 16;

std::string message_json(const Options& options, const Body& body) {
  auto json = fmt::format(R"("MessageBody":"{}")", body.text);
  if (options.fifo)
    json += fmt::format(R"(,"MessageGroupId":"{}","MessageDeduplicationId":"{}")", group_place, id_place);
  return json;
}

std::vector<std::size_t> places_of(std::string_view text, std::string_view place, std::size_t digits) {
  std::vector<std::size_t> places;
  for (auto at = text.find(place); at != std::string_view::npos; at = text.find(place, at + 1)) {
    places.push_back(at + place.size() - digits);
  }
  return places;
}

void patch(std::string& text, std::size_t at, std::size_t digits, std::uint64_t value) {
  for (std::size_t i = digits; i-- > 0; value >>= 4) text[at + i] = "0123456789abcdef"[value & 15];
}

// Deduplication ids must not repeat within five minutes, nor between two runs against one server.
std::uint64_t next_id() {
  static std::uint64_t id = std::random_device{}() * (std::uint64_t{1} << 32);
  return ++id;
}

}  // namespace

SendRequests::SendRequests(Run& run) : batch_(run.options.mode == Mode::fill ? 10 : run.options.batch) {
  const auto& options = run.options;
  const auto url = options.queue_url;
  for (std::size_t first = 0; first + batch_ <= run.bodies.count(); first += batch_) {
    std::string json;
    if (batch_ == 1) {
      json = fmt::format(R"({{"QueueUrl":"{}",{}}})", url, message_json(options, run.bodies.at(first)));
    } else {
      for (unsigned i = 0; i < batch_; ++i) {
        json +=
            fmt::format(R"({}{{"Id":"{}",{}}})", i == 0 ? "" : ",", i, message_json(options, run.bodies.at(first + i)));
      }
      json = fmt::format(R"({{"QueueUrl":"{}","Entries":[{}]}})", url, json);
    }
    requests_.push_back(build_request(options, batch_ == 1 ? "SendMessage" : "SendMessageBatch", json));
    groups_.push_back(places_of(requests_.back(), group_place, group_digits));
    ids_.push_back(places_of(requests_.back(), id_place, id_digits));
  }
}

void Sender::next() {
  if (run_.over() || (share_.limit != 0 && share_.started >= share_.limit)) return idle();
  current_ = share_.next++;
  share_.started += share_.requests.batch();
  if (!run_.options.fifo) return request(share_.requests.at(current_));
  patched_ = share_.requests.at(current_);
  const auto& ids = share_.requests.ids(current_);
  const auto& groups = share_.requests.groups(current_);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::uint64_t id = next_id();
    patch(patched_, ids[i], id_digits, id);
    patch(patched_, groups[i], group_digits, id % run_.options.groups);
  }
  request(patched_);
}

void Sender::on_reply(const Reply& reply) {
  if (run_.accepted(reply)) {
    if (run_.options.mode == Mode::constant) {
      run_.call("constant", reply);
      run_.messages(reply.received_ns, 1);
    } else if (share_.requests.batch() == 1) {
      verify_one(reply);
    } else {
      verify_batch(reply);
    }
  }
  next();
}

void Sender::verify_one(const Reply& reply) {
  SendReply parsed;
  auto& body = run_.bodies.at(share_.requests.first_body(current_));
  if (!parse_send(reply.body, parsed)) return run_.error("malformed reply", reply.body);
  ++body.sent;
  if (parsed.md5 != body.md5) return run_.error("wrong MD5 of a sent body", reply.body);
  if (parsed.message_id.empty()) return run_.error("no message id", reply.body);
  run_.call("send", reply);
  run_.messages(reply.received_ns, 1);
}

void Sender::verify_batch(const Reply& reply) {
  std::size_t failed = 0;
  if (!parse_batch(reply.body, entries_, failed)) return run_.error("malformed reply", reply.body);
  if (failed != 0) run_.error("failed batch entry", reply.body);
  std::uint32_t seen = 0;
  for (const auto& entry : entries_) {
    const unsigned index = entry.id.size() == 1 ? static_cast<unsigned>(entry.id[0] - '0') : share_.requests.batch();
    if (index >= share_.requests.batch() || (seen & (1u << index)) != 0) {
      return run_.error("batch entry that was not sent", reply.body);
    }
    seen |= 1u << index;
    auto& body = run_.bodies.at(share_.requests.first_body(current_) + index);
    ++body.sent;
    if (entry.md5 != body.md5) return run_.error("wrong MD5 of a sent body", reply.body);
  }
  if (entries_.size() + failed != share_.requests.batch())
    return run_.error("batch entries without result", reply.body);
  run_.call("send", reply);
  run_.messages(reply.received_ns, entries_.size());
}

void fill(Run& run, std::uint64_t messages, unsigned connections) {
  Options options = run.options;
  options.mode = Mode::fill;
  Run filling(options);
  SendShare share{SendRequests(filling), 0, messages};
  filling.begin(0, 0);
  run_workers(filling, connections, [&](unsigned) { return std::make_unique<Sender>(filling, share); });
  for (std::size_t i = 0; i < run.bodies.count(); ++i) run.bodies.at(i).sent += filling.bodies.at(i).sent;
  if (!filling.clean()) run.error("while filling", filling.report());
}

}  // namespace millrace::bench
