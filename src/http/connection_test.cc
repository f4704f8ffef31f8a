// Connections over fake sockets, byte by byte: what is understood and answered.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "http/connection_testing.h"

namespace millrace::http {
namespace {

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

}  // namespace
}  // namespace millrace::http
