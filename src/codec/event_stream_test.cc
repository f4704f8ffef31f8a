#include "codec/event_stream.h"

#include <gtest/gtest.h>

namespace millrace::codec {
namespace {

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

// Computed independently (Python's struct and binascii.crc32).
const std::string sample = from_hex(
    "000000580000003aab4d82d10d3a6d6573736167652d747970650700056576656e740b3a6576656e742d747970650700"
    "15537562736372696265546f53686172644576656e747b225265636f726473223a5b5d7d90693882");

TEST(EventStream, WritesTheBytesOfTheFormat) {
  std::string out = "before";
  write_event({{":message-type", "event"}, {":event-type", "SubscribeToShardEvent"}}, "{\"Records\":[]}", out);
  EXPECT_EQ(out, "before" + sample);
}

TEST(EventStream, ReadsOneMessageAfterTheOther) {
  const std::string two = sample + sample;
  std::string_view in = two;
  for (int i = 0; i < 2; ++i) {
    const auto message = read_event(in);
    ASSERT_TRUE(message.has_value() && message->has_value());
    EXPECT_EQ((*message)->find(":event-type"), "SubscribeToShardEvent");
    EXPECT_EQ((*message)->payload, "{\"Records\":[]}");
  }
  EXPECT_TRUE(in.empty());
  const auto none = read_event(in);
  ASSERT_TRUE(none.has_value());
  EXPECT_FALSE(none->has_value());
}

TEST(EventStream, WaitsForWhatIsMissing) {
  for (std::size_t cut = 0; cut < sample.size(); ++cut) {
    std::string_view in = std::string_view(sample).substr(0, cut);
    const auto message = read_event(in);
    ASSERT_TRUE(message.has_value()) << cut;
    EXPECT_FALSE(message->has_value()) << cut;
    EXPECT_EQ(in.size(), cut);
  }
}

TEST(EventStream, FindsEveryFlippedBit) {
  for (std::size_t bit = 0; bit < sample.size() * 8; ++bit) {
    std::string broken = sample;
    broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << (bit % 8)));
    std::string_view in = broken;
    EXPECT_FALSE(read_event(in).has_value()) << bit;
  }
}

TEST(EventStream, ReadsValuesOfEveryType) {
  const std::string bytes = from_hex(
      "0000005f0000004e4e05ebe401740001660101620278017303787801690478787878016c057878787878787878017906"
      "000361626301670700026465016d087878787878787878017509787878787878787878787878787878787087808187");
  std::string_view in = bytes;
  const auto message = read_event(in);
  ASSERT_TRUE(message.has_value() && message->has_value());
  std::string sizes;
  for (const auto& header : (*message)->headers) {
    sizes +=
        header.name + std::to_string(static_cast<int>(header.type)) + ":" + std::to_string(header.value.size()) + " ";
  }
  EXPECT_EQ(sizes, "t0:0 f1:0 b2:1 s3:2 i4:4 l5:8 y6:3 g7:2 m8:8 u9:16 ");
  EXPECT_EQ((*message)->find("g"), "de");
  EXPECT_EQ((*message)->payload, "p");
}

TEST(EventStream, RefusesImpossibleLengths) {
  // Total 4, headers 0, with the right checksum of both.
  const std::string bytes = from_hex("000000040000000090a279a9");
  std::string_view in = bytes;
  EXPECT_FALSE(read_event(in).has_value());
}

}  // namespace
}  // namespace millrace::codec
