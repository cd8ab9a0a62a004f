#include "src/capture/pcap_reader.h"

#include <gtest/gtest.h>

#include "tests/capture/capture_bytes.h"

namespace handlens {
namespace {

using testing::Bytes;
using testing::PcapFile;
using testing::read_capture;

TEST(PcapReader, ReadsEveryMagicInBothByteOrders) {
  struct Case {
    std::uint32_t magic;
    const char* format;
    std::int64_t fraction_ns;
  };
  for (const Case& c :
       {Case{testing::kMicro, "pcap", 1000}, Case{testing::kNano, "pcap-nanosecond", 1},
        Case{testing::kNavtel, "pcap-nanosecond", 1}, Case{testing::kModified, "pcap-modified", 1000}}) {
    for (const bool big_endian : {false, true}) {
      const PcapFile file{.big_endian = big_endian, .magic = c.magic};
      const auto read = read_capture(file.header() + file.packet(1700000000, 123456, "first", 1500) +
                                     file.packet(0xffffffff, 999999, "") + file.packet(3, 4, "third"));
      ASSERT_TRUE(read.reader) << read.failure.what;
      EXPECT_EQ(read.reader->format(), c.format);
      EXPECT_EQ(read.reader->stop().kind, ReadStop::Kind::clean);
      ASSERT_EQ(read.packets.size(), 3U);
      EXPECT_EQ(read.packets[0].bytes, "first");
      EXPECT_EQ(read.packets[0].wire_length, 1500U);
      EXPECT_EQ(read.packets[0].link, 1);
      EXPECT_EQ(read.packets[0].number, 1U);
      EXPECT_EQ(read.packets[0].ns, 1700000000LL * 1000000000 + 123456 * c.fraction_ns);
      EXPECT_EQ(read.packets[1].ns, 0xffffffffLL * 1000000000 + 999999 * c.fraction_ns);
      EXPECT_EQ(read.packets[1].bytes, "");
      EXPECT_EQ(read.packets[2].number, 3U);
      EXPECT_EQ(read.packets[2].bytes, "third");
    }
  }
}

TEST(PcapReader, FrameCheckBitsAreNoPartOfTheLinkType) {
  const PcapFile file{.network = 0x24000001};
  const auto read = read_capture(file.header() + file.packet(1, 2, "x"));
  ASSERT_EQ(read.packets.size(), 1U);
  EXPECT_EQ(read.packets[0].link, 1);
  EXPECT_EQ(read.reader->links(), std::vector<std::uint16_t>{1});
}

TEST(PcapReader, ValidCaptureWithoutPackets) {
  const auto read = read_capture(PcapFile{}.header());
  ASSERT_TRUE(read.reader);
  EXPECT_TRUE(read.packets.empty());
  EXPECT_EQ(read.reader->stop().kind, ReadStop::Kind::clean);
}

TEST(PcapReader, OldWritersStoredTheLengthsTheOtherWayRound) {
  const PcapFile always{.minor = 2}, perhaps{.minor = 3};
  const std::string swapped = Bytes().u32(1).u32(2).u32(60).u32(4).text("data").str();
  EXPECT_EQ(read_capture(always.header() + swapped).packets.at(0).wire_length, 60U);
  EXPECT_EQ(read_capture(perhaps.header() + swapped).packets.at(0).bytes, "data");
  EXPECT_EQ(read_capture(perhaps.header() + perhaps.packet(1, 2, "data", 60)).packets.at(0).bytes, "data");
}

TEST(PcapReader, WireLengthIsNeverLessThanWhatWasCaptured) {
  const PcapFile file;
  const std::string packet = Bytes().u32(1).u32(2).u32(4).u32(0).text("data").str();
  const auto read = read_capture(file.header() + packet + packet);
  ASSERT_EQ(read.packets.size(), 2U);
  EXPECT_EQ(read.packets[0].wire_length, 4U);
}

TEST(PcapReader, TruncationAtEveryByteKeepsTheWholePacketsBefore) {
  for (const std::uint32_t magic : {testing::kMicro, testing::kModified}) {
    const PcapFile file{.big_endian = true, .magic = magic};
    const std::string whole = file.header() + file.packet(1, 2, "first packet") + file.packet(3, 4, "2") +
                              file.packet(5, 6, std::string(100, 'c'));
    const std::vector<std::size_t> ends = {file.header().size(),
                                           (file.header() + file.packet(1, 2, "first packet")).size(),
                                           whole.size() - file.packet(5, 6, std::string(100, 'c')).size()};
    for (std::size_t size = 0; size < whole.size(); ++size) {
      for (const std::size_t piece : {4U, 4096U}) {
        const auto read = read_capture(whole.substr(0, size), piece, 2);
        if (size < 24) {
          EXPECT_FALSE(read.reader) << size;
          EXPECT_EQ(read.failure.kind, size == 0  ? OpenFailure::Kind::empty
                                       : size < 4 ? OpenFailure::Kind::foreign
                                                  : OpenFailure::Kind::broken);
          continue;
        }
        ASSERT_TRUE(read.reader) << size;
        const std::size_t whole_packets = size < ends[1] ? 0U : size < ends[2] ? 1U : 2U;
        ASSERT_EQ(read.packets.size(), whole_packets) << size;
        const bool at_border = size == ends[0] || size == ends[1] || size == ends[2];
        if (at_border) {
          EXPECT_EQ(read.reader->stop().kind, ReadStop::Kind::clean) << size;
        } else {
          EXPECT_EQ(read.reader->stop().what,
                    "cut short at byte " + std::to_string(size) + " in packet " + std::to_string(whole_packets + 1));
        }
      }
    }
  }
}

TEST(PcapReader, AbsurdLengthEndsTheFileWithItsPlace) {
  const PcapFile file;
  for (const std::uint32_t length : {262145U, 0x7fffffffU, 0xffffffffU}) {
    const std::string bad = Bytes().u32(1).u32(2).u32(length).u32(length).text("data").str();
    const auto read = read_capture(file.header() + file.packet(1, 2, "good") + bad + file.packet(1, 2, "lost"));
    ASSERT_EQ(read.packets.size(), 1U);
    EXPECT_EQ(read.reader->stop().kind, ReadStop::Kind::damaged);
    EXPECT_EQ(read.reader->stop().what.rfind("damaged at byte 44: packet 2 claims", 0), 0U) << read.reader->stop().what;
  }
}

TEST(PcapReader, PacketsLargerThanTheBufferAndUpToTheLimit) {
  const PcapFile file{.snap_length = 0xffffffff};
  const std::string large(262144, 'l'), small(10, 's');
  const auto read =
      read_capture(file.header() + file.packet(1, 2, small) + file.packet(1, 2, large) + file.packet(1, 2, small), 64);
  ASSERT_EQ(read.packets.size(), 3U);
  EXPECT_EQ(read.packets[1].bytes, large);
  EXPECT_EQ(read.packets[2].bytes, small);

  const PcapFile wide{.snap_length = 1000000};  // the file's own snap length allows more than the standard one
  const auto more = read_capture(wide.header() + wide.packet(1, 2, std::string(1000000, 'x')));
  ASSERT_EQ(more.packets.size(), 1U);
  EXPECT_EQ(more.packets[0].bytes.size(), 1000000U);
}

TEST(PcapReader, EveryPieceSizeGivesTheSamePackets) {
  const PcapFile file;
  std::string whole = file.header();
  for (std::size_t i = 0; i < 50; ++i) whole += file.packet(static_cast<std::uint32_t>(i), 0, std::string(i, 'p'));
  for (std::size_t piece = 4; piece < 100; ++piece) {
    const auto read = read_capture(whole, piece, 3);
    ASSERT_EQ(read.packets.size(), 50U) << piece;
    for (std::size_t i = 0; i < 50; ++i) ASSERT_EQ(read.packets[i].bytes, std::string(i, 'p'));
  }
}

TEST(PcapReader, ForeignFilesAreNamed) {
  EXPECT_NE(read_capture("\x7f\x45LF....").failure.what.find("starts with 7f 45 4c 46"), std::string::npos);
  EXPECT_NE(read_capture(std::string_view("\xfd\x37zXZ\0\0\0", 8)).failure.what.find("xz -d"), std::string::npos);
  EXPECT_EQ(read_capture("").failure.what, "the file is empty (0 bytes), not a capture");
  EXPECT_EQ(read_capture(testing::gzip("")).failure.kind, OpenFailure::Kind::empty);
  EXPECT_EQ(read_capture(testing::gzip(PcapFile{}.header()).substr(0, 12)).failure.kind, OpenFailure::Kind::broken);
}

}  // namespace
}  // namespace handlens
