// What many calls at once do to each other, and the end.
#include "delivery/curl_loop.h"

#include <atomic>
#include <thread>

#include "delivery/curl_test_world.h"

namespace millrace::delivery {
namespace {

constexpr Duration long_time{60'000};

TEST(CurlLoop, DeadEndpointsDoNotHoldUpALiveOne) {
  World world({.limits = {.under_way_max = 16}});
  std::vector<std::unique_ptr<SilentListener>> dead;
  for (int i = 0; i < 40; ++i) dead.push_back(std::make_unique<SilentListener>());
  const auto url = world.listen();
  int good = 0;
  int from_dead = 0;
  world.run([&] {
    // The live one has shown that it answers before the dead ones take what they can get.
    world.call_many({.url = url}, 1, [&](int) {
      for (const auto& one : dead) {
        world.call_many({.url = one->url, .timeout = long_time}, 50, [&](int) { ++from_dead; });
      }
      world.call_many({.url = url}, 500, [&](int count) {
        good = count;
        world.machine.stop();
      });
    });
  });
  EXPECT_EQ(good, 500);
  EXPECT_EQ(from_dead, 0);
}

TEST(CurlLoop, WhatWaitsTooLongFailsWithoutHavingBegun) {
  World world({.limits = {.under_way_per_endpoint_max = 1}});
  world.handler = [](http::Request&, http::Responder responder) {
    auto held = std::make_shared<http::Responder>(std::move(responder));
    held->on_gone([held] { held->answer({}); });
  };
  const auto url = world.listen();
  std::vector<std::string> errors;
  world.run([&] {
    world.client.call(world.core(), {.url = url, .timeout = long_time}, [](Result<HttpAnswer>) {});
    world.client.call(world.core(), {.url = url, .timeout = Duration(20)}, [&](Result<HttpAnswer> answer) {
      errors.push_back(answer ? "" : answer.error().message);
      world.machine.stop();
    });
  });
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_TRUE(errors[0].contains("busy")) << errors[0];
}

TEST(CurlLoop, MoreThanMayWaitIsRefusedAtOnce) {
  World world({.limits = {.under_way_max = 2}, .waiting_max = 8});
  const SilentListener silent;
  int refused = 0;
  world.run([&] {
    for (int i = 0; i < 15; ++i) {
      world.client.call(world.core(), {.url = silent.url, .timeout = long_time}, [&](Result<HttpAnswer> answer) {
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, ErrorCode::over_limit);
        if (++refused == 5) world.machine.stop();
      });
    }
  });
  EXPECT_EQ(refused, 5);
}

TEST(CurlLoop, StopFailsWhatIsOutstandingAndWhatComesLater) {
  World world({.limits = {.under_way_per_endpoint_max = 2}});
  const SilentListener silent;
  std::vector<std::string> errors;
  const HttpCall call{.url = silent.url, .timeout = long_time};
  constexpr std::size_t count = 3 * CurlLoop::delivered_max;  // they take several turns
  const auto note = [&](Result<HttpAnswer> answer) {
    EXPECT_FALSE(answer);
    errors.push_back(answer.error().message);
    if (errors.size() == count + 1) world.machine.stop();
  };
  world.run([&] {
    for (std::size_t i = 0; i < count; ++i) world.client.call(world.core(), call, note);
    world.loop.stop();
    world.client.call(world.core(), call, note);
  });
  ASSERT_EQ(errors.size(), count + 1);
  for (const auto& error : errors) EXPECT_TRUE(error.contains("shutting down")) << error;
}

TEST(CurlLoop, WithoutStopWhatIsOutstandingIsDestroyed) {
  const SilentListener silent;
  auto alive = std::make_shared<int>();
  std::weak_ptr<int> watched = alive;
  env::Machine machine(1);
  {
    CurlLoop loop({});
    CurlHttpClient client(loop, {});
    machine.core(0).post([&, held = std::move(alive)] {
      client.call(machine.core(0), {.url = silent.url, .timeout = long_time},
                  [held](Result<HttpAnswer>) { FAIL() << "called after the end"; });
      machine.stop();
    });
    machine.run();
  }
  EXPECT_TRUE(watched.expired());
}

TEST(CurlLoop, AnswersComeBackToTheCoreThatAsked) {
  env::Machine machine(2);
  std::optional<http::Server> server;
  CurlLoop loop({});
  CurlHttpClient client(loop, {});
  server.emplace(
      machine.net(), std::vector<env::Core*>{&machine.core(0), &machine.core(1)}, http::Options{},
      [](env::Core&, http::Request&, http::Responder responder) { responder.answer(http::Response::text(200, "ok")); });
  const auto port = server->listen("127.0.0.1:0");
  ASSERT_TRUE(port);
  const HttpCall call{.url = fmt::format("http://127.0.0.1:{}/", *port)};
  constexpr int calls = 100;
  std::atomic<int> left = 2 * calls;
  std::atomic<int> elsewhere = 0;
  for (int i = 0; i < 2; ++i) {
    machine.core(i).post([&, i] {
      const auto home = std::this_thread::get_id();
      for (int j = 0; j < calls; ++j) {
        client.call(machine.core(i), call, [&, home](Result<HttpAnswer> answer) {
          EXPECT_TRUE(answer);
          if (std::this_thread::get_id() != home) ++elsewhere;
          if (--left == 0) machine.stop();
        });
      }
    });
  }
  machine.run();
  loop.stop();
  server.reset();
  EXPECT_EQ(left, 0);
  EXPECT_EQ(elsewhere, 0);
}

// A server that ends connections without having said so.
TEST(CurlLoop, AConnectionThatWasClosedMeanwhileIsReplaced) {
  World world;
  const auto url = world.listen();
  std::vector<int> statuses;
  std::function<void()> again = [&] {
    world.client.call(world.core(), {.url = url}, [&](Result<HttpAnswer> answer) {
      statuses.push_back(answer ? answer->status : 0);
      if (statuses.size() == 3) return world.machine.stop();
      // Closes the idle connection, and takes another address.
      const auto port = url.substr(url.rfind(':') + 1, url.rfind('/') - url.rfind(':') - 1);
      world.server->drain(Duration(0), [&, port] {
        world.server.reset();
        world.server.emplace(world.machine.net(), std::vector<env::Core*>{&world.core()}, http::Options{},
                             [](env::Core&, http::Request&, http::Responder responder) {
                               responder.answer(http::Response::text(201, ""));
                             });
        ASSERT_TRUE(world.server->listen("127.0.0.1:" + port));
        again();
      });
    });
  };
  world.run(again);
  EXPECT_EQ(statuses, (std::vector{200, 201, 201}));
}

}  // namespace
}  // namespace millrace::delivery
