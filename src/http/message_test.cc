#include "http/message.h"

#include <gtest/gtest.h>

#include "http/response_writer.h"

namespace millrace::http {
namespace {

TEST(Fields, AreFoundWithoutRegardToCase) {
  Fields fields;
  fields.add("Content-Type", "text/plain");
  fields.add("X-Amz-Target", "a");
  fields.add("x-amz-target", "b");
  EXPECT_EQ(fields.get("content-type"), "text/plain");
  EXPECT_EQ(fields.get("X-AMZ-TARGET"), "a");
  EXPECT_EQ(fields.count("X-amz-target"), 2u);
  EXPECT_EQ(fields.find("content"), std::nullopt);
  EXPECT_EQ(fields.get("absent"), "");
}

TEST(Target, IsTakenApart) {
  const auto origin = split_target("/a/b%20c?x=1?y");
  ASSERT_TRUE(origin);
  EXPECT_EQ(origin->path, "/a/b%20c");
  EXPECT_EQ(origin->query, "x=1?y");
  EXPECT_EQ(origin->host, "");

  const auto absolute = split_target("HTTP://host:1/a?b");
  ASSERT_TRUE(absolute);
  EXPECT_EQ(absolute->host, "host:1");
  EXPECT_EQ(absolute->path, "/a");
  EXPECT_EQ(absolute->query, "b");

  const auto bare = split_target("http://host?b");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->host, "host");
  EXPECT_EQ(bare->path, "/");
  EXPECT_EQ(bare->query, "b");

  EXPECT_EQ(split_target("*")->path, "*");
  for (const auto* malformed : {"", "a", "host:443", "http://", "http:///a", "ftp://a/b"}) {
    EXPECT_FALSE(split_target(malformed)) << malformed;
  }
}

TEST(Host, IsSplitFromItsPort) {
  EXPECT_EQ(split_host("localhost:4566").host, "localhost");
  EXPECT_EQ(split_host("localhost:4566").port, "4566");
  EXPECT_EQ(split_host("localhost").host, "localhost");
  EXPECT_EQ(split_host("localhost").port, "");
  EXPECT_EQ(split_host("[::1]:80").host, "[::1]");
  EXPECT_EQ(split_host("[::1]:80").port, "80");
  EXPECT_EQ(split_host("[::1]").host, "[::1]");
  EXPECT_EQ(split_host("[::1]").port, "");
}

TEST(Response, KeepsItsFields) {
  Response response;
  response.header("A", "1").header("B", "two: three");
  EXPECT_EQ(response.fields, "A: 1\r\nB: two: three\r\n");
  EXPECT_EQ(response.find("b"), "two: three");
  EXPECT_EQ(response.find("c"), std::nullopt);
}

TEST(ResponseDeathTest, AFieldCannotBreakOutOfItsLine) {
  Response response;
  EXPECT_DEATH(response.header("A", "1\r\nSet-Cookie: x"), "line");
  EXPECT_DEATH(response.header("A\n", "1"), "line");
}

TEST(ResponseWriter, WritesWhatTheConnectionNeeds) {
  Response response = Response::text(404, "nothing");
  std::string out;
  write_fields(out, response, {}, "now");
  EXPECT_EQ(out, "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 7\r\nDate: now\r\n\r\n");
  out.clear();
  write_fields(out, response, {.keep_alive = false}, "now");
  EXPECT_NE(out.find("\r\nConnection: close\r\n"), out.npos);
  out.clear();
  write_fields(out, response, {.keep_alive = true, .minor_version = 0}, "now");
  EXPECT_NE(out.find("\r\nConnection: keep-alive\r\n"), out.npos);
  out.clear();
  response = {.status = 204};
  write_fields(out, response, {}, "now");
  EXPECT_EQ(out, "HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n");
}

TEST(ResponseWriter, WritesTheDateOfTheStandardsExample) {
  EXPECT_EQ(http_date(from_ms(784'111'777'999)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(from_ms(951'782'399'000)), "Mon, 28 Feb 2000 23:59:59 GMT");
}

}  // namespace
}  // namespace millrace::http
