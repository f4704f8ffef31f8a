// Streamed bodies over HTTP/1.1 and HTTP/1.0.
#include "http/connection_testing.h"

namespace millrace::http {
namespace {

// The body of one chunked reply, and what follows it; nothing when it is not complete.
struct Dechunked {
  std::string fields;
  std::string body;
  std::vector<std::size_t> sizes;
  bool whole = false;
  std::string rest;
};
Dechunked dechunk(std::string_view bytes) {
  Dechunked result;
  const auto end = bytes.find("\r\n\r\n");
  if (end == bytes.npos) return result;
  result.fields = bytes.substr(0, end + 2);
  bytes.remove_prefix(end + 4);
  while (!bytes.empty()) {
    const auto line = bytes.find("\r\n");
    if (line == bytes.npos) break;
    const auto size = std::stoul(std::string(bytes.substr(0, line)), nullptr, 16);
    if (bytes.size() < line + 2 + size + 2) break;
    EXPECT_EQ(bytes.substr(line + 2 + size, 2), "\r\n");
    result.sizes.push_back(size);
    result.body += bytes.substr(line + 2, size);
    bytes.remove_prefix(line + 2 + size + 2);
    if (size == 0) {
      result.whole = true;
      result.rest = bytes;
      break;
    }
  }
  return result;
}

class ConnectionBodyTest : public ConnectionTest {
 protected:
  ConnectionBodyTest() { hold_ = true; }
  // Answers the held request by a stream.
  BodyStream stream(std::size_t index, std::string first = "", std::uint16_t status = 200) {
    Response head = Response::text(status, std::move(first), "text/event");
    auto body = held_[index].stream(std::move(head));
    core_.run();
    return body;
  }
  void send_piece(BodyStream& body, std::string piece) {
    body.send(std::move(piece));
    core_.run();
  }
  // A connection whose body is being sent and whose client does not read.
  std::shared_ptr<FakePeer> stuck(BodyStream& body, std::size_t bytes) {
    auto peer = connect();
    send(*peer, get);
    body = stream(held_.size() - 1);
    peer->takes_writes = false;
    send_piece(body, std::string(bytes, 'x'));
    return peer;
  }
};

TEST_F(ConnectionBodyTest, PiecesLeaveAsChunksAsTheyCome) {
  auto peer = connect();
  send(*peer, get);
  auto body = stream(0);
  EXPECT_EQ(peer->received,
            "HTTP/1.1 200 OK\r\nContent-Type: text/event\r\nTransfer-Encoding: chunked\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
  peer->received.clear();
  send_piece(body, "hello");
  EXPECT_EQ(peer->received, "5\r\nhello\r\n");
  send_piece(body, "");
  EXPECT_EQ(peer->received, "5\r\nhello\r\n") << "an empty chunk would be the end";
  send_piece(body, "a much longer piece");
  EXPECT_EQ(peer->received, "5\r\nhello\r\n13\r\na much longer piece\r\n");
  EXPECT_EQ(body.pending(), 0u);
  body.end();
  core_.run();
  EXPECT_TRUE(peer->received.ends_with("0\r\n\r\n"));
  EXPECT_FALSE(body.open());
  EXPECT_FALSE(peer->closed);
  send(*peer, get);
  answer(1, "next");
  EXPECT_TRUE(peer->received.ends_with(ok("next")));
}

TEST_F(ConnectionBodyTest, TheFirstPieceMayComeWithTheHeadAndDestructionEnds) {
  auto peer = connect();
  send(*peer, get);
  { const auto body = stream(0, "first"); }
  core_.run();
  const auto reply = dechunk(peer->received);
  EXPECT_TRUE(reply.whole);
  EXPECT_EQ(reply.body, "first");
  EXPECT_EQ(reply.rest, "");
}

TEST_F(ConnectionBodyTest, WhereTheRequestIsCutChangesNothing) {
  const std::string wire = post("a") + post("b");
  std::string whole;
  for (std::size_t at = 0; at <= wire.size(); ++at) {
    held_.clear();
    auto peer = connect();
    peer->send(std::string_view(wire).substr(0, at));
    core_.run();
    // The stream begins as soon as its request is there, and the rest comes in the middle of the body.
    BodyStream body;
    if (!held_.empty()) body = stream(0, "first ");
    send(*peer, std::string_view(wire).substr(at));
    if (!body.open()) body = stream(0, "first ");
    ASSERT_EQ(held_.size(), 1u) << "the next request waits for the end of the body";
    send_piece(body, "second");
    body.end();
    core_.run();
    ASSERT_EQ(held_.size(), 2u) << at;
    EXPECT_EQ(requests_.back()->body, "b");
    answer(1, "answer");
    if (whole.empty()) whole = peer->received;
    EXPECT_EQ(peer->received, whole) << "cut at " << at;
    peer->finish();
    core_.run();
    requests_.clear();
  }
  const auto reply = dechunk(whole);
  EXPECT_EQ(reply.body, "first second");
  EXPECT_EQ(reply.rest, ok("answer"));
}

TEST_F(ConnectionBodyTest, LargePiecesKeepTheirChunks) {
  auto peer = connect();
  send(*peer, get);
  auto body = stream(0);
  std::string all;
  for (std::size_t size : {1u, 16'383u, 16'384u, 300'000u, 7u, 1'000'000u}) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    all += piece;
    body.send(piece);
  }
  body.end();
  core_.run();
  const auto reply = dechunk(peer->received);
  EXPECT_TRUE(reply.whole && reply.body == all);
  EXPECT_EQ(reply.sizes, (std::vector<std::size_t>{1, 16'383, 16'384, 300'000, 7, 1'000'000, 0}));
}

TEST_F(ConnectionBodyTest, PendingCountsWhatTheClientHasNotTaken) {
  Limits limits;
  limits.output_bytes_max = 10'000;
  limits.write_bytes_max = 2'000;
  start(limits);
  BodyStream body;
  auto peer = stuck(body, 9'990);
  EXPECT_EQ(body.pending(), 9'990u + 8) << "with the framing";
  int drained = 0;
  body.on_drained([&] { ++drained; });
  core_.run();
  EXPECT_EQ(drained, 0);
  peer->take_write();
  core_.run();
  peer->take_write();
  core_.run();
  EXPECT_EQ(body.pending(), 5'998u);
  EXPECT_EQ(drained, 0);
  peer->take_write();
  EXPECT_EQ(drained, 0) << "in a turn of its own";
  core_.run();
  EXPECT_EQ(body.pending(), 3'998u);
  EXPECT_EQ(drained, 1);
  peer->takes_writes = true;
  peer->take_write();
  core_.run();
  EXPECT_EQ(body.pending(), 0u);
  EXPECT_EQ(drained, 1) << "once";
  body.on_drained([&] { drained += 10; });
  body.on_drained([&] { drained += 100; });
  EXPECT_EQ(drained, 1);
  core_.run();
  EXPECT_EQ(drained, 101) << "a later call replaces the task, also when it is posted";
}

TEST_F(ConnectionBodyTest, ADrainedTaskMaySendMoreAndEnd) {
  Limits limits;
  limits.output_bytes_max = 1'000;
  start(limits);
  auto peer = connect();
  send(*peer, get);
  auto body = stream(0);
  int pieces = 0;
  std::size_t most = 0;
  std::function<void()> more = [&] {
    if (pieces == 100) return body.end();
    while (pieces < 100 && body.pending() < 1'000) {
      ++pieces;
      body.send(std::string(400, 'p'));
    }
    most = std::max(most, body.pending());
    body.on_drained([&] { more(); });
  };
  more();
  core_.run();
  const auto reply = dechunk(peer->received);
  EXPECT_TRUE(reply.whole);
  EXPECT_EQ(reply.body.size(), 40'000u);
  EXPECT_LT(most, 1'500u);
}

TEST_F(ConnectionBodyTest, AbortCutsTheBodyOff) {
  auto peer = connect();
  send(*peer, get);
  auto body = stream(0, "some");
  body.abort();
  core_.run();
  EXPECT_TRUE(peer->closed);
  EXPECT_FALSE(dechunk(peer->received).whole);
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(ConnectionBodyTest, TheUserLearnsThatTheClientHasGone) {
  auto peer = connect();
  send(*peer, get);
  auto body = stream(0, "some");
  int gone = 0;
  bool drained = false;
  body.on_gone([&] { ++gone; });
  EXPECT_FALSE(body.gone());
  peer->reset();
  body.on_drained([&] { drained = true; });
  core_.run();
  EXPECT_EQ(gone, 1);
  EXPECT_FALSE(drained);
  EXPECT_TRUE(body.gone());
  EXPECT_TRUE(peer->closed);
  EXPECT_EQ(server_->connections(), 0u);
  body.send("nobody");
  EXPECT_EQ(body.pending(), 0u);
  body.on_gone([&] { gone += 10; });
  EXPECT_EQ(gone, 11) << "told at once when it is known already";
  body.end();
}

TEST_F(ConnectionBodyTest, TheTaskThatLearnsItMayOwnTheStream) {
  auto peer = connect();
  send(*peer, get);
  auto body = std::make_shared<BodyStream>(stream(0));
  body->on_gone([body] { body->end(); });
  body->on_drained([body] {});
  const std::weak_ptr<BodyStream> weak = body;
  body.reset();
  peer->reset();
  core_.run();
  EXPECT_TRUE(weak.expired());
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(ConnectionBodyTest, AHalfClosedClientGetsWhatIsStillSent) {
  auto peer = connect();
  send(*peer, get);
  auto body = stream(0);
  peer->finish();
  core_.run();
  EXPECT_TRUE(body.gone());
  EXPECT_FALSE(peer->closed);
  send_piece(body, "rest");
  body.end();
  core_.run();
  EXPECT_EQ(dechunk(peer->received).body, "rest");
  EXPECT_TRUE(dechunk(peer->received).whole);
  EXPECT_TRUE(peer->closed);
}

TEST_F(ConnectionBodyTest, AStreamMayBeQuietForLong) {
  auto peer = connect();
  send(*peer, get);
  auto body = stream(0);
  core_.advance(std::chrono::hours(1));
  EXPECT_FALSE(peer->closed || body.gone());
  send_piece(body, "late");
  EXPECT_TRUE(peer->received.ends_with("4\r\nlate\r\n"));
}

TEST_F(ConnectionBodyTest, AClientThatTakesNothingIsCutOff) {
  BodyStream body;
  auto peer = stuck(body, 100);
  bool gone = false;
  body.on_gone([&] { gone = true; });
  core_.advance(std::chrono::seconds(29));
  EXPECT_FALSE(gone);
  core_.advance(std::chrono::seconds(4));
  EXPECT_TRUE(gone);
  EXPECT_TRUE(peer->closed);
  EXPECT_EQ(body.pending(), 0u);
}

TEST_F(ConnectionBodyTest, ReadingAheadIsBoundedDuringABody) {
  Limits limits;
  limits.pipelined_bytes_max = 1000;
  start(limits);
  auto peer = connect();
  send(*peer, get);
  auto body = stream(0);
  for (int i = 0; i < 10; ++i) send(*peer, post(std::string(400, 'x')));
  EXPECT_FALSE(peer->reading());
  body.end();
  core_.run();
  for (std::size_t i = 1; i < 11; ++i) answer(i, "y");
  EXPECT_EQ(seen_.size(), 11u);
  EXPECT_TRUE(peer->to_deliver.empty());
}

TEST_F(ConnectionBodyTest, AnHttp10BodyEndsWithTheConnection) {
  auto peer = connect();
  send(*peer, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  auto body = stream(0, "one ");
  send_piece(body, "two");
  EXPECT_FALSE(peer->closed);
  body.end();
  core_.run();
  EXPECT_EQ(peer->received,
            "HTTP/1.1 200 OK\r\nContent-Type: text/event\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Connection: close\r\n\r\none two");
  EXPECT_TRUE(peer->closed);
}

TEST_F(ConnectionBodyTest, RepliesWithoutABodyDropIt) {
  auto peer = connect();
  send(*peer, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  auto body = stream(0, "first");
  send_piece(body, "second");
  EXPECT_EQ(body.pending(), 0u);
  body.end();
  send(*peer, get);
  { const auto none = stream(1, "dropped", 204); }
  core_.run();
  EXPECT_EQ(peer->received,
            "HTTP/1.1 200 OK\r\nContent-Type: text/event\r\nTransfer-Encoding: chunked\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n"
            "HTTP/1.1 204 No Content\r\nContent-Type: text/event\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
  EXPECT_FALSE(peer->closed);
}

TEST_F(ConnectionBodyTest, ConnectionCloseHoldsForBodiesToo) {
  auto peer = connect();
  send(*peer, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  { const auto body = stream(0, "x"); }
  core_.run();
  EXPECT_TRUE(dechunk(peer->received).whole);
  EXPECT_TRUE(peer->closed);
}

TEST_F(ConnectionBodyTest, DrainLetsABodyEndUntilItsDeadline) {
  auto ending = connect();
  send(*ending, get);
  auto ends = stream(0);
  auto endless = connect();
  send(*endless, get);
  auto goes_on = stream(1);
  bool gone = false;
  goes_on.on_gone([&] { gone = true; });
  bool done = false;
  server_->drain(std::chrono::seconds(5), [&] { done = true; });
  core_.run();
  send_piece(ends, "last words");
  ends.end();
  core_.run();
  EXPECT_TRUE(dechunk(ending->received).whole);
  EXPECT_TRUE(ending->closed);
  EXPECT_FALSE(gone || done || endless->closed);
  core_.advance(std::chrono::seconds(6));
  EXPECT_TRUE(gone && done && endless->closed);
  EXPECT_FALSE(dechunk(endless->received).whole);
}

TEST_F(ConnectionBodyTest, AStreamMayOutliveTheServer) {
  auto peer = connect();
  send(*peer, get);
  auto body = stream(0);
  server_.reset();
  EXPECT_TRUE(peer->closed);
  EXPECT_TRUE(body.gone());
  body.send("nobody");
  body.end();
}

TEST_F(ConnectionBodyTest, AStreamBegunForAGoneClientIsGone) {
  auto peer = connect();
  send(*peer, get);
  peer->reset();
  core_.run();
  auto body = stream(0, "first");
  EXPECT_TRUE(body.gone());
  body.send("more");
  body.abort();
}

// What takes whole answers only, such as a test of a service.
struct WholeAnswers final : Answerable {
  void answer(Response response) override { answers.push_back(std::move(response)); }
  void on_gone(Callback<void()>) override {}
  bool gone() const override { return false; }
  std::vector<Response> answers;
};

TEST(GatheredBody, IsAnsweredAtItsEnd) {
  WholeAnswers taker;
  {
    auto body = Responder(taker).stream(Response::text(201, "a"));
    body.send("b");
    body.send("c");
    EXPECT_TRUE(taker.answers.empty());
  }
  ASSERT_EQ(taker.answers.size(), 1u);
  EXPECT_EQ(taker.answers[0].status, 201);
  EXPECT_EQ(taker.answers[0].body, "abc");
  Responder(taker).stream({}).abort();
  EXPECT_EQ(taker.answers[1].status, 500);
}

}  // namespace
}  // namespace millrace::http
