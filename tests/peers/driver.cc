// Sends to other servers what the lines on its standard input say, with the same senders as the server, for suite.py.
//
//   peers_driver KEY=VALUE...     keys of the configuration, and ca_file
//
// Each line is a JSON object with "id" and "send": "lambda" (arn, event), "push" (application, platform, credential,
// principal, team, bundle, token, payload, attributes) or "sms" (phone, text, sender). What came of it is a line
// {"event":"outcome","id","kind","status","detail","message_id"}. Ends with its input.
#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include "base/check.h"
#include "base/log.h"
#include "codec/json_value.h"
#include "codec/json_writer.h"
#include "delivery/answer.h"
#include "delivery/curl_http_client.h"
#include "delivery/curl_loop.h"
#include "delivery/lambda.h"
#include "delivery/push_service.h"
#include "env/real/machine.h"
#include "server/config.h"
#include "server/senders.h"

namespace millrace::tests {
namespace {

using codec::JsonValue;
using delivery::Outcome;

std::string quoted(std::string_view text) {
  std::string result;
  codec::write_json_string(text, result);
  return result;
}

std::string_view name_of(Outcome::Kind kind) {
  constexpr std::string_view names[] = {"delivered", "retry", "refused", "token_dead"};
  return names[static_cast<std::size_t>(kind)];
}

void say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

template <class T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(2);
  }
  return std::move(*result);
}

class Driver {
 public:
  Driver(const server::Config& config, std::string ca_file)
      : http_(loop_, {.ca_file = std::move(ca_file)}),
        lambda_(http_, must(server::lambda_endpoint(config))),
        push_(machine_.core(0), http_, server::push_urls(config)),
        sms_(must(server::make_sms_gateway(config, machine_.core(0), machine_.net(), http_))) {}

  void run() {
    say(R"({"event":"listening"})");
    // Every other command comes from another core than the one where the senders live.
    std::thread reader([this] {
      int turn = 0;
      for (std::string line; std::getline(std::cin, line);) {
        auto& core = machine_.core(turn++ % 2);
        core.post([this, &core, line] { take(core, line); });
      }
      machine_.stop();
    });
    machine_.run();
    reader.join();
    loop_.stop();
  }

 private:
  void take(env::Core& core, const std::string& line) {
    const auto command = codec::parse_json(line);
    check(command.has_value(), "suite.py writes JSON");
    const auto text = [&](std::string_view name) { return delivery::text_member(command, name); };
    const auto done = [id = text("id")](const Outcome& outcome) {
      say(fmt::format(R"({{"event":"outcome","id":{},"kind":"{}","status":{},"detail":{},"message_id":{}}})",
                      quoted(id), name_of(outcome.kind), outcome.status, quoted(outcome.detail),
                      quoted(outcome.message_id)));
    };
    const auto what = text("send");
    if (what == "lambda") {
      lambda_.invoke(core, text("arn"), std::make_shared<const std::string>(text("event")), done);
    } else if (what == "sms") {
      sms_->send(core, {.phone = text("phone"), .text = text("text"), .sender = text("sender")}, done);
    } else {
      check(what == "push", "there are three kinds");
      const auto platform = delivery::read_push_platform(text("platform"));
      check(platform.has_value(), "a platform of ours");
      delivery::Push push{.device_token = text("token"), .payload = text("payload"), .published = core.now()};
      if (const auto* attributes = command->find("attributes")) {
        for (const auto& [name, value] : *attributes->object()) {
          check(delivery::read_push_attribute(*platform, name, *value.string(), push.options).has_value());
        }
      }
      auto application = std::make_shared<const delivery::PushApplication>(
          text("application"), *platform,
          delivery::PlatformCredentials{.credential = text("credential"),
                                        .principal = text("principal"),
                                        .apple_team_id = text("team"),
                                        .apple_bundle_id = text("bundle")});
      push_.send(core, std::move(application), std::move(push), done);
    }
  }

  env::Machine machine_{2};
  delivery::CurlLoop loop_{{}};
  delivery::CurlHttpClient http_;
  delivery::Lambda lambda_;
  delivery::PushService push_;
  std::unique_ptr<delivery::SmsGateway> sms_;
};

int run(int count, char** words) {
  logging::set_level(logging::Level::error);
  server::Config config;
  std::string ca_file;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const auto key = word.substr(0, word.find('='));
    const auto value = word.substr(key.size() + 1);
    if (key == "ca_file") {
      ca_file = value;
    } else if (auto ok = server::set(config, key, value, "command line"); !ok) {
      std::fprintf(stderr, "%s\n", ok.error().message.c_str());
      return 2;
    }
  }
  if (auto ok = server::validate(config); !ok) {
    std::fprintf(stderr, "%s\n", ok.error().message.c_str());
    return 2;
  }
  Driver(config, std::move(ca_file)).run();
  return 0;
}

}  // namespace
}  // namespace millrace::tests

int main(int count, char** words) { return millrace::tests::run(count, words); }
