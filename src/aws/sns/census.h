// Census: how many topics and filter policies the accounts of one lane have, for the limits of an account.
//
// Not stored: counted when it is first asked for, kept up to date by the handlers that make and remove, and counted anew
// after the lane has recovered. On its lane's core only.
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "engine/lane.h"

namespace millrace::aws::sns {

struct AccountCounts {
  std::uint64_t topics = 0;
  std::uint64_t fifo_topics = 0;
  std::uint64_t filter_policies = 0;
};

class Census {
 public:
  // Of the topics whose keys begin with `prefix` (names.h, key_prefix). Changed by those who change what it counts.
  AccountCounts& of(engine::Lane& lane, const std::string& prefix);

 private:
  std::uint64_t recoveries_ = 0;
  std::map<std::string, AccountCounts> counts_;
};

}  // namespace millrace::aws::sns
