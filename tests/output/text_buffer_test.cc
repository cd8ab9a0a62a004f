// Text that is written in place.
#include "src/output/text_buffer.h"

#include <gtest/gtest.h>

#include <string>

namespace handlens {
namespace {

TEST(TextBuffer, BeginsEmptyAndGrows) {
  TextBuffer buffer;
  EXPECT_EQ(buffer.view(), "");
  buffer.append("");
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    buffer.append("ab");
    buffer.append('c');
    expected += "abc";
  }
  EXPECT_EQ(buffer.view(), expected);
  EXPECT_EQ(buffer.size(), expected.size());
}
TEST(TextBuffer, RoomIsNoText) {
  TextBuffer buffer;
  buffer.append("x");
  char* out = buffer.room(100'000);
  EXPECT_EQ(buffer.view(), "x");
  *out++ = 'y';
  buffer.set_end(out);
  EXPECT_EQ(buffer.view(), "xy");
}
TEST(TextBuffer, ErasesAnywhere) {
  TextBuffer buffer;
  buffer.append("0123456789");
  buffer.erase(0, 2);
  EXPECT_EQ(buffer.view(), "23456789");
  buffer.erase(3, 0);
  buffer.erase(6, 2);
  EXPECT_EQ(buffer.view(), "234567");
  buffer.erase(0, 6);
  EXPECT_EQ(buffer.view(), "");
}
TEST(TextBuffer, ClearingKeepsTheMemory) {
  TextBuffer buffer;
  const char* const before = buffer.room(4096);
  buffer.append(std::string(4096, 'x'));
  buffer.clear();
  EXPECT_EQ(buffer.view(), "");
  EXPECT_EQ(buffer.room(4096), before);
}

}  // namespace
}  // namespace handlens
