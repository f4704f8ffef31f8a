#include "delivery/sms_http.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/json_writer.h"
#include "codec/text.h"
#include "http/message.h"

namespace millrace::delivery {
namespace {

// What a log is to hold of an answer that says no.
constexpr std::size_t detail_bytes_max = 200;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// A header that a text could end would let a text write headers.
std::string one_line(std::string text) {
  std::erase_if(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  return text;
}

Outcome read_answer(const Result<HttpAnswer>& answer) {
  if (!answer) return without_answer(answer.error());
  Outcome outcome{.status = answer->status};
  if (answer->status >= 200 && answer->status < 300) {
    outcome.kind = Outcome::Kind::delivered;
    return outcome;
  }
  outcome.kind = kind_of_failure(answer->status);
  outcome.detail = fmt::format("{} {}", answer->status, one_line(answer->body.substr(0, detail_bytes_max)));
  return outcome;
}

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> read_header_lines(std::string_view lines) {
  std::vector<std::pair<std::string, std::string>> headers;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    const auto line = trim(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.empty()) continue;
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    if (colon == std::string_view::npos || name.empty() || name.find_first_of(" \t") != std::string_view::npos) {
      return fail(ErrorCode::invalid, fmt::format("'{}' is not `Name: value`", line));
    }
    headers.emplace_back(name, trim(line.substr(colon + 1)));
  }
  return headers;
}

SmsHttp::SmsHttp(HttpClient& http, SmsHttpOptions options) : http_(http), options_(std::move(options)) {
  for (const auto& [name, value] : options_.headers) {
    if (!http::equal_ignoring_case(name, "content-type")) continue;
    const bool form = value.starts_with("application/x-www-form-urlencoded");
    const bool json = value.find("json") != std::string::npos;
    body_encoding_ = json ? Encoding::json : form ? Encoding::percent : Encoding::plain;
  }
}

std::string SmsHttp::fill(std::string_view pattern, const Sms& sms, Encoding encoding) {
  const bool transactional = sms.type == Sms::Type::transactional;
  const std::pair<std::string_view, std::string_view> places[] = {
      {"{phone}", sms.phone},
      {"{text}", sms.text},
      {"{sender}", sms.sender},
      {"{type}", transactional ? "Transactional" : "Promotional"}};
  std::string result;
  while (!pattern.empty()) {
    const auto* place = std::ranges::find_if(places, [&](const auto& one) { return pattern.starts_with(one.first); });
    if (place == std::end(places)) {
      result += pattern.front();
      pattern.remove_prefix(1);
      continue;
    }
    pattern.remove_prefix(place->first.size());
    if (encoding == Encoding::percent) {
      codec::percent_encode(place->second, result);
    } else if (encoding == Encoding::json) {
      std::string quoted;
      codec::write_json_string(place->second, quoted);
      result += std::string_view(quoted).substr(1, quoted.size() - 2);
    } else {
      result += place->second;
    }
  }
  return result;
}

void SmsHttp::send(env::Core& home, Sms sms, Callback<void(Outcome)> done) {
  HttpCall call{.method = options_.method, .url = fill(options_.url, sms, Encoding::percent), .by_operator = true};
  bool typed = false;
  for (const auto& [name, value] : options_.headers) {
    call.headers.emplace_back(name, one_line(fill(value, sms, Encoding::plain)));
    typed = typed || http::equal_ignoring_case(name, "content-type");
  }
  if (!options_.body.empty()) {
    if (!typed) call.headers.emplace_back("content-type", "application/json");
    call.body = std::make_shared<const std::string>(fill(options_.body, sms, body_encoding_));
  }
  http_.call(home, std::move(call),
             [done = std::move(done)](const Result<HttpAnswer>& answer) mutable { done(read_answer(answer)); });
}

}  // namespace millrace::delivery
