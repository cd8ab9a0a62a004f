#include "dissectors/byte_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace handlens {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(ByteReader, ReadsIntegersInNetworkOrder) {
  const Bytes bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0x34, 0x12};
  ParseError error;
  ByteReader reader(bytes, error);
  EXPECT_EQ(reader.u8("a"), 1);
  EXPECT_EQ(reader.u16("b"), 0x0203);
  EXPECT_EQ(reader.u24("c"), 0x040506u);
  EXPECT_EQ(reader.u32("d"), 0x0708090au);
  EXPECT_EQ(reader.u16_le("e"), 0x1234);
  EXPECT_TRUE(reader.empty());
  EXPECT_TRUE(reader.ok());
}

TEST(ByteReader, TheFirstFailureStays) {
  const Bytes bytes = {1, 2, 3};
  ParseError error;
  ByteReader reader(bytes, error);
  reader.skip(2, "head");
  EXPECT_EQ(reader.u16("short"), 0);
  EXPECT_EQ(reader.u8("later"), 0);  // sticky: the byte that is there is not read any more
  EXPECT_EQ(error.reason, ParseReason::short_read);
  EXPECT_EQ(error.offset, 2u);
  EXPECT_STREQ(error.field, "short");
  EXPECT_TRUE(reader.empty());
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_TRUE(reader.rest().empty());
}

TEST(ByteReader, AChildSeesOnlyItsFrameAndReportsToItsParent) {
  const Bytes bytes = {9, 0, 2, 0xaa, 0xbb, 0xcc};
  ParseError error;
  ByteReader reader(bytes, error);
  reader.skip(1, "head");
  ByteReader child = reader.vec16("list");
  EXPECT_EQ(child.remaining(), 2u);
  EXPECT_EQ(reader.remaining(), 1u);
  EXPECT_EQ(child.u8("item"), 0xaa);
  (void)child.u16("beyond");
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(error.offset, 4u);  // from the start of the outermost view
}

TEST(ByteReader, AVectorLongerThanItsParentIsAShortRead) {
  const Bytes bytes = {3, 1, 2};
  ParseError error;
  ByteReader reader(bytes, error);
  EXPECT_TRUE(reader.vec8("list").empty());
  EXPECT_EQ(error.reason, ParseReason::short_read);
}

TEST(ByteReader, ExpectEnd) {
  const Bytes bytes = {1, 2};
  ParseError error;
  ByteReader reader(bytes, error);
  (void)reader.u8("a");
  reader.expect_end("end");
  EXPECT_EQ(error.reason, ParseReason::trailing_bytes);
  EXPECT_EQ(error.offset, 1u);
}

TEST(ByteReader, NamesOfReasons) {
  EXPECT_EQ(to_text(ParseReason::none), "none");
  EXPECT_EQ(to_text(ParseReason::short_read), "short_read");
  EXPECT_EQ(to_text(ParseReason::bad_length), "bad_length");
  EXPECT_EQ(to_text(ParseReason::bad_value), "bad_value");
  EXPECT_EQ(to_text(ParseReason::trailing_bytes), "trailing_bytes");
  EXPECT_EQ(to_text(ParseReason::limit), "limit");
}

}  // namespace
}  // namespace handlens
