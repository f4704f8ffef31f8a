// Tables over the real engine on a simulated machine: what a step writes is there whole or not at all, whatever happens.
#include "broker/table/table.h"

#include "broker/queue/queue_fixture.h"

namespace millrace::broker {
namespace {

using env::sim::Effect;
using env::sim::Fault;
using env::sim::Operation;
using std::chrono::seconds;

class TableTest : public QueueTest {
 protected:
  TableTest() : QueueTest(1) {}

  engine::Lane& lane() { return lane_of("t"); }
  Table& table() {
    Table* opened = open_table(lane(), "t");
    EXPECT_NE(opened, nullptr);
    return *opened;
  }
  Result<void> try_write(std::vector<TableWrite> writes) { return table().write(writes); }
  void write(std::vector<TableWrite> writes) {
    const auto ok = try_write(std::move(writes));
    ASSERT_TRUE(ok.has_value()) << ok.error().message;
    durable(lane());
  }
  std::string value(const std::string& key) {
    const auto* found = table().find(key);
    return found != nullptr ? *found : "(none)";
  }
  std::uint64_t counted() {
    std::uint64_t bytes = 0;
    for (const auto& [key, held] : table().entries()) bytes += key.size() + held.size();
    return bytes;
  }
  void wait_until_serving() {
    until([&] { return lane().serving(); });
  }
};

TEST_F(TableTest, KeepsWhatIsWrittenInTheOrderOfKeys) {
  EXPECT_EQ(find_table(lane(), "t"), nullptr);
  write({{"b", "2"}, {"a", "1"}, {std::string("\xff"), "4"}, {"c", "3"}});
  write({{"b", std::nullopt}, {"c", "three"}, {"nothing", std::nullopt}});
  std::string all;
  for (const auto& [key, held] : table().entries()) all += key + "=" + held + " ";
  EXPECT_EQ(all, "a=1 c=three \xff=4 ");
  EXPECT_EQ(table().bytes(), counted());
  EXPECT_EQ(find_table(lane(), "t"), &table());
}

TEST_F(TableTest, TheLastOfSeveralWritesOfOneKeyCounts) {
  write({{"a", "1"}, {"a", std::nullopt}, {"a", "2"}, {"b", "1"}, {"b", std::nullopt}});
  EXPECT_EQ(value("a"), "2");
  EXPECT_EQ(value("b"), "(none)");
}

TEST_F(TableTest, AKeyNamesOneThing) {
  make("q");
  EXPECT_EQ(open_table(lane(), "q"), nullptr);
  EXPECT_EQ(find_table(lane(), "q"), nullptr);
  table();
  EXPECT_EQ(find_queue(lane(), "t"), nullptr);
}

TEST_F(TableTest, SurvivesAPowerCut) {
  write({{"a", "1"}, {"b", ""}});
  write({{"a", std::nullopt}, {"c", std::string(5000, 'c')}});
  crash_and_restart();
  EXPECT_EQ(value("a"), "(none)");
  EXPECT_EQ(value("b"), "");
  EXPECT_EQ(value("c"), std::string(5000, 'c'));
  EXPECT_EQ(table().bytes(), counted());
}

TEST_F(TableTest, SurvivesAStopAndManyCheckpoints) {
  for (int i = 0; i < 600; ++i) {
    ASSERT_TRUE(try_write({{"key " + std::to_string(i % 50), std::to_string(i) + std::string(3000, '.')}}));
    if (i % 20 == 0) durable(lane());
  }
  pass(seconds(3));
  EXPECT_GT(lane().stats().checkpoints_written, 1u);
  restart();
  ASSERT_EQ(table().entries().size(), 50u);
  for (int i = 550; i < 600; ++i) {
    EXPECT_EQ(value("key " + std::to_string(i % 50)), std::to_string(i) + std::string(3000, '.'));
  }
  EXPECT_EQ(table().bytes(), counted());
}

TEST_F(TableTest, AStepBeyondTheLimitIsRefusedWhole) {
  write({{"a", "1"}});
  const auto refused = try_write({{"a", "2"}, {"big", std::string(options.journal_file_bytes / 2, 'x')}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::over_limit);
  EXPECT_EQ(value("a"), "1");
  EXPECT_EQ(value("big"), "(none)");
}

// What is large is loaded as a checkpoint's state, so that the test does not write it all.
TEST_F(TableTest, AFullTableTakesErasuresAndWhatMakesItSmaller) {
  options.journal_file_bytes = 32 << 20;
  reopen(1);
  const std::string large(Table::write_bytes_max - 10, 'x');
  const std::uint64_t count = Table::bytes_max / Table::write_bytes_max;
  std::string state;
  ByteWriter out(state);
  out.u8(1);
  out.varint(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    out.string(std::string(1, static_cast<char>('A' + i)));
    out.string(large);
  }
  ByteReader in(state);
  ASSERT_TRUE(table().load(in).has_value());
  const auto refused = try_write({{"more", large}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::over_limit);
  EXPECT_FALSE(try_write({{"A", std::nullopt}, {"A", large + "12345678"}, {"B", "-"}, {"B", large + "12345678"}}));
  EXPECT_TRUE(try_write({{"B", std::nullopt}, {"more", large.substr(4)}}).has_value());
  EXPECT_TRUE(try_write({{"A", std::nullopt}}).has_value());
  EXPECT_EQ(table().bytes(), counted());
}

TEST_F(TableTest, AFullDiskTakesErasuresAlone) {
  write({{"a", "1"}, {"b", "1"}});
  pass(seconds(3));
  world.disk().set_capacity(world.disk().used());
  Result<void> refused;
  for (int i = 0; i < 2000 && refused; ++i) {
    refused = try_write({{"key " + std::to_string(i), std::string(2000, 'x')}});
    if (refused) durable(lane());
    pass(Duration(2));
  }
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::disk_full);
  EXPECT_TRUE(try_write({{"a", std::nullopt}}).has_value());
  durable(lane());
  EXPECT_EQ(value("a"), "(none)");
  EXPECT_EQ(value("b"), "1");
  EXPECT_EQ(lane().stats().recoveries, 0u);
}

// Two keys that every step writes alike: whenever the lane has recovered they are equal, and nothing acknowledged is
// lost.
TEST_F(TableTest, StepsAreAtomicWhateverFails) {
  for (const auto on : {Operation::write, Operation::sync, Operation::create, Operation::rename}) {
    for (std::uint64_t nth = 1; nth <= 6; ++nth) {
      int acknowledged = -1;
      table();
      durable(lane());
      world.disk().set_faults({Fault{.effect = Effect::fail, .on = on, .nth = nth}});
      for (int i = 0; i < 150; ++i) {
        if (lane().serving()) {
          const auto text = std::to_string(i) + std::string(2000, '.');
          if (try_write({{"left", text}, {"right", text}})) {
            lane().when_durable([&acknowledged, i](Result<void> ok) {
              if (ok) acknowledged = std::max(acknowledged, i);
            });
          }
        }
        pass(Duration(3));
      }
      pass(seconds(3));
      wait_until_serving();
      world.disk().set_faults({});
      EXPECT_EQ(value("left"), value("right"));
      EXPECT_GE(std::stoi(value("left")), acknowledged);
      EXPECT_GT(acknowledged, 0);
      crash_and_restart();
      EXPECT_EQ(value("left"), value("right"));
      EXPECT_GE(std::stoi(value("left")), acknowledged);
    }
  }
}

TEST_F(TableTest, AStateThatCannotBeReadIsRefused) {
  write({{"a", "1"}});
  std::string saved;
  ByteWriter out(saved);
  table().save(out);
  for (std::size_t size = 0; size < saved.size(); ++size) {
    ByteReader cut(std::string_view(saved).substr(0, size));
    EXPECT_FALSE(table().load(cut).has_value()) << size;
  }
  saved[0] = 9;
  ByteReader newer(saved);
  const auto refused = table().load(newer);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace millrace::broker
