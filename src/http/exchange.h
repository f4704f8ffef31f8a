// Exchange: what a connection needs only while it is busy.
//
// Idle connections hold none: each core keeps a few spare ones, so that tens of thousands of connections that wait cost
// little memory and a busy one costs no allocation.
#pragma once
#include <string>

#include "http/inbox.h"
#include "http/outbox.h"
#include "http/request_parser.h"

namespace millrace::http {

struct Exchange {
  Inbox inbox;         // the request at hand and what came with it
  std::string queued;  // what came while the request was being handled, since the inbox must not move then
  RequestParser parser;
  Outbox outbox;

  // True when nothing is being received or sent.
  bool unused() const { return inbox.empty() && queued.empty() && outbox.empty() && parser.fresh(); }
  void reset(std::size_t spare_bytes_max) {
    inbox.clear();
    inbox.shrink(spare_bytes_max);
    queued.clear();
    if (queued.capacity() > spare_bytes_max) queued.shrink_to_fit();
    parser.reset();
    outbox.clear();
  }
};

}  // namespace millrace::http
