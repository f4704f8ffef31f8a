#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "codec/cbor_reader.h"
#include "codec/cbor_writer.h"
#include "codec/text.h"
#include "models/kinds.h"
#include "models/sqs.h"

namespace millrace::codec {
namespace {

namespace kinds = models::kinds;
namespace sqs = models::sqs;
using VKind = Violation::Kind;

std::string hex(std::string_view digits) {
  std::string bytes;
  EXPECT_TRUE(hex_decode(digits, bytes)) << digits;
  return bytes;
}
std::string to_hex(std::string_view bytes) {
  std::string digits;
  hex_encode(bytes, digits);
  return digits;
}

// A map of Needed, which every request has, and one more member whose value is given in hex.
std::string with(std::string_view name, std::string_view value) {
  return "\xA2\x66"
         "Needed" +
         hex("00") + std::string(1, static_cast<char>(0x60 + name.size())) + std::string(name) + hex(value);
}

kinds::Everything read(std::string_view bytes, CborDialect dialect = CborDialect::aws) {
  kinds::Everything into;
  const auto bad = read_cbor(bytes, dialect, into);
  EXPECT_FALSE(bad) << to_hex(bytes) << ": " << bad->path << " " << bad->value;
  return into;
}
Violation refused(std::string_view bytes, const ReadLimits& limits = {}) {
  kinds::Everything into;
  const auto bad = read_cbor(bytes, CborDialect::aws, into, limits);
  EXPECT_TRUE(bad) << to_hex(bytes);
  return bad.value_or(Violation{});
}

TEST(CborReader, integers_of_every_width) {
  // The examples of RFC 8949, appendix A.
  const std::pair<std::string_view, std::int64_t> examples[] = {{"00", 0},
                                                                {"17", 23},
                                                                {"1818", 24},
                                                                {"18ff", 255},
                                                                {"1903e8", 1000},
                                                                {"1a000f4240", 1'000'000},
                                                                {"1b000000e8d4a51000", 1'000'000'000'000},
                                                                {"1b7fffffffffffffff", INT64_MAX},
                                                                {"20", -1},
                                                                {"3863", -100},
                                                                {"3903e7", -1000},
                                                                {"3b7fffffffffffffff", INT64_MIN},
                                                                {"f93c00", 1},
                                                                {"fa47c35000", 100'000}};
  for (const auto& [bytes, value] : examples) EXPECT_EQ(read(with("Total", bytes)).total, value) << bytes;
  EXPECT_EQ(refused(with("Total", "1b8000000000000000")).value, "9223372036854775808");
  EXPECT_EQ(refused(with("Total", "3b8000000000000000")).value, "-9223372036854775809");
  EXPECT_EQ(refused(with("Total", "3bffffffffffffffff")).value, "-18446744073709551616");
  EXPECT_EQ(refused(with("Total", "3bffffffffffffffff")).kind, VKind::out_of_range);
  EXPECT_EQ(refused(with("Total", "f93e00")).kind, VKind::wrong_type);                // 1.5
  EXPECT_EQ(refused(with("Total", "fb7e37e43c8800759c")).kind, VKind::out_of_range);  // 1e300
  EXPECT_EQ(refused(with("Total", "f97e00")).kind, VKind::wrong_type);                // NaN
  EXPECT_EQ(refused(with("Count", "1a80000000")).kind, VKind::out_of_range);
  EXPECT_EQ(refused(with("Count", "1a000f4241")).rule.max, 1'000'000);
}

TEST(CborReader, floats_of_every_width) {
  const std::pair<std::string_view, double> examples[] = {{"f90000", 0},
                                                          {"f93c00", 1},
                                                          {"f93e00", 1.5},
                                                          {"f97bff", 65504},
                                                          {"f90001", 5.960464477539063e-8},
                                                          {"f90400", 0.00006103515625},
                                                          {"f9c400", -4},
                                                          {"fa7f7fffff", 3.4028234663852886e+38},
                                                          {"fb3ff199999999999a", 1.1},
                                                          {"fbc010666666666666", -4.1},
                                                          {"f97c00", std::numeric_limits<double>::infinity()},
                                                          {"faff800000", -std::numeric_limits<double>::infinity()},
                                                          {"05", 5},
                                                          {"24", -5}};
  for (const auto& [bytes, value] : examples) EXPECT_EQ(read(with("Share", bytes)).share, value) << bytes;
  EXPECT_TRUE(std::isnan(read(with("Share", "f97e00")).share.value()));
  EXPECT_EQ(refused(with("Share", "6131")).expected, "double");
}

TEST(CborReader, strings_and_blobs_whole_and_in_chunks) {
  EXPECT_EQ(read(with("Text", "6449455446")).text, "IETF");
  EXPECT_EQ(read(with("Text", "7f657374726561646d696e67ff")).text, "streaming");
  EXPECT_EQ(read(with("Text", "7fff")).text, "");
  EXPECT_EQ(read(with("Data", "4401020304")).data->bytes, "\x01\x02\x03\x04");
  EXPECT_EQ(read(with("Data", "5f42010243030405ff")).data->bytes, "\x01\x02\x03\x04\x05");
  EXPECT_EQ(refused(with("Text", "61ff")).kind, VKind::malformed);
  EXPECT_EQ(refused(with("Text", "61ff")).path, "Text");
  EXPECT_EQ(refused(with("Data", "6131")).value, "string");
  EXPECT_EQ(refused(with("Text", "4131")).value, "blob");
  for (const char* broken : {"5f6131ff", "5f5f4131ffff", "7f4131ff", "5f4131"}) {
    EXPECT_EQ(refused(with(broken[0] == '5' ? "Data" : "Text", broken)).path, "") << broken;
  }
}

TEST(CborReader, containers_of_definite_and_indefinite_length) {
  EXPECT_EQ(read(with("Ratios", "8301f93e0020")).ratios, (std::vector<double>{1, 1.5, -1}));
  EXPECT_EQ(read(with("Ratios", "9f01f93e0020ff")).ratios, (std::vector<double>{1, 1.5, -1}));
  EXPECT_EQ(read(with("Ratios", "9fff")).ratios.size(), 0u);
  EXPECT_EQ(read(with("Named", "a161616162")).named, (Map<std::string>{{"a", "b"}}));
  EXPECT_EQ(read(with("Named", "bf7f6161ff61626163616aff")).named, (Map<std::string>{{"a", "b"}, {"c", "j"}}));
  EXPECT_EQ(read(hex("bf664e656564656400ff")).needed, from_ms(0));
  EXPECT_EQ(read(with("Rows", "828101820203")).rows.size(), 2u);
}

TEST(CborReader, null_is_absent_and_unknown_members_are_skipped) {
  EXPECT_EQ(read(with("Text", "f6")).text, std::nullopt);
  EXPECT_EQ(read(with("Text", "f7")).text, std::nullopt);
  EXPECT_EQ(read(with("Ratios", "83f601f6")).ratios, std::vector<double>{1});
  EXPECT_EQ(read(with("Named", "a26161f661626163")).named, (Map<std::string>{{"b", "c"}}));
  for (const char* value : {"00", "20", "5f4131ff", "7f6131ff", "8301820203bf61619fffff", "c11a514b67b0",
                            "fb3ff199999999999a", "f4", "f0", "f8ff", "d9d9f780"}) {
    EXPECT_EQ(read(with("Nothing", value)), read(hex("a1664e656564656400"))) << value;
  }
  sqs::DeleteQueueRequest request;
  EXPECT_EQ(read_cbor(hex("a1685175657565557266"), CborDialect::aws, request)->kind, VKind::malformed);
}

TEST(CborReader, times_in_both_dialects) {
  const Time time = from_ms(1'363'896'240'500);
  // Tag 1 with milliseconds, as an integer and as a float; without the tag.
  EXPECT_EQ(read(with("At", "c11b0000013d8e8d0974"), CborDialect::aws).at, time);
  EXPECT_EQ(read(with("At", "c1fb4273d8e8d0974000"), CborDialect::aws).at, time);
  EXPECT_EQ(read(with("At", "1b0000013d8e8d0974"), CborDialect::aws).at, time);
  // Seconds: the example of RFC 8949.
  EXPECT_EQ(read(with("At", "c1fb41d452d9ec200000"), CborDialect::rpc).at, time);
  EXPECT_EQ(read(with("At", "c11a514b67b0"), CborDialect::rpc).at, from_ms(1'363'896'240'000));
  EXPECT_EQ(refused(with("At", "c16131")).expected, "timestamp");
  EXPECT_EQ(refused(with("At", "c1fb7e37e43c8800759c")).kind, VKind::out_of_range);
  EXPECT_EQ(refused(with("At", "f97e00")).value, "NaN");
}

TEST(CborReader, nothing_is_an_empty_structure) {
  sqs::ListQueuesRequest request;
  EXPECT_FALSE(read_cbor("", CborDialect::aws, request));
  EXPECT_EQ(request, sqs::ListQueuesRequest{});
  EXPECT_EQ(refused("").kind, VKind::missing);
  EXPECT_EQ(refused("").path, "Needed");
}

TEST(CborReader, says_where_and_what_it_found) {
  const auto bad = refused(with("Records", "82a1616101f6"));
  EXPECT_EQ(bad.kind, VKind::wrong_type);
  EXPECT_EQ(bad.path, "Records.1.a");
  EXPECT_EQ(bad.expected, "string");
  EXPECT_EQ(bad.value, "number");
  EXPECT_EQ(refused(with("Active", "01")).expected, "boolean");
  EXPECT_EQ(refused(with("Text", "f5")).value, "true");
  EXPECT_EQ(refused(with("Text", "f4")).value, "false");
  EXPECT_EQ(refused(with("Text", "80")).value, "array");
  EXPECT_EQ(refused(with("Text", "a0")).value, "object");
  EXPECT_EQ(refused(with("Ratios", "01")).expected, "list");
  EXPECT_EQ(refused(with("Named", "80")).expected, "map");
  EXPECT_EQ(refused(hex("80")).expected, "structure");
  EXPECT_EQ(refused(hex("80")).path, "");
}

TEST(CborReader, broken_input_is_a_violation_of_the_whole_request) {
  for (const char* bytes :
       {"a1", "bf", "ff", "1c", "a2664e6565646564", "a1664e65656465641b00", "a10000", "a1664e656564656400ff", "9f",
        "fc", "3f", "df", "bb7fffffffffffffff", "a161ff00", "a1664e6565646564ff"}) {
    const auto bad = refused(hex(bytes));
    EXPECT_EQ(bad.path, "") << bytes;
    EXPECT_TRUE(bad.kind == VKind::malformed || bad.kind == VKind::wrong_type) << bytes;
  }
  // A count that the bytes cannot hold costs nothing.
  EXPECT_EQ(refused(with("Ratios", "9b7fffffffffffffff")).kind, VKind::malformed);
  EXPECT_EQ(refused(with("Data", "5b7fffffffffffffff00")).kind, VKind::malformed);
}

TEST(CborReader, limits) {
  EXPECT_EQ(refused(with("Text", "6131"), {.bytes_max = 5}).kind, VKind::too_long);
  const auto deep = [](std::string_view level, std::size_t levels) {
    std::string value;
    for (std::size_t i = 0; i < levels; ++i) value += level;
    return with("Nothing", value + "00");
  };
  for (const char* level : {"81", "9f", "a100", "c1", "d8ff"}) {
    EXPECT_EQ(refused(deep(level, 100'000)).kind, VKind::malformed) << level;
  }
  EXPECT_EQ(read(deep("81", 60)), read(hex("a1664e656564656400")));
  // A struct that contains itself.
  std::string tree;
  for (int i = 0; i < 100'000; ++i) tree += hex("a1614c81");
  kinds::Attribute into;
  const auto bad = read_cbor(tree + hex("a0"), CborDialect::aws, into);
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->kind, VKind::malformed);
}

TEST(CborWriter, writes_short_heads_and_definite_lengths) {
  kinds::Everything reply;
  reply.text = "IETF";
  reply.count = -100;
  reply.ratio = 1.1;
  reply.active = true;
  reply.data = Blob{"\x01\x02"};
  reply.needed = from_ms(1'363'896'240'500);
  reply.ratios = {1};
  std::string out;
  write_cbor(reply, CborDialect::aws, out);
  EXPECT_EQ(to_hex(out),
            "a8"
            "6454657874"
            "6449455446"
            "65436f756e74"
            "3863"
            "65526174696f"
            "fb3ff199999999999a"
            "66416374697665"
            "f5"
            "6444617461"
            "420102"
            "664e6565646564"
            "c11b0000013d8e8d0974"
            "66526174696f73"
            "81fb3ff0000000000000"
            "644b657074"
            "80");
  out.clear();
  write_cbor(kinds::Everything{.needed = reply.needed}, CborDialect::rpc, out);
  EXPECT_EQ(to_hex(out),
            "a2"
            "664e6565646564"
            "c1fb41d452d9ec200000"
            "644b657074"
            "80");
  out.clear();
  write_cbor(kinds::Everything{.needed = from_ms(1'363'896'240'000)}, CborDialect::rpc, out);
  EXPECT_EQ(to_hex(out),
            "a2"
            "664e6565646564"
            "c11a514b67b0"
            "644b657074"
            "80");
}

TEST(CborWriter, errors) {
  std::string out;
  write_cbor_error("Gone", "It is.", CborDialect::aws, out);
  EXPECT_EQ(out, "\xA2\x66__type\x64Gone\x67message\x66It is.");
  out.clear();
  write_cbor_error("Gone", "", CborDialect::aws, out);
  EXPECT_EQ(out, "\xA1\x66__type\x64Gone");
  out.clear();
  const kinds::Attribute details{.s = "x"};
  write_cbor_error("Gone", "", CborDialect::aws, out, &details.shape, &details);
  EXPECT_EQ(out, "\xA2\x66__type\x64Gone\x61S\x61x");
}

}  // namespace
}  // namespace millrace::codec
