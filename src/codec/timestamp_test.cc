#include "codec/timestamp.h"

#include <gtest/gtest.h>

#include <limits>

#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "codec/numbers.h"
#include "codec/query_reader.h"
#include "codec/xml_writer.h"
#include "models/kinds.h"

namespace millrace::codec {
namespace {

namespace kinds = models::kinds;
constexpr Time new_year = from_ms(1'767'225'600'000);  // 2026-01-01T00:00:00Z

std::string iso(Time time) {
  std::string out;
  write_iso8601(time, out);
  return out;
}
std::string epoch(std::int64_t ms) {
  std::string out;
  write_epoch_seconds(from_ms(ms), out);
  return out;
}
std::string number(double value) {
  std::string out;
  write_double(value, out);
  return out;
}

TEST(Timestamp, seconds_have_as_many_digits_as_they_need) {
  EXPECT_EQ(epoch(1'700'000'000'000), "1700000000");
  EXPECT_EQ(epoch(1'700'000'000'123), "1700000000.123");
  EXPECT_EQ(epoch(1'700'000'000'500), "1700000000.5");
  EXPECT_EQ(epoch(1'700'000'000'007), "1700000000.007");
  EXPECT_EQ(epoch(0), "0");
  EXPECT_EQ(epoch(-1'500), "-1.5");
  EXPECT_EQ(epoch(-20), "-0.02");
}

TEST(Timestamp, seconds_are_rounded_to_milliseconds_and_kept_in_range) {
  EXPECT_EQ(from_epoch_seconds(1.7e9), from_ms(1'700'000'000'000));
  EXPECT_EQ(from_epoch_seconds(1700000000.1236), from_ms(1'700'000'000'124));
  EXPECT_EQ(from_epoch_seconds(-0.5), from_ms(-500));
  EXPECT_EQ(from_epoch_seconds(1e300), std::nullopt);
  EXPECT_EQ(from_epoch_seconds(-1e12), std::nullopt);
  EXPECT_EQ(from_epoch_seconds(std::numeric_limits<double>::quiet_NaN()), std::nullopt);
}

TEST(Timestamp, reads_iso_8601) {
  EXPECT_EQ(read_iso8601("2026-01-01T00:00:00Z"), new_year);
  EXPECT_EQ(read_iso8601("2026-01-01T01:00:00+01:00"), new_year);
  EXPECT_EQ(read_iso8601("2025-12-31T18:30:00-0530"), new_year);
  EXPECT_EQ(read_iso8601("2026-01-01T00:00:00.25Z"), new_year + Duration(250));
  EXPECT_EQ(read_iso8601("2026-01-01T00:00:00.123456789Z"), new_year + Duration(123));
  EXPECT_EQ(read_iso8601("2026-01-01T00:00:00"), new_year);
  EXPECT_EQ(read_iso8601("2026-01-01 00:00"), new_year);
  EXPECT_EQ(read_iso8601("2026-01-01"), new_year);
  EXPECT_EQ(read_iso8601("1969-12-31T23:59:59.999Z"), from_ms(-1));
}

TEST(Timestamp, refuses_what_is_no_time) {
  for (const char* text :
       {"", "x", "2026", "2026-01", "2026-13-01", "2026-02-29", "2026-1-1", "2026-01-01T", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00+1",
        "2026-01-01T00:00:00+01:", "0000-01-01", "9999-12-31T23:59:59-01:00", "2026-01-01x00:00"}) {
    EXPECT_EQ(read_iso8601(text), std::nullopt) << text;
  }
}

TEST(Timestamp, iso_8601_reads_back) {
  EXPECT_EQ(iso(new_year), "2026-01-01T00:00:00Z");
  EXPECT_EQ(iso(from_ms(1'700'000'000'007)), "2023-11-14T22:13:20.007Z");
  EXPECT_EQ(iso(from_ms(-1)), "1969-12-31T23:59:59.999Z");
  for (std::int64_t ms = -2'000'000'000'000; ms < 4'000'000'000'000; ms += 86'399'999'777) {
    EXPECT_EQ(read_iso8601(iso(from_ms(ms))), from_ms(ms));
  }
}

TEST(Numbers, a_double_is_written_as_short_as_it_reads_back) {
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(5), "5");
  EXPECT_EQ(number(-2.5), "-2.5");
  EXPECT_EQ(number(1e22), "1e+22");
  EXPECT_EQ(number(123456789012345680000.0), "1.2345678901234568e+20");
  EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "-Infinity");
}

TEST(Numbers, only_a_whole_number_is_read) {
  double value = 0;
  EXPECT_TRUE(read_double("1.5e3", value));
  EXPECT_EQ(value, 1500);
  EXPECT_TRUE(read_double("-.5", value));
  EXPECT_EQ(value, -0.5);
  EXPECT_TRUE(read_double("-Infinity", value));
  EXPECT_EQ(value, -std::numeric_limits<double>::infinity());
  for (const char* text : {"", "-", "1.5x", "nan", "inf", "infinity", " 1", "1 ", "+1", "1e999", "0x10"}) {
    EXPECT_FALSE(read_double(text, value)) << text;
  }
}

// ---- The same in requests and replies ----

kinds::Everything read(std::string_view text) {
  kinds::Everything into;
  const auto bad = read_json(text, into);
  EXPECT_FALSE(bad) << text << ": " << bad->path << " " << bad->value;
  return into;
}
Violation refused(std::string_view text) {
  kinds::Everything into;
  const auto bad = read_json(text, into);
  EXPECT_TRUE(bad) << text;
  return bad.value_or(Violation{});
}

TEST(Timestamp, is_a_number_in_json) {
  EXPECT_EQ(read(R"({"Needed": 1.7e9})").needed, from_ms(1'700'000'000'000));
  EXPECT_EQ(read(R"({"Needed": 1700000000})").needed, from_ms(1'700'000'000'000));
  EXPECT_EQ(read(R"({"Needed": 1700000000.123})").needed, from_ms(1'700'000'000'123));
  EXPECT_EQ(refused(R"({"Needed": "2026-01-01"})").kind, Violation::Kind::wrong_type);
  EXPECT_EQ(refused(R"({"Needed": "2026-01-01"})").expected, "timestamp");
  EXPECT_EQ(refused(R"({"Needed": 1e15})").kind, Violation::Kind::out_of_range);
  EXPECT_EQ(refused(R"({"Needed": 1e15})").value, "1e+15");
  EXPECT_EQ(refused(R"({})").kind, Violation::Kind::missing);
}

TEST(Numbers, doubles_in_json) {
  EXPECT_EQ(read(R"({"Needed": 0, "Ratio": 5})").ratio, 5.0);
  EXPECT_EQ(read(R"({"Needed": 0, "Ratio": -0.25})").ratio, -0.25);
  EXPECT_EQ(read(R"({"Needed": 0, "Share": "Infinity"})").share, std::numeric_limits<double>::infinity());
  EXPECT_EQ(refused(R"({"Needed": 0, "Ratio": "1.5"})").kind, Violation::Kind::malformed);
  EXPECT_EQ(refused(R"({"Needed": 0, "Ratio": true})").expected, "double");
  EXPECT_EQ(refused(R"({"Needed": 0, "Ratio": 1000000.5})").kind, Violation::Kind::out_of_range);
  EXPECT_EQ(refused(R"({"Needed": 0, "Ratio": 1000000.5})").value, "1000000.5");
  EXPECT_EQ(refused(R"({"Needed": 0, "Ratio": "NaN"})").kind, Violation::Kind::out_of_range);
}

kinds::Everything read_form(std::string_view form) {
  QueryParameters parameters;
  EXPECT_FALSE(parameters.add(form));
  kinds::Everything into;
  const auto bad = read_query(parameters, into);
  EXPECT_FALSE(bad) << form << ": " << bad->path << " " << bad->value;
  return into;
}

TEST(Timestamp, is_iso_8601_or_seconds_in_the_query_protocol) {
  EXPECT_EQ(read_form("Needed=2026-01-01T00%3A00%3A00Z").needed, new_year);
  EXPECT_EQ(read_form("Needed=1767225600").needed, new_year);
  EXPECT_EQ(read_form("Needed=1767225600.5").needed, new_year + Duration(500));
  for (const char* form : {"Needed=tomorrow", "Needed=1e15", "Needed=", "Needed=NaN"}) {
    QueryParameters parameters;
    EXPECT_FALSE(parameters.add(form));
    kinds::Everything into;
    const auto bad = read_query(parameters, into);
    ASSERT_TRUE(bad) << form;
    EXPECT_EQ(bad->kind, Violation::Kind::malformed);
  }
}

TEST(Timestamp, is_iso_8601_in_xml) {
  kinds::Everything reply;
  reply.needed = new_year;
  reply.ratio = 0.5;
  std::string xml;
  write_xml_members(reply.shape, &reply, xml);
  EXPECT_EQ(xml, "<Ratio>0.5</Ratio><Needed>2026-01-01T00:00:00Z</Needed><Kept></Kept>");
}

// ---- Containers ----

TEST(Containers, empty_ones_are_written_where_the_model_says_so) {
  kinds::Everything reply;
  std::string json;
  write_json(reply, json);
  EXPECT_EQ(json, R"({"Needed":0,"Kept":[]})");
  reply.perhaps.emplace();
  reply.perhaps_by.emplace();
  reply.items.emplace_back();
  json.clear();
  write_json(reply, json);
  EXPECT_EQ(json, R"({"Needed":0,"Items":[{}],"Kept":[],"Perhaps":[],"PerhapsBy":{}})");
  EXPECT_EQ(read(json), reply);
}

TEST(Containers, a_struct_may_contain_itself) {
  kinds::Attribute into;
  EXPECT_FALSE(read_json(R"({"M":{"a":{"L":[{"S":"x"},{"NULL":true},{"L":[]}]},"b":{"BOOL":false}}})", into));
  ASSERT_TRUE(into.m);
  ASSERT_EQ(into.m->size(), 2u);
  const auto& list = (*into.m)[0].second.l;
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 3u);
  EXPECT_EQ((*list)[0].s, "x");
  EXPECT_EQ((*list)[1].null, true);
  EXPECT_TRUE((*list)[2].l && (*list)[2].l->empty());
  EXPECT_EQ((*into.m)[1].second.bool_, false);
}

TEST(Containers, depth_is_limited_in_the_query_protocol) {
  std::string form = "S=x&L.member.1";
  for (int i = 0; i < 100'000; ++i) form += ".L.member.1";
  form += ".S=x";
  QueryParameters parameters;
  ASSERT_FALSE(parameters.add(form));
  kinds::Attribute into;
  const auto bad = read_query(parameters, into);
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->kind, Violation::Kind::malformed);
  EXPECT_EQ(bad->path, "");
}

TEST(Containers, names_the_place_inside_containers) {
  const auto bad = refused(R"({"Needed":0,"Records":[{"a":"b"},{"c":1}]})");
  EXPECT_EQ(bad.path, "Records.2.c");
  EXPECT_EQ(refused(R"({"Needed":0,"Rows":[[1],2]})").path, "Rows.2");
  EXPECT_EQ(refused(R"({"Needed":0,"Rows":[[1],2]})").expected, "list");
}

}  // namespace
}  // namespace millrace::codec
