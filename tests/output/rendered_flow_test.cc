#include "src/output/rendered_flow.h"

#include <gtest/gtest.h>

namespace handlens {
namespace {

TEST(RenderedFlow, WhatIsEncodedComesBackOneAfterTheOther) {
  const std::string record(100'000, 'x');
  const std::string with_zeros("a\0b\n", 4);
  std::string bytes;
  const std::size_t first =
      encode({.id = 7, .selected = true, .level = 3, .kind = "ok", .finding = "f", .text = record}, bytes);
  EXPECT_EQ(first, bytes.size());
  EXPECT_EQ(encoded_size(bytes.data()).id, 7u);
  EXPECT_EQ(encoded_size(bytes.data()).bytes, first);
  encode({.id = UINT64_MAX, .selected = false, .kind = {}, .finding = {}, .text = {}}, bytes);
  encode({.id = 9, .selected = true, .kind = {}, .finding = {}, .text = with_zeros}, bytes);

  std::string_view left = bytes;
  RenderedFlow flow = decode(left);
  EXPECT_EQ(flow.id, 7u);
  EXPECT_TRUE(flow.selected);
  EXPECT_EQ(flow.level, 3);
  EXPECT_EQ(flow.kind, "ok");
  EXPECT_EQ(flow.finding, "f");
  EXPECT_EQ(flow.text, record);
  flow = decode(left);
  EXPECT_EQ(flow.id, UINT64_MAX);
  EXPECT_FALSE(flow.selected);
  EXPECT_TRUE(flow.text.empty());
  flow = decode(left);
  EXPECT_EQ(flow.text, with_zeros);
  EXPECT_TRUE(left.empty());
}

TEST(RenderedFlow, WordsBeyondTheirFieldAreCut) {
  std::string bytes;
  encode({.id = 1, .selected = true, .kind = std::string(70'000, 'k'), .finding = {}, .text = "t"}, bytes);
  std::string_view left = bytes;
  const RenderedFlow flow = decode(left);
  EXPECT_EQ(flow.kind.size(), 65'535u);
  EXPECT_EQ(flow.text, "t");
  EXPECT_TRUE(left.empty());
}

}  // namespace
}  // namespace handlens
