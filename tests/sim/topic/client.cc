#include "sim/topic/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/hash.h"

namespace millrace::sim {
namespace {

constexpr std::uint8_t protocol = 1;
constexpr Duration visibility{2'000};
constexpr Duration leases_end{60'000};
// Well within the interval in which a deduplication id is remembered.
constexpr Duration repeated_within = std::chrono::minutes(2);
constexpr std::uint64_t drain_rounds_max = 3'000;

template <class Array>
Array bytes_of(std::string_view text, std::uint64_t number) {
  Array bytes{};
  env::sim::Random random(stable_hash(text, number));
  random.fill(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

}  // namespace

TopicClients::TopicClients(const Setting& setting, const TopicWorkload& workload)
    : Clients(setting, "topic clients"), workload_(workload) {
  for (unsigned t = 0; t < workload.topics; ++t) {
    auto& topic = *topics_.emplace_back(std::make_unique<Topic>());
    topic.key = fmt::format("sim/topic/{}", t);
    for (unsigned q = 0; q < workload.queues + workload.missing; ++q) {
      topic.boxes.push_back(std::make_unique<Box>());
      topic.boxes.back()->key = fmt::format("sim/of-topic/{}/{}", t, q);
    }
  }
}

void TopicClients::use(Server* server) {
  queues_.reset();
  verbs_.reset();
  if (server == nullptr) return;
  queues_.emplace(*server);
  verbs_.emplace(*server);
}

void TopicClients::make(const std::string& what, const std::string& key,
                        Callback<void(Callback<void(Reply<bool>)>)> verb) {
  if (made_.contains(what + key)) return;
  verb(call<bool>(what + key, [this, made = what + key](const Reply<bool>& reply) {
    if (reply) made_[made] = true;
  }));
}

// The boxes after the queues are dead-letter queues: what they belong to does not exist.
void TopicClients::prepare() {
  to_make_ = topics_.size() * (1 + 2 * topics_.front()->boxes.size());
  for (const auto& topic : topics_) {
    make("topic ", topic->key,
         [this, &topic](auto done) { verbs_->create(topic->key, {.fifo = workload_.fifo}, std::move(done)); });
    for (std::size_t i = 0; i < topic->boxes.size(); ++i) {
      const std::string& box = topic->boxes[i]->key;
      make("queue ", box, [this, &box](auto done) { queues_->create(box, {.fifo = workload_.fifo}, std::move(done)); });
      broker::Subscription given{.id = bytes_of<broker::SubscriptionId>(box, 0),
                                 .protocol = protocol,
                                 .confirmed = true,
                                 .created = world_.now(),
                                 .target = box};
      if (i >= workload_.queues) {
        given.target += "/missing";
        given.dead_letter = box;
      }
      make("subscription ", box,
           [this, &topic, &given](auto done) { verbs_->subscribe(topic->key, given, std::move(done)); });
    }
  }
}

void TopicClients::act() {
  Topic& topic = *topics_[random_.below(topics_.size())];
  Box& box = *topic.boxes[random_.below(topic.boxes.size())];
  const auto& verbs = workload_.verbs;
  Choice chosen(random_, {verbs.publish, verbs.receive, verbs.remove});
  if (!prepared()) return prepare();
  if (chosen.is(verbs.publish)) return publish(topic);
  if (chosen.is(verbs.receive)) return receive(topic, box, static_cast<std::uint32_t>(random_.between(1, 10)));
  remove_held(box);
}

// --- publishing ---

std::string TopicClients::body_of(const Topic& topic, std::uint64_t number) {
  std::string body = fmt::format("{}|{}|", number, topic.key);
  const auto size = random_.below(workload_.body_bytes_max + 1);
  while (body.size() < size) body += static_cast<char>('a' + random_.below(26));
  return body;
}

TopicClients::Publication& TopicClients::compose(Topic& topic) {
  if (!topic.publications.empty() && random_.percent(workload_.repeated_percent)) {
    Publication& earlier = *topic.publications[random_.below(topic.publications.size())];
    if (earlier.issued + repeated_within > world_.now()) return earlier;
  }
  Publication& made = *topic.publications.emplace_back(std::make_unique<Publication>());
  made.number = topic.publications.size();
  made.body = body_of(topic, made.number);
  if (workload_.groups > 0) made.group = fmt::format("g{}", random_.below(workload_.groups));
  made.issued = world_.now();
  return made;
}

void TopicClients::publish(Topic& topic) {
  Publication& publication = compose(topic);
  PublishRequest request{.id = bytes_of<broker::MessageId>(topic.key, publication.number),
                         .body = publication.body,
                         .group = publication.group};
  if (workload_.fifo) request.dedup = bytes_of<broker::DedupDigest>(topic.key, publication.number);
  auto done = call<broker::Published>(
      fmt::format("publish {} {}", topic.key, publication.number),
      [this, &topic, &publication](const auto& reply) {
        if (!reply) {
          publication.possible = publication.possible || !reply.error().refused;
          return;
        }
        publication.acknowledged = publication.possible = true;
        if (reply->sequence == 0) return;
        if (publication.sequence != 0 && publication.sequence != reply->sequence) {
          verdict_.violated("{}: publication {} has two sequence numbers", topic.key, publication.number);
        }
        publication.sequence = reply->sequence;
      },
      [&publication] { publication.possible = true; });
  verbs_->publish(topic.key, std::move(request), std::move(done));
}

// --- receiving ---

void TopicClients::receive(Topic& topic, Box& box, std::uint32_t count_max) {
  const broker::AcquireRequest request{.count_max = count_max, .visibility = visibility};
  const Time issued = world_.now();
  auto done = call<std::vector<Received>>("receive " + box.key, [this, &topic, &box, issued](const auto& reply) {
    if (!reply) return;
    for (const auto& one : *reply) take(topic, box, one, issued + visibility);
  });
  queues_->receive(box.key, request, std::move(done));
}

void TopicClients::take(Topic& topic, Box& box, const Received& received, Time lease_until) {
  ++received_;
  ++taken_;
  std::uint64_t number = 0;
  std::from_chars(received.body.data(), received.body.data() + received.body.size(), number);
  if (number == 0 || number > topic.publications.size() || topic.publications[number - 1]->body != received.body) {
    verdict_.violated("{}: received what was never published", box.key);
    return;
  }
  // A call under way may have been carried out.
  const Publication& publication = *topic.publications[number - 1];
  auto [at, first] = box.copies.try_emplace(number);
  Copy& copy = at->second;
  if (first) {
    copy.seq = received.receipt.seq;
    check_order(topic, box, publication, copy);
  } else if (copy.seq != received.receipt.seq) {
    verdict_.violated("{}: publication {} came twice, at {} and {}", box.key, number, copy.seq.get(),
                      received.receipt.seq.get());
  } else if (copy.receipt.attempt == received.receipt.attempt) {
    verdict_.violated("{}: the same receipt of publication {} was given twice", box.key, number);
  } else if (copy.receipt.attempt > received.receipt.attempt) {
    // A reply may take longer than the lease that it brings: another receive has had the publication since.
    if (world_.now() < lease_until) {
      verdict_.violated("{}: an older receipt of publication {} after a newer one", box.key, number);
    }
    return;
  }
  if (copy.lease_until > world_.now()) {
    verdict_.violated("{}: publication {} is given to a second owner before the first one's time is over", box.key,
                      number);
  }
  if (copy.removed) verdict_.violated("{}: publication {} is back after it was deleted", box.key, number);
  copy.receipt = received.receipt;
  copy.lease_until = lease_until;
}

// Dead letters come by a way of their own.
void TopicClients::check_order(const Topic& topic, const Box& box, const Publication& publication, const Copy& copy) {
  if (!workload_.fifo || publication.sequence == 0) return;
  for (const auto& [number, other] : box.copies) {
    const Publication& its = *topic.publications[number - 1];
    if (its.sequence == 0 || number == publication.number) continue;
    if ((its.sequence < publication.sequence) != (other.seq < copy.seq)) {
      verdict_.violated("{}: publications {} and {} are out of order", box.key, number, publication.number);
    }
  }
}

void TopicClients::remove_held(Box& box) {
  for (auto& [number, copy] : box.copies) {
    if (!copy.removed && !copy.removing && copy.lease_until > world_.now()) remove(box, number, copy);
  }
}

void TopicClients::remove(Box& box, std::uint64_t number, Copy& copy) {
  copy.removing = true;
  copy.maybe_removed = true;
  auto done = call<broker::AcceptOutcome>(
      fmt::format("delete {} {}", box.key, number),
      [&copy](const auto& reply) {
        copy.removing = false;
        if (reply && *reply == broker::AcceptOutcome::accepted) copy.removed = true;
      },
      [&copy] { copy.removing = false; });
  queues_->remove(box.key, copy.receipt, std::move(done));
}

// --- when nothing is wrong any more ---

void TopicClients::drain(Course& course) {
  course.advance(leases_end);
  course.settle();
  std::uint64_t idle = 0;
  for (std::uint64_t round = 0; round < drain_rounds_max && idle < 3 && !verdict_.bad(); ++round) {
    taken_ = 0;
    for (const auto& topic : topics_) {
      for (const auto& box : topic->boxes) receive(*topic, *box, 10);
    }
    course.settle();
    for (const auto& topic : topics_) {
      for (const auto& box : topic->boxes) remove_held(*box);
    }
    course.settle();
    idle = taken_ == 0 ? idle + 1 : 0;
    // What is between two lanes is in no queue for a moment; what nobody deleted comes back.
    if (idle > 0) course.advance(visibility + Duration(1500));
  }
  for (const auto& topic : topics_) check_complete(*topic);
}

void TopicClients::check_complete(const Topic& topic) {
  for (const auto& publication : topic.publications) {
    std::size_t there = 0;
    const Box* without = nullptr;
    for (const auto& box : topic.boxes) {
      if (box->copies.contains(publication->number)) {
        ++there;
      } else {
        without = box.get();
      }
    }
    if (without == nullptr) {
      if (!publication->possible) verdict_.violated("{}: publication {} was refused", topic.key, publication->number);
      continue;
    }
    if (publication->acknowledged) {
      verdict_.violated("{}: publication {} is lost", without->key, publication->number);
    } else if (there > 0) {
      verdict_.violated("{}: publication {} is not there, but in {} other queues", without->key, publication->number,
                        there);
    }
  }
}

// What was deleted stays deleted.
void TopicClients::check_after_the_end(Course& course) {
  course.advance(leases_end);
  for (const auto& topic : topics_) {
    for (const auto& box : topic->boxes) receive(*topic, *box, 10);
  }
  course.settle();
}

}  // namespace millrace::sim
