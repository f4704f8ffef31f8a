// The limits of connections: sizes, times and counts.
#include "http/connection_testing.h"

namespace millrace::http {
namespace {

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

TEST_F(ConnectionTest, LingeringReadsABoundedAmount) {
  Limits limits;
  limits.linger_bytes_max = 10'000;
  start(limits);
  auto peer = connect();
  send(*peer, "nonsense\r\n\r\n");
  for (int i = 0; i < 12 && !peer->closed; ++i) send(*peer, std::string(1000, 'x'));
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

}  // namespace
}  // namespace millrace::http
