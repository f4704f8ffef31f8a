// HTTP/2 over fake sockets: what is understood and answered.
#include <algorithm>

#include "http/http2_test_client.h"

namespace millrace::http {
namespace {

TEST_F(Http2Test, AnswersARequest) {
  auto c = client();
  const auto id = c->request("POST", "/000000000000/q?a=1", {{"x-more", "yes"}}, "hello");
  c->run();
  const auto& reply = c->reply(id);
  EXPECT_EQ(seen_, std::vector<std::string>{"POST /000000000000/q|a=1|a|hello"});
  EXPECT_EQ(reply.status, "200");
  EXPECT_EQ(reply.body, "hello");
  EXPECT_TRUE(reply.ended && reply.closed);
  EXPECT_EQ(reply.error, 0u);
  const std::map<std::string, std::string> expected = {{"content-length", "5"},
                                                       {"date", "Sun, 06 Nov 1994 08:49:37 GMT"}};
  EXPECT_EQ(reply.fields, expected);
  EXPECT_FALSE(c->peer().closed);
}

TEST_F(Http2Test, ARequestLooksLikeOneOfHttp11) {
  hold_ = true;
  auto c = client();
  c->request("POST", "/p?q", {{"x-one", "1"}, {"content-type", "text/plain"}}, "body");
  c->run();
  const Request& request = *requests_.at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/p?q");
  EXPECT_EQ(request.path, "/p");
  EXPECT_EQ(request.query, "q");
  EXPECT_EQ(request.host, "a");
  EXPECT_EQ(request.major_version, 2);
  EXPECT_EQ(request.minor_version, 0);
  EXPECT_FALSE(request.secure);
  EXPECT_EQ(request.headers.get("X-One"), "1");
  EXPECT_EQ(request.headers.get("Host"), "a") << "signatures are made over it";
  EXPECT_EQ(request.body, "body");
  answer(0, "");
}

TEST_F(Http2Test, WhereTheBytesAreCutChangesNothing) {
  std::string wire;
  {
    Http2Client source(core_, std::make_shared<FakePeer>());
    source.request("POST", "/one", {{"x", "y"}}, "first body");
    source.request("GET", "/two");
    wire = source.take_output();
  }
  for (std::size_t at = 0; at <= wire.size(); ++at) {
    seen_.clear();
    Http2Client c(core_, connect());
    c.request("POST", "/one", {{"x", "y"}}, "first body");
    c.request("GET", "/two");
    c.take_output();
    send(c.peer(), std::string_view(wire).substr(0, at));
    send(c.peer(), std::string_view(wire).substr(at));
    c.receive();
    ASSERT_EQ(c.reply(1).body, "first body") << at;
    ASSERT_TRUE(c.reply(1).ended && c.reply(3).ended) << at;
    std::ranges::sort(seen_);
    ASSERT_EQ(seen_, (std::vector<std::string>{"GET /two||a|", "POST /one||a|first body"})) << at;
    c.peer().finish();
    core_.run();
    ASSERT_TRUE(c.peer().closed);
  }
  Http2Client c(core_, connect());
  c.request("POST", "/one", {{"x", "y"}}, "first body");
  c.request("GET", "/two");
  c.take_output();
  for (const char byte : wire) send(c.peer(), std::string_view(&byte, 1));
  c.receive();
  EXPECT_EQ(c.reply(1).body, "first body");
  EXPECT_TRUE(c.reply(3).ended);
}

TEST_F(Http2Test, WhatOnlyBeginsLikeThePrefaceIsHttp11) {
  for (std::size_t same = 1; same < http2_preface.size(); ++same) {
    auto peer = connect();
    send(*peer, http2_preface.substr(0, same));
    EXPECT_EQ(peer->received, "") << same;
    send(*peer, "?\r\n\r\n");
    EXPECT_TRUE(peer->received.starts_with("HTTP/1.1 4") || peer->received.starts_with("HTTP/1.1 505")) << same;
    EXPECT_TRUE(peer->ended);
  }
  auto peer = connect();
  send(*peer, "P");
  send(*peer, post("x").substr(1));
  EXPECT_EQ(peer->received, ok("x"));
  send(*peer, http2_preface);
  EXPECT_NE(peer->received, ok("x")) << "it may come first only";
  EXPECT_TRUE(peer->ended);
  peer = connect();
  send(*peer, "PRI * HTTP/2.0\r\n");
  core_.advance(std::chrono::seconds(13));
  EXPECT_EQ(statuses(peer->received), "408");
}

TEST_F(Http2Test, StreamsAreHandledSideBySideAndAnsweredInAnyOrder) {
  hold_ = true;
  auto c = client();
  for (int i = 0; i < 5; ++i) c->request("POST", fmt::format("/{}", i), {}, fmt::format("body {}", i));
  c->run();
  ASSERT_EQ(held_.size(), 5u);
  for (const std::size_t i : {3u, 0u, 4u, 1u, 2u}) {
    EXPECT_EQ(requests_[i]->path, fmt::format("/{}", i)) << "views stay valid";
    EXPECT_EQ(requests_[i]->body, fmt::format("body {}", i));
    answer(i, fmt::format("answer {}", i));
    c->run();
    EXPECT_EQ(c->reply(static_cast<int>(2 * i + 1)).body, fmt::format("answer {}", i));
  }
}

TEST_F(Http2Test, LargeBodiesGoBothWays) {
  auto c = client();
  std::string body(5'000'000, ' ');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  const auto one = c->request("POST", "/", {}, body);
  const auto two = c->request("POST", "/", {}, body + "x");
  c->run();
  EXPECT_TRUE(c->reply(one).body == body);
  EXPECT_TRUE(c->reply(two).body == body + "x");
  EXPECT_LT(*std::ranges::max_element(c->peer().writes), Limits().http2_write_bytes_max + 20'000);
}

TEST_F(Http2Test, TheBodyHasReadableBytesBehindItAlsoWhenItIsEmpty) {
  hold_ = true;
  auto c = client();
  c->request("POST", "/", {}, std::string(4096, 'x'));
  c->request("GET", "/");
  c->run();
  unsigned sum = 0;  // the address sanitizer objects if they are not ours
  for (const Request* request : requests_) {
    for (std::size_t i = 0; i < Request::body_padding; ++i) {
      sum += static_cast<unsigned char>(request->body.data()[request->body.size() + i]);
    }
  }
  EXPECT_GE(sum, 0u);
  held_.clear();
}

TEST_F(Http2Test, ResponsesCarryWhatHttp2Allows) {
  hold_ = true;
  auto c = client();
  c->request("GET", "/");
  c->run();
  Response response = Response::text(404, "gone", "text/html");
  response.header("X-Amzn-RequestId", "UPPER: lower").header("Connection", "close").header("Transfer-Encoding", "x");
  held_[0].answer(std::move(response));
  c->run();
  const std::map<std::string, std::string> expected = {{"content-length", "4"},
                                                       {"content-type", "text/html"},
                                                       {"date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                                                       {"x-amzn-requestid", "UPPER: lower"}};
  EXPECT_EQ(c->reply(1).status, "404");
  EXPECT_EQ(c->reply(1).fields, expected);
}

TEST_F(Http2Test, HeadAndStatusesWithoutABody) {
  hold_ = true;
  auto c = client();
  c->request("HEAD", "/");
  c->request("GET", "/");
  c->run();
  answer(0, "twelve bytes");
  held_[1].answer(Response::text(204, "dropped"));
  c->run();
  EXPECT_EQ(c->reply(1).fields["content-length"], "12");
  EXPECT_EQ(c->reply(1).body, "");
  EXPECT_TRUE(c->reply(1).ended);
  EXPECT_EQ(c->reply(3).status, "204");
  EXPECT_EQ(c->reply(3).fields.count("content-length"), 0u);
  EXPECT_TRUE(c->reply(3).ended);
}

TEST_F(Http2Test, ExpectationsAreMet) {
  auto c = client();
  const auto id = c->request("POST", "/", {{"expect", "100-Continue"}}, "", false);
  c->run();
  EXPECT_EQ(c->reply(id).informational, std::vector<std::string>{"100"});
  EXPECT_FALSE(c->reply(id).ended);
  c->body(id, "body", true);
  c->run();
  EXPECT_EQ(c->reply(id).status, "200");
  EXPECT_EQ(c->reply(id).body, "body");
  const auto strange = c->request("POST", "/", {{"expect", "miracles"}}, "", false);
  c->run();
  EXPECT_EQ(c->reply(strange).status, "417");
  const auto large = c->request("POST", "/", {{"expect", "100-continue"}, {"content-length", "99999999"}}, "", false);
  c->run();
  EXPECT_EQ(c->reply(large).status, "413");
  EXPECT_TRUE(c->reply(large).informational.empty()) << "a body that would be refused is not asked for";
}

TEST_F(Http2Test, RequestsThatCannotBeUnderstoodGetTheirStatus) {
  using Pairs = Http2Client::Pairs;
  const std::pair<Pairs, std::string> cases[] = {
      {{{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {"host", "b"}}, "200"},
      {{{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "b"}, {"host", "B"}}, "200"},
      {{{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "b"}, {"host", "c"}}, "400"},
      {{{":method", "OPTIONS"}, {":scheme", "http"}, {":path", "*"}, {":authority", "b"}}, "200"},
      {{{":method", "CONNECT"}, {":authority", "b:1"}}, "400"},
  };
  for (const auto& [fields, status] : cases) {
    auto c = client();
    const auto id = c->submit(fields, "", true);
    c->run();
    EXPECT_EQ(c->reply(id).status, status) << fields.back().second;
    EXPECT_FALSE(c->peer().closed);
    EXPECT_FALSE(c->went_away);
  }
}

TEST_F(Http2Test, MalformedRequestsAreResetAndTheConnectionGoesOn) {
  const std::pair<std::string, std::string> cases[] = {
      {"no path", literal(":method", "GET") + literal(":scheme", "http") + literal(":authority", "a")},
      {"an upper-case name", request_block() + literal("X-Upper", "1")},
      {"a field of a connection", request_block() + literal("connection", "close")},
      {"a transfer encoding", request_block() + literal("transfer-encoding", "chunked")},
      {"a pseudo field after others", request_block() + literal("x", "1") + literal(":path", "/")},
      {"two paths", request_block() + literal(":path", "/b")},
      {"a line break in a value", request_block() + literal("x", "a\r\nb")},
      {"a NUL in a value", request_block() + literal("x", std::string_view("a\0b", 3))},
      {"two lengths", request_block() + literal("content-length", "1") + literal("content-length", "2")},
      {"a length that is no number", request_block() + literal("content-length", "x")},
  };
  for (const auto& [name, block] : cases) {
    seen_.clear();
    auto c = raw(frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1, block) +
                 frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 3, request_block()));
    EXPECT_EQ(seen_.size(), 1u) << name;
    EXPECT_NE(c->peer().received.find(frame(NGHTTP2_RST_STREAM, 0, 1, u32(NGHTTP2_PROTOCOL_ERROR))), std::string::npos)
        << name;
    EXPECT_FALSE(c->went_away) << name;
  }
}

TEST_F(Http2Test, ABodyOfAnotherLengthIsReset) {
  auto c = client();
  const auto id = c->request("POST", "/", {{"content-length", "3"}}, "four");
  c->run();
  EXPECT_TRUE(seen_.empty());
  EXPECT_EQ(c->reply(id).error, static_cast<std::uint32_t>(NGHTTP2_PROTOCOL_ERROR));
}

TEST_F(Http2Test, TrailersAreDropped) {
  hold_ = true;
  auto c = raw(frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, request_block("POST")) +
               frame(NGHTTP2_DATA, 0, 1, "body") +
               frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1, literal("x", "y")));
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(requests_[0]->body, "body");
  EXPECT_EQ(requests_[0]->headers.count("x"), 0u);
  held_.clear();
}

TEST_F(Http2Test, BrokenFramesEndTheConnectionWithTheRightError) {
  struct Case {
    std::string name;
    std::string bytes;
    std::uint32_t error;
  };
  const auto headers = frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, request_block("POST"));
  const Case cases[] = {
      {"DATA on stream 0", frame(NGHTTP2_DATA, 0, 0, "x"), NGHTTP2_PROTOCOL_ERROR},
      {"DATA on an idle stream", frame(NGHTTP2_DATA, 0, 5, "x"), NGHTTP2_PROTOCOL_ERROR},
      {"an even stream", frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 2, request_block()), NGHTTP2_PROTOCOL_ERROR},
      {"a short PING", frame(NGHTTP2_PING, 0, 0, "1234"), NGHTTP2_FRAME_SIZE_ERROR},
      {"an odd SETTINGS", frame(NGHTTP2_SETTINGS, 0, 0, "12345"), NGHTTP2_FRAME_SIZE_ERROR},
      {"a large frame", frame(NGHTTP2_DATA, 0, 1, std::string(16'385, 'x')), NGHTTP2_FRAME_SIZE_ERROR},
      {"broken compression", frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, "\xff\xff\xff\xff\xff\xff"),
       NGHTTP2_COMPRESSION_ERROR},
      {"another frame among the fields",
       frame(NGHTTP2_HEADERS, 0, 1, request_block()) + frame(NGHTTP2_PING, 0, 0, "12345678"), NGHTTP2_PROTOCOL_ERROR},
      {"a window of nothing", frame(NGHTTP2_WINDOW_UPDATE, 0, 0, u32(0)), NGHTTP2_PROTOCOL_ERROR},
      {"a window that overflows", frame(NGHTTP2_WINDOW_UPDATE, 0, 0, u32(0x7fffffff)), NGHTTP2_FLOW_CONTROL_ERROR},
      {"PUSH_PROMISE", headers + frame(NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS, 1, u32(2) + request_block()),
       NGHTTP2_PROTOCOL_ERROR},
  };
  for (const auto& [name, bytes, error] : cases) {
    auto c = raw(bytes);
    EXPECT_TRUE(c->went_away) << name;
    EXPECT_EQ(c->went_away_error, error) << name;
    EXPECT_TRUE(c->peer().ended) << name;
    core_.advance(std::chrono::seconds(7));
    EXPECT_TRUE(c->peer().closed) << name;
  }
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(Http2Test, UnknownFramesAreIgnored) {
  auto c = raw(frame(0xfa, 0xff, 7, "whatever") +
               frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1, request_block()));
  EXPECT_EQ(seen_.size(), 1u);
  EXPECT_FALSE(c->went_away);
}

TEST_F(Http2Test, ADroppedResponderAnswers500) {
  hold_ = true;
  auto c = client();
  c->request("GET", "/");
  c->run();
  held_.clear();
  c->run();
  EXPECT_EQ(c->reply(1).status, "500");
}

}  // namespace
}  // namespace millrace::http
