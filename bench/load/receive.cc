#include "load/receive.h"

#include <fmt/format.h>

#include "load/sns.h"

namespace millrace::bench {
namespace {

// A receiver that was told so often in a row that there is nothing stops asking.
constexpr unsigned empty_receives_max = 3;

std::string quoted_entries(const std::vector<std::string>& handles, std::size_t count) {
  std::string json;
  for (std::size_t i = 0; i < count; ++i) {
    json += fmt::format(R"({}{{"Id":"{}","ReceiptHandle":"{}"}})", i == 0 ? "" : ",", i, handles[i]);
  }
  return json;
}

}  // namespace

ReceiveShare::ReceiveShare(Run& run, unsigned wait_seconds)
    : receive_request(build_request(run.options, "ReceiveMessage",
                                    fmt::format(R"({{"QueueUrl":"{}","MaxNumberOfMessages":{},"WaitTimeSeconds":{}}})",
                                                run.options.queue_url, run.options.batch, wait_seconds))) {}

void Receiver::next() {
  const bool all_here = share_.expected != 0 && share_.received >= share_.expected;
  if (all_here) run_.exhausted = true;
  if (run_.over() || all_here) return idle();
  receive();
}

void Receiver::receive() {
  step_ = Step::receiving;
  request(share_.receive_request);
}

void Receiver::on_reply(const Reply& reply) {
  if (step_ == Step::receiving) {
    if (run_.accepted(reply)) return on_received(reply);
    return next();
  }
  if (run_.accepted(reply) && verify_deleted(reply)) {
    run_.call("delete", reply);
    run_.messages(reply.received_ns, handle_count_);
  }
  on_deleted(reply);
}

void Receiver::on_deleted(const Reply&) { next(); }

void Receiver::on_empty() {
  if (++empty_in_a_row_ >= empty_receives_max) {
    run_.exhausted = true;
    return idle();
  }
  next();
}

void Receiver::on_received(const Reply& reply) {
  if (!parse_receive(reply.body, messages_)) {
    run_.error("malformed reply", reply.body);
    return next();
  }
  if (messages_.empty()) {
    ++run_.empty_receives;
    return on_empty();
  }
  empty_in_a_row_ = 0;
  if (messages_.size() > run_.options.batch) run_.error("more messages than asked for", reply.body);
  run_.call("receive", reply);
  handle_count_ = 0;
  handles_.resize(std::max(handles_.size(), messages_.size()));
  for (const auto& message : messages_) {
    ++share_.received;
    Body* const body = find_received(run_.bodies, run_.options.enveloped, message.body, message.md5);
    if (body == nullptr) {
      run_.error("body that was not sent", message.body);
    } else {
      ++body->received;
    }
    if (run_.options.keep_every != 0 && share_.received % run_.options.keep_every == 0) {
      ++run_.kept;
      continue;
    }
    handles_[handle_count_++] = message.receipt_handle;
  }
  if (handle_count_ == 0) return next();
  remove();
}

void Receiver::remove() {
  step_ = Step::deleting;
  const auto& url = run_.options.queue_url;
  if (run_.options.batch == 1) {
    request_ = build_request(run_.options, "DeleteMessage",
                             fmt::format(R"({{"QueueUrl":"{}","ReceiptHandle":"{}"}})", url, handles_[0]));
  } else {
    request_ = build_request(
        run_.options, "DeleteMessageBatch",
        fmt::format(R"({{"QueueUrl":"{}","Entries":[{}]}})", url, quoted_entries(handles_, handle_count_)));
  }
  request(request_);
}

bool Receiver::verify_deleted(const Reply& reply) {
  if (run_.options.batch == 1) return true;  // the reply to DeleteMessage has no content
  std::size_t failed = 0;
  if (!parse_batch(reply.body, entries_, failed)) {
    run_.error("malformed reply", reply.body);
    return false;
  }
  if (failed != 0) run_.error("failed batch entry", reply.body);
  if (entries_.size() + failed != handle_count_) run_.error("batch entries without result", reply.body);
  return failed == 0;
}

void Cycler::next() {
  if (run_.over()) return idle();
  current_ = send_.next++;
  begun_ns_ = monotonic_ns();
  request(send_.requests.at(current_));
}

void Cycler::on_reply(const Reply& reply) {
  if (receiving_or_deleting()) return Receiver::on_reply(reply);
  SendReply parsed;
  auto& body = run_.bodies.at(send_.requests.first_body(current_));
  if (!run_.accepted(reply)) return next();
  ++body.sent;
  if (!parse_send(reply.body, parsed) || parsed.md5 != body.md5) {
    run_.error("wrong MD5 of a sent body", reply.body);
  } else {
    run_.call("send", reply);
  }
  receive();
}

void Cycler::on_empty() {
  // There is a message for everyone who sent one, so it is only a matter of asking again, unless one was lost.
  if (run_.over() && ++empty_at_end_ >= empty_receives_max) return idle();
  receive();
}

void Cycler::on_deleted(const Reply& reply) {
  run_.sample("cycle", reply.received_ns, reply.received_ns - begun_ns_);
  finish_step();
  next();
}

}  // namespace millrace::bench
