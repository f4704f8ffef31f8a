#include "http/server_core.h"

#include <utility>

#include "base/check.h"
#include "http/connection.h"
#include "http/response_writer.h"

namespace millrace::http {

ServerCore::ServerCore(env::Core& core, std::shared_ptr<Shared> shared) : core_(core), shared_(std::move(shared)) {
  check(limits().sweep_interval.count() > 0);
}

ServerCore::~ServerCore() { check(connections_.empty()); }

void ServerCore::accept(std::unique_ptr<env::Socket> socket, bool secure) {
  if (draining_ || shut_down_) return;
  bool refused = false;
  if (shared_->open.fetch_add(1) >= limits().connections_max) {
    shared_->open.fetch_sub(1);
    refused = true;
    if (shared_->refused.fetch_add(1) >= limits().refused_connections_max) {
      shared_->refused.fetch_sub(1);
      return;
    }
  }
  // Owned by the list until it is buried.
  auto* connection = std::make_unique<Connection>(shared_from_this(), std::move(socket), refused, secure).release();
  connection->index = connections_.size();
  connections_.push_back(connection);
  arm_sweep();
  connection->start();
}

void ServerCore::replace(OpenConnection& connection, std::unique_ptr<OpenConnection> by) {
  by->index = connection.index;
  connections_[by->index] = by.get();
  by.release()->start();
}

void ServerCore::closed(OpenConnection& connection) {
  (connection.refused() ? shared_->refused : shared_->open).fetch_sub(1);
  OpenConnection* last = connections_.back();
  connections_[connection.index] = last;
  last->index = connection.index;
  connections_.pop_back();
  if (connections_.empty() && emptied_) std::exchange(emptied_, nullptr)();
}

void ServerCore::bury(OpenConnection& connection) {
  std::unique_ptr<OpenConnection> owned(&connection);
  if (shut_down_) return;
  buried_.push_back(std::move(owned));
  if (buried_.size() == 1) {
    core_.post([self = shared_from_this()] { std::exchange(self->buried_, {}).clear(); });
  }
}

void ServerCore::drain(Callback<void()> emptied) {
  draining_ = true;
  emptied_ = std::move(emptied);
  // A copy: closing takes connections out of the list. None is destroyed before the next task.
  for (OpenConnection* connection : std::vector(connections_)) connection->drain();
  if (connections_.empty() && emptied_) std::exchange(emptied_, nullptr)();
}

void ServerCore::cut_off() {
  while (!connections_.empty()) connections_.back()->close();
}

void ServerCore::shut_down() {
  draining_ = true;
  shut_down_ = true;
  cut_off();
  std::exchange(buried_, {}).clear();
}

std::uint64_t ServerCore::in_sweeps(Duration timeout) const {
  const auto interval = limits().sweep_interval;
  return static_cast<std::uint64_t>((timeout + interval - Duration(1)) / interval);
}

void ServerCore::arm_sweep() {
  if (sweep_timer_ != env::TimerId()) return;
  sweep_timer_ = core_.after(limits().sweep_interval, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->sweep();
  });
}

void ServerCore::sweep() {
  sweep_timer_ = env::TimerId();
  ++sweeps_;
  if (!bodies_.empty()) bodies_.pop_back();
  // From the end, since a closed connection's place is taken by the last one.
  for (std::size_t i = connections_.size(); i-- > 0;) {
    if (i < connections_.size()) connections_[i]->sweep();
  }
  if (!connections_.empty()) arm_sweep();
}

std::string_view ServerCore::date() {
  const Time now = core_.now();
  const auto second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (second != date_second_) {
    date_second_ = second;
    date_ = http_date(now);
  }
  return date_;
}

std::unique_ptr<Exchange> ServerCore::take_exchange() {
  if (spare_.empty()) return std::make_unique<Exchange>();
  auto exchange = std::move(spare_.back());
  spare_.pop_back();
  spare_bytes_ -= exchange->inbox.capacity();
  return exchange;
}

void ServerCore::give_back(std::unique_ptr<Exchange> exchange) {
  if (spare_.size() >= limits().spare_exchanges_max) return;
  const bool roomy = spare_bytes_ + limits().spare_large_bytes_max <= limits().spare_total_bytes_max;
  exchange->reset(roomy ? limits().spare_large_bytes_max : limits().spare_bytes_max);
  spare_bytes_ += exchange->inbox.capacity();
  spare_.push_back(std::move(exchange));
}

std::string ServerCore::take_body() {
  if (bodies_.empty()) return {};
  std::string body = std::move(bodies_.back());
  bodies_.pop_back();
  body.clear();
  return body;
}

void ServerCore::give_back_body(std::string body) {
  const std::size_t most = limits().spare_large_bytes_max;
  if (body.capacity() <= most && bodies_.size() < limits().spare_bodies_bytes_max / most) {
    bodies_.push_back(std::move(body));
  }
}

}  // namespace millrace::http
