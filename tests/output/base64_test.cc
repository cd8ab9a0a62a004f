#include "src/output/base64.h"

#include <gtest/gtest.h>

#include <vector>

namespace handlens {
namespace {

std::string of(std::string_view text) {
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  return base64(bytes);
}

// The vectors of RFC 4648 §10.
TEST(Base64, EveryLengthOfTheLastGroup) {
  EXPECT_EQ(of(""), "");
  EXPECT_EQ(of("f"), "Zg==");
  EXPECT_EQ(of("fo"), "Zm8=");
  EXPECT_EQ(of("foo"), "Zm9v");
  EXPECT_EQ(of("foob"), "Zm9vYg==");
  EXPECT_EQ(of("fooba"), "Zm9vYmE=");
  EXPECT_EQ(of("foobar"), "Zm9vYmFy");
}

TEST(Base64, TheWholeAlphabet) {
  std::vector<std::uint8_t> bytes;  // 6-bit groups 0 to 63
  for (std::uint32_t group = 0; group < 64; group += 4) {
    const std::uint32_t word = group << 18 | (group + 1) << 12 | (group + 2) << 6 | (group + 3);
    for (const int shift : {16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(word >> shift));
  }
  EXPECT_EQ(base64(bytes), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
}

}  // namespace
}  // namespace handlens
