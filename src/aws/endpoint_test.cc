#include "aws/endpoint.h"

#include <gtest/gtest.h>

namespace millrace::aws {
namespace {

TEST(Endpoint, HostsNameServiceAndRegion) {
  const auto expect = [](std::string_view host, std::string_view service, std::string_view region) {
    EXPECT_EQ(read_host(host).service, service) << host;
    EXPECT_EQ(read_host(host).region, region) << host;
  };
  expect("sqs.eu-west-1.amazonaws.com", "sqs", "eu-west-1");
  expect("sqs.us-gov-west-1.localhost:4566", "sqs", "us-gov-west-1");
  expect("eu-west-1.queue.amazonaws.com", "sqs", "eu-west-1");
  expect("queue.amazonaws.com", "sqs", "");
  expect("sqs.example.com", "sqs", "");
  expect("localhost:4566", "", "");
  expect("127.0.0.1:4566", "127", "");
  expect("", "", "");
}

http::Request request_to(std::string_view host) {
  http::Request request;
  request.host = host;
  return request;
}

TEST(Endpoint, TheAddressIsTheClients) {
  EXPECT_EQ(base_url(request_to("queues.local:4566"), {}), "http://queues.local:4566");
  EXPECT_EQ(base_url(request_to("[::1]:4566"), {}), "http://[::1]:4566");
  EXPECT_EQ(base_url(request_to(""), {}), "http://localhost");
  EXPECT_EQ(base_url(request_to("a\"b"), {}), "http://localhost");
  auto request = request_to("queues.local:4567");
  request.secure = true;
  EXPECT_EQ(base_url(request, {}), "https://queues.local:4567");
}

TEST(Endpoint, ForwardedFieldsCountOnlyWhenTrusted) {
  auto request = request_to("inner:4566");
  request.headers.add("X-Forwarded-Proto", "https");
  request.headers.add("X-Forwarded-Host", "outer.example.com, middle.example.com");
  EXPECT_EQ(base_url(request, {}), "http://inner:4566");
  EXPECT_EQ(base_url(request, {.trust_forwarded = true}), "https://outer.example.com");
  EXPECT_EQ(base_url(request, {.public_url = "https://public.example.com/", .trust_forwarded = true}),
            "https://public.example.com");
}

}  // namespace
}  // namespace millrace::aws
