// The limits of HTTP/2 connections, and how they end.
#include "http/http2_test_client.h"

namespace millrace::http {
namespace {

using Http2LimitsTest = Http2Test;

constexpr auto whole = NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM;

TEST_F(Http2LimitsTest, HeadersBeyondTheLimitsAreRefused) {
  Limits limits;
  limits.header_bytes_max = 400;
  limits.target_bytes_max = 50;
  limits.header_count_max = 3;
  start(limits);
  auto c = client();
  const auto status = [&](std::size_t target, const Http2Client::Pairs& fields) {
    const auto id = c->request("GET", "/" + std::string(target - 1, 't'), fields);
    c->run();
    EXPECT_TRUE(c->reply(id).ended);
    return c->reply(id).status;
  };
  EXPECT_EQ(status(50, {}), "200");
  EXPECT_EQ(status(51, {}), "414");
  EXPECT_EQ(status(1, {{"a", ""}, {"b", ""}, {"c", ""}}), "200");
  EXPECT_EQ(status(1, {{"a", ""}, {"b", ""}, {"c", ""}, {"d", ""}}), "431");
  EXPECT_EQ(status(1, {{"a", std::string(300, 'x')}}), "200");
  EXPECT_EQ(status(1, {{"a", std::string(350, 'x')}}), "431");
  EXPECT_EQ(seen_.size(), 3u);
  EXPECT_FALSE(c->went_away);
}

TEST_F(Http2LimitsTest, BodiesBeyondTheLimitGet413AndAReset) {
  Limits limits;
  limits.body_bytes_max = 10;
  limits.linger_bytes_max = 1'000;
  start(limits);
  auto c = client();
  const auto fits = c->request("POST", "/", {}, "0123456789");
  const auto announced = c->request("POST", "/", {{"content-length", "11"}}, "", false);
  const auto grows = c->request("POST", "/", {}, "0123456789a", false);
  const auto ends = c->request("POST", "/", {}, std::string(500, 'x'));
  const auto goes_on = c->request("POST", "/", {}, std::string(1'100, 'x'), false);
  c->run();
  EXPECT_EQ(c->reply(fits).status, "200");
  for (const auto id : {announced, grows, ends, goes_on}) {
    EXPECT_EQ(c->reply(id).status, "413");
    EXPECT_TRUE(c->reply(id).ended);
  }
  EXPECT_FALSE(c->reply(announced).closed || c->reply(grows).closed) << "the client may find the reply first";
  EXPECT_TRUE(c->reply(ends).closed);
  EXPECT_TRUE(c->reply(goes_on).closed) << "too much of what is not wanted";
  core_.advance(std::chrono::seconds(7));
  c->run();
  for (const auto id : {announced, grows, ends, goes_on}) {
    EXPECT_TRUE(c->reply(id).closed);
    EXPECT_EQ(c->reply(id).error, 0u);
  }
  EXPECT_FALSE(c->went_away);
}

TEST_F(Http2LimitsTest, StreamsBeyondTheLimitAreRefused) {
  hold_ = true;
  Limits limits;
  limits.http2_streams_max = 3;
  start(limits);
  std::string wire;
  for (std::uint32_t id = 1; id <= 9; id += 2) wire += frame(NGHTTP2_HEADERS, whole, id, request_block());
  auto c = raw(wire);
  EXPECT_EQ(held_.size(), 3u);
  for (const std::uint32_t id : {7u, 9u}) {
    EXPECT_NE(c->peer().received.find(frame(NGHTTP2_RST_STREAM, 0, id, u32(NGHTTP2_REFUSED_STREAM))),
              std::string::npos);
  }
  held_.clear();
}

TEST_F(Http2LimitsTest, RequestsThatWereResetStillCountWhileTheyAreHandled) {
  hold_ = true;
  Limits limits;
  limits.http2_streams_max = 4;
  start(limits);
  auto c = raw("");
  for (std::uint32_t id = 1; id < 200; id += 2) {
    send(c->peer(), frame(NGHTTP2_HEADERS, whole, id, request_block()));
    send(c->peer(), frame(NGHTTP2_RST_STREAM, 0, id, u32(NGHTTP2_CANCEL)));
  }
  EXPECT_LE(held_.size(), 9u);
  EXPECT_FALSE(c->peer().reading());
  for (auto& responder : held_) responder.answer({});
  core_.run();
  EXPECT_TRUE(c->peer().reading());
  EXPECT_TRUE(c->peer().to_deliver.empty());
  held_.clear();
}

TEST_F(Http2LimitsTest, RapidResetsEndTheConnection) {
  Limits limits;
  limits.http2_resets_max = 100;
  start(limits);
  auto c = raw("");
  std::uint32_t id = 1;
  const auto reset = [&](int times) {
    for (int i = 0; i < times; ++i, id += 2) {
      send(c->peer(), frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, id, request_block()) +
                          frame(NGHTTP2_RST_STREAM, 0, id, u32(NGHTTP2_CANCEL)));
    }
  };
  reset(100);
  EXPECT_EQ(goaway_in(c->peer().received), std::nullopt);
  core_.advance(std::chrono::seconds(12));
  reset(100);
  EXPECT_EQ(goaway_in(c->peer().received), std::nullopt) << "counted within an interval";
  reset(1);
  EXPECT_EQ(goaway_in(c->peer().received), NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_TRUE(c->peer().ended);
}

TEST_F(Http2LimitsTest, ResetsThatTheClientProvokesCountToo) {
  Limits limits;
  limits.http2_resets_max = 100;
  start(limits);
  auto c = raw("");
  for (std::uint32_t id = 1; id < 203; id += 2) {
    send(c->peer(), frame(NGHTTP2_HEADERS, whole, id, request_block() + literal("connection", "x")));
  }
  EXPECT_EQ(goaway_in(c->peer().received), NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_F(Http2LimitsTest, FramesThatAskForNothingAreCounted) {
  const std::string floods[] = {frame(NGHTTP2_PING, 0, 0, "12345678"), frame(NGHTTP2_SETTINGS, 0, 0, ""),
                                frame(NGHTTP2_PRIORITY, 0, 1, u32(0) + "x")};
  Limits limits;
  limits.http2_idle_frames_max = 100;
  start(limits);
  for (const auto& flood : floods) {
    auto c = raw("");
    for (int i = 0; i < 98; ++i) send(c->peer(), flood);
    EXPECT_EQ(goaway_in(c->peer().received), std::nullopt);
    for (int i = 0; i < 3; ++i) send(c->peer(), flood);
    EXPECT_EQ(goaway_in(c->peer().received), NGHTTP2_ENHANCE_YOUR_CALM) << int(flood[3]);
  }
  auto c = raw(frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, request_block("POST")));
  for (int i = 0; i < 101; ++i) send(c->peer(), frame(NGHTTP2_DATA, 0, 1, ""));
  EXPECT_EQ(goaway_in(c->peer().received), NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_F(Http2LimitsTest, AClientThatDoesNotReadItsPongsIsNotReadFrom) {
  Limits limits;
  limits.http2_queued_frames_max = 50;
  start(limits);
  auto c = raw("");
  c->peer().takes_writes = false;
  for (int i = 0; i < 1'000 && !c->peer().closed; ++i) send(c->peer(), frame(NGHTTP2_PING, 0, 0, "12345678"));
  EXPECT_TRUE(c->peer().closed || !c->peer().reading());
  core_.advance(std::chrono::seconds(40));
  EXPECT_TRUE(c->peer().closed);
}

TEST_F(Http2LimitsTest, EndlessFieldsEndTheConnection) {
  auto c = raw(frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, request_block()));
  for (int i = 0; i < 1'000 && !c->peer().closed; ++i) {
    send(c->peer(), frame(NGHTTP2_CONTINUATION, 0, 1, literal("x", "y")));
  }
  EXPECT_TRUE(c->peer().closed);
  EXPECT_TRUE(seen_.empty());

  c = raw(frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, request_block()));
  core_.advance(std::chrono::seconds(13));
  c->receive();
  EXPECT_TRUE(c->went_away);
}

TEST_F(Http2LimitsTest, SlowBodiesTimeOut) {
  auto c = client();
  const auto slow = c->request("POST", "/", {}, "some", false);
  const auto comes = c->request("POST", "/", {}, "some", false);
  for (int i = 0; i < 33; ++i) {
    c->run();
    core_.advance(std::chrono::seconds(1));
    c->body(comes, "x", false);
  }
  c->run();
  EXPECT_EQ(c->reply(slow).status, "408");
  c->body(comes, "", true);
  c->run();
  EXPECT_EQ(c->reply(comes).status, "200");
}

TEST_F(Http2LimitsTest, AnIdleConnectionIsToldAndClosed) {
  hold_ = true;
  auto c = client();
  c->request("GET", "/");
  c->run();
  core_.advance(std::chrono::hours(1));
  EXPECT_FALSE(c->peer().closed) << "a handler may take its time";
  answer(0, "late");
  c->run();
  EXPECT_EQ(c->reply(1).body, "late");
  core_.advance(std::chrono::seconds(119));
  c->run();
  EXPECT_FALSE(c->went_away);
  core_.advance(std::chrono::seconds(4));
  c->run();
  EXPECT_TRUE(c->went_away);
  EXPECT_EQ(c->went_away_error, 0u);
  c->peer().finish();
  core_.run();
  EXPECT_TRUE(c->peer().closed);
  EXPECT_EQ(core_.timers(), 1u);
  core_.advance(std::chrono::seconds(2));
  EXPECT_EQ(core_.timers(), 0u);
}

TEST_F(Http2LimitsTest, AClientThatDoesNotReadIsCutOff) {
  auto c = client();
  c->peer().takes_writes = false;
  c->request("GET", "/");
  c->run();
  core_.advance(std::chrono::seconds(29));
  EXPECT_FALSE(c->peer().closed);
  core_.advance(std::chrono::seconds(4));
  EXPECT_TRUE(c->peer().closed);
}

TEST_F(Http2LimitsTest, DrainAnswersWhatWasAskedAndNothingMore) {
  hold_ = true;
  auto idle = client();
  auto busy = client();
  busy->request("GET", "/");
  const auto uploading = busy->request("POST", "/", {}, "half ", false);
  busy->run();
  bool done = false;
  server_->drain(std::chrono::seconds(5), [&] { done = true; });
  core_.run();
  idle->receive();
  EXPECT_TRUE(idle->went_away);
  EXPECT_EQ(idle->went_away_error, 0u);
  EXPECT_TRUE(idle->peer().ended);
  idle->peer().finish();
  busy->receive();
  EXPECT_TRUE(busy->went_away);
  EXPECT_EQ(busy->last_stream, uploading);
  send(busy->peer(), frame(NGHTTP2_HEADERS, whole, 5, request_block()));
  EXPECT_EQ(held_.size(), 1u) << "the client knows that this one was not taken";
  busy->body(uploading, "whole", true);
  busy->run();
  ASSERT_EQ(held_.size(), 2u);
  EXPECT_EQ(requests_[1]->body, "half whole");
  answer(1, "2");
  answer(0, "1");
  busy->run();
  EXPECT_EQ(busy->reply(1).body, "1");
  EXPECT_EQ(busy->reply(3).body, "2");
  EXPECT_TRUE(busy->peer().ended);
  EXPECT_FALSE(done);
  busy->peer().finish();
  core_.run();
  EXPECT_TRUE(done);
}

TEST_F(Http2LimitsTest, DrainCutsOffAtItsDeadline) {
  hold_ = true;
  auto c = client();
  c->request("GET", "/");
  c->request("GET", "/");
  c->run();
  bool gone = false;
  held_[0].on_gone([&] { gone = true; });
  auto body = held_[1].stream({});
  bool done = false;
  server_->drain(std::chrono::seconds(5), [&] { done = true; });
  core_.advance(std::chrono::seconds(4));
  EXPECT_FALSE(done || gone || body.gone());
  core_.advance(std::chrono::seconds(2));
  EXPECT_TRUE(done && gone && body.gone());
  EXPECT_TRUE(c->peer().closed);
}

}  // namespace
}  // namespace millrace::http
