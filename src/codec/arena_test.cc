#include "codec/arena.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "codec/cbor_reader.h"
#include "codec/json_reader.h"
#include "models/kinds.h"

namespace millrace::codec {
namespace {

TEST(Arena, WhatItKeepsStays) {
  Arena arena;
  std::vector<std::pair<std::string, std::string_view>> kept;
  for (std::size_t i = 0; i < 300; ++i) {
    const std::string text(i * i, static_cast<char>('a' + i % 26));
    kept.emplace_back(text, arena.keep(text));
  }
  for (const auto& [text, view] : kept) ASSERT_EQ(view, text);
}

TEST(Arena, RoomIsLeftAlone) {
  for (int round = 0; round < 3; ++round) {
    Arena arena;
    std::vector<char*> rooms;
    for (const std::size_t bytes : {std::size_t{1}, Arena::block_bytes - 1, std::size_t{1}, Arena::block_bytes,
                                    Arena::block_bytes + 1, std::size_t{7}}) {
      rooms.push_back(arena.room(bytes));
      std::memset(rooms.back(), static_cast<int>(rooms.size()), bytes);
    }
    for (std::size_t i = 0; i < rooms.size(); ++i) EXPECT_EQ(rooms[i][0], static_cast<char>(i + 1));
  }
}

TEST(Views, OfJsonOutliveTheText) {
  Arena arena;
  models::kinds::Everything read;
  {
    const std::string text = R"({"Needed": 1, "TextView": "t\u00e9xt", "DataView": "Zm9vYmFy"})";
    ASSERT_FALSE(read_json(text, read, {.arena = &arena}));
  }
  {
    models::kinds::Everything other;
    ASSERT_FALSE(read_json(R"({"Needed": 1, "TextView": "something else"})", other, {.arena = &arena}));
  }
  EXPECT_EQ(read.text_view, "t\xC3\xA9xt");
  EXPECT_EQ(read.data_view->bytes, "foobar");
}

TEST(Views, OfCborStandInTheInput) {
  Arena arena;
  models::kinds::Everything read;
  // {"Needed": 1, "DataView": h'0102', "TextView": (_ "a", "b")}
  constexpr char content[] =
      "\xA3\x66Needed\x01\x68"
      "DataView\x42\x01\x02\x68TextView\x7F\x61"
      "a\x61"
      "b\xFF";
  const std::string bytes(content, sizeof content - 1);
  ASSERT_FALSE(read_cbor(bytes, CborDialect::aws, read, {.arena = &arena}));
  EXPECT_EQ(read.data_view->bytes, std::string_view("\x01\x02"));
  EXPECT_EQ(read.data_view->bytes.data(), bytes.data() + bytes.find('\x42') + 1);
  EXPECT_EQ(read.text_view, "ab");
}

TEST(Views, HaveTheRulesOfWhatTheyShow) {
  Arena arena;
  models::kinds::Everything read;
  const auto bad =
      read_json("{\"Needed\": 1, \"TextView\": \"" + std::string(1001, 'x') + "\"}", read, {.arena = &arena});
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->kind, Violation::Kind::too_long);
  EXPECT_EQ(bad->path, "TextView");
  const auto malformed = read_json(R"({"Needed": 1, "DataView": "Zm9v!"})", read, {.arena = &arena});
  ASSERT_TRUE(malformed);
  EXPECT_EQ(malformed->kind, Violation::Kind::malformed);
}

}  // namespace
}  // namespace millrace::codec
