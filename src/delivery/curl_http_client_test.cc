// The client against our own server over loopback.
#include "delivery/curl_http_client.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include "delivery/answer.h"
#include "delivery/curl_test_world.h"

namespace millrace::delivery {
namespace {

using Body = std::shared_ptr<const std::string>;

Body body(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

TEST(CurlHttpClient, SendsWhatTheCallSaysAndReadsTheAnswer) {
  World world;
  std::string seen;
  world.handler = [&](http::Request& request, http::Responder responder) {
    seen = fmt::format("{} {} {}\n", request.method, request.target, request.body);
    std::vector<std::string> fields;
    for (const auto& [name, value] : request.headers) {
      std::string lower(name);
      std::ranges::transform(lower, lower.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
      if (lower != "host") fields.push_back(fmt::format("{}={}\n", lower, value));
    }
    std::ranges::sort(fields);
    for (const auto& field : fields) seen += field;
    auto response = http::Response::text(403, "no");
    response.header("X-Mixed-Case", " spaced  value ");
    responder.answer(std::move(response));
  };
  auto url = world.listen();
  url.insert(std::string_view("http://").size(), "user:secret@");
  const auto answer =
      world.call_once({.url = url + "a%20b?c=d", .headers = {{"X-One", "1"}, {"X-Empty", ""}}, .body = body("hi")});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(
      seen,
      "POST /a%20b?c=d hi\naccept=*/*\nauthorization=Basic dXNlcjpzZWNyZXQ=\ncontent-length=2\nx-empty=\nx-one=1\n");
  EXPECT_EQ(answer->status, 403);
  EXPECT_EQ(answer->body, "no");
  EXPECT_EQ(header_of(*answer, "x-mixed-case"), "spaced  value");
  EXPECT_EQ(header_of(*answer, "content-length"), "2");
  EXPECT_EQ(header_of(*answer, "x-mixed"), "");
}

// One handle after the other is used for calls that differ in everything.
TEST(CurlHttpClient, CallsLeaveNothingBehindForTheNext) {
  World world;
  std::vector<std::string> seen;
  world.handler = [&](http::Request& request, http::Responder responder) {
    seen.push_back(fmt::format("{} {} {} {}{}", request.method, request.target, request.body,
                               request.headers.get("content-type"), request.headers.get("x-a")));
    responder.answer(http::Response::text(200, "ok"));
  };
  const auto url = world.listen();
  std::vector<HttpCall> calls = {
      {.url = url + "1", .headers = {{"x-a", "A"}}, .body = body("one")},
      {.url = url + "1", .headers = {{"x-b", "B"}, {"x-a", "another"}}, .body = body("two")},
      {.method = "GET", .url = url + "2"},
      {.url = url + "3", .headers = {{"Content-Type", "text/x"}}, .body = body(std::string(5000, 'b'))},
      {.method = "HEAD", .url = url + "4"},
      {.method = "DELETE", .url = url + "5"},
      {.method = "PUT", .url = url + "6", .body = body("put")},
      {.method = "POST", .url = url + "7"},
      {.method = "GET", .url = url + "8"},
  };
  std::function<void(std::size_t)> next = [&](std::size_t i) {
    if (i == calls.size()) return world.machine.stop();
    world.client.call(world.core(), calls[i], [&, i](Result<HttpAnswer> answer) {
      EXPECT_TRUE(answer) << i << answer.error().message;
      EXPECT_EQ(answer->body, calls[i].method == "HEAD" ? "" : "ok") << i;
      next(i + 1);
    });
  };
  world.run([&] { next(0); });
  EXPECT_EQ(seen, (std::vector<std::string>{"POST /1 one A", "POST /1 two another", "GET /2  ",
                                            "POST /3 " + std::string(5000, 'b') + " text/x", "HEAD /4  ", "DELETE /5  ",
                                            "PUT /6 put ", "POST /7  ", "GET /8  "}));
  EXPECT_EQ(world.peers.size(), 1u) << "one connection is used for all of them";
}

TEST(CurlHttpClient, AThousandCallsAtOnceShareFewConnections) {
  World world({.limits = {.under_way_per_endpoint_max = 16}});
  const auto url = world.listen();
  int good = 0;
  world.run([&] {
    world.call_many({.url = url, .body = body("x")}, 1000, [&](int count) {
      good = count;
      world.machine.stop();
    });
  });
  EXPECT_EQ(good, 1000);
  EXPECT_LE(world.peers.size(), 16u);
}

TEST(CurlHttpClient, ARedirectIsAnAnswer) {
  World world;
  world.handler = [](http::Request&, http::Responder responder) {
    auto response = http::Response::text(302, "");
    response.header("Location", "/elsewhere");
    responder.answer(std::move(response));
  };
  const auto answer = world.call_once({.url = world.listen()});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(world.requests, 1);
}

TEST(CurlHttpClient, APeerThatNeverAnswersTimesOut) {
  World world;
  const SilentListener silent;
  const auto answer = world.call_once({.url = silent.url, .body = body("x"), .timeout = Duration(50)});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(answer.error().message.contains("timed out")) << answer.error().message;
}

TEST(CurlHttpClient, NobodyListening) {
  std::string url;
  { url = SilentListener().url; }
  const auto answer = World().call_once({.url = url});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
}

TEST(CurlHttpClient, ALongAnswerIsCutAndTheConnectionUsedAgain) {
  World world;
  world.handler = [](http::Request&, http::Responder responder) {
    responder.answer(http::Response::text(200, std::string(1'000'000, 'x')));
  };
  const HttpCall call{.url = world.listen()};
  std::vector<std::size_t> sizes;
  const auto note = [&](Result<HttpAnswer> answer) { sizes.push_back(answer ? answer->body.size() : 0); };
  world.run([&] {
    world.client.call(world.core(), call, [&](Result<HttpAnswer> first) {
      note(std::move(first));
      world.client.call(world.core(), call, [&](Result<HttpAnswer> second) {
        note(std::move(second));
        world.machine.stop();
      });
    });
  });
  EXPECT_EQ(sizes, (std::vector<std::size_t>{HttpAnswer::body_bytes_max, HttpAnswer::body_bytes_max}));
  EXPECT_EQ(world.peers.size(), 1u);
}

TEST(CurlHttpClient, WhatCannotBeACallIsInvalid) {
  const HttpCall calls[] = {
      {.url = ""},
      {.url = "ftp://127.0.0.1/"},
      {.url = "file:///etc/passwd"},
      {.url = "http://"},
      {.url = "http:///path"},
      {.url = "http://127.0.0.1:99999/"},
      {.url = "http://127.0.0.1:1/a b"},
      {.url = "http://127.0.0.1:1/\r\nX: y"},
      {.method = "GET /\r\n", .url = "http://127.0.0.1:1/"},
      {.url = "http://127.0.0.1:1/", .headers = {{"X-A", "b\r\nX-C: d"}}},
      {.url = "http://127.0.0.1:1/", .headers = {{"X-A: b\r\nX-C", "d"}}},
      {.url = "http://127.0.0.1:1/", .headers = {{"", "d"}}},
  };
  for (const auto& call : calls) {
    const auto answer = World().call_once(call);
    ASSERT_FALSE(answer) << call.url;
    EXPECT_EQ(answer.error().code, ErrorCode::invalid) << call.url << ": " << answer.error().message;
  }
}

TEST(CurlHttpClient, ForbiddenAddressesAreNotCalled) {
  for (const std::string_view host : {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433"}) {
    World world({}, {.rules = *AddressRules::parse("loopback", "")});
    auto url = world.listen();
    url.replace(url.find("127.0.0.1"), std::string_view("127.0.0.1").size(), host);
    const auto answer = world.call_once({.url = url});
    ASSERT_FALSE(answer) << url;
    EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
    EXPECT_TRUE(answer.error().message.contains("operator forbids")) << answer.error().message;
    EXPECT_EQ(world.requests, 0);
  }
}

// The connection that the operator's own call left open is not for others.
TEST(CurlHttpClient, ForbiddenAddressesAreNotReachedOverOpenConnections) {
  World world({}, {.rules = *AddressRules::parse("private", "")});
  HttpCall call{.url = world.listen(), .by_operator = true};
  std::vector<bool> answered;
  world.run([&] {
    world.client.call(world.core(), call, [&](Result<HttpAnswer> first) {
      answered.push_back(first.has_value());
      call.by_operator = false;
      world.client.call(world.core(), call, [&](Result<HttpAnswer> second) {
        answered.push_back(second.has_value());
        world.machine.stop();
      });
    });
  });
  EXPECT_EQ(answered, (std::vector{true, false}));
  EXPECT_EQ(world.requests, 1);
}

TEST(CurlHttpClient, Http2WithoutTls) {
  World world;
  std::set<int> versions;
  world.handler = [&](http::Request& request, http::Responder responder) {
    versions.insert(request.major_version);
    responder.answer(http::Response::text(200, std::string(request.body)));
  };
  const auto url = world.listen();
  int good = 0;
  world.run([&] {
    world.call_many({.url = url, .body = body("x"), .http2 = true}, 50, [&](int count) {
      good = count;
      world.machine.stop();
    });
  });
  EXPECT_EQ(good, 50);
  EXPECT_EQ(versions, std::set{2});
}

class Tls : public ::testing::Test {
 protected:
  static std::shared_ptr<const http::TlsContext> make_context(std::uint64_t serial) {
    const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    return http::TlsContext::self_signed(now, serial).value();
  }
  static std::string file_of(const http::TlsContext& context, const std::string& name) {
    auto path = ::testing::TempDir() + "/" + name + std::to_string(::getpid()) + ".pem";
    std::ofstream(path) << context.certificate_pem();
    return path;
  }
};

TEST_F(Tls, OwnCaIsTrusted) {
  const auto context = make_context(1);
  for (const bool http2 : {false, true}) {
    World world({}, {.ca_file = file_of(*context, "own-ca")});
    int version = 0;
    world.handler = [&](http::Request& request, http::Responder responder) {
      version = request.major_version;
      responder.answer(http::Response::text(200, std::string(request.body)));
    };
    const auto answer = world.call_once({.url = world.listen(context), .body = body("sealed"), .http2 = http2});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "sealed");
    EXPECT_EQ(version, http2 ? 2 : 1);
  }
}

TEST_F(Tls, OtherCasAreNotTrusted) {
  const auto context = make_context(1);
  const auto other = make_context(2);
  for (const auto& ca_file : {std::string(), file_of(*other, "other-ca")}) {
    World world({}, {.ca_file = ca_file});
    const auto answer = world.call_once({.url = world.listen(context), .body = body("sealed")});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
    EXPECT_TRUE(answer.error().message.contains("certificate")) << answer.error().message;
    EXPECT_EQ(world.requests, 0);
  }
}

TEST_F(Tls, ANameThatTheCertificateDoesNotHaveIsNotTrusted) {
  const auto context = make_context(1);
  World world({}, {.ca_file = file_of(*context, "own-ca")});
  auto url = world.listen(context);
  url.replace(url.find("127.0.0.1"), std::string_view("127.0.0.1").size(), "127.0.0.2");
  EXPECT_FALSE(world.call_once({.url = url}));
}

TEST_F(Tls, Http2CallsShareAConnection) {
  const auto context = make_context(1);
  World world({}, {.ca_file = file_of(*context, "own-ca")});
  std::set<int> versions;
  world.handler = [&](http::Request& request, http::Responder responder) {
    versions.insert(request.major_version);
    responder.answer(http::Response::text(200, std::string(request.body)));
  };
  const auto url = world.listen(context);
  int good = 0;
  world.run([&] {
    world.call_many({.url = url, .body = body("x"), .http2 = true}, 200, [&](int count) {
      good = count;
      world.machine.stop();
    });
  });
  EXPECT_EQ(good, 200);
  EXPECT_EQ(versions, std::set{2});
  EXPECT_EQ(world.peers.size(), 1u);
}

}  // namespace
}  // namespace millrace::delivery
