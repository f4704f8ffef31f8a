// What an account keeps, over the real engine on a simulated machine.
#include "aws/sns/account.h"

#include "broker/queue/queue_fixture.h"

namespace millrace::aws::sns {
namespace {

using env::sim::Effect;
using env::sim::Fault;
using env::sim::Operation;

class AccountTest : public broker::QueueTest {
 protected:
  AccountTest() : QueueTest(0) {
    options.journal_file_bytes = 32 << 10;
    options.journal_chunk_bytes = 16 << 10;
    reopen(1);
  }

  engine::Lane& lane() { return lane_of(key); }
  Account account() { return Account(lane(), key); }
  EndpointName endpoint(int number) const { return {.application = application, .id = "id-" + std::to_string(number)}; }
  static Attributes attributes(const std::string& token) { return {{"Token", token}, {"Enabled", "true"}}; }
  void put(int number, const std::string& token) {
    ASSERT_TRUE(account().put_endpoint(endpoint(number), attributes(token)));
    durable(lane());
  }

  const std::string key = account_key("us-east-1", "000000000000");
  const ApplicationName application{.region = "us-east-1", .account = "000000000000", .platform = "GCM", .name = "app"};
};

TEST_F(AccountTest, AnEndpointIsFoundByItsToken) {
  put(1, "one");
  put(2, "two");
  EXPECT_EQ(account().endpoint_of_token(application, "two"), "id-2");
  put(2, "three");
  EXPECT_EQ(account().endpoint_of_token(application, "two"), "");
  EXPECT_EQ(account().endpoint_of_token(application, "three"), "id-2");
  ASSERT_TRUE(account().erase_endpoint(endpoint(2)));
  EXPECT_EQ(account().endpoint_of_token(application, "three"), "");
  crash_and_restart();
  EXPECT_EQ(account().endpoint_of_token(application, "one"), "id-1");
  EXPECT_EQ(account().endpoint(endpoint(1)), attributes("one"));
}

// An application with more endpoints than one step erases: wherever the machine stops, what is left is whole, and erasing
// it again completes it.
TEST_F(AccountTest, ARemovalOfAnApplicationThatIsCutOff) {
  constexpr int endpoints_max = 400;
  std::size_t seen_partly = 0, seen_without_endpoint = 0;
  for (std::uint64_t nth = 1; nth <= 5; ++nth) {
    ASSERT_TRUE(account().put_application(application, {{"PlatformCredential", "x"}}));
    for (int i = 0; i < endpoints_max; ++i) {
      ASSERT_TRUE(account().put_endpoint(endpoint(i), attributes("token " + std::to_string(i))));
      if (i % 20 == 0) pass(std::chrono::milliseconds(20));
    }
    durable(lane());
    world.disk().set_faults(
        {Fault{.effect = Effect::crash, .on = Operation::write, .nth = nth, .path_part = "journal"}});
    ASSERT_TRUE(account().erase_application(application));
    const auto end = world.now() + std::chrono::seconds(1);
    while (!world.crashed() && world.now() < end) world.step();
    world.disk().set_faults({});
    crash_and_restart();
    std::size_t there = 0;
    for (int i = 0; i < endpoints_max; ++i) {
      const bool is_there = account().endpoint(endpoint(i)).has_value();
      there += is_there ? 1 : 0;
      const auto found = account().endpoint_of_token(application, "token " + std::to_string(i));
      ASSERT_EQ(found, is_there ? endpoint(i).id : "") << i;
    }
    if (there > 0) ASSERT_TRUE(account().application(application).has_value());
    seen_partly += there > 0 && there < endpoints_max ? 1 : 0;
    seen_without_endpoint += there == 0 && account().application(application) ? 1 : 0;
    ASSERT_TRUE(account().erase_application(application));
    EXPECT_FALSE(account().application(application).has_value());
    EXPECT_TRUE(account().endpoints(application, {}, 10).empty());
  }
  EXPECT_GT(seen_partly + seen_without_endpoint, 1u) << "few of the stops were in between";
}

}  // namespace
}  // namespace millrace::aws::sns
