// The address under which a client reached us, and what a host name says about service and region.
#pragma once
#include <string>
#include <string_view>

#include "http/message.h"

namespace millrace::aws {

struct EndpointOptions {
  std::string public_url;        // "https://queues.example.com"; empty: as the client called us
  bool trust_forwarded = false;  // believe X-Forwarded-Proto and X-Forwarded-Host
};

// "http://localhost:4566", without a slash at the end.
std::string base_url(const http::Request& request, const EndpointOptions& options);

// What a host name names: "sqs.eu-west-1.example.com" and the older "eu-west-1.queue.example.com" both give sqs and
// eu-west-1; "queue.example.com" gives sqs alone. Empty where the name says nothing.
struct HostNames {
  std::string_view service;
  std::string_view region;
};
HostNames read_host(std::string_view host);

}  // namespace millrace::aws
