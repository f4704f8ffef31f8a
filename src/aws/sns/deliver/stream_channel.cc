#include "aws/sns/deliver/stream_channel.h"

#include <utility>

#include "aws/kinesis/put_one.h"
#include "aws/request_id.h"

namespace millrace::aws::sns::deliver {
namespace {

constexpr std::string_view resource_start = "deliverystream/";

}  // namespace

std::string StreamChannel::render(const Outgoing& what) const {
  return what.recipient.raw ? what.notification.text : render_notification(what.notification, what.sender);
}

void StreamChannel::send(env::Core& core, const Outgoing& what, std::string body, Callback<void(Outcome)> done) {
  const auto arn = parse_arn(what.recipient.endpoint);
  if (!arn || !arn->resource.starts_with(resource_start)) {
    return done({.kind = Outcome::Kind::refused, .detail = "the endpoint is no delivery stream"});
  }
  kinesis::put_one(
      engine_, core,
      {.stream = {.region = std::string(arn->region),
                  .account = std::string(arn->account),
                  .name = std::string(arn->resource.substr(resource_start.size()))},
       .partition_key = std::string(view(text_of(what.notification.id))),
       .data = std::move(body)},
      [done = std::move(done)](const Result<void>& put) mutable {
        if (put) return done({.kind = Outcome::Kind::delivered});
        const auto code = put.error().code;
        const bool final = code == ErrorCode::not_found || code == ErrorCode::invalid;
        done({.kind = final ? Outcome::Kind::refused : Outcome::Kind::retry, .detail = put.error().message});
      });
}

}  // namespace millrace::aws::sns::deliver
