// How connections end: by request, by error, by the client, by the server.
#include "http/connection_testing.h"

namespace millrace::http {
namespace {

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
