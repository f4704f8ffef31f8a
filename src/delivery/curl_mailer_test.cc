// Mail to a relay that the test plays.
#include "delivery/curl_mailer.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <thread>

#include "env/real/machine.h"

namespace millrace::delivery {
namespace {

// Takes one connection after the other on a thread of its own, and says what the test has put into its mouth.
class FakeRelay {
 public:
  // Replies by the first word of the client's line, "." for the end of a message; those that are missing say yes.
  explicit FakeRelay(std::map<std::string, std::string> replies = {})
      : replies_(std::move(replies)), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(fd_, 16), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    url = fmt::format("smtp://127.0.0.1:{}", ntohs(address.sin_port));
    thread_ = std::thread([this] { run(); });
  }
  ~FakeRelay() { end(); }
  // Afterwards `lines` and `messages` may be read.
  void end() {
    if (!thread_.joinable()) return;
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }

  std::string url;
  std::vector<std::string> lines;
  std::vector<std::string> messages;  // as they came, dots doubled
  int connections = 0;

 private:
  void run() {
    while (true) {
      const int peer = ::accept(fd_, nullptr, nullptr);
      if (peer < 0) return;
      ++connections;
      talk(peer);
      ::close(peer);
    }
  }
  void talk(int peer) {
    std::string input;
    bool in_message = false;
    const auto say = [&](const std::string& text) {
      const auto line = text + "\r\n";
      return ::send(peer, line.data(), line.size(), MSG_NOSIGNAL) > 0;
    };
    const auto reply_to = [&](const std::string& word, const std::string& usual) {
      const auto found = replies_.find(word);
      return found == replies_.end() ? usual : found->second;
    };
    if (!say(reply_to("hello", "220 relay"))) return;
    char buffer[4096];
    while (true) {
      const auto got = ::recv(peer, buffer, sizeof buffer, 0);
      if (got <= 0) return;
      input.append(buffer, static_cast<std::size_t>(got));
      while (true) {
        const auto end = input.find(in_message ? "\r\n.\r\n" : "\r\n");
        if (end == std::string::npos) break;
        auto text = input.substr(0, end);
        input.erase(0, end + (in_message ? 5 : 2));
        if (in_message) {
          messages.push_back(std::move(text));
          in_message = false;
          say(reply_to(".", "250 queued"));
          continue;
        }
        const auto word = text.substr(0, text.find(' '));
        lines.push_back(std::move(text));
        in_message = word == "DATA" && !replies_.contains("DATA");
        say(reply_to(word, word == "DATA" ? "354 go on" : word == "QUIT" ? "221 bye" : "250 fine"));
      }
    }
  }

  const std::map<std::string, std::string> replies_;
  int fd_;
  std::thread thread_;
};

Mail mail(std::string text = "hello\n.dots\n") {
  return {.to = "b@example.org", .subject = "s", .text = std::move(text)};
}

SmtpRelay relay_at(const FakeRelay& relay) { return {.url = relay.url, .from = "Alerts <a@example.com>"}; }

std::vector<Outcome> send_all(const SmtpRelay& relay, std::vector<Mail> mails) {
  env::Machine machine(1);
  CurlLoop loop({});
  CurlMailer mailer(loop, relay);
  std::vector<Outcome> outcomes;
  std::function<void()> next = [&] {
    if (outcomes.size() == mails.size()) return machine.stop();
    mailer.send(machine.core(0), mails[outcomes.size()], [&](Outcome outcome) {
      outcomes.push_back(std::move(outcome));
      next();
    });
  };
  machine.core(0).post([&] { next(); });
  machine.run();
  loop.stop();
  return outcomes;
}

Outcome send(const SmtpRelay& relay) { return send_all(relay, {mail()}).front(); }

bool has_line(const FakeRelay& relay, std::string_view beginning) {
  return std::ranges::any_of(relay.lines, [&](const std::string& line) { return line.starts_with(beginning); });
}

TEST(CurlMailer, HandsMailOverOnOneConnection) {
  FakeRelay relay;
  const auto outcomes = send_all(relay_at(relay), {mail(), mail("second")});
  relay.end();
  ASSERT_EQ(outcomes.size(), 2u);
  for (const auto& outcome : outcomes) {
    EXPECT_EQ(outcome.kind, Outcome::Kind::delivered) << outcome.detail;
    EXPECT_EQ(outcome.status, 250);
  }
  EXPECT_EQ(relay.connections, 1);
  EXPECT_TRUE(has_line(relay, "MAIL FROM:<a@example.com>"));
  EXPECT_TRUE(has_line(relay, "RCPT TO:<b@example.org>"));
  ASSERT_EQ(relay.messages.size(), 2u);
  EXPECT_TRUE(relay.messages[0].contains("\r\nTo: b@example.org\r\n"));
  EXPECT_TRUE(relay.messages[0].ends_with("\r\n\r\nhello\r\n..dots\r\n")) << relay.messages[0];
  EXPECT_TRUE(relay.messages[1].ends_with("\r\n\r\nsecond")) << relay.messages[1];
  const auto id = [](const std::string& message) {
    const auto begin = message.find("Message-ID: ");
    return message.substr(begin, message.find("\r\n", begin) - begin);
  };
  EXPECT_NE(id(relay.messages[0]), id(relay.messages[1]));
}

TEST(CurlMailer, FinalAndPassingRefusalsDiffer) {
  struct Row {
    std::string word, reply;
    Outcome::Kind kind;
    int status;
  };
  const Row rows[] = {
      {"MAIL", "550 not from you", Outcome::Kind::refused, 550},
      {"MAIL", "451 later", Outcome::Kind::retry, 451},
      {"RCPT", "550 nobody here", Outcome::Kind::refused, 550},
      {"RCPT", "450 mailbox busy", Outcome::Kind::retry, 450},
      {"DATA", "554 no", Outcome::Kind::refused, 554},
      {".", "552 too much", Outcome::Kind::refused, 552},
      {".", "452 no room", Outcome::Kind::retry, 452},
      {"hello", "421 busy", Outcome::Kind::retry, 421},
      {"hello", "554 go away", Outcome::Kind::retry, 554},
  };
  for (const auto& row : rows) {
    FakeRelay relay({{row.word, row.reply}});
    const auto outcome = send(relay_at(relay));
    EXPECT_EQ(outcome.kind, row.kind) << row.word << " " << row.reply << ": " << outcome.detail;
    EXPECT_EQ(outcome.status, row.status) << row.word << " " << row.reply << ": " << outcome.detail;
  }
}

TEST(CurlMailer, Authenticates) {
  FakeRelay relay({{"EHLO", "250-relay\r\n250 AUTH PLAIN"}, {"AUTH", "334 "}, {"AG1lAHNlY3JldA==", "235 welcome"}});
  auto options = relay_at(relay);
  options.user = "me";
  options.password = "secret";
  EXPECT_EQ(send(options).kind, Outcome::Kind::delivered);
  relay.end();
  EXPECT_TRUE(has_line(relay, "AUTH PLAIN"));
  EXPECT_TRUE(has_line(relay, "AG1lAHNlY3JldA=="));
}

TEST(CurlMailer, APasswordThatIsNotTakenIsNotTheMailsFault) {
  FakeRelay relay({{"EHLO", "250-relay\r\n250 AUTH PLAIN"}, {"AUTH", "535 no"}});
  auto options = relay_at(relay);
  options.user = "me";
  options.password = "wrong";
  EXPECT_EQ(send(options).kind, Outcome::Kind::retry);
  relay.end();
  EXPECT_FALSE(has_line(relay, "MAIL"));
}

TEST(CurlMailer, WithoutTlsNothingIsSentWhereItIsRequired) {
  for (const auto& replies :
       {std::map<std::string, std::string>{},
        std::map<std::string, std::string>{{"EHLO", "250-relay\r\n250 STARTTLS"}, {"STARTTLS", "502 no"}}}) {
    FakeRelay relay(replies);
    auto options = relay_at(relay);
    options.starttls = SmtpRelay::StartTls::required;
    options.user = "me";
    options.password = "secret";
    EXPECT_EQ(send(options).kind, Outcome::Kind::retry);
    relay.end();
    EXPECT_FALSE(has_line(relay, "AUTH"));
    EXPECT_FALSE(has_line(relay, "MAIL"));
  }
}

TEST(CurlMailer, WhatIsNoMailIsRefusedAtOnce) {
  FakeRelay relay;
  auto wrong = mail();
  wrong.to = "b@example.org>\r\nRCPT TO:<c@example.org";
  EXPECT_EQ(send_all(relay_at(relay), {wrong}).front().kind, Outcome::Kind::refused);
  relay.end();
  EXPECT_EQ(relay.connections, 0);
}

TEST(CurlMailer, NobodyListening) {
  std::string url;
  { url = FakeRelay().url; }
  const auto outcome = send({.url = url, .from = "a@example.com"});
  EXPECT_EQ(outcome.kind, Outcome::Kind::retry);
  EXPECT_EQ(outcome.status, 0);
}

}  // namespace
}  // namespace millrace::delivery
