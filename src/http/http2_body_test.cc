// Streamed bodies and flow control over HTTP/2.
#include "http/http2_test_client.h"

namespace millrace::http {
namespace {

class Http2BodyTest : public Http2Test {
 protected:
  Http2BodyTest() { hold_ = true; }
  BodyStream stream(std::size_t index, std::string first = "") {
    return held_[index].stream(Response::text(200, std::move(first), "text/event"));
  }
};

TEST_F(Http2BodyTest, PiecesLeaveAsTheyCome) {
  auto c = client();
  c->request("GET", "/");
  c->run();
  auto body = stream(0, "first ");
  c->run();
  EXPECT_EQ(c->reply(1).status, "200");
  EXPECT_EQ(c->reply(1).fields.count("content-length"), 0u);
  EXPECT_EQ(c->reply(1).body, "first ");
  body.send("second ");
  c->run();
  EXPECT_EQ(c->reply(1).body, "first second ");
  EXPECT_EQ(body.pending(), 0u);
  EXPECT_FALSE(c->reply(1).ended);
  body.send("third");
  body.end();
  c->run();
  EXPECT_EQ(c->reply(1).body, "first second third");
  EXPECT_TRUE(c->reply(1).ended);
  EXPECT_EQ(c->reply(1).error, 0u);
}

TEST_F(Http2BodyTest, AnEmptyBodyEnds) {
  auto c = client();
  c->request("GET", "/");
  c->run();
  { const auto body = stream(0); }
  c->run();
  EXPECT_TRUE(c->reply(1).ended);
  EXPECT_EQ(c->reply(1).body, "");
}

TEST_F(Http2BodyTest, PendingIsWhatTheClientsWindowDoesNotAdmit) {
  Limits limits;
  limits.output_bytes_max = 10'000;
  start(limits);
  auto c = client(true, 4'000);
  c->request("GET", "/");
  c->run();
  auto body = stream(0);
  int drained = 0;
  body.on_drained([&] { ++drained; });
  c->run();
  EXPECT_EQ(drained, 1) << "nothing is pending";
  body.send(std::string(12'000, 'x'));
  c->run();
  EXPECT_EQ(body.pending(), 8'000u);
  EXPECT_EQ(c->reply(1).body.size(), 4'000u);
  body.on_drained([&] { ++drained; });
  c->run();
  EXPECT_EQ(drained, 1);
  c->open_window(1, 3'000);
  c->run();
  EXPECT_EQ(body.pending(), 5'000u);
  EXPECT_EQ(drained, 1);
  c->open_window(1, 1);
  c->run();
  EXPECT_EQ(body.pending(), 4'999u);
  EXPECT_EQ(drained, 2);
  body.end();
  c->run();
  EXPECT_FALSE(c->reply(1).ended) << "the end waits for its turn";
  c->open_window(1, 10'000);
  c->run();
  EXPECT_TRUE(c->reply(1).ended);
  EXPECT_EQ(c->reply(1).body, std::string(12'000, 'x'));
}

TEST_F(Http2BodyTest, ASlowStreamHoldsUpNoOther) {
  auto c = client(true, 1'000);
  c->request("GET", "/slow");
  c->run();
  auto slow = stream(0);
  slow.send(std::string(100'000, 's'));
  c->run();
  for (int i = 0; i < 20; ++i) {
    const auto id = c->request("GET", "/quick");
    c->run();
    answer(held_.size() - 1, "quick");
    c->run();
    EXPECT_TRUE(c->reply(id).ended);
  }
  EXPECT_EQ(c->reply(1).body.size(), 1'000u);
  EXPECT_FALSE(slow.gone());
}

TEST_F(Http2BodyTest, AbortResetsTheStreamOnly) {
  auto c = client();
  c->request("GET", "/");
  c->request("GET", "/");
  c->run();
  auto body = stream(0, "some");
  c->run();
  body.abort();
  answer(1, "other");
  c->run();
  EXPECT_FALSE(c->reply(1).ended);
  EXPECT_TRUE(c->reply(1).closed);
  EXPECT_EQ(c->reply(1).error, static_cast<std::uint32_t>(NGHTTP2_INTERNAL_ERROR));
  EXPECT_EQ(c->reply(3).body, "other");
  EXPECT_FALSE(c->went_away);
}

TEST_F(Http2BodyTest, AResetStreamIsGone) {
  auto c = client();
  c->request("GET", "/");
  c->request("GET", "/");
  c->run();
  auto body = stream(0, "some");
  int gone = 0;
  body.on_gone([&] { ++gone; });
  held_[1].on_gone([&] { gone += 10; });
  c->run();
  c->reset(1);
  c->run();
  EXPECT_EQ(gone, 1);
  EXPECT_TRUE(body.gone());
  EXPECT_FALSE(held_[1].gone());
  body.send("nobody");
  EXPECT_EQ(body.pending(), 0u);
  c->reset(3);
  c->run();
  EXPECT_EQ(gone, 11);
  EXPECT_EQ(requests_[1]->path, "/") << "the views stay";
  body.end();
  held_[1].answer({});
  c->run();
  EXPECT_FALSE(c->peer().closed);
  const auto id = c->request("GET", "/");
  c->run();
  answer(2, "goes on");
  c->run();
  EXPECT_EQ(c->reply(id).body, "goes on");
}

TEST_F(Http2BodyTest, AClosedConnectionEndsAllStreams) {
  auto c = client();
  c->request("GET", "/");
  c->request("GET", "/");
  c->run();
  auto body = std::make_shared<BodyStream>(stream(0));
  int gone = 0;
  body->on_gone([&gone, body] {
    ++gone;
    body->end();
  });
  held_[1].on_gone([&] {
    ++gone;
    held_[1].answer({});
  });
  body.reset();
  c->run();
  c->peer().reset();
  core_.run();
  EXPECT_EQ(gone, 2);
  EXPECT_TRUE(c->peer().closed);
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(Http2BodyTest, AStreamMayOutliveTheServer) {
  auto c = client();
  c->request("GET", "/");
  c->request("GET", "/");
  c->run();
  auto body = stream(0);
  server_.reset();
  EXPECT_TRUE(c->peer().closed);
  EXPECT_TRUE(body.gone() && held_[1].gone());
  EXPECT_EQ(requests_[1]->method, "GET");
  held_[1].answer({});
  body.send("nobody");
  body.end();
}

TEST_F(Http2BodyTest, AStreamThatTakesNothingIsCutOff) {
  auto c = client(true, 1'000);
  c->request("GET", "/");
  c->request("GET", "/");
  c->run();
  auto stuck = stream(0, std::string(2'000, 'x'));
  auto quiet = stream(1);
  bool gone = false;
  stuck.on_gone([&] { gone = true; });
  c->run();
  core_.advance(std::chrono::seconds(29));
  c->run();
  EXPECT_FALSE(gone);
  core_.advance(std::chrono::seconds(4));
  c->run();
  EXPECT_TRUE(gone);
  EXPECT_EQ(c->reply(1).error, static_cast<std::uint32_t>(NGHTTP2_CANCEL));
  core_.advance(std::chrono::hours(1));
  EXPECT_FALSE(quiet.gone()) << "a stream may be quiet for long";
}

TEST_F(Http2BodyTest, DrippingWindowsDoNotHelp) {
  auto c = client(true, 1'000);
  c->request("GET", "/");
  c->run();
  auto stuck = stream(0, std::string(500'000, 'x'));
  for (int i = 0; i < 40 && !stuck.gone(); ++i) {
    c->open_window(1, 1);
    c->run();
    core_.advance(std::chrono::seconds(1));
  }
  EXPECT_TRUE(stuck.gone());
}

TEST_F(Http2BodyTest, UnreadRepliesStopTheHandling) {
  Limits limits;
  limits.http2_unsent_bytes_max = 10'000;
  start(limits);
  auto c = client(true, 1'000);
  for (int i = 0; i < 10; ++i) {
    c->request("GET", "/");
    c->run();
    if (held_.size() == static_cast<std::size_t>(i) + 1) answer(held_.size() - 1, std::string(5'000, 'x'));
  }
  EXPECT_EQ(held_.size(), 3u);
  c->open_window(1, 10'000);
  c->run();
  EXPECT_EQ(held_.size(), 10u) << "those that came are handled; what they are answered is up to the handler";
  held_.clear();
}

TEST_F(Http2BodyTest, ManyLargeUploadsGetOnWithBoundedMemory) {
  hold_ = false;
  reply_ = "ok";
  Limits limits;
  limits.http2_window_bytes = 20'000;
  limits.http2_body_bytes_max = 100'000;
  start(limits);
  auto c = client();
  for (int i = 0; i < 30; ++i) c->request("POST", "/", {}, std::string(80'000, static_cast<char>('a' + i % 26)));
  c->run();
  for (int i = 0; i < 30; ++i) EXPECT_EQ(c->reply(2 * i + 1).body, "ok") << i;
}

TEST_F(Http2BodyTest, UploadsWaitWhileCompleteOnesFillTheMemory) {
  Limits limits;
  limits.http2_window_bytes = 20'000;
  limits.http2_body_bytes_max = 100'000;
  start(limits);
  auto c = client();
  for (int i = 0; i < 10; ++i) c->request("POST", "/", {}, std::string(80'000, 'x'));
  c->run();
  const auto handled = held_.size();
  EXPECT_LT(handled, 4u);
  core_.advance(std::chrono::minutes(5));
  c->run();
  EXPECT_EQ(held_.size(), handled) << "they wait for the server and are not timed out";
  for (std::size_t i = 0; i < 10; ++i) {
    ASSERT_GT(held_.size(), i);
    answer(i, "ok");
    c->run();
  }
  for (int i = 0; i < 10; ++i) EXPECT_EQ(c->reply(2 * i + 1).body, "ok") << i;
}

TEST_F(Http2BodyTest, HeadDropsTheBody) {
  auto c = client();
  c->request("HEAD", "/");
  c->run();
  auto body = stream(0, "first");
  body.send("second");
  EXPECT_EQ(body.pending(), 0u);
  body.end();
  c->run();
  EXPECT_EQ(c->reply(1).status, "200");
  EXPECT_TRUE(c->reply(1).ended);
  EXPECT_EQ(c->reply(1).body, "");
}

}  // namespace
}  // namespace millrace::http
