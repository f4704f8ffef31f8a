// The index against policies evaluated one by one, and that what does not match costs nothing.
#include "broker/topic/filter_index.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "broker/topic/filter_test_reference.h"

namespace millrace::broker {
namespace {

using Slots = std::vector<std::uint32_t>;

std::shared_ptr<const FilterPolicy> policy(std::string_view text, FilterScope scope = FilterScope::body) {
  auto parsed = parse_filter_policy(text, scope);
  EXPECT_TRUE(parsed) << text << ": " << parsed.error().reason;
  return *parsed;
}

Slots matching(const FilterIndex& index, std::string_view body) {
  Slots slots;
  const auto event = FilterEvent::from_body(body);
  EXPECT_TRUE(event) << body;
  index.match(*event, slots);
  return slots;
}

TEST(FilterIndex, slots_come_and_go) {
  FilterIndex index;
  index.add(7, policy(R"({"a": ["x"]})"));
  index.add(3, policy(R"({ "a":["x"] })"));
  index.add(5, policy(R"({"a": ["y", "x"]})"));
  index.add(0, policy("{}"));
  EXPECT_EQ(index.policies(), 3u) << "those that mean the same are one";
  EXPECT_EQ(matching(index, R"({"a": "x"})"), (Slots{0, 3, 5, 7}));
  EXPECT_EQ(matching(index, R"({"a": "y"})"), (Slots{0, 5}));
  EXPECT_EQ(matching(index, "{}"), (Slots{0}));
  index.remove(7);
  index.remove(7);
  index.remove(1000);
  EXPECT_EQ(matching(index, R"({"a": "x"})"), (Slots{0, 3, 5}));
  index.remove(3);
  index.remove(0);
  EXPECT_EQ(index.policies(), 1u);
  EXPECT_EQ(matching(index, R"({"a": "x"})"), (Slots{5}));
  index.remove(5);
  EXPECT_EQ(index.slots(), 0u);
  EXPECT_EQ(matching(index, R"({"a": "x"})"), Slots());
}

TEST(FilterIndex, appends_behind_what_is_there) {
  FilterIndex index;
  for (const std::uint32_t slot : {9u, 2u, 4u}) index.add(slot, policy(R"({"a": ["x"]})"));
  Slots slots = {100};
  index.match(*FilterEvent::from_body(R"({"a": "x"})"), slots);
  EXPECT_EQ(slots, (Slots{100, 2, 4, 9}));
}

// The lists and ranges that slots leave are used again.
TEST(FilterIndex, gives_back_what_it_took) {
  FilterIndex index;
  const auto fill = [&] {
    for (std::uint32_t i = 0; i < 2000; ++i) {
      const auto n = std::to_string(i);
      index.add(4 * i, policy(R"({"id": [")" + n + R"("]})"));
      index.add(4 * i + 1, policy(R"({"id": [{"prefix": ")" + n + R"(-"}, {"exists": false}], "p)" + n + R"(": [1]})"));
      index.add(4 * i + 2, policy(R"({"price": [{"numeric": [">", )" + n + "]}]}"));
      index.add(4 * i + 3, policy(R"({"$or": [{"x": [)" + n + R"(]}, {"y": [{"anything-but": )" + n + "}]}]}"));
    }
  };
  fill();
  EXPECT_EQ(index.policies(), 8000u);
  const std::size_t full = index.memory_bytes();
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t i = 0; i < 8000; ++i) index.remove((i * 3001) % 8000);
    EXPECT_EQ(index.policies(), 0u);
    EXPECT_EQ(matching(index, R"({"id": "1", "price": 5, "x": 1, "y": 2})"), Slots());
    fill();
    EXPECT_LE(index.memory_bytes(), full + full / 4);
  }
}

// --- only what can match is looked at ---

struct Crowd {
  const char* name;
  std::function<std::string(int)> policy;
  std::string body;
  std::size_t compared_max;
  std::size_t matching;
};

TEST(FilterIndex, compares_no_more_than_what_matches) {
  constexpr int count = 2000;
  const auto n = [](int i) { return std::to_string(i); };
  const Crowd crowds[] = {
      {"exact", [&](int i) { return R"({"k": ["v)" + n(i) + "\"]}"; }, R"({"k": "v17"})", 1, 1},
      {"a common name beside it", [&](int i) { return R"({"k": ["v)" + n(i) + R"("], "type": ["order"]})"; },
       R"({"k": "v17", "type": "order"})", 2, 1},
      {"the common name first", [&](int i) { return R"({"a": ["order"], "z": [)" + n(i) + "]}"; },
       R"({"a": "order", "z": 17})", 2, 1},
      {"above", [&](int i) { return R"({"price": [{"numeric": [">", )" + n(i) + "]}]}"; }, R"({"price": 10.5})", 11,
       11},
      {"below", [&](int i) { return R"({"price": [{"numeric": ["<", )" + n(i) + "]}]}"; }, R"({"price": 1990})", 9, 9},
      {"between",
       [&](int i) { return R"({"price": [{"numeric": [">=", )" + n(10 * i) + R"(, "<", )" + n(10 * i + 15) + "]}]}"; },
       R"({"price": 1012})", 2, 2},
      {"prefix", [&](int i) { return R"({"k": [{"prefix": "p)" + n(i) + "-\"}]}"; }, R"({"k": "p17-x"})", 1, 1},
      {"suffix", [&](int i) { return R"({"k": [{"suffix": "-)" + n(i) + "\"}]}"; }, R"({"k": "x-17"})", 1, 1},
      {"wildcard", [&](int i) { return R"({"k": [{"wildcard": "p)" + n(i) + "-*z\"}]}"; }, R"({"k": "p17-xyz"})", 1, 1},
      {"any case", [&](int i) { return R"({"k": [{"equals-ignore-case": "Key)" + n(i) + "\"}]}"; }, R"({"k": "KEY17"})",
       1, 1},
      {"addresses", [&](int i) { return R"({"ip": [{"cidr": "10.)" + n(i / 250) + "." + n(i % 250) + ".0/24\"}]}"; },
       R"({"ip": "10.3.9.77"})", 1, 1},
      {"missing or a value", [&](int i) { return R"({"k": [{"exists": false}, ")" + n(i) + "\"]}"; }, R"({"k": "17"})",
       1, 1},
      {"different names", [&](int i) { return "{\"k" + n(i) + R"(": [{"anything-but": "x"}]})"; }, R"({"k17": "v"})", 1,
       1},
      {"alternatives", [&](int i) { return R"({"$or": [{"a": [)" + n(i) + R"(]}, {"b": [)" + n(i) + "]}]}"; },
       R"({"a": 17, "b": 18})", 2, 2},
  };
  for (const Crowd& crowd : crowds) {
    FilterIndex index;
    for (int i = 0; i < count; ++i) index.add(static_cast<std::uint32_t>(i), policy(crowd.policy(i)));
    EXPECT_EQ(matching(index, crowd.body).size(), crowd.matching) << crowd.name;
    EXPECT_LE(index.compared(), crowd.compared_max) << crowd.name;
    EXPECT_EQ(matching(index, R"({"another": 1, "k": "none", "price": -5})").size(),
              crowd.name == std::string_view("below") ? count : 0u)
        << crowd.name;
  }
}

// --- random ---

// A million once in a while: MILLRACE_FILTER_EVENTS=1000000.
std::size_t events_wanted() {
  const char* wanted = std::getenv("MILLRACE_FILTER_EVENTS");
  return wanted == nullptr ? 1000 : std::strtoull(wanted, nullptr, 10);
}

constexpr std::size_t policies_at_once = 100;
constexpr std::size_t events_a_round = 250;

FilterEvent as_attributes(const codec::JsonValue& message) {
  FilterEvent event;
  for (const auto& [name, value] : *message.object()) {
    std::string text;
    codec::write_json(value, text);
    if (const auto* string = value.string()) {
      event.add_attribute(name, "String", *string);
    } else if (reference::is_number(value)) {
      event.add_attribute(name, "Number", text);
    } else {
      event.add_attribute(name, "String.Array", value.array() ? text : "[" + text + "]");
    }
  }
  return event;
}

class FilterAgainstReference {
 public:
  explicit FilterAgainstReference(FilterScope scope, std::uint64_t seed) : scope_(scope), generator_(seed) {}

  void round() {
    change_policies();
    for (std::size_t i = 0; i < events_a_round; ++i) {
      const std::string text = generator_.message(scope_);
      const auto message = *codec::parse_json(text);
      const FilterEvent event = scope_ == FilterScope::body ? *FilterEvent::from_body(text) : as_attributes(message);
      compare(message, event, text);
    }
  }

  std::size_t pairs() const { return pairs_; }
  std::size_t matches() const { return matches_; }

 private:
  struct Held {
    std::string text;
    codec::JsonValue json;
    std::shared_ptr<const FilterPolicy> compiled;
  };

  void change_policies() {
    for (std::uint32_t slot = 0; slot < policies_at_once; ++slot) {
      if (held_.contains(slot) && !generator_.one_in(3)) continue;
      index_.remove(slot);
      Held& held = held_[slot];
      held.text = generator_.policy(scope_);
      held.json = *codec::parse_json(held.text);
      auto parsed = parse_filter_policy(held.text, scope_, {.keys_max = 100, .combinations_max = UINT32_MAX});
      ASSERT_TRUE(parsed) << held.text << "\n" << parsed.error().reason;
      held.compiled = *std::move(parsed);
      index_.add(slot, held.compiled);
    }
  }

  void compare(const codec::JsonValue& message, const FilterEvent& event, const std::string& text) {
    reference::Flat flat;
    reference::flatten(message, "", flat);
    Slots expected;
    for (const auto& [slot, held] : held_) {
      const bool match = reference::matches(held.json, flat);
      if (match) expected.push_back(slot);
      ASSERT_EQ(held.compiled->matches(event), match) << held.text << "\n" << text;
    }
    Slots found;
    index_.match(event, found);
    ASSERT_EQ(found, expected) << text;
    pairs_ += held_.size();
    matches_ += expected.size();
  }

  FilterScope scope_;
  reference::Generator generator_;
  std::map<std::uint32_t, Held> held_;
  FilterIndex index_;
  std::size_t pairs_ = 0;
  std::size_t matches_ = 0;
};

TEST(FilterIndex, like_policies_evaluated_one_by_one) {
  for (const auto scope : {FilterScope::body, FilterScope::attributes}) {
    FilterAgainstReference run(scope, scope == FilterScope::body ? 1 : 2);
    for (std::size_t i = 0; i < events_wanted() / 2 && !testing::Test::HasFatalFailure(); i += events_a_round)
      run.round();
    EXPECT_GT(run.matches(), run.pairs() / 40) << "few matches prove little";
    EXPECT_LT(run.matches(), run.pairs() / 2);
    if (events_wanted() > 1000) std::printf("%zu pairs, %zu matches\n", run.pairs(), run.matches());
  }
}

TEST(FilterRanges, like_a_list) {
  FilterRanges ranges;
  std::multiset<std::tuple<std::int64_t, std::int64_t, std::uint32_t>> list;
  reference::Generator generator(3);
  const auto some = [&](std::size_t count) { return static_cast<std::int64_t>(generator.below(count)); };
  for (int step = 0; step < 1500; ++step) {
    if (list.empty() || !generator.one_in(3)) {
      const auto low = some(100);
      const auto high = low + some(20) - 2;
      const auto number = static_cast<std::uint32_t>(some(50));
      ranges.add(low, high, number);
      list.emplace(low, high, number);
    } else {
      const auto which = std::next(list.begin(), some(list.size()));
      const auto [low, high, number] = *which;
      ranges.remove(low, high, number);
      list.erase(which);
    }
    ASSERT_EQ(ranges.size(), list.size());
    std::set<std::int64_t> values;
    for (std::size_t i = generator.one_in(10) ? 20 : 1; i > 0; --i) values.insert(some(130) - 5);
    std::set<std::uint32_t> expected, found;
    for (const auto& [low, high, number] : list) {
      const auto at = values.lower_bound(low);
      if (at != values.end() && *at <= high) expected.insert(number);
    }
    const std::vector<std::int64_t> ascending(values.begin(), values.end());
    ranges.for_each(ascending, [&](std::uint32_t number) { found.insert(number); });
    ASSERT_EQ(found, expected);
  }
}

TEST(FilterPostings, like_a_map) {
  FilterPostings postings;
  std::map<std::uint64_t, std::multiset<std::uint32_t>> map;
  reference::Generator generator(4);
  // Keys whose low bits are often the same, so that they stand in each other's way.
  const auto some_key = [&] { return static_cast<std::uint64_t>(generator.below(40)) * 0x1000000000000000ull / 7; };
  std::size_t size = 0;
  for (int step = 0; step < 20000; ++step) {
    const std::uint64_t key = some_key();
    auto& numbers = map[key];
    // Up and down, so that the table grows and shrinks.
    if (numbers.empty() || !generator.one_in(step % 4000 < 2000 ? 4 : 1)) {
      const auto number = static_cast<std::uint32_t>(generator.below(1000));
      postings.add(key, number);
      numbers.insert(number);
      ++size;
    } else {
      postings.remove(key, *numbers.begin());
      numbers.erase(numbers.begin());
      --size;
    }
    const std::uint64_t other = some_key();
    std::multiset<std::uint32_t> found;
    postings.for_each(other, [&](std::uint32_t number) { found.insert(number); });
    ASSERT_EQ(found, map[other]);
    ASSERT_EQ(postings.count(other), found.size());
  }
  EXPECT_GT(size, 0u);
}

}  // namespace
}  // namespace millrace::broker
