// Connections over fake sockets, byte by byte.
#include "http/connection.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "http/fake_net.h"
#include "http/server.h"

namespace millrace::http {
namespace {

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

std::string post(std::string_view body, std::string_view path = "/") {
  return fmt::format("POST {} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}", path, body.size(), body);
}

std::string ok(std::string_view body, std::string_view more = "") {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n{}\r\n{}",
                     body.size(), more, body);
}

// The statuses of the responses in `bytes`, joined with "-"; checks that they are framed correctly.
std::string statuses(std::string_view bytes, bool head = false) {
  std::string all;
  while (!bytes.empty()) {
    const auto end = bytes.find("\r\n\r\n");
    if (!bytes.starts_with("HTTP/1.1 ") || end == bytes.npos) return "not HTTP: " + std::string(bytes);
    const auto fields = bytes.substr(0, end + 2);
    all += (all.empty() ? "" : "-") + std::string(bytes.substr(9, 3));
    std::size_t length = 0;
    if (const auto at = fields.find("Content-Length: "); at != fields.npos && !head) {
      length = std::stoul(std::string(fields.substr(at + 16)));
    }
    bytes.remove_prefix(end + 4 + length);
  }
  return all;
}

// A server whose handler answers at once what it understood, or keeps the Responders for the test.
class ConnectionTest : public testing::Test {
 protected:
  void start(Limits limits = {}) {
    server_ = std::make_unique<Server>(net_, std::vector<env::Core*>{&core_}, Options{limits},
                                       [this](env::Core& core, Request& request, Responder responder) {
                                         EXPECT_EQ(&core, &core_);
                                         handle(request, std::move(responder));
                                       });
    ASSERT_TRUE(server_->listen("127.0.0.1:0"));
  }
  std::shared_ptr<FakePeer> connect() {
    if (!server_) start();
    auto peer = net_.connect();
    core_.run();
    return peer;
  }
  void send(FakePeer& peer, std::string_view bytes) {
    peer.send(bytes);
    core_.run();
  }
  void handle(Request& request, Responder responder) {
    seen_.push_back(
        fmt::format("{} {}|{}|{}|{}", request.method, request.path, request.query, request.host, request.body));
    EXPECT_EQ(request.peer, "127.0.0.1:5123");
    if (hold_) {
      held_.push_back(std::move(responder));
      requests_.push_back(&request);
      return;
    }
    Response response;
    response.body = reply_.empty() ? std::string(request.body) : reply_;
    responder.answer(std::move(response));
  }
  void answer(std::size_t index, std::string body) {
    Response response;
    response.body = std::move(body);
    held_[index].answer(std::move(response));
    core_.run();
  }
  // Everything that comes of sending these pieces and closing.
  std::string outcome(std::span<const std::string_view> pieces) {
    seen_.clear();
    auto peer = connect();
    for (const auto piece : pieces) send(*peer, piece);
    std::string result = peer->received + (peer->closed || peer->ended ? "\n[closed]" : "");
    for (const auto& request : seen_) result += "\n" + request;
    peer->finish();
    core_.run();
    EXPECT_TRUE(peer->closed);
    return result;
  }

  FakeCore core_;
  FakeNet net_{{&core_}};
  bool hold_ = false;
  std::string reply_;
  std::vector<std::string> seen_;
  std::vector<Responder> held_;
  std::vector<Request*> requests_;
  std::unique_ptr<Server> server_;
};

TEST_F(ConnectionTest, AnswersByteForByte) {
  auto peer = connect();
  send(*peer, "POST /000000000000/q?a=1 HTTP/1.1\r\nHost: localhost:4566\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(peer->received, ok("hello"));
  EXPECT_EQ(seen_, std::vector<std::string>{"POST /000000000000/q|a=1|localhost:4566|hello"});
  EXPECT_FALSE(peer->closed);
  send(*peer, get);
  EXPECT_EQ(peer->received, ok("hello") + ok(""));
}

struct Sample {
  std::string name;
  std::string bytes;
};
std::vector<Sample> samples() {
  std::vector<Sample> all;
  for (const auto& entry : std::filesystem::directory_iterator(MILLRACE_SOURCE_DIR "/tests/wire/http")) {
    std::ifstream file(entry.path(), std::ios::binary);
    all.push_back({entry.path().stem().string(), std::string(std::istreambuf_iterator<char>(file), {})});
  }
  std::ranges::sort(all, {}, &Sample::name);
  return all;
}

// A sample's name begins with the statuses that it is answered with, or "none".
std::string expected_statuses(const std::string& name) {
  std::size_t end = 0;
  while (end + 3 < name.size() && std::isdigit(name[end]) && name[end + 3] == '-') end += 4;
  return name.substr(0, end == 0 ? 0 : end - 1);
}

TEST_F(ConnectionTest, EachSampleIsAnsweredWithTheStatusesInItsName) {
  const auto all = samples();
  ASSERT_GT(all.size(), 60u);
  for (const auto& [name, bytes] : all) {
    auto peer = connect();
    send(*peer, bytes);
    const auto expected = expected_statuses(name);
    EXPECT_EQ(statuses(peer->received, name == "200-head"), expected) << name;
    const bool error = expected.size() >= 3 && expected[expected.size() - 3] != '2';
    if (error) {
      EXPECT_TRUE(peer->ended) << name;
    }
    peer->finish();
    core_.run();
    EXPECT_TRUE(peer->closed) << name;
  }
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(ConnectionTest, WhereTheBytesAreCutChangesNothing) {
  for (const auto& [name, bytes] : samples()) {
    if (name.find("expect-with-body") != name.npos) continue;  // "100 Continue" is sent only if no body came with it
    const std::string_view all = bytes;
    const auto whole = outcome(std::array{all});
    for (std::size_t at = 1; at < all.size(); ++at) {
      ASSERT_EQ(outcome(std::array{all.substr(0, at), all.substr(at)}), whole) << name << " cut at " << at;
    }
    std::vector<std::string_view> bytewise;
    for (std::size_t at = 0; at < all.size(); ++at) bytewise.push_back(all.substr(at, 1));
    EXPECT_EQ(outcome(bytewise), whole) << name << " byte by byte";
  }
}

TEST_F(ConnectionTest, PipelinedRequestsAreHandledOneByOneAndAnsweredInOrder) {
  hold_ = true;
  auto peer = connect();
  send(*peer, post("one") + post("two") + post("three"));
  ASSERT_EQ(held_.size(), 1u);
  EXPECT_EQ(requests_[0]->body, "one");
  answer(0, "1");
  ASSERT_EQ(held_.size(), 2u);
  EXPECT_EQ(requests_[1]->body, "two");
  send(*peer, post("four"));
  EXPECT_EQ(held_.size(), 2u);
  EXPECT_EQ(requests_[1]->body, "two") << "bytes that came later must not move the request";
  answer(1, "2");
  answer(2, "3");
  EXPECT_EQ(requests_[3]->body, "four");
  answer(3, "4");
  EXPECT_EQ(peer->received, ok("1") + ok("2") + ok("3") + ok("4"));
}

TEST_F(ConnectionTest, AnswersToPipelinedRequestsLeaveInOneWrite) {
  auto peer = connect();
  send(*peer, post("a") + post("b") + post("c"));
  EXPECT_EQ(peer->received, ok("a") + ok("b") + ok("c"));
  EXPECT_EQ(peer->writes.size(), 1u);
}

TEST_F(ConnectionTest, ReadingAheadIsBounded) {
  hold_ = true;
  Limits limits;
  limits.pipelined_bytes_max = 1000;
  start(limits);
  auto peer = connect();
  send(*peer, get);
  for (int i = 0; i < 10; ++i) send(*peer, post(std::string(400, 'x')));
  EXPECT_FALSE(peer->reading());
  EXPECT_GT(peer->to_deliver.size(), 2000u);
  for (std::size_t i = 0; i < 11; ++i) answer(i, "y");
  EXPECT_EQ(seen_.size(), 11u);
  EXPECT_TRUE(peer->to_deliver.empty());
  EXPECT_TRUE(peer->reading());
}

TEST_F(ConnectionTest, AClientThatDoesNotReadStopsTheHandling) {
  Limits limits;
  limits.output_bytes_max = 10'000;
  start(limits);
  reply_ = std::string(4000, 'r');
  auto peer = connect();
  peer->takes_writes = false;
  for (int i = 0; i < 100; ++i) send(*peer, get);
  EXPECT_LT(seen_.size(), 10u);
  peer->takes_writes = true;
  peer->take_write();
  core_.run();
  EXPECT_EQ(seen_.size(), 100u);
}

TEST_F(ConnectionTest, LargeBodiesComeAndGoWhole) {
  std::string body(2'000'000, ' ');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  auto peer = connect();
  send(*peer, post(body) + post("next"));
  EXPECT_TRUE(peer->received == ok(body) + ok("next"));
  EXPECT_LE(*std::ranges::max_element(peer->writes), Limits().write_bytes_max);
}

TEST_F(ConnectionTest, LargeChunkedBodiesAreDecoded) {
  std::string body;
  std::string wire = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t size = 1; body.size() < 500'000; size = size * 7 % 40'009) {
    const std::string chunk(size, static_cast<char>('a' + size % 26));
    body += chunk;
    wire += fmt::format("{:x}\r\n{}\r\n", size, chunk);
  }
  wire += "0\r\n\r\n";
  auto peer = connect();
  send(*peer, wire + post("next"));
  EXPECT_EQ(statuses(peer->received), "200-200");
  EXPECT_TRUE(peer->received == ok(body) + ok("next"));
}

TEST_F(ConnectionTest, TheBodyHasReadableBytesBehindIt) {
  hold_ = true;
  auto peer = connect();
  send(*peer, post(std::string(5000, 'x')));
  const auto body = requests_[0]->body;
  unsigned sum = 0;  // the address sanitizer objects if they are not ours
  for (std::size_t i = 0; i < Request::body_padding; ++i)
    sum += static_cast<unsigned char>(body.data()[body.size() + i]);
  EXPECT_GE(sum, 0u);
  answer(0, "");
}

TEST_F(ConnectionTest, BodiesBeyondTheLimitGet413) {
  Limits limits;
  limits.body_bytes_max = 10;
  start(limits);
  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::pair<std::string, std::string> cases[] = {
      {post("0123456789"), "200"},
      {post("0123456789a"), "413"},
      {chunked + "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n", "200"},
      {chunked + "5\r\n01234\r\n6\r\n56789a\r\n0\r\n\r\n", "413"},
  };
  for (const auto& [wire, expected] : cases) {
    auto peer = connect();
    send(*peer, wire);
    EXPECT_EQ(statuses(peer->received), expected) << wire;
  }
}

TEST_F(ConnectionTest, HeadersBeyondTheLimitsAreRefused) {
  Limits limits;
  limits.header_bytes_max = 200;
  limits.target_bytes_max = 50;
  limits.header_count_max = 3;
  start(limits);
  const auto request = [](std::size_t target, std::size_t field, int fields) {
    std::string wire = "GET /" + std::string(target - 1, 't') + " HTTP/1.1\r\nHost: a\r\n";
    for (int i = 1; i < fields; ++i) wire += "X: " + std::string(field, 'x') + "\r\n";
    return wire + "\r\n";
  };
  const auto exact = 200 - request(5, 0, 2).size();
  const std::pair<std::string, std::string> cases[] = {
      {request(50, 1, 3), "200"},     {request(51, 1, 3), "414"},        {request(5, 1, 4), "431"},
      {request(5, exact, 2), "200"},  {request(5, exact + 1, 2), "431"}, {request(300, 1, 2), "414"},
      {std::string(300, 'G'), "414"},
  };
  for (const auto& [wire, expected] : cases) {
    auto peer = connect();
    send(*peer, wire);
    EXPECT_EQ(statuses(peer->received), expected) << wire;
    peer = connect();
    for (const char c : wire) send(*peer, std::string_view(&c, 1));
    EXPECT_EQ(statuses(peer->received), expected) << wire;
  }
}

TEST_F(ConnectionTest, ChunkExtensionsAndTrailersAreBounded) {
  Limits limits;
  limits.chunk_extension_bytes_max = 20;
  limits.trailer_bytes_max = 20;
  start(limits);
  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const auto extension = [](std::size_t size) { return "1;" + std::string(size - 1, 'e') + "\r\nx\r\n"; };
  const std::pair<std::string, std::string> cases[] = {
      {extension(10) + extension(10) + "0\r\n\r\n", "200"},
      {extension(10) + extension(11) + "0\r\n\r\n", "400"},
      {"1;" + std::string(100, 'e'), "400"},
      {"0\r\nA: 3456789012345\r\n\r\n", "200"},
      {"0\r\nA: 34567890123456789\r\n\r\n", "400"},
      {"0\r\nA: 345678901234567890123", "400"},
  };
  for (const auto& [wire, expected] : cases) {
    auto peer = connect();
    send(*peer, chunked + wire);
    EXPECT_EQ(statuses(peer->received), expected) << wire;
  }
}

TEST_F(ConnectionTest, ExpectationIsMetWhenTheBodyHasNotCome) {
  auto peer = connect();
  send(*peer, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(peer->received, "HTTP/1.1 100 Continue\r\n\r\n");
  send(*peer, "a");
  send(*peer, "b");
  EXPECT_EQ(peer->received, "HTTP/1.1 100 Continue\r\n\r\n" + ok("ab"));

  peer = connect();
  send(*peer, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(peer->received, "HTTP/1.1 100 Continue\r\n\r\n");

  peer = connect();
  send(*peer, "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(peer->received, "");

  peer = connect();
  send(*peer, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n");
  EXPECT_EQ(statuses(peer->received), "413") << "a body that would be refused is not asked for";
}

TEST_F(ConnectionTest, HeadGetsTheLengthWithoutTheBody) {
  reply_ = "twelve bytes";
  auto peer = connect();
  send(*peer, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(peer->received, ok("twelve bytes").substr(0, ok("twelve bytes").size() - 12));
}

TEST_F(ConnectionTest, ConnectionsCloseWhenAsked) {
  auto peer = connect();
  send(*peer, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(peer->received, ok("", "Connection: close\r\n"));
  EXPECT_TRUE(peer->closed);

  peer = connect();
  send(*peer, "GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(peer->received, ok("", "Connection: close\r\n"));
  EXPECT_TRUE(peer->closed);

  peer = connect();
  send(*peer, "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
  EXPECT_EQ(peer->received, ok("", "Connection: keep-alive\r\n"));
  EXPECT_FALSE(peer->closed);
}

TEST_F(ConnectionTest, AfterAnErrorTheConnectionLingersAndThenCloses) {
  auto peer = connect();
  send(*peer, "nonsense\r\n\r\n");
  EXPECT_EQ(statuses(peer->received), "400");
  EXPECT_TRUE(peer->ended);
  EXPECT_FALSE(peer->closed);
  send(*peer, get);
  EXPECT_TRUE(seen_.empty()) << "nothing after an error is a request";
  core_.advance(std::chrono::seconds(7));
  EXPECT_TRUE(peer->closed);
  EXPECT_EQ(statuses(peer->received), "400");
}

TEST_F(ConnectionTest, LingeringReadsABoundedAmount) {
  Limits limits;
  limits.linger_bytes_max = 10'000;
  start(limits);
  auto peer = connect();
  send(*peer, "nonsense\r\n\r\n");
  for (int i = 0; i < 12 && !peer->closed; ++i) send(*peer, std::string(1000, 'x'));
  EXPECT_TRUE(peer->closed);
}

TEST_F(ConnectionTest, ADroppedResponderAnswers500) {
  hold_ = true;
  auto peer = connect();
  send(*peer, get);
  held_.clear();
  core_.run();
  EXPECT_EQ(statuses(peer->received), "500");
  EXPECT_FALSE(peer->closed);
}

TEST_F(ConnectionTest, TheHandlerLearnsThatTheClientHasGone) {
  hold_ = true;
  auto peer = connect();
  send(*peer, get);
  int gone = 0;
  held_[0].on_gone([&] {
    ++gone;
    held_[0].answer({});
  });
  EXPECT_EQ(gone, 0);
  peer->finish();
  core_.run();
  EXPECT_EQ(gone, 1);
  EXPECT_TRUE(peer->closed);
  EXPECT_EQ(server_->connections(), 0u);

  peer = connect();
  send(*peer, get);
  peer->reset();
  core_.run();
  EXPECT_TRUE(held_[1].gone());
  EXPECT_TRUE(peer->closed) << "the socket goes, the request stays";
  EXPECT_EQ(requests_[1]->path, "/");
  held_[1].on_gone([&] { ++gone; });
  EXPECT_EQ(gone, 2) << "told at once when it is known already";
  answer(1, "nobody");
}

TEST_F(ConnectionTest, NobodyIsToldOfAClientThatLeavesAfterTheAnswer) {
  hold_ = true;
  auto peer = connect();
  send(*peer, get);
  bool gone = false;
  held_[0].on_gone([&] { gone = true; });
  answer(0, "");
  peer->finish();
  core_.run();
  EXPECT_FALSE(gone);
}

TEST_F(ConnectionTest, AHalfClosedClientStillGetsItsAnswers) {
  hold_ = true;
  auto peer = connect();
  send(*peer, post("a") + post("b"));
  peer->finish();
  core_.run();
  EXPECT_FALSE(peer->closed);
  answer(0, "1");
  answer(1, "2");
  EXPECT_EQ(peer->received, ok("1") + ok("2"));
  EXPECT_TRUE(peer->closed);
}

TEST_F(ConnectionTest, SlowClientsTimeOut) {
  struct Case {
    std::string sent;
    std::chrono::seconds patience;
    std::string expected;
  };
  const Case cases[] = {{"", std::chrono::seconds(120), ""},
                        {std::string(get), std::chrono::seconds(120), "200"},
                        {"GET / HT", std::chrono::seconds(10), "408"},
                        {"GET / HTTP/1.1\r\nHost: a\r\n", std::chrono::seconds(10), "408"},
                        {post("hello").substr(0, post("hello").size() - 2), std::chrono::seconds(30), "408"},
                        {std::string(get) + "G", std::chrono::seconds(10), "200-408"}};
  for (const auto& [sent, patience, expected] : cases) {
    auto peer = connect();
    send(*peer, sent);
    core_.advance(patience - std::chrono::milliseconds(1));
    EXPECT_FALSE(peer->closed || peer->ended) << sent;
    core_.advance(std::chrono::seconds(3));
    EXPECT_TRUE(peer->closed || peer->ended) << sent;
    EXPECT_EQ(statuses(peer->received), expected) << sent;
  }
  core_.advance(std::chrono::seconds(10));
  EXPECT_EQ(server_->connections(), 0u);
  EXPECT_EQ(core_.timers(), 0u) << "without connections nothing ticks";
}

TEST_F(ConnectionTest, DrippedFieldsDoNotExtendTheirTimeout) {
  auto peer = connect();
  send(*peer, "GET / HTTP/1.1\r\nX: ");
  for (int i = 0; i < 13; ++i) {
    core_.advance(std::chrono::seconds(1));
    send(*peer, "x");
  }
  EXPECT_EQ(statuses(peer->received), "408");
}

TEST_F(ConnectionTest, ABodyThatKeepsComingDoesNotTimeOut) {
  auto peer = connect();
  const auto wire = post("hello");
  send(*peer, wire.substr(0, wire.size() - 5));
  for (std::size_t i = 5; i > 0; --i) {
    core_.advance(std::chrono::seconds(25));
    send(*peer, wire.substr(wire.size() - i, 1));
  }
  EXPECT_EQ(statuses(peer->received), "200");
}

TEST_F(ConnectionTest, AHandlerMayTakeItsTime) {
  hold_ = true;
  auto peer = connect();
  send(*peer, get);
  core_.advance(std::chrono::hours(1));
  EXPECT_FALSE(peer->closed);
  answer(0, "late");
  EXPECT_EQ(statuses(peer->received), "200");
}

TEST_F(ConnectionTest, AClientThatDoesNotReadIsCutOff) {
  auto peer = connect();
  peer->takes_writes = false;
  send(*peer, get);
  core_.advance(std::chrono::seconds(29));
  EXPECT_FALSE(peer->closed);
  core_.advance(std::chrono::seconds(4));
  EXPECT_TRUE(peer->closed);
}

TEST_F(ConnectionTest, ConnectionsBeyondTheLimitGet503) {
  Limits limits;
  limits.connections_max = 2;
  limits.refused_connections_max = 1;
  start(limits);
  auto first = connect();
  auto second = connect();
  auto third = connect();
  EXPECT_EQ(statuses(third->received), "503");
  EXPECT_TRUE(third->ended);
  auto fourth = connect();
  EXPECT_TRUE(fourth->closed);
  EXPECT_EQ(fourth->received, "");
  EXPECT_EQ(server_->connections(), 2u);
  first->finish();
  third->finish();
  core_.run();
  auto fifth = connect();
  send(*fifth, get);
  EXPECT_EQ(statuses(fifth->received), "200");
}

TEST_F(ConnectionTest, DrainAnswersWhatWasAskedAndNothingMore) {
  hold_ = true;
  auto idle = connect();
  auto busy = connect();
  auto half = connect();
  send(*busy, post("a") + post("b"));
  send(*half, "GET / HTTP/1.1\r\n");
  bool done = false;
  server_->drain(std::chrono::seconds(5), [&] { done = true; });
  core_.run();
  EXPECT_FALSE(net_.listening());
  EXPECT_TRUE(idle->closed);
  EXPECT_FALSE(busy->closed);
  answer(0, "1");
  answer(1, "2");
  EXPECT_EQ(busy->received, ok("1") + ok("2", "Connection: close\r\n"));
  EXPECT_TRUE(busy->closed);
  EXPECT_FALSE(done);
  send(*half, "Host: a\r\n\r\n");
  answer(2, "3");
  EXPECT_EQ(half->received, ok("3", "Connection: close\r\n"));
  EXPECT_TRUE(done);
  core_.advance(std::chrono::seconds(10));
}

TEST_F(ConnectionTest, DrainCutsOffAtItsDeadline) {
  hold_ = true;
  auto peer = connect();
  send(*peer, get);
  bool gone = false;
  held_[0].on_gone([&] { gone = true; });
  bool done = false;
  server_->drain(std::chrono::seconds(5), [&] { done = true; });
  core_.advance(std::chrono::seconds(4));
  EXPECT_FALSE(done || gone);
  core_.advance(std::chrono::seconds(2));
  EXPECT_TRUE(done && gone);
  EXPECT_TRUE(peer->closed);
}

TEST_F(ConnectionTest, AResponderMayOutliveTheServer) {
  hold_ = true;
  auto peer = connect();
  send(*peer, get);
  server_.reset();
  EXPECT_TRUE(peer->closed);
  EXPECT_TRUE(held_[0].gone());
  EXPECT_EQ(requests_[0]->method, "GET");
  held_[0].answer({});
}

TEST_F(ConnectionTest, ListeningFailsAsTheNetDoes) {
  start();
  const auto port = server_->listen("nowhere");
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().code, ErrorCode::io);
}

}  // namespace
}  // namespace millrace::http
