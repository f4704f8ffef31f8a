// Runs every transcript below this folder as a test of its own, once in each protocol of its service.
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>

#include "tests/wire/machine.h"
#include "tests/wire/matching.h"
#include "tests/wire/protocol.h"
#include "tests/wire/transcript.h"

namespace millrace::wire {
namespace {

// Cuts the first word off the front of `text`.
std::string take_word(std::string& text) {
  const auto space = text.find(' ');
  std::string word = text.substr(0, space);
  text = space == std::string::npos ? std::string() : text.substr(space + 1);
  return word;
}

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error != std::errc{}) return std::nullopt;
  if (unit == "ms") return Duration(number);
  if (unit == "s") return std::chrono::seconds(number);
  if (unit == "m") return std::chrono::minutes(number);
  if (unit == "h") return std::chrono::hours(number);
  if (unit == "d") return std::chrono::hours(24 * number);
  return std::nullopt;
}

// "NAME*1000" repeated, other words as they are.
std::string expand(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    std::size_t count = 1;
    const auto star = word.rfind('*');
    if (star != std::string_view::npos && star > 0) {
      std::from_chars(word.data() + star + 1, word.data() + word.size(), count);
    }
    for (std::size_t i = 0; i < count; ++i) result += star == std::string_view::npos ? word : word.substr(0, star);
  }
  return result;
}

constexpr std::string_view first_service = "sqs";

// Runs one transcript in one protocol.
class Player {
 public:
  Player(Protocol protocol, MachineOptions options) : protocol_(protocol), machine_(std::move(options)) {}

  // Empty, or why the step failed.
  std::string play(const TranscriptStep& step) {
    static const std::map<std::string, std::string (Player::*)(const TranscriptStep&), std::less<>> verbs{
        {"call", &Player::call},       {"begin", &Player::begin},      {"end", &Player::end},
        {"open", &Player::open},       {"gone", &Player::gone},        {"ok", &Player::ok},
        {"fails", &Player::fails},     {"advance", &Player::advance},  {"restart", &Player::restart},
        {"crash", &Player::crash},     {"let", &Player::let},          {"as", &Player::as},
        {"send", &Player::send},       {"status", &Player::status},    {"field", &Player::field},
        {"nofield", &Player::nofield}, {"body", &Player::body},        {"only", &Player::nothing},
        {"flood", &Player::flood},     {"flooded", &Player::flooded},  {"disk", &Player::disk},
        {"service", &Player::service}, {"events", &Player::events},    {"limits", &Player::nothing},
        {"public", &Player::nothing},  {"trusting", &Player::nothing}, {"told", &Player::told}};
    const auto verb = verbs.find(step.verb);
    if (verb == verbs.end()) return "unknown step " + step.verb;
    // What a call answers must be looked at, so that no failure passes unseen.
    const bool judges = step.verb == "ok" || step.verb == "fails" || step.verb == "status" || step.verb == "field" ||
                        step.verb == "nofield" || step.verb == "body" || step.verb == "flooded" ||
                        step.verb == "events";
    if (!judges && unjudged_) return "the answer before this step was not judged";
    return (this->*verb->second)(step);
  }
  std::string finish() const { return unjudged_ ? "the last answer was not judged" : std::string(); }

 private:
  std::string nothing(const TranscriptStep&) { return {}; }

  std::string start(std::string rest, Exchange*& into) {
    operation_ = service_->find(take_word(rest));
    if (operation_ == nullptr) return "no such operation";
    auto input = codec::parse_json(rest.empty() ? "{}" : fill(rest, names_), {.bytes_max = 8 << 20});
    if (!input) return "the input is not JSON: " + input.error().message;
    into = &machine_.send(make_request(*service_, protocol_, *operation_, *input, credentials_));
    return {};
  }

  std::string wait(Exchange& exchange) {
    if (!machine_.finish(exchange)) return "no answer came";
    last_ = &*exchange.response();
    unjudged_ = true;
    return {};
  }

  std::string call(const TranscriptStep& step) {
    Exchange* exchange = nullptr;
    if (auto why = start(step.rest, exchange); !why.empty()) return why;
    return wait(*exchange);
  }

  std::string begin(const TranscriptStep& step) {
    std::string rest = step.rest;
    const auto name = take_word(rest);
    Exchange* exchange = nullptr;
    if (auto why = start(rest, exchange); !why.empty()) return why;
    open_[name] = {exchange, operation_};
    machine_.advance(Duration(10));
    return {};
  }

  std::string end(const TranscriptStep& step) {
    operation_ = open_.at(step.rest).second;
    return wait(*open_.at(step.rest).first);
  }

  std::string open(const TranscriptStep& step) {
    return open_.at(step.rest).first->response() ? "it is answered already" : std::string();
  }

  std::string gone(const TranscriptStep& step) {
    machine_.leave(*open_.at(step.rest).first);
    machine_.advance(Duration(10));
    return {};
  }

  std::string flood(const TranscriptStep& step) {
    std::string rest = step.rest;
    const int count = std::stoi(take_word(rest));
    flood_.clear();
    for (int i = 0; i < count; ++i) {
      names_["nth"] = std::to_string(i + 1);
      if (auto why = start(rest, flood_.emplace_back()); !why.empty()) return why;
    }
    for (Exchange* each : flood_) {
      if (auto why = wait(*each); !why.empty()) return why;
    }
    return {};
  }

  std::string flooded(const TranscriptStep& step) {
    unjudged_ = false;
    std::string rest = step.rest;
    const std::string range = take_word(rest);
    const int least = std::stoi(range);
    const int most = std::stoi(range.substr(range.find("..") + 2));
    int good = 0;
    for (const Exchange* each : flood_) {
      const Answer answer = read_answer(*service_, protocol_, *operation_, *each->response());
      if (!answer.problem.empty()) return answer.problem;
      if (answer.status == 200) {
        ++good;
        continue;
      }
      const auto shown = fmt::format("{} {} {}", answer.code, answer.status, answer.message);
      if (auto why = match_text(rest, shown, names_); !why.empty()) return why;
    }
    if (good >= least && good <= most) return {};
    return fmt::format("{} of {} succeeded", good, flood_.size());
  }

  std::string disk(const TranscriptStep& step) {
    machine_.fill_disk(step.rest == "full");
    return {};
  }

  std::string ok(const TranscriptStep& step) {
    unjudged_ = false;
    const Answer answer = read_answer(*service_, protocol_, *operation_, *last_);
    if (!answer.problem.empty()) return answer.problem;
    if (answer.status != 200) return fmt::format("it failed: {} {} {}", answer.code, answer.status, answer.message);
    const auto expected = codec::parse_json(step.rest.empty() ? "{}" : step.rest);
    if (!expected) return "what is expected is not JSON: " + expected.error().message;
    return match_json(*expected, answer.output, names_);
  }

  std::string service(const TranscriptStep& step) {
    service_ = find_service(step.rest);
    return service_ == nullptr ? "no such service" : std::string();
  }

  std::string events(const TranscriptStep& step) {
    unjudged_ = false;
    const Answer answer = read_events(protocol_, *last_);
    if (!answer.problem.empty()) return answer.problem;
    const auto expected = codec::parse_json(step.rest);
    if (!expected) return "what is expected is not JSON: " + expected.error().message;
    return match_json(*expected, answer.output, names_);
  }

  std::string fails(const TranscriptStep& step) {
    unjudged_ = false;
    const Answer answer = read_answer(*service_, protocol_, *operation_, *last_);
    if (!answer.problem.empty()) return answer.problem;
    const auto shown = fmt::format("{} {} {}", answer.code, answer.status, answer.message);
    return match_text(step.rest, shown, names_);
  }

  std::string advance(const TranscriptStep& step) {
    const auto duration = parse_duration(step.rest);
    if (!duration) return "not a duration";
    machine_.advance(*duration);
    return {};
  }

  std::string told(const TranscriptStep& step) {
    machine_.advance(Duration(10));
    names_[step.rest] = machine_.told();
    return machine_.told().empty() ? "nobody was told anything" : std::string();
  }

  std::string restart(const TranscriptStep&) {
    machine_.restart(false);
    return {};
  }
  std::string crash(const TranscriptStep&) {
    machine_.restart(true);
    return {};
  }

  std::string let(const TranscriptStep& step) {
    std::string rest = step.rest;
    const auto name = take_word(rest);
    names_[name] = expand(fill(rest, names_));
    return {};
  }

  std::string as(const TranscriptStep& step) {
    std::string rest = step.rest;
    credentials_.key = take_word(rest);
    if (credentials_.key == "nobody") {
      credentials_.key.clear();
    } else {
      credentials_.region = rest;
    }
    return {};
  }

  std::string send(const TranscriptStep& step) {
    std::string rest = fill(step.rest, names_);
    HttpRequest request;
    request.method = take_word(rest);
    request.target = rest;
    bool in_body = false;
    for (const auto& line : step.block) {
      const std::string text = fill(line, names_);
      if (in_body) {
        request.body += request.body.empty() ? text : "\n" + text;
      } else if (text.empty()) {
        in_body = true;
      } else {
        const auto colon = text.find(": ");
        if (colon == std::string::npos) return "a field is NAME: VALUE";
        request.fields.emplace_back(text.substr(0, colon), text.substr(colon + 2));
      }
    }
    return wait(machine_.send(std::move(request)));
  }

  std::string status(const TranscriptStep& step) {
    unjudged_ = false;
    return match_text(step.rest, std::to_string(last_->status), names_);
  }
  std::string field(const TranscriptStep& step) {
    std::string rest = step.rest;
    const auto name = take_word(rest);
    const auto value = last_->find(name);
    if (!value) return name + " is missing";
    return match_text(rest, *value, names_);
  }
  std::string nofield(const TranscriptStep& step) {
    return last_->find(step.rest) ? step.rest + " is there" : std::string();
  }
  std::string body(const TranscriptStep& step) {
    std::string_view actual = last_->body;
    if (actual.ends_with('\n')) actual.remove_suffix(1);
    return match_text(step.rest, actual, names_);
  }

  Protocol protocol_;
  Machine machine_;
  Credentials credentials_;
  Names names_;
  std::map<std::string, std::pair<Exchange*, const codec::Operation*>> open_;
  std::vector<Exchange*> flood_;
  const ServiceFacts* service_ = find_service(first_service);
  const codec::Operation* operation_ = nullptr;
  const http::Response* last_ = nullptr;
  bool unjudged_ = false;
};

MachineOptions options_of(const std::vector<TranscriptStep>& steps) {
  MachineOptions options;
  for (const auto& step : steps) {
    if (step.verb == "limits") options.relaxed = step.rest == "relaxed";
    if (step.verb == "public") options.public_url = step.rest;
    if (step.verb == "trusting") options.trust_forwarded = true;
  }
  return options;
}

class TranscriptTest : public testing::Test {
 public:
  TranscriptTest(std::string path, Protocol protocol) : path_(std::move(path)), protocol_(protocol) {}

  void TestBody() override {
    const auto steps = read_transcript(path_);
    ASSERT_FALSE(steps.empty()) << path_;
    Player player(protocol_, options_of(steps));
    for (const auto& step : steps) {
      const auto why = player.play(step);
      ASSERT_EQ(why, "") << path_ << ":" << step.line << ": " << step.verb << " " << step.rest;
    }
    ASSERT_EQ(player.finish(), "") << path_;
  }

 private:
  std::string path_;
  Protocol protocol_;
};

// In each protocol that all the services speak that it calls.
bool runs_in(const std::vector<TranscriptStep>& steps, Protocol protocol, std::string_view name) {
  const ServiceFacts* service = find_service(first_service);
  for (const auto& step : steps) {
    if (step.verb == "only" && step.rest != name) return false;
    if (step.verb == "service") service = find_service(step.rest);
    const bool calls = step.verb == "call" || step.verb == "begin" || step.verb == "flood";
    if (calls && service != nullptr && !speaks(*service, protocol)) return false;
  }
  return service != nullptr && speaks(*service, protocol);
}

void register_transcripts(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.path().extension() == ".wire") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  for (const auto& path : paths) {
    const auto steps = read_transcript(path.string());
    for (const auto& [protocol, name] : protocols) {
      if (!runs_in(steps, protocol, name)) continue;
      std::string test = path.stem().string();
      std::ranges::replace(test, '-', '_');
      testing::RegisterTest(fmt::format("wire_{}", path.parent_path().filename().string()).c_str(),
                            fmt::format("{}_{}", test, name).c_str(), nullptr, nullptr, path.c_str(), 1,
                            [file = path.string(), in = protocol] { return new TranscriptTest(file, in); });
    }
  }
}

}  // namespace
}  // namespace millrace::wire

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  millrace::wire::register_transcripts(MILLRACE_WIRE_DIR);
  return RUN_ALL_TESTS();
}
