// Expressions, from text to what they do. tests/clients/scenario_dynamodb.py and tests/wire/dynamodb say the same through
// the API.
#include <gtest/gtest.h>

#include "aws/dynamodb/parser.h"

namespace millrace::aws::dynamodb {
namespace {

Value text(std::string value) { return Value{std::move(value)}; }
Value number(std::string_view value) { return Value{*Decimal::parse(value)}; }

class ExpressionTest : public testing::Test {
 protected:
  ExpressionTest() {
    item = {{"n", number("5")},
            {"s", text("hello")},
            {"l", Value{List{number("1"), text("x"), Value{List{number("2")}}}}},
            {"m", Value{Attributes{{"k", text("v")}, {"deep", Value{Attributes{{"z", number("9")}}}}}}},
            {"ss", Value{StringSet{{"a", "b"}}}},
            {"ns", Value{NumberSet{{Decimal(1), Decimal(2)}}}}};
  }

  Placeholders placeholders() {
    Placeholders all;
    for (const auto& [placeholder, value] : values) EXPECT_TRUE(all.add_value(placeholder, value).has_value());
    for (const auto& [placeholder, name] : names) EXPECT_TRUE(all.add_name(placeholder, name).has_value());
    return all;
  }
  std::string refused(std::string_view expression) {
    auto all = placeholders();
    auto parsed = parse_condition(expression, "FilterExpression", all);
    return parsed ? "" : parsed.error().message;
  }
  bool is_true(std::string_view expression) {
    auto all = placeholders();
    auto parsed = parse_condition(expression, "FilterExpression", all);
    EXPECT_TRUE(parsed.has_value()) << expression << ": " << (parsed ? "" : parsed.error().message);
    return parsed && holds(*parsed, item);
  }
  // The item afterwards, or why not.
  std::string updated(std::string_view expression) {
    auto all = placeholders();
    const auto parsed = parse_update(expression, all);
    if (!parsed) return parsed.error().message;
    Attributes copy = item;
    if (auto ok = apply(*parsed, copy); !ok) return ok.error().message;
    return shown(Value{copy});
  }

  Attributes item;
  std::map<std::string, Value> values = {{":one", number("1")},
                                         {":five", number("5")},
                                         {":v", text("v")},
                                         {":s", text("hello")},
                                         {":set", Value{StringSet{{"b", "c"}}}},
                                         {":list", Value{List{text("new")}}}};
  std::map<std::string, std::string> names = {{"#n", "n"}, {"#dotted", "a.b"}};
};

TEST_F(ExpressionTest, PrecedenceAndGrouping) {
  EXPECT_TRUE(is_true("n = :five OR n = :one AND s = :v"));
  EXPECT_FALSE(is_true("(n = :five OR n = :one) AND s = :v"));
  EXPECT_TRUE(is_true("NOT n = :one AND s = :s"));
  EXPECT_FALSE(is_true("NOT (n = :five AND s = :s)"));
  EXPECT_TRUE(is_true("NOT NOT n = :five"));
  EXPECT_TRUE(is_true("n between :one and :five and not s in (:v, :one)"));
  EXPECT_TRUE(is_true("(n) = (:five)"));
}

TEST_F(ExpressionTest, PathsLeadIntoItems) {
  EXPECT_TRUE(is_true("m.k = :v"));
  EXPECT_TRUE(is_true("m . deep . z > :five"));
  EXPECT_TRUE(is_true("l[2][0] > l[0]"));
  EXPECT_TRUE(is_true("#n = :five"));
  EXPECT_TRUE(is_true("attribute_not_exists(#dotted)"));
  EXPECT_FALSE(is_true("attribute_exists(l[3]) OR attribute_exists(s.k) OR attribute_exists(m[0])"));
}

TEST_F(ExpressionTest, WhatIsMissingComparesWithNothing) {
  for (const auto* condition : {"x = :one", "x < :one", "x > :one", "x = y", "x IN (:one)", "x BETWEEN :one AND :five",
                                "begins_with(x, :s)", "contains(x, :s)", "size(x) = :one", "attribute_exists(x)"}) {
    EXPECT_FALSE(is_true(condition)) << condition;
  }
  EXPECT_TRUE(is_true("x <> :one"));
  EXPECT_TRUE(is_true("x <> y"));
}

TEST_F(ExpressionTest, TypesAreNotMixed) {
  EXPECT_FALSE(is_true("n < :s"));
  EXPECT_FALSE(is_true("n > :s"));
  EXPECT_TRUE(is_true("n <> :s"));
  EXPECT_FALSE(is_true("contains(ns, :s)"));
  EXPECT_TRUE(is_true("contains(l, :one)"));
}

TEST_F(ExpressionTest, SyntaxErrorsNameTheToken) {
  EXPECT_EQ(refused("n = "), "Invalid FilterExpression: Syntax error; token: \"<EOF>\", near: \"=\"");
  EXPECT_EQ(refused("n :one"), "Invalid FilterExpression: Syntax error; token: \":one\", near: \"n :one\"");
  EXPECT_EQ(refused("n = :one :five"),
            "Invalid FilterExpression: Syntax error; token: \":five\", near: \":one :five\"");
  EXPECT_EQ(refused("n % :one"), "Invalid FilterExpression: Syntax error; token: \"%\", near: \"n % :one\"");
  EXPECT_EQ(refused("   "), "Invalid FilterExpression: The expression can not be empty;");
  for (const auto* bad : {"(",
                          ")",
                          "n",
                          "n = :one)",
                          "(n = :one",
                          "AND",
                          "n = :one AND",
                          "NOT",
                          "n IN ()",
                          "n IN :one",
                          "n BETWEEN :one",
                          "n BETWEEN :one OR :five",
                          "l[:one] = :one",
                          "l[] = :one",
                          "m..k = :one",
                          "m. = :one",
                          ".m = :one",
                          "attribute_exists()",
                          "attribute_exists(n,)",
                          "n = # :one",
                          "n = :one,",
                          "n == :one",
                          "1 = :one",
                          "n ü :one",
                          "size(n)",
                          "(n)"}) {
    EXPECT_NE(refused(bad), "") << bad;
  }
}

TEST_F(ExpressionTest, LimitsHold) {
  EXPECT_NE(refused(std::string(4097, ' ')), "");
  std::string many = "n = :one";
  for (int i = 0; i < 149; ++i) many += " OR n = :one";
  EXPECT_EQ(refused(many), "");
  EXPECT_NE(refused(many + " OR NOT n = :one OR n = :one"), "");
  std::string deep = "n = :one";
  for (int i = 0; i < 400; ++i) deep = "NOT " + deep;
  EXPECT_NE(refused(deep), "");
  std::string path = "m";
  for (int i = 0; i < 32; ++i) path += ".k";
  EXPECT_EQ(refused("attribute_exists(" + path + ")"), "");
  EXPECT_NE(refused("attribute_exists(" + path + ".k)"), "");
  std::string members;
  for (int i = 0; i < 101; ++i) members += i == 0 ? ":one" : ", :one";
  EXPECT_NE(refused("n IN (" + members + ")"), "");
  EXPECT_NE(refused("l[99999999999] = :one"), "");
}

TEST_F(ExpressionTest, ReservedWordsNeedAPlaceholder) {
  EXPECT_EQ(refused("Name = :one"),
            "Invalid FilterExpression: Attribute name is a reserved keyword; reserved keyword: Name");
  EXPECT_EQ(refused("m.values = :one"),
            "Invalid FilterExpression: Attribute name is a reserved keyword; reserved keyword: values");
  EXPECT_EQ(refused("names_ = :one"), "");
}

TEST_F(ExpressionTest, UnusedPlaceholdersAreErrors) {
  auto all = placeholders();
  ASSERT_TRUE(parse_condition("#n = :one AND #dotted = :five", "FilterExpression", all).has_value());
  const auto used = all.check_used();
  ASSERT_FALSE(used.has_value());
  EXPECT_EQ(used.error().message,
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:list, :s, :set, :v}");
  EXPECT_FALSE(all.add_name("n", "x").has_value());
  EXPECT_FALSE(all.add_value(":", number("1")).has_value());
  EXPECT_FALSE(all.add_value(":a-b", number("1")).has_value());
  EXPECT_FALSE(all.add_name("#" + std::string(255, 'x'), "x").has_value());
}

TEST_F(ExpressionTest, UpdatesReadTheItemAsItWas) {
  item = {{"a", number("1")}, {"b", number("2")}};
  EXPECT_EQ(updated("SET a = b, b = a"), "{M:{a={N:2}, b={N:1}}}");
  EXPECT_EQ(updated("SET c = a + b - :one"),
            "Invalid UpdateExpression: Syntax error; token: \"-\", near: \"b - :one\"");
  EXPECT_EQ(updated("SET c = if_not_exists(c, b) + if_not_exists(a, :five)"), "{M:{a={N:1}, b={N:2}, c={N:3}}}");
  EXPECT_EQ(updated("REMOVE a SET c = a ADD b :five"), "{M:{b={N:7}, c={N:1}}}");
  EXPECT_EQ(updated("set c = (a) + (b)"), "{M:{a={N:1}, b={N:2}, c={N:3}}}");
}

TEST_F(ExpressionTest, UpdatesOfLists) {
  item = {{"l", Value{List{number("0"), number("1"), number("2")}}}};
  EXPECT_EQ(updated("REMOVE l[0], l[2]"), "{M:{l={L:[{N:1}]}}}");
  EXPECT_EQ(updated("SET l[1] = :v, l[77] = :five, l[50] = :one"), "{M:{l={L:[{N:0}, {S:v}, {N:2}, {N:1}, {N:5}]}}}");
  EXPECT_EQ(updated("SET l = list_append(:list, list_append(l, :list))"),
            "{M:{l={L:[{S:new}, {N:0}, {N:1}, {N:2}, {S:new}]}}}");
  EXPECT_EQ(updated("REMOVE l[9]"), "{M:{l={L:[{N:0}, {N:1}, {N:2}]}}}");
}

TEST_F(ExpressionTest, UpdatesOfSets) {
  item = {{"ss", Value{StringSet{{"a", "b"}}}}};
  EXPECT_EQ(updated("ADD ss :set"), "{M:{ss={SS:[a, b, c]}}}");
  EXPECT_EQ(updated("DELETE ss :set"), "{M:{ss={SS:[a]}}}");
  EXPECT_EQ(updated("ADD more :set DELETE never :set"), "{M:{more={SS:[b, c]}, ss={SS:[a, b]}}}");
  EXPECT_EQ(updated("ADD ss :one"), "An operand in the update expression has an incorrect data type");
}

TEST_F(ExpressionTest, ProjectionsKeepTheirPlaces) {
  auto all = placeholders();
  const auto tree = parse_projection("l[2][0], m.deep.z, l[0], s, never, #n", all);
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(shown(Value{tree->project(item)}),
            "{M:{l={L:[{N:1}, {L:[{N:2}]}]}, m={M:{deep={M:{z={N:9}}}}}, n={N:5}, s={S:hello}}}");
  for (const auto* clash : {"m, m.k", "m.k, m", "l[0], l[0].x", "m.k, m[0]", "s, s"}) {
    auto again = placeholders();
    EXPECT_FALSE(parse_projection(clash, again).has_value()) << clash;
  }
}

}  // namespace
}  // namespace millrace::aws::dynamodb
