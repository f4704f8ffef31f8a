// Names of queues: the rules, and the forms in which a client may write one.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "aws/identity.h"
#include "aws/resource_name.h"

namespace millrace::aws::sqs {

inline constexpr std::size_t queue_name_max = 80;

struct QueueName {
  std::string region;
  std::string account;
  std::string name;

  bool fifo() const { return std::string_view(name).ends_with(fifo_suffix); }
  std::string key() const;                           // in the broker: "sqs/REGION/ACCOUNT/NAME"
  std::string arn() const;                           // "arn:aws:sqs:REGION:ACCOUNT:NAME"
  std::string url(std::string_view base_url) const;  // BASE/ACCOUNT/NAME
  bool operator==(const QueueName&) const = default;
};

// The part of the keys that all queues of an account in a region share: "sqs/REGION/ACCOUNT/".
std::string key_prefix(std::string_view region, std::string_view account);
// The inverse of key(); nothing for the key of something else.
std::optional<QueueName> parse_key(std::string_view key);
std::optional<QueueName> parse_arn(std::string_view arn);

// 1 to 80 of letters, digits, hyphen and underscore; ".fifo" at the end is allowed and counts.
bool is_queue_name(std::string_view name);
// What CreateQueue demands: the ending of a FIFO queue, and of no other.
Outcome<void> check_new_name(std::string_view name, bool fifo);

// "/ACCOUNT/NAME", and the forms of other servers: "/queue/NAME", "/queue/ACCOUNT/NAME" and
// "/queue/REGION/ACCOUNT/NAME".
struct QueuePath {
  std::string_view region;   // empty: not said
  std::string_view account;  // empty: not said
  std::string_view name;
};
std::optional<QueuePath> parse_path(std::string_view path);

// What a client gave as QueueUrl: a URL of any host (a host of the form sqs.REGION.… must be of the caller's region), a
// path, or a bare name. InvalidAddress when it is none of these.
Outcome<QueueName> resolve_queue(std::string_view queue_url, const Caller& caller);

}  // namespace millrace::aws::sqs
