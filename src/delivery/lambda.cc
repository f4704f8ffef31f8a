#include "delivery/lambda.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "codec/json_value.h"
#include "codec/text.h"
#include "delivery/answer.h"

namespace millrace::delivery {
namespace {

constexpr std::string_view region_placeholder = "{region}";

std::string invoke_url(std::string base, const FunctionArn& arn) {
  if (const auto at = base.find(region_placeholder); at != std::string::npos) {
    base.replace(at, region_placeholder.size(), arn.region);
  }
  while (base.ends_with('/')) base.pop_back();
  std::string url = base + "/2015-03-31/functions/";
  codec::percent_encode(arn.function, url);
  url += "/invocations";
  if (!arn.qualifier.empty()) {
    url += "?Qualifier=";
    codec::percent_encode(arn.qualifier, url);
  }
  return url;
}

// "ResourceNotFoundException: Function not found: ..."
std::string describe(const HttpAnswer& answer) {
  std::string_view type = header_of(answer, "x-amzn-errortype");
  type = type.substr(0, type.find(':'));
  const auto body = codec::parse_json(answer.body);
  std::string message;
  for (const auto* name : {"message", "Message"}) {
    if (message.empty()) message = text_member(body, name);
  }
  return fmt::format("{} {}{}{}", answer.status, type, message.empty() ? "" : ": ", message);
}

}  // namespace

Result<FunctionArn> parse_function_arn(std::string_view arn) {
  std::string_view parts[8];
  std::size_t count = 0;
  for (auto rest = arn;; ++count) {
    if (count == std::size(parts)) return fail(ErrorCode::invalid, "more than eight parts");
    const auto colon = rest.find(':');
    parts[count] = rest.substr(0, colon);
    if (parts[count].empty()) return fail(ErrorCode::invalid, "an empty part");
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  if (count < 6 || parts[0] != "arn" || parts[2] != "lambda" || parts[5] != "function") {
    return fail(ErrorCode::invalid, "not arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]");
  }
  // It becomes part of the host's name, which whoever subscribes a function must not choose.
  if (parts[3].find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string_view::npos) {
    return fail(ErrorCode::invalid, "a region has small letters, digits and hyphens");
  }
  FunctionArn result{.region = parts[3], .function = arn, .qualifier = parts[7]};
  if (count == 7) result.function.remove_suffix(parts[7].size() + 1);
  return result;
}

Outcome read_invoke_answer(const Result<HttpAnswer>& answer) {
  using Kind = Outcome::Kind;
  if (!answer) return without_answer(answer.error());
  Outcome outcome{.status = answer->status, .message_id = std::string(header_of(*answer, "x-amzn-requestid"))};
  if (answer->status >= 200 && answer->status < 300) {
    outcome.kind = Kind::delivered;
    return outcome;
  }
  outcome.detail = describe(*answer);
  outcome.kind = kind_of_failure(answer->status);
  return outcome;
}

void Lambda::invoke(env::Core& home, std::string_view arn, std::shared_ptr<const std::string> event,
                    Callback<void(Outcome)> done) {
  const auto function = parse_function_arn(arn);
  if (!function) {
    return done({.kind = Outcome::Kind::refused, .detail = fmt::format("'{}': {}", arn, function.error().message)});
  }
  HttpCall call{.url = invoke_url(endpoint_.url, *function),
                .headers = {{"content-type", "application/json"}, {"x-amz-invocation-type", "Event"}},
                .body = std::move(event),
                .by_operator = true};
  sign(call, endpoint_.credentials, {.region = std::string(function->region), .service = "lambda"}, home.now());
  http_.call(home, std::move(call),
             [done = std::move(done)](Result<HttpAnswer> answer) mutable { done(read_invoke_answer(answer)); });
}

}  // namespace millrace::delivery
