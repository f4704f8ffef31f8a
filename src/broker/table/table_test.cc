// Tables over the real engine on a simulated machine: what a step writes is there whole or not at all, whatever happens.
#include "broker/table/table.h"

#include <set>

#include "broker/queue/queue_fixture.h"
#include "broker/table/table_visit.h"

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
  Result<void> try_in_steps(std::vector<TableWrite> writes) { return table().write_in_steps(writes); }
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

  // In steps: refused whole when it does not fit in the end; what is too much in between does not matter.
  const auto more = try_in_steps({{"D", std::nullopt}, {"1", large}, {"2", large}, {"3", large}});
  ASSERT_FALSE(more.has_value());
  EXPECT_EQ(more.error().code, ErrorCode::over_limit);
  EXPECT_NE(table().find("D"), nullptr);
  EXPECT_EQ(table().find("1"), nullptr);
  EXPECT_TRUE(try_in_steps({{"1", large}, {"2", large}, {"D", std::nullopt}, {"E", std::nullopt}}).has_value());
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

// --- in steps ---

TEST_F(TableTest, WhatIsLargerThanAStepTakesSeveralInTheirOrder) {
  std::vector<TableWrite> writes;
  for (int i = 0; i < 40; ++i) writes.push_back({"key " + std::to_string(i), std::string(20'000, 'x')});
  writes.push_back({"key 0", "the last counts"});
  writes.push_back({"key 1", std::nullopt});
  ASSERT_TRUE(try_in_steps(writes).has_value());
  durable(lane());
  crash_and_restart();
  EXPECT_EQ(table().entries().size(), 39u);
  EXPECT_EQ(value("key 0"), "the last counts");
  EXPECT_EQ(value("key 1"), "(none)");
  EXPECT_EQ(value("key 39"), std::string(20'000, 'x'));
}

TEST_F(TableTest, StepsWithOneThatIsTooLargeAreRefusedWhole) {
  std::vector<TableWrite> writes;
  for (int i = 0; i < 40; ++i) writes.push_back({"key " + std::to_string(i), std::string(20'000, 'x')});
  writes.push_back({"big", std::string(options.journal_file_bytes / 2, 'x')});
  const auto refused = try_in_steps(writes);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::over_limit);
  EXPECT_TRUE(table().entries().empty());
}

TEST_F(TableTest, StepsBeyondWhatMayBeUnderWayAreRefusedWholeUnlessTheyErase) {
  const std::string large(options.journal_file_bytes / 2 - 10, 'x');
  std::vector<TableWrite> writes;
  for (std::uint64_t bytes = 0; bytes <= Table::steps_bytes_max; bytes += large.size()) {
    writes.push_back({std::to_string(writes.size()), large});
  }
  const auto refused = try_in_steps(writes);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::over_limit);
  EXPECT_TRUE(table().entries().empty());
  for (auto& write : writes) write = {std::move(*write.value), std::nullopt};
  EXPECT_TRUE(try_in_steps(writes).has_value());
}

// Whenever the machine stops, a beginning of the writes is there; all of them once more complete it.
TEST_F(TableTest, AStopBetweenStepsLeavesABeginning) {
  std::vector<TableWrite> writes, erasures;
  for (char key = 'A'; key < 'A' + 50; ++key) {
    writes.push_back({std::string(1, key), std::string(12'000, key)});
    erasures.push_back({std::string(1, key), std::nullopt});
  }
  std::set<std::size_t> left;
  for (std::uint64_t nth = 1; nth <= 16; ++nth) {
    table();
    durable(lane());
    world.disk().set_faults({Fault{.effect = Effect::crash, .on = Operation::write, .nth = nth}});
    ASSERT_TRUE(try_in_steps(writes).has_value());
    const auto end = world.now() + seconds(1);
    while (!world.crashed() && world.now() < end) world.step();
    world.disk().set_faults({});
    crash_and_restart();
    const auto there = table().entries().size();
    left.insert(there);
    for (std::size_t i = 0; i < there; ++i) EXPECT_EQ(value(writes[i].key), *writes[i].value);
    ASSERT_TRUE(try_in_steps(writes).has_value());
    durable(lane());
    EXPECT_EQ(table().entries().size(), writes.size());
    ASSERT_TRUE(try_in_steps(erasures).has_value());
    durable(lane());
    EXPECT_TRUE(table().entries().empty());
  }
  EXPECT_TRUE(left.contains(0) && left.contains(writes.size()));
  EXPECT_GT(left.size(), 3u) << "few of the stops were between steps";
}

// --- visits ---

TEST_F(TableTest, AVisitMakesTheTableWithItsFirstWrite) {
  const std::string key = "t";
  TableVisit visit(lane(), key);
  EXPECT_TRUE(visit.entries().empty());
  EXPECT_EQ(visit.find("a"), nullptr);
  EXPECT_TRUE(visit.write({}).has_value());
  const std::vector<TableWrite> erasure = {{"a", std::nullopt}};
  EXPECT_TRUE(visit.write(erasure).has_value());
  EXPECT_EQ(find_table(lane(), key), nullptr);

  const std::vector<TableWrite> writes = {{"a/1", "1"}, {"a/2", "2"}, {"b", "3"}};
  EXPECT_TRUE(visit.write(writes).has_value());
  EXPECT_EQ(visit.entries().size(), 3u);
  EXPECT_EQ(*TableVisit(lane(), key).find("a/2"), "2");

  std::vector<TableWrite> erasures;
  visit.add_erasures("a/", erasures);
  EXPECT_EQ(erasures.size(), 2u);
  EXPECT_TRUE(visit.write(erasures).has_value());
  EXPECT_EQ(value("b"), "3");
  EXPECT_EQ(table().entries().size(), 1u);
}

TEST_F(TableTest, AFullDiskMakesNoTable) {
  const std::string key = "t";
  make("q");
  world.disk().set_capacity(world.disk().used());
  for (int i = 0; i < 2000 && lane_of(key).admits_new(); ++i) {
    (void)try_send("q", std::string(2000, 'x'));
    durable(lane());
    pass(Duration(2));
  }
  const std::vector<TableWrite> writes = {{"a", "1"}};
  const auto refused = TableVisit(lane(), key).write(writes);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::disk_full);
  EXPECT_EQ(find_table(lane(), key), nullptr);
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
