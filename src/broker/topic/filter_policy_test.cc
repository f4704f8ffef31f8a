// Filter policies one at a time: the examples of the service's guide, every operator with what passes and what does not,
// and the service's words for what it refuses.
#include "broker/topic/filter_policy.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace millrace::broker {
namespace {

std::string refusal(std::string_view policy, FilterScope scope = FilterScope::attributes, FilterLimits limits = {}) {
  const auto parsed = parse_filter_policy(policy, scope, limits);
  return parsed ? "" : parsed.error().reason;
}

bool passes(std::string_view policy, const FilterEvent& event, FilterScope scope) {
  const auto parsed = parse_filter_policy(policy, scope);
  EXPECT_TRUE(parsed) << policy << ": " << parsed.error().reason;
  return parsed && (*parsed)->matches(event);
}

bool body_passes(std::string_view policy, std::string_view body) {
  const auto event = FilterEvent::from_body(body);
  EXPECT_TRUE(event) << body;
  return event && passes(policy, *event, FilterScope::body);
}

struct Attribute {
  std::string_view name, type, value;
};

bool attributes_pass(std::string_view policy, const std::vector<Attribute>& attributes) {
  FilterEvent event;
  for (const auto& [name, type, value] : attributes) event.add_attribute(name, type, value);
  return passes(policy, event, FilterScope::attributes);
}

// The guide's example: a purchase with four attributes.
const std::vector<Attribute> purchase = {{"customer_interests", "String.Array", R"(["soccer", "rugby", "hockey"])"},
                                         {"store", "String", "example_corp"},
                                         {"event", "String", "order_placed"},
                                         {"price_usd", "Number", "210.75"}};

TEST(FilterPolicyGuide, examples_of_attributes) {
  EXPECT_TRUE(attributes_pass(R"({"store": ["example_corp"], "event": [{"anything-but": "order_cancelled"}],
      "customer_interests": ["rugby", "football", "baseball"], "price_usd": [{"numeric": [">=", 100]}]})",
                              purchase));
  EXPECT_FALSE(attributes_pass(R"({"store": ["example_corp"], "event": ["order_cancelled"], "encrypted": [false],
      "customer_interests": ["basketball", "baseball"]})",
                               purchase));
  EXPECT_TRUE(
      attributes_pass(R"({"customer_interests": ["rugby"], "price_usd": [{"numeric": [">", 100]}]})", purchase));
  EXPECT_FALSE(
      attributes_pass(R"({"customer_interests": ["rugby"], "price_usd": [{"numeric": [">", 300]}]})", purchase));
}

TEST(FilterPolicyGuide, examples_of_bodies) {
  constexpr std::string_view body = R"({"store": "example_corp", "event": "order_placed", "price_usd": 210.75,
      "customer_interests": ["soccer", "rugby", "hockey"],
      "shipping": {"country": "US", "address": {"city": "seattle"}}})";
  EXPECT_TRUE(body_passes(R"({"shipping": {"address": {"city": ["seattle", "portland"]}}})", body));
  EXPECT_FALSE(body_passes(R"({"shipping": {"address": {"city": ["portland"]}}})", body));
  EXPECT_FALSE(body_passes(R"({"shipping": {"city": ["seattle"]}})", body));
  EXPECT_TRUE(body_passes(R"({"store": ["example_corp"], "event": [{"anything-but": "order_cancelled"}],
      "customer_interests": ["rugby", "football", "baseball"], "price_usd": [{"numeric": [">=", 100]}]})",
                          body));
}

struct Case {
  std::string_view conditions;
  std::string_view yes;  // JSON values that pass
  std::string_view no;
};

// Each value alone at "k", in the body, and a list of them all at once where that differs.
TEST(FilterPolicy, operators) {
  const Case cases[] = {
      {R"(["rugby", "tennis"])", R"(["rugby", "tennis"])", R"(["baseball", "Rugby", "rugb", "rugby ", 1, null, true])"},
      {R"([100])", R"([100, 100.0, 1e2, 100.0000001])", R"([101, 100.00001, "100", -100])"},
      {R"([0.3])", R"([0.3, 3e-1])", R"([0.30001, 0.29999])"},
      {R"([true])", "[true]", R"([false, "true", null, 1])"},
      {R"([false])", "[false]", R"([true, "false", 0])"},
      {R"([null])", "[null]", R"(["null", "", 0, false])"},
      // Outside the range of numbers, where the text is compared.
      {R"([123456789012])", R"([123456789012])", R"([123456789013, "123456789012"])"},
      {R"([1e30])", R"([1e30, 1e+30, 1.0E30])", R"([2e30])"},
      {R"([{"prefix": "bas"}])", R"(["baseball", "bas"])", R"(["rugby", "ba", "Baseball", "abas", 5])"},
      {R"([{"prefix": ""}])", R"(["", "x"])", R"([1, null])"},
      {R"([{"suffix": "ball"}])", R"(["baseball", "ball"])", R"(["balls", "all", "BALL", 7])"},
      {R"([{"equals-ignore-case": "Tennis"}])", R"(["tennis", "TENNIS", "TeNnIs"])", R"(["tenniss", "tenni", 3])"},
      {R"([{"equals-ignore-case": "\u00c4x"}])", R"(["\u00c4X"])", R"(["\u00e4x"])"},
      {R"([{"wildcard": "*ball"}])", R"(["baseball", "ball"])", R"(["balls", 3])"},
      {R"([{"wildcard": "a*b*c"}])", R"(["abc", "axxbyyc", "abbcbc"])", R"(["ab", "acb", "abcx"])"},
      {R"([{"wildcard": "*"}])", R"(["", "anything"])", R"([1, null, true])"},
      {R"([{"wildcard": "ab*ba"}])", R"(["abba", "abxba"])", R"(["aba"])"},
      {R"([{"wildcard": "plain"}])", R"(["plain"])", R"(["plainer"])"},
      {R"([{"wildcard": "2\\*2=\\\\*"}])", R"(["2*2=\\", "2*2=\\4"])", R"(["22=\\", "2*2=4"])"},
      {R"([{"numeric": ["=", 301.5]}])", "[301.5, 3015e-1]", R"([301.4, "301.5"])"},
      {R"([{"numeric": [">", 0, "<=", 5]}])", "[5, 0.00001, 1]", R"([0, -1, 5.00001, "1", null])"},
      {R"([{"numeric": [">=", -2.5]}])", "[-2.5, 0, 1e9]", "[-2.50001, -3]"},
      {R"([{"numeric": ["<", 10]}])", "[9.99999, -1e9]", "[10, 11]"},
      {R"([{"numeric": ["<=", 10]}])", "[10, 0]", "[10.00001]"},
      {R"([{"cidr": "10.0.0.0/24"}])", R"(["10.0.0.0", "10.0.0.255"])", R"(["10.0.1.0", "10.0.0", "x", 10])"},
      {R"([{"cidr": "10.1.2.3/32"}])", R"(["10.1.2.3"])", R"(["10.1.2.4"])"},
      {R"([{"cidr": "0.0.0.0/0"}])", R"(["1.2.3.4", "255.255.255.255"])", R"(["::1", "256.0.0.1"])"},
      {R"([{"cidr": "2001:db8::/32"}])", R"(["2001:db8::1", "2001:DB8:ffff::", "2001:db8:0:0:0:0:1.2.3.4"])",
       R"(["2001:db9::1", "2001:db8::1::", "10.0.0.1", "2001:db8:1"])"},
      {R"([{"exists": true}])", R"(["x", 0, false])", R"([null, ""])"},
      {R"([{"anything-but": "rugby"}])", R"(["tennis", "", 5, null, true])", R"(["rugby"])"},
      {R"([{"anything-but": ["rugby", "tennis"]}])", R"(["baseball"])", R"(["rugby", "tennis"])"},
      {R"([{"anything-but": 100}])", R"([101, 100.1, "100"])", R"([100, 1e2])"},
      {R"([{"anything-but": [100, 500]}])", R"([101])", R"([100, 500.0])"},
      {R"([{"anything-but": {"prefix": "order-"}}])", R"(["data-entry", "order_number", 3])", R"(["order-1"])"},
      {R"([{"anything-but": {"prefix": ["a", "b"]}}])", R"(["c"])", R"(["ax", "b"])"},
      {R"([{"anything-but": {"suffix": ".png"}}])", R"(["a.jpg"])", R"(["a.png"])"},
      {R"([{"anything-but": {"suffix": [".png", ".gif"]}}])", R"(["a.jpg"])", R"(["a.png", "b.gif"])"},
      {R"([{"anything-but": {"equals-ignore-case": "Tennis"}}])", R"(["rugby"])", R"(["tennis", "TENNIS"])"},
      {R"([{"anything-but": {"equals-ignore-case": ["Tennis", "golf"]}}])", R"(["rugby"])", R"(["tennis", "GOLF"])"},
      {R"([{"anything-but": {"wildcard": "*/lib/*"}}])", R"(["/bin/a", "lib"])", R"(["/lib/a", "x/lib/"])"},
      {R"([{"anything-but": {"wildcard": ["a*", "*z"]}}])", R"(["bcd"])", R"(["abc", "xyz"])"},
      {R"([{"exactly": "x"}, {"prefix": "yy"}, null])", R"(["x", "yyy", null])", R"(["y", "xx"])"},
  };
  for (const Case& one : cases) {
    const std::string policy = "{\"k\":" + std::string(one.conditions) + "}";
    for (const auto& [list, expected] : {std::pair(one.yes, true), std::pair(one.no, false)}) {
      // The values apart, at commas: no value here has one.
      std::string_view rest = list.substr(1, list.size() - 2);
      while (!rest.empty()) {
        const auto value = rest.substr(0, rest.find(", "));
        rest.remove_prefix(std::min(value.size() + 2, rest.size()));
        EXPECT_EQ(body_passes(policy, "{\"k\": " + std::string(value) + "}"), expected) << policy << " " << value;
      }
    }
    // One that passes is enough.
    EXPECT_FALSE(body_passes(policy, "{\"k\":" + std::string(one.no) + "}")) << policy;
    EXPECT_TRUE(body_passes(policy, "{\"k\":[" + std::string(one.no) + ", " + std::string(one.yes) + "]}")) << policy;
  }
}

TEST(FilterPolicy, exists_false) {
  constexpr std::string_view policy = R"({"store": [{"exists": false}]})";
  EXPECT_TRUE(body_passes(policy, R"({"other": 1})"));
  EXPECT_TRUE(body_passes(policy, R"({"other": 1, "store": []})"));
  EXPECT_TRUE(body_passes(policy, R"({"store": {"leaf": 1}})")) << "only leaves exist";
  EXPECT_FALSE(body_passes(policy, R"({"store": "fans"})"));
  EXPECT_FALSE(body_passes(policy, R"({"store": null})")) << "it is there";
  EXPECT_FALSE(attributes_pass(policy, {})) << "without any attribute nothing is known to be missing";
  EXPECT_FALSE(attributes_pass(policy, {{"picture", "Binary", "AAEC"}}));
  EXPECT_TRUE(attributes_pass(policy, {{"other", "String", "x"}}));
  EXPECT_TRUE(attributes_pass(R"({"store": [{"exists": false}, {"anything-but": ["a"]}], "o": ["x"]})",
                              {{"o", "String", "x"}}));
}

TEST(FilterPolicy, types_of_attributes) {
  EXPECT_TRUE(attributes_pass(R"({"k": ["1"]})", {{"k", "String", "1"}}));
  EXPECT_FALSE(attributes_pass(R"({"k": [1]})", {{"k", "String", "1"}}));
  EXPECT_TRUE(attributes_pass(R"({"k": [1]})", {{"k", "Number", "1.0"}}));
  EXPECT_FALSE(attributes_pass(R"({"k": ["1"]})", {{"k", "Number", "1"}}));
  EXPECT_TRUE(attributes_pass(R"({"k": [1]})", {{"k", "Number.int", "+1"}}));
  EXPECT_TRUE(attributes_pass(R"({"k": ["x"]})", {{"k", "String.name", "x"}}));
  EXPECT_FALSE(attributes_pass(R"({"k": [{"exists": true}]})", {{"k", "Binary", "x"}}));
  EXPECT_FALSE(attributes_pass(R"({"k": [{"exists": true}]})", {{"k", "Number", "no number"}}));
  const Attribute mixed{"k", "String.Array", R"(["a", 7, true, null, ["nested"]])"};
  for (const auto* each : {R"(["a"])", "[7]", "[true]", "[null]"}) {
    EXPECT_TRUE(attributes_pass("{\"k\":" + std::string(each) + "}", {mixed})) << each;
  }
  EXPECT_FALSE(attributes_pass(R"({"k": ["nested"]})", {mixed}));
  EXPECT_FALSE(attributes_pass(R"({"k": [{"exists": true}]})", {{"k", "String.Array", "no array"}}));
  EXPECT_FALSE(attributes_pass(R"({"k": [{"exists": true}]})", {{"k", "String.Array", "[]"}}));
}

TEST(FilterPolicy, dots_and_nesting_are_the_same) {
  for (const auto* policy : {R"({"a.b.c": ["x"]})", R"({"a": {"b": {"c": ["x"]}}})", R"({"a.b": {"c": ["x"]}})"}) {
    for (const auto* body : {R"({"a": {"b": {"c": "x"}}})", R"({"a.b.c": "x"})", R"({"a.b": {"c": "x"}})",
                             R"({"a": {"b.c": "x"}})", R"({"a": [[{"b": [{"c": ["y", "x"]}]}]]})"}) {
      EXPECT_TRUE(body_passes(policy, body)) << policy << " " << body;
    }
    EXPECT_FALSE(body_passes(policy, R"({"a": {"b": "x"}})"));
    EXPECT_FALSE(body_passes(policy, R"({"abc": "x"})"));
  }
}

// Recorded from the service (published test suites of its emulators).
TEST(FilterPolicy, arrays_of_objects) {
  constexpr std::string_view policy =
      R"({"Records": {"s3": {"object": {"key": [{"prefix": "auto-"}]}}, "eventName": [{"prefix": "ObjectCreated:"}]}})";
  EXPECT_TRUE(body_passes(policy, R"({"Records": [
      {"eventName": "ObjectCreated:Put", "s3": {"object": [[{"key": "auto-insurance-2314.xml", "size": 17}]]}},
      {"eventName": "ObjectRemoved:Delete", "s3": {"object": {"key": "home-insurance-2314.xml"}}}]})"));
  EXPECT_FALSE(body_passes(policy, R"({"Records": [
      {"eventName": "ObjectRemoved:Delete", "s3": {"object": {"key": "auto-insurance-2314.xml"}}}]})"));
  EXPECT_FALSE(body_passes(policy, R"({"Records": [
      {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": "home-insurance-2314.xml"}}}]})"));
}

TEST(FilterPolicy, alternatives) {
  constexpr std::string_view policy = R"({
      "$or": [{"metricName": ["CPUUtilization", "ReadLatency"]}, {"namespace": ["AWS/EC2", "AWS/ES"]}],
      "detail": {"scope": ["Service"], "$or": [{"source": ["aws.cloudwatch"]}, {"type": ["Alarm"]}]}})";
  for (const auto* body :
       {R"({"metricName": "CPUUtilization", "detail": {"scope": "Service", "source": "aws.cloudwatch"}})",
        R"({"namespace": "AWS/ES", "detail": {"scope": "Service", "type": "Alarm"}})"}) {
    EXPECT_TRUE(body_passes(policy, body)) << body;
  }
  for (const auto* body : {R"({"metricName": "CPUUtilization", "detail": {"scope": "x", "type": "Alarm"}})",
                           R"({"metricName": "CPUUtilization", "detail": {"scope": "Service", "type": "x"}})",
                           R"({"metricName": "CPUUtilization", "scope": "Service", "type": "Alarm"})",
                           R"({"metricName": "AWS/EC2", "detail": {"scope": "Service", "type": "Alarm"}})"}) {
    EXPECT_FALSE(body_passes(policy, body)) << body;
  }
  EXPECT_TRUE(attributes_pass(R"({"$or": [{"a": ["x"]}, {"b": ["y"], "$or": [{"c": [1]}, {"d": [2]}]}]})",
                              {{"b", "String", "y"}, {"d", "Number", "2"}}));
  // One object alone, or with a reserved name, makes an ordinary name of it.
  EXPECT_EQ(refusal(R"({"$or": [{"a": ["x"]}]})").substr(0, 39), "FilterPolicy: Unrecognized match type a");
  EXPECT_TRUE(body_passes(R"({"$or": [{"prefix": "a"}, {"suffix": "z"}]})", R"({"$or": "buzz"})"));
  EXPECT_TRUE(body_passes(R"({"$or": ["a"]})", R"({"$or": "a"})"));
}

TEST(FilterPolicy, without_conditions) {
  for (const auto* policy : {"{}", "", " { } "}) {
    EXPECT_TRUE(attributes_pass(policy, {})) << policy;
    EXPECT_TRUE((*parse_filter_policy(policy, FilterScope::body))->matches_everything());
  }
  EXPECT_FALSE((*parse_filter_policy(R"({"a": [1]})", FilterScope::body))->matches_everything());
}

TEST(FilterPolicy, bodies_with_numbers_beyond_any_type) {
  constexpr std::string_view body =
      R"({"id": 123456789012345678901234567890, "huge": 1e400, "deep": {"k": ["x", null, true, false, 2.5]}})";
  EXPECT_TRUE(body_passes(R"({"id": [123456789012345678901234567890], "huge": [1e400]})", body));
  EXPECT_FALSE(body_passes(R"({"id": [123456789012345678901234567891]})", body));
  EXPECT_FALSE(body_passes(R"({"id": [{"numeric": [">", 5]}]})", body)) << "outside the range in which numbers compare";
  for (const auto* each : {R"("x")", "null", "true", "false", "2.5"}) {
    EXPECT_TRUE(body_passes(R"({"deep": {"k": [)" + std::string(each) + "]}}", body)) << each;
  }
}

TEST(FilterPolicy, bodies_that_are_no_objects) {
  for (const auto* body : {"", "text", "\"text\"", "[{\"a\": 1}]", "{\"a\": 1", "{\"a\": 1} x"}) {
    EXPECT_FALSE(FilterEvent::from_body(body)) << body;
  }
}

// --- what is refused ---

std::string at(std::string_view policy, int column) {
  return "\n at [Source: (String)\"" + std::string(policy) + "\"; line: 1, column: " + std::to_string(column) + "]";
}

struct Refusal {
  std::string_view policy;
  std::string_view what;
  int column;  // 0: without a place
};

// Those with "key" and "key_a" were recorded from the service, with their places; the others are Event Ruler's words.
constexpr Refusal refusals[] = {
    {R"({"key":[["value"]]})", "Match value must be String, number, true, false, or null", 10},
    {R"({"key":[{"wrong-operator":true}]})", "Unrecognized match type wrong-operator", 31},
    {R"({"key":[{"suffix":"value","prefix":"value2"}]})", "Only one key allowed in match expression", 37},
    {R"({"key":[{"suffix":100}]})", "suffix match pattern must be a string", 22},
    {R"({"key":[{"suffix":null}]})", "suffix match pattern must be a string", 23},
    {R"({"key":{"suffix":"value"}})", R"("suffix" must be an object or an array)", 19},
    {R"({"key":[{"suffix":[]}]})", "suffix match pattern must be a string", 20},
    {R"({"key":[{"suffix":["test","test2"]}]})", "suffix match pattern must be a string", 20},
    {R"({"key":{"suffix":"value","prefix":"value"}})", R"("suffix" must be an object or an array)", 19},
    {R"({"key":{"not-an-operator":"value"}})", R"("not-an-operator" must be an object or an array)", 28},
    {R"({"key":[{"numeric":[]}]})", "Invalid member in numeric match: ]", 22},
    {R"({"key":[{"numeric":["operator"]}]})", "Unrecognized numeric range operator: operator", 32},
    {R"({"key":[{"numeric":[1,"<="]}]})", "Invalid member in numeric match: 1", 22},
    {R"({"key":[{"numeric":["=","000"]}]})", "Value of equals must be numeric", 26},
    {R"({"key":[{"numeric":[">="]}]})", "Value of >= must be numeric", 26},
    {R"({"key":[{"numeric":["<",100,">",10]}]})", "Too many elements in numeric expression", 30},
    {R"({"key":[{"numeric":[">=",1,">",2]}]})", "Bad numeric range operator: >", 31},
    {R"({"key":[{"numeric":[">",3,"<",1]}]})", "Bottom must be less than top", 33},
    {R"({"key":[{"numeric":[">",20,"<="]}]})", "Value of <= must be numeric", 33},
    {R"({"key":[{"numeric":[">",20,30]}]})", "Bad value in numeric range: 30", 30},
    {R"({"key":[{"numeric":[">",20,"test"]}]})", "Bad numeric range operator: test", 34},
    {R"({"key":[{"numeric":[">","20","<","30"]}]})", "Value of > must be numeric", 26},
    {R"({"key":[{"numeric":[">",20,"<","30"]}]})", "Value of < must be numeric", 33},
    {R"({"key":[{"numeric":[">",20,"<",30,"<",50]}]})", "Too many terms in numeric range expression", 36},
    {R"({"key":[{"exists":null}]})", "exists match pattern must be either true or false.", 23},
    {R"({"key":[{"exists":"no"}]})", "exists match pattern must be either true or false.", 20},
    {R"({"key":[{"anything-but":{"wrong-operator":null}}]})", "Unsupported anything-but pattern: wrong-operator", 47},
    {R"({"key":[{"anything-but":{"exists":false}}]})", "Unsupported anything-but pattern: exists", 40},
    {R"({"key":[{"anything-but":{"prefix":false}}]})", "prefix match pattern must be a string", 40},
    {R"({"key_a":"value_one"})", R"("key_a" must be an object or an array)", 11},
    {R"({"a":[]})", "Empty arrays are not allowed", 8},
    {R"({"a":{}})", "Empty objects are not allowed", 8},
    {R"([1])", "Filter is not an object", 2},
    {R"({"a":[{}]})", "Match expression name not found", 9},
    {R"({"a":[{"numeric":5}]})", "Value of numeric must be an array.", 19},
    {R"({"a":[{"numeric":["=",5,6]}]})", "Too many elements in numeric expression", 26},
    {R"({"a":[{"numeric":[">",1e10]}]})", "Value must be between -5.0E9 and 5.0E9, inclusive", 27},
    {R"({"a":[{"anything-but":null}]})", "Value of anything-but must be an array or single string/number value.", 27},
    {R"({"a":[{"anything-but":[null]}]})", "Inside anything but list, start|null|boolean is not supported.", 28},
    {R"({"a":[{"anything-but":["a",1]}]})",
     "Inside anything but list, either all values are number or string, mixed type is not supported", 30},
    {R"({"a":[{"anything-but":{"prefix":""}}]})", "Null prefix/suffix not allowed", 35},
    {R"({"a":[{"cidr":5}]})", "prefix match pattern must be a string", 16},
    {R"({"a":[{"cidr":"10.0.0.1"}]})", "Malformed CIDR, one '/' required", 0},
    {R"({"a":[{"cidr":"10.0.0.1/x"}]})", "Malformed CIDR, mask bits must be an integer", 0},
    {R"({"a":[{"cidr":"host/8"}]})", "Nonstandard IP address: host", 0},
    {R"({"a":[{"cidr":"10.0.0.0/33"}]})", "IPv4 mask bits must be < 33", 0},
    {R"({"a":[{"wildcard":"a**b"}]})", "Consecutive wildcard characters at pos 2", 0},
    {R"({"a":[{"wildcard":"a\\b"}]})", "Invalid escape character at pos 2", 0},
    {R"({"a":[{"wildcard":1}]})", "wildcard match pattern must be a string", 20},
    {R"({"$or":[{"a":[1]},{}]})", "Empty objects are not allowed", 21},
    {"{invalidjson}",
     "failed to parse JSON. Unexpected character ('i' (code 105)): was expecting double-quote to start field name", 3},
    {"{\u00e4}",
     "failed to parse JSON. Unexpected character ('\u00e4' (code 228)): was expecting double-quote to start field name",
     3},
    {R"({"a":[1)", "failed to parse JSON. Unexpected end-of-input", 8},
    {R"({"a":[1]} x)", "failed to parse JSON. Unexpected character ('x' (code 120)): expected the end of the document",
     12},
};

TEST(FilterPolicyRefused, by_the_services_words) {
  for (const Refusal& one : refusals) {
    const std::string expected =
        "FilterPolicy: " + std::string(one.what) + (one.column == 0 ? "" : at(one.policy, one.column));
    EXPECT_EQ(refusal(one.policy, FilterScope::body), expected);
  }
}

TEST(FilterPolicyRefused, what_is_no_utf8_without_repeating_it) {
  EXPECT_EQ(refusal("{\"a\xff\":[1]}"), "FilterPolicy: failed to parse JSON. Invalid UTF-8");
}

TEST(FilterPolicyRefused, places_count_lines_and_utf16) {
  EXPECT_TRUE(refusal("{\n\"\U0001F600\":\n []}").ends_with("; line: 3, column: 4]"));
  EXPECT_TRUE(refusal("{\"\U0001F600\u00e4\":[]}").ends_with("; line: 1, column: 10]"));
  const std::string name(600, 'x');
  const std::string reason = refusal("{\"" + name + "\":[]}");
  EXPECT_NE(reason.find("(String)\"{\"" + name.substr(0, 498) + "\"[truncated 107 chars]; line: 1, column: 607]"),
            std::string::npos)
      << reason;
}

std::string values(int count) {
  std::string out = "[";
  for (int i = 0; i < count; ++i) out += (i > 0 ? ",\"value" : "\"value") + std::to_string(i) + '"';
  return out + "]";
}

TEST(FilterPolicyRefused, beyond_the_limits) {
  constexpr std::string_view complex = "FilterPolicy: Filter policy is too complex";
  EXPECT_EQ(refusal("{\"key\":" + values(150) + "}"), "");
  EXPECT_EQ(refusal("{\"key\":" + values(151) + "}"), complex);
  EXPECT_EQ(refusal("{\"key1\":" + values(100) + ",\"key2\":" + values(51) + "}"), complex);
  EXPECT_EQ(refusal(R"({"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]})"),
            "FilterPolicy: Filter policy can not have more than 5 keys");
  EXPECT_EQ(refusal(R"({"a":[1],"b":[1],"c":[1],"d":[1],"e":{"f":[1],"g":[1]}})", FilterScope::body), "");
  // 3 x 4 x 2 x 3 x 1 x 3
  EXPECT_EQ(refusal("{\"a\":{\"b\":{\"c\":" + values(4) + "}},\"d\":{\"e\":" + values(3) + "},\"f\":" + values(3) + "}",
                    FilterScope::body),
            complex);
  EXPECT_EQ(refusal(R"({"object":{"key":[{"prefix":"auto-"}]}})"),
            "Filter policy scope MessageAttributes does not support nested filter policy");
  EXPECT_EQ(refusal(R"({"$or":[{"a":[1]},{"b":{"c":[1]}}]})"),
            "Filter policy scope MessageAttributes does not support nested filter policy");
  EXPECT_EQ(refusal("{\"a\":[\"" + std::string(256 << 10, 'x') + "\"]}"), "FilterPolicy: Filter policy is too large");
  EXPECT_EQ(refusal("{\"key\":" + values(151) + "}", FilterScope::attributes, {.combinations_max = 1000}), "");
  EXPECT_TRUE(refusal(std::string(1000, '{')).starts_with("FilterPolicy: failed to parse JSON."));
}

// Recorded: 4 x 6 + 4 x 4 x 4 + 4 x 4 x 4 = 152, and 160 of a nested one; 150 was accepted.
TEST(FilterPolicyRefused, alternatives_add_up) {
  const auto flat = [](int sources, int names, int types, int ids, int spaces) {
    return "{\"source\":" + values(sources) + ",\"$or\":[{\"metricName\":" + values(names) +
           "},{\"metricType\":" + values(types) + ",\"$or\":[{\"metricId\":" + values(ids) +
           "},{\"spaceId\":" + values(spaces) + "}]}]}";
  };
  EXPECT_EQ(refusal(flat(4, 6, 4, 4, 4)), "FilterPolicy: Filter policy is too complex");
  EXPECT_EQ(refusal(flat(3, 6, 4, 4, 7)), "");
  const std::string nested = "{\"$or\":[{\"metricName\":" + values(3) + "},{\"namespace\":" + values(2) +
                             "}],\"detail\":{\"scope\":" + values(2) + ",\"$or\":[{\"source\":" + values(1) +
                             "},{\"type\":" + values(3) + "}]}}";
  EXPECT_EQ(refusal(nested, FilterScope::body), "FilterPolicy: Filter policy is too complex");
  EXPECT_EQ(refusal(nested, FilterScope::body, {.combinations_max = 160}), "");
}

// Thousands of names with one value each in alternatives, which are one combination each.
TEST(FilterPolicyRefused, what_would_be_large_when_compiled) {
  std::string alternatives = "{\"$or\":[";
  for (int i = 0; i < 100; ++i) alternatives += (i > 0 ? ",{\"a" : "{\"a") + std::to_string(i) + "\":[1]}";
  std::string names;
  for (int i = 0; i < 200; ++i) names += ",\"n" + std::to_string(i) + "\":[1]";
  EXPECT_EQ(refusal(alternatives + "]}"), "");
  EXPECT_EQ(refusal(alternatives + "]" + names + "}", FilterScope::attributes, {.keys_max = 1000}),
            "FilterPolicy: Filter policy is too complex");
}

TEST(FilterPolicy, the_same_meaning_is_the_same_code) {
  const auto code = [](std::string_view policy) {
    return std::string((*parse_filter_policy(policy, FilterScope::body))->code());
  };
  EXPECT_EQ(code(R"({"a": ["x", 1, {"prefix": "p"}], "b": [null]})"),
            code(R"({ "b":[null], "a":[{"prefix":"p"}, 1.0, "x", "x"] })"));
  EXPECT_EQ(code(R"({"$or": [{"a": [1]}, {"b": [2]}]})"), code(R"({"$or": [{"b": [2]}, {"a": [1]}, {"a": [1]}]})"));
  EXPECT_EQ(code(R"({"a": [{"numeric": ["=", 5]}]})"), code(R"({"a": [5]})"));
  EXPECT_NE(code(R"({"a": ["1"]})"), code(R"({"a": [1]})"));
  EXPECT_NE(code(R"({"a": [1], "b": [2]})"), code(R"({"$or": [{"a": [1]}, {"b": [2]}]})"));
}

// A name that is given again replaces what it said before, as in the service.
TEST(FilterPolicy, the_last_of_two_equal_names_counts) {
  EXPECT_TRUE(body_passes(R"({"a": ["x"], "a": ["y"]})", R"({"a": "y"})"));
  EXPECT_FALSE(body_passes(R"({"a": ["x"], "a": ["y"]})", R"({"a": "x"})"));
}

}  // namespace
}  // namespace millrace::broker
