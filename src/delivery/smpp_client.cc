#include "delivery/smpp_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "delivery/sms_text.h"
#include "delivery/uptime.h"

namespace millrace::delivery {
namespace {

using Kind = Outcome::Kind;

constexpr std::uint8_t want_receipt = 1;  // of success and failure alike

Kind kind_of_status(std::uint32_t status) {
  constexpr std::uint32_t worth_a_retry[] = {smpp::status_system_error, smpp::status_queue_full,
                                             smpp::status_submit_failed, smpp::status_throttled,
                                             smpp::status_try_later};
  return std::ranges::find(worth_a_retry, status) == std::end(worth_a_retry) ? Kind::refused : Kind::retry;
}

// What tells the phone that parts belong together: concatenated short messages with a reference of 8 bits.
std::string join_header(std::uint8_t reference, std::size_t count, std::size_t index) {
  return {0x05, 0x00, 0x03, static_cast<char>(reference), static_cast<char>(count), static_cast<char>(index + 1)};
}

Outcome retry(std::string why) { return {.kind = Kind::retry, .detail = std::move(why)}; }

}  // namespace

SmppClient::SmppClient(env::Core& core, env::Net& net, SmppOptions options)
    : core_(core), net_(net), options_(std::move(options)) {}

SmppClient::~SmppClient() {
  if (link_) link_->leave();
}

template <class Task>
env::TimerId SmppClient::after(Duration delay, Task task) {
  return core_.after(delay, [alive = std::weak_ptr(alive_), task = std::move(task)]() mutable {
    if (!alive.expired()) task();
  });
}

void SmppClient::send(env::Core& home, Sms sms, Callback<void(Outcome)> done) {
  if (&home == &core_) return send_here(std::move(sms), std::move(done));
  core_.post([this, &home, sms = std::move(sms), done = std::move(done)]() mutable {
    send_here(std::move(sms), [&home, done = std::move(done)](Outcome outcome) mutable {
      home.post([done = std::move(done), outcome = std::move(outcome)]() mutable { done(std::move(outcome)); });
    });
  });
}

void SmppClient::send_here(Sms sms, Callback<void(Outcome)> done) {
  if (state_ == State::stopped) return done(retry("shutting down"));
  if (line_.size() >= waiting_max) return done(retry("too many messages wait for the message centre"));
  auto job = make_job(sms);
  if (job->parts.size() > sms_parts_max) {
    return done({.kind = Kind::refused, .detail = fmt::format("a text of {} parts", job->parts.size())});
  }
  job->done = std::move(done);
  line_.push_back(std::move(job));
  if (state_ == State::idle) connect();
  pump();
  if (!sweeping_) give_up_late_ones();
}

std::shared_ptr<SmppClient::Job> SmppClient::make_job(const Sms& sms) const {
  auto split = split_sms(sms.text);
  auto job = std::make_shared<Job>();
  job->message = {.source = smpp_address(sms.sender),
                  .destination = smpp_address(sms.phone),
                  .priority = static_cast<std::uint8_t>(sms.type == Sms::Type::transactional ? 1 : 0),
                  .registered_delivery = want_receipt,
                  .data_coding = split.alphabet == SmsAlphabet::ucs2 ? smpp::coding_ucs2 : smpp::coding_default};
  job->parts = std::move(split.parts);
  job->until = uptime(core_) + wait_max;
  return job;
}

void SmppClient::connect() {
  state_ = State::connecting;
  net_.connect(
      core_, options_.address, [alive = std::weak_ptr(alive_), this](Result<std::unique_ptr<env::Socket>> socket) {
        if (alive.expired() || state_ != State::connecting) return;
        if (!socket) return lost(socket.error().message);
        state_ = State::binding;
        link_ = std::make_shared<SmppLink>(core_, std::move(*socket), static_cast<Owner&>(*this), options_.times);
        link_->start(options_.bind);
      });
}

void SmppClient::bound() {
  if (state_ == State::stopped) return;
  logging::info("SMS: logged in at {}", options_.address);
  state_ = State::bound;
  reconnect_ = reconnect_first;
  pump();
}

void SmppClient::ended(const std::string& why) {
  link_.reset();
  for (auto& [sequence, job] : std::exchange(window_, {})) finish(*job, retry(why));
  if (state_ != State::stopped) return lost(why);
  if (auto done = std::exchange(stopped_, nullptr)) done();
}

void SmppClient::lost(const std::string& why) {
  // Once for each time that the centre goes away, not for each attempt after that.
  if (reconnect_ == reconnect_first) logging::warn("SMS: {}: {}", options_.address, why);
  state_ = State::pausing;
  after(reconnect_, [this] {
    if (state_ == State::pausing) connect();
  });
  reconnect_ = std::min(reconnect_ * 2, reconnect_max);
}

void SmppClient::pump() {
  while (state_ == State::bound && !throttled_ && !line_.empty() && window_.size() < options_.window) {
    const auto job = line_.front();
    if (!job->done) {
      line_.pop_front();
      continue;
    }
    auto message = job->message;
    const auto count = job->parts.size();
    if (count > 1) {
      if (job->submitted == 0) ++reference_;
      message.esm_class |= smpp::esm_class_udh;
      message.text = join_header(reference_, count, job->submitted);
    }
    message.text += job->parts[job->submitted];
    window_.emplace(link_->submit(message), job);
    if (++job->submitted == count) line_.pop_front();
  }
}

void SmppClient::submitted(std::uint32_t sequence, std::uint32_t status, std::string message_id) {
  const auto found = window_.find(sequence);
  if (found == window_.end()) return;
  const auto job = found->second;
  window_.erase(found);
  if (status == smpp::status_ok) {
    if (job->accepted == 0) job->first_id = std::move(message_id);
    if (++job->accepted == job->parts.size()) {
      finish(*job, {.kind = Kind::delivered, .message_id = job->first_id});
    }
  } else {
    if (status == smpp::status_throttled && !throttled_) {
      throttled_ = true;
      after(pause_when_throttled, [this] {
        throttled_ = false;
        pump();
      });
    }
    finish(*job, {.kind = kind_of_status(status),
                  .status = static_cast<int>(status),
                  .detail = fmt::format("the message centre refused it with status {:#x}", status)});
  }
  pump();
}

void SmppClient::received(const SmppMessage& message, SmppReply reply) {
  if ((message.esm_class & smpp::esm_class_type_mask) == smpp::esm_class_receipt) {
    if (options_.on_receipt) options_.on_receipt(read_receipt(message));
    return reply(smpp::status_ok);
  }
  if (!listener_) return reply(smpp::status_ok);
  auto content = message.content();
  if ((message.esm_class & smpp::esm_class_udh) != 0 && !content.empty()) {
    const auto header = std::size_t{1} + static_cast<unsigned char>(content[0]);
    content.remove_prefix(std::min(header, content.size()));
  }
  const bool ucs2 = message.data_coding == smpp::coding_ucs2;
  const auto& from = message.source.digits;
  SmsAnswer answer{.phone = from.starts_with('+') ? from : "+" + from,
                   .text = read_sms(ucs2 ? SmsAlphabet::ucs2 : SmsAlphabet::gsm7, content)};
  listener_(std::move(answer), [&core = core_, reply = std::move(reply)](bool kept) mutable {
    core.post([reply = std::move(reply), kept]() mutable { reply(kept ? smpp::status_ok : smpp::status_try_later); });
  });
}

void SmppClient::give_up_late_ones() {
  const Duration now = uptime(core_);
  // All wait equally long, so the first in line is the first to go.
  while (!line_.empty() && line_.front()->until <= now) {
    const auto job = line_.front();
    line_.pop_front();
    finish(*job, retry("the message centre did not take it in time"));
  }
  sweeping_ = !line_.empty();
  if (sweeping_) after(line_.front()->until - now, [this] { give_up_late_ones(); });
}

void SmppClient::finish(Job& job, Outcome outcome) {
  if (auto done = std::exchange(job.done, nullptr)) done(std::move(outcome));
}

void SmppClient::stop(Callback<void()> done) {
  const bool logged_in = state_ == State::bound;
  state_ = State::stopped;
  for (const auto& job : std::exchange(line_, {})) finish(*job, retry("shutting down"));
  if (logged_in) {
    stopped_ = std::move(done);
    return link_->unbind();
  }
  if (link_) link_->leave();
  link_.reset();
  done();
}

}  // namespace millrace::delivery
