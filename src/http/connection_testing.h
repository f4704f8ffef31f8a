// What the tests of connections share: a server over fake sockets, and the bytes of requests and replies.
#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/connection.h"
#include "http/fake_net.h"
#include "http/server.h"

namespace millrace::http {

inline constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

inline std::string post(std::string_view body, std::string_view path = "/") {
  return fmt::format("POST {} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}", path, body.size(), body);
}

inline std::string ok(std::string_view body, std::string_view more = "") {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n{}\r\n{}",
                     body.size(), more, body);
}

// The statuses of the responses in `bytes`, joined with "-"; checks that they are framed correctly.
inline std::string statuses(std::string_view bytes, bool head = false) {
  std::string all;
  while (!bytes.empty()) {
    const auto end = bytes.find("\r\n\r\n");
    if (!bytes.starts_with("HTTP/1.1 ") || end == bytes.npos) return "not HTTP: " + std::string(bytes);
    const auto fields = bytes.substr(0, end + 2);
    all += (all.empty() ? "" : "-") + std::string(bytes.substr(9, 3));
    std::size_t length = 0;
    if (const auto at = fields.find("Content-Length: "); at != fields.npos && !head) {
      length = std::stoul(std::string(fields.substr(at + 16)));
    }
    bytes.remove_prefix(end + 4 + length);
  }
  return all;
}

// A server whose handler answers at once what it understood, or keeps the Responders for the test.
class ConnectionTest : public testing::Test {
 protected:
  void start(Limits limits = {}) {
    server_ = std::make_unique<Server>(net_, std::vector<env::Core*>{&core_}, Options{limits},
                                       [this](env::Core& core, Request& request, Responder responder) {
                                         EXPECT_EQ(&core, &core_);
                                         handle(request, std::move(responder));
                                       });
    ASSERT_TRUE(server_->listen("127.0.0.1:0"));
  }
  std::shared_ptr<FakePeer> connect() {
    if (!server_) start();
    auto peer = net_.connect();
    core_.run();
    return peer;
  }
  void send(FakePeer& peer, std::string_view bytes) {
    peer.send(bytes);
    core_.run();
  }
  void handle(Request& request, Responder responder) {
    seen_.push_back(
        fmt::format("{} {}|{}|{}|{}", request.method, request.path, request.query, request.host, request.body));
    EXPECT_EQ(request.peer, "127.0.0.1:5123");
    if (hold_) {
      held_.push_back(std::move(responder));
      requests_.push_back(&request);
      return;
    }
    Response response;
    response.body = reply_.empty() ? std::string(request.body) : reply_;
    responder.answer(std::move(response));
  }
  void answer(std::size_t index, std::string body) {
    Response response;
    response.body = std::move(body);
    held_[index].answer(std::move(response));
    core_.run();
  }
  // Everything that comes of sending these pieces and closing.
  std::string outcome(std::span<const std::string_view> pieces) {
    seen_.clear();
    auto peer = connect();
    for (const auto piece : pieces) send(*peer, piece);
    std::string result = peer->received + (peer->closed || peer->ended ? "\n[closed]" : "");
    for (const auto& request : seen_) result += "\n" + request;
    peer->finish();
    core_.run();
    EXPECT_TRUE(peer->closed);
    return result;
  }

  FakeCore core_;
  FakeNet net_{{&core_}};
  bool hold_ = false;
  std::string reply_;
  std::vector<std::string> seen_;
  std::vector<Responder> held_;
  std::vector<Request*> requests_;
  std::unique_ptr<Server> server_;
};

}  // namespace millrace::http
