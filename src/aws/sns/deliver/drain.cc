#include "aws/sns/deliver/drain.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "aws/request_id.h"
#include "aws/sns/deliver/counters.h"
#include "aws/sns/deliver/dead_letter.h"
#include "aws/sns/deliver/direct.h"
#include "aws/sns/deliver/status_log.h"
#include "base/hash.h"
#include "base/log.h"
#include "broker/queue/queues.h"

namespace millrace::aws::sns::deliver {
namespace {

constexpr std::size_t error_message_max = 1'024;

std::size_t bytes_of(const broker::Message& message) { return message.body.size() + message.properties.size(); }

std::size_t max_of(SubscriptionProtocol protocol, bool direct) {
  if (direct) return Drain::direct_under_way_max;
  const bool http = protocol == SubscriptionProtocol::http || protocol == SubscriptionProtocol::https;
  return http ? Drain::http_under_way_max : Drain::under_way_max;
}

}  // namespace

struct Drain::Attempt {
  broker::Acquired message;
  RecipientPtr recipient;
  Time begun{};
  Time leased{};
  Duration lease{};
  std::optional<Notification> notification;
  Channel* channel = nullptr;
  std::string body;

  Outgoing outgoing(const Sender& sender) const {
    return {.recipient = *recipient, .message = message.message, .notification = *notification, .sender = sender};
  }
};

Drain::Drain(Outlets& outlets, engine::Lane& lane, std::string key, Callback<void()> ended)
    : outlets_(outlets),
      lane_(lane),
      key_(std::move(key)),
      direct_(direct_protocol(key_).has_value()),
      window_(direct_ ? direct_under_way_max : Window::first_size, stable_hash(key_)),
      ended_(std::move(ended)) {}

// In a turn of its own: what led here may be a call of the queue, or of a channel.
void Drain::look_soon() {
  if (std::exchange(soon_, true)) return;
  lane_.core().post([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->soon_ = false;
    self->look();
  });
}

void Drain::look_after(Duration delay) {
  lane_.core().cancel(timer_);
  timer_ = lane_.core().after(delay, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->look();
  });
}

void Drain::end() { lane_.core().post(std::exchange(ended_, nullptr)); }

// What is delivered is signed, and the key may not have been read yet.
void Drain::prepare_key() {
  preparing_ = true;
  outlets_.signer.prepare(lane_.core(), [weak = weak_from_this()](const aws::Outcome<void>& ready) {
    const auto self = weak.lock();
    if (!self) return;
    self->preparing_ = false;
    ready ? self->look_soon() : self->look_after(look_again_after);
  });
}

// None until it is worth the while, so that a wide window is filled with few acquisitions.
std::size_t Drain::room() const {
  const auto bytes_max = std::max(under_way_bytes_max, window_.size() * bytes_each);
  if (under_way_ + window_.worthwhile() > window_.size() || under_way_bytes_ >= bytes_max) return 0;
  const auto that_fit = (bytes_max - under_way_bytes_) / std::max<std::size_t>(message_bytes_, 1);
  if (that_fit == 0) return under_way_ == 0 ? 1 : 0;
  return std::min(window_.size() - under_way_, that_fit);
}

// Of a subscription's own queue; of the others each message says whom it is for.
Drain::RecipientPtr Drain::subscriber() {
  const auto own = parse_own_key(key_);
  const auto* const topic = own ? broker::find_topic(lane_, own->topic) : nullptr;
  auto to = topic != nullptr ? recipient_of(*topic, own->subscription) : std::nullopt;
  return to ? std::make_shared<const Recipient>(std::move(*to)) : nullptr;
}

void Drain::look() {
  if ((acquiring_ && again_.empty()) || preparing_ || !ended_ || outlets_.stopped) return;
  if (again_.empty() && room() == 0) return;  // the end of an attempt leads here again
  if (!lane_.serving()) return look_after(look_again_after);
  broker::Queue* const from = broker::find_queue(lane_, key_);
  if (from == nullptr) return end();
  count_lost(*from);
  // Nobody else acquires from this queue.
  if (!std::exchange(reclaimed_, true)) from->reclaim();
  if (!outlets_.signer.ready()) return prepare_key();
  const auto protocol = direct_protocol(key_);
  const auto to = subscriber();
  if (!to && !protocol) return look_after(look_again_after);
  const auto by = to ? to->protocol : *protocol;
  const Channel* const channel = outlets_.of(by);
  window_.limit(max_of(by, direct_));
  if (const auto pause = window_.pause(lane_.now()); pause > Duration{}) return look_after(pause);
  if (!again_.empty()) return send_again(*from);
  auto count = static_cast<std::int64_t>(room());
  if (count == 0) return;  // the end of an attempt leads here again
  if (to && to->receives_per_second) {
    const auto available = rate_.available(*to->receives_per_second, lane_.now());
    if (available <= 0) return look_after(rate_.wait(*to->receives_per_second));
    count = std::min(count, available);
  }
  acquire(*from, static_cast<std::uint32_t>(count), channel != nullptr ? channel->attempt_max() : Duration{});
}

// What the transport had no room for, as far as the window goes now.
void Drain::send_again(broker::Queue& from) {
  const auto sending = under_way_ - again_.size();
  const auto count = std::min(again_.size(), window_.size() - std::min(window_.size(), sending));
  if (count == 0) return;  // the end of an attempt leads here again
  const auto end = again_.begin() + static_cast<std::ptrdiff_t>(count);
  Attempts attempts(again_.begin(), end);
  again_.erase(again_.begin(), end);
  const auto now = lane_.now();
  std::erase_if(attempts, [&](const AttemptPtr& each) {
    if (now - each->leased < lease_margin / 2) return false;
    each->leased = now;
    if (from.renew(each->message.receipt, each->lease) == broker::RenewOutcome::renewed) return false;
    forget(*each);  // it is gone, or comes again by itself
    return true;
  });
  for (const auto& each : attempts) each->begun = now;
  if (!attempts.empty()) render(std::move(attempts));
  look_soon();
}

void Drain::acquire(broker::Queue& from, std::uint32_t count, Duration attempt_max) {
  acquiring_ = true;
  from.acquire({.count_max = count, .visibility = attempt_max + lease_margin, .wait = wait_max},
               [weak = weak_from_this()](Result<Messages> got) {
                 if (const auto self = weak.lock()) self->take(std::move(got));
               });
}

void Drain::take(Result<Messages> got) {
  acquiring_ = false;
  if (outlets_.stopped) return;
  // A queue that was removed may have been made anew.
  if (!got) return got.error().code == ErrorCode::not_found ? look_soon() : look_after(look_again_after);
  rate_.take(static_cast<std::int64_t>(got->size()));
  if (!got->empty()) {
    message_bytes_ =
        std::ranges::max(*got | std::views::transform([](const auto& each) { return bytes_of(each.message); }));
    const auto to = subscriber();
    Attempts attempts;
    for (auto& message : *got) {
      if (auto begun = begin(std::move(message), to)) attempts.push_back(std::move(begun));
    }
    render(std::move(attempts));
  }
  look_soon();
}

// Null when it has ended already.
Drain::AttemptPtr Drain::begin(broker::Acquired message, RecipientPtr to) {
  auto attempt = std::make_shared<Attempt>();
  attempt->begun = attempt->leased = lane_.now();
  attempt->message = std::move(message);
  const auto& stored = attempt->message.message;
  ++under_way_;
  under_way_bytes_ += bytes_of(stored);
  const auto refuse = [&](std::string_view why) {
    finished(attempt, {.kind = Outcome::Kind::refused, .detail = std::string(why)});
    return nullptr;
  };
  auto direct = to ? std::nullopt : direct_recipient(key_, stored);
  const bool known = to || direct;
  attempt->recipient = to ? std::move(to) : std::make_shared<const Recipient>(std::move(direct).value_or(Recipient()));
  // Its queue goes, too.
  if (!known) return refuse("there is no such subscription");
  attempt->notification = read_notification(stored, text_name(*attempt->recipient));
  if (!attempt->notification) return refuse("the message cannot be read");
  attempt->channel = outlets_.of(attempt->recipient->protocol);
  if (attempt->channel == nullptr) return refuse("this server delivers nothing there");
  attempt->lease = attempt->channel->attempt_max() + lease_margin;
  return attempt;
}

// Signing is nothing for a core that others wait for.
void Drain::render(Attempts attempts) {
  const bool signs =
      std::ranges::any_of(attempts, [](const auto& each) { return each->channel->signs(*each->recipient); });
  auto work = [attempts, sender = outlets_.signer.sender()] {
    for (const auto& each : attempts) each->body = each->channel->render(each->outgoing(sender));
  };
  if (!signs) {
    work();
    return send(attempts);
  }
  lane_.core().offload(std::move(work), [weak = weak_from_this(), attempts = std::move(attempts)] {
    if (const auto self = weak.lock()) self->send(attempts);
  });
}

void Drain::send(const Attempts& attempts) {
  for (const auto& each : attempts) {
    each->channel->send(lane_.core(), each->outgoing(outlets_.signer.sender()), std::move(each->body),
                        [weak = weak_from_this(), each](const Outcome& outcome) {
                          if (const auto self = weak.lock()) self->answered(each, outcome);
                        });
  }
}

// Whoever answers is alive, and is tried as often as the policy says. What fails of a queue that many recipients share says
// nothing about the others.
void Drain::answered(const AttemptPtr& attempt, const Outcome& outcome) {
  if (outlets_.stopped) return finished(attempt, outcome);
  const bool silent = outcome.kind == Outcome::Kind::retry && outcome.status == 0 && !direct_;
  if (outcome.not_tried || silent) {
    window_.failed(attempt->begun, lane_.now());
  } else {
    window_.answered(under_way_ - again_.size());
  }
  if (!outcome.not_tried) return finished(attempt, outcome);
  again_.push_back(attempt);
  look_soon();
}

void Drain::forget(const Attempt& attempt) {
  --under_way_;
  under_way_bytes_ -= bytes_of(attempt.message.message);
}

void Drain::finished(const AttemptPtr& attempt, const Outcome& outcome) {
  forget(*attempt);
  settle(attempt, outcome);
  look_soon();
}

void Drain::settle(const AttemptPtr& attempt, const Outcome& outcome) {
  if (outlets_.stopped) return;
  if (!lane_.serving()) {
    // The lease holds over the lane's recovery.
    lane_.core().after(look_again_after, [weak = weak_from_this(), attempt, outcome] {
      if (const auto self = weak.lock()) self->settle(attempt, outcome);
    });
    return;
  }
  broker::Queue* const from = broker::find_queue(lane_, key_);
  if (from == nullptr) return;
  const auto& receipt = attempt->message.receipt;
  const Ended ended{.key = key_,
                    .recipient = *attempt->recipient,
                    .message = attempt->message.message,
                    .attempts = receipt.attempt,
                    .begun = attempt->begun,
                    .outcome = outcome};
  if (outcome.kind == Outcome::Kind::delivered) {
    from->accept(receipt);
    count_delivered(lane_, ended);
    log_status(lane_, ended);
    return attempt->channel->ended(lane_, ended);
  }
  const auto delay =
      outcome.kind == Outcome::Kind::retry ? delay_after(attempt->recipient->retries, receipt.attempt) : std::nullopt;
  if (delay) {
    from->postpone(receipt, *delay);
    return;
  }
  if (!give_up(*from, *attempt, outcome)) return;
  count_failed(lane_, ended);
  log_status(lane_, ended);
  if (attempt->channel != nullptr) attempt->channel->ended(lane_, ended);
}

// False when the dead letter cannot leave now.
bool Drain::give_up(broker::Queue& from, const Attempt& attempt, const Outcome& outcome) {
  const auto& receipt = attempt.message.receipt;
  const auto& recipient = *attempt.recipient;
  if (recipient.dead_letter.empty()) {
    from.accept(receipt);
    return true;
  }
  auto delivery = broker::decode_delivery(attempt.message.message.delivery).value_or(broker::Delivery{});
  const auto status = outcome.status != 0 ? std::to_string(outcome.status) : std::string("NoResponse");
  const auto request_id = text_of(random_uuid(lane_.core()));
  const auto text = text_name(recipient);
  const auto words =
      encode(DeadLetterReason{.error_code = status,
                              .error_message = std::string_view(outcome.detail).substr(0, error_message_max),
                              .request_id = view(request_id),
                              .text_name = text});
  delivery.dead_letter = true;
  delivery.published = attempt.message.message.sent;
  delivery.words = words;
  if (from.divert(receipt, recipient.dead_letter, broker::encode(delivery))) return true;
  from.postpone(receipt, leave_again_after);
  return false;
}

void Drain::count_lost(const broker::Queue& from) {
  const auto lost = from.diverted_lost();
  if (lost > lost_seen_) count_dead_letters_lost(lane_, key_, lost - lost_seen_);
  lost_seen_ = lost;
}

}  // namespace millrace::aws::sns::deliver
