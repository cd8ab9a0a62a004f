#include "src/capture/pcapng_reader.h"

#include <gtest/gtest.h>

#include "tests/capture/capture_bytes.h"

namespace handlens {
namespace {

using testing::Bytes;
using testing::PcapngFile;
using testing::read_capture;

TEST(PcapngReader, ReadsBothByteOrders) {
  for (const bool big_endian : {false, true}) {
    const PcapngFile file{big_endian};
    const auto read = read_capture(file.section() + file.interface(1) + file.packet(0, 1700000000123456, "abcde", 99) +
                                   file.packet(0, 1700000000123457, ""));
    ASSERT_TRUE(read.reader) << read.failure.what;
    EXPECT_EQ(read.reader->format(), "pcapng");
    EXPECT_EQ(read.reader->stop().kind, ReadStop::Kind::clean);
    ASSERT_EQ(read.packets.size(), 2U);
    EXPECT_EQ(read.packets[0].bytes, "abcde");
    EXPECT_EQ(read.packets[0].wire_length, 99U);
    EXPECT_EQ(read.packets[0].ns, 1700000000123456000);
    EXPECT_EQ(read.packets[1].number, 2U);
  }
}

TEST(PcapngReader, SectionsOfDifferentOrderNumberTheirInterfacesOn) {
  const PcapngFile little{false}, big{true};
  const auto read = read_capture(little.section() + little.interface(1) + little.interface(113) +
                                 little.packet(1, 1, "a") + big.section() + big.interface(276) + big.packet(0, 2, "b"));
  ASSERT_EQ(read.packets.size(), 2U);
  EXPECT_EQ(read.packets[0].interface_id, 1U);
  EXPECT_EQ(read.packets[0].link, 113);
  EXPECT_EQ(read.packets[1].interface_id, 2U);
  EXPECT_EQ(read.packets[1].link, 276);
  EXPECT_EQ(read.reader->links(), (std::vector<std::uint16_t>{113, 276})) << "used ones, in order of use";
}

// With one interface there is nothing to tell apart; the first of several is as good as the second.
TEST(PcapngReader, InterfacesAreNamedWhereThereAreSeveral) {
  const PcapngFile file;
  const auto one = read_capture(file.section() + file.interface(1) + file.packet(0, 1, "a") + file.packet(0, 2, "b"));
  ASSERT_EQ(one.packets.size(), 2U);
  for (const auto& packet : one.packets) EXPECT_EQ(packet.interface_id, kNoInterface);
  const auto two = read_capture(file.section() + file.interface(1) + file.interface(1) + file.packet(0, 1, "a") +
                                file.packet(1, 2, "b") + file.packet(0, 3, "c"));
  ASSERT_EQ(two.packets.size(), 3U);
  EXPECT_EQ(two.packets[0].interface_id, 0U);
  EXPECT_EQ(two.packets[1].interface_id, 1U);
  EXPECT_EQ(two.packets[2].interface_id, 0U);
}

TEST(PcapngReader, TimeOptionsBelongToTheirInterface) {
  const PcapngFile file{true};
  const std::string nano = file.option(9, "\x09") + file.end_of_options();
  const std::string binary = file.option(1, "a comment") + file.option(9, "\x94");  // 2^-20, and no end of options
  const std::string offset = file.option(14, Bytes(true).u64(1000).str()) + file.end_of_options();
  const auto read =
      read_capture(file.section() + file.interface(1, nano) + file.interface(1, binary) + file.interface(1, offset) +
                   file.packet(0, 1700000000123456789, "a") + file.packet(1, 3 << 19, "b") + file.packet(2, 5, "c"));
  ASSERT_EQ(read.packets.size(), 3U);
  EXPECT_EQ(read.packets[0].ns, 1700000000123456789);
  EXPECT_EQ(read.packets[1].ns, 1500000000);
  EXPECT_EQ(read.packets[2].ns, 1000000005000);
}

TEST(PcapngReader, SimpleAndOldPacketBlocks) {
  const PcapngFile file;
  const auto read = read_capture(file.section() + file.interface(1, "", 4) + file.simple_packet("abcd", 1500) +
                                 file.old_packet(0, 77, "old") + file.simple_packet("xyz", 3) + file.interface(101) +
                                 file.old_packet(1, 78, "second"));
  ASSERT_EQ(read.packets.size(), 4U);
  EXPECT_EQ(read.packets[0].bytes, "abcd");
  EXPECT_EQ(read.packets[0].wire_length, 1500U);
  EXPECT_EQ(read.packets[0].ns, 0);
  EXPECT_EQ(read.packets[1].bytes, "old");
  EXPECT_EQ(read.packets[1].ns, 77000);
  EXPECT_EQ(read.packets[2].bytes, "xyz") << "padding is no part of the packet";
  EXPECT_EQ(read.packets[2].ns, 77000) << "no time of its own: that of the packet before";
  EXPECT_EQ(read.packets[3].interface_id, 1U);
  EXPECT_EQ(read.packets[3].link, 101);
}

TEST(PcapngReader, OtherBlocksAreSkippedWhateverTheirSize) {
  const PcapngFile file;
  const std::string others = file.block(4, "names") + file.block(0xbad, std::string(100000, 'c')) +
                             file.block(0x7fffffff, "") + file.block(5, "short");
  for (const std::size_t piece : {64U, 4096U, 262144U}) {
    const auto read =
        read_capture(file.section() + others + file.interface(1) + others + file.packet(0, 1, "a") + others, piece);
    ASSERT_EQ(read.packets.size(), 1U);
    EXPECT_EQ(read.reader->stop().kind, ReadStop::Kind::clean);
  }
}

TEST(PcapngReader, KeepsSecretsAndDropCounters) {
  const PcapngFile file{true};
  const auto secrets = [&](std::uint32_t type, std::string_view text) {
    return file.block(10, Bytes(true).u32(type).u32(text.size()).text(text).str());
  };
  const auto statistics = [&](std::uint32_t id, std::uint64_t dropped) {
    return file.block(5, Bytes(true).u32(id).u64(0).text(file.option(5, Bytes(true).u64(dropped).str())).str());
  };
  const auto read =
      read_capture(file.section() + file.interface(1) + secrets(0x544c534b, "CLIENT_RANDOM a b") +
                   secrets(0x57474b4c, "wireguard") + secrets(0x544c534b, "CLIENT_RANDOM c d\n") + statistics(0, 3) +
                   statistics(0, 5) + statistics(9, 100) + file.section() + file.interface(1) + statistics(0, 2));
  ASSERT_TRUE(read.reader);
  EXPECT_EQ(read.reader->secrets(), "CLIENT_RANDOM a b\nCLIENT_RANDOM c d\n");
  EXPECT_EQ(read.reader->dropped(), 7U);
}

TEST(PcapngReader, TruncationAtEveryByteKeepsTheWholePacketsBefore) {
  const PcapngFile file;
  const std::string head = file.section() + file.interface(1), first = file.packet(0, 1, "first"),
                    other = file.block(0xbad, std::string(40, 'c')), second = file.simple_packet("2nd", 3);
  const std::string whole = head + first + other + second + file.old_packet(0, 2, "third");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    for (const std::size_t piece : {4U, 32U, 4096U}) {
      const auto read = read_capture(whole.substr(0, size), piece, 4);
      if (size < file.section().size()) {
        EXPECT_FALSE(read.reader) << size;
        continue;
      }
      ASSERT_TRUE(read.reader) << size;
      const std::size_t expected = size < head.size() + first.size()                                  ? 0U
                                   : size < head.size() + first.size() + other.size() + second.size() ? 1U
                                                                                                      : 2U;
      ASSERT_EQ(read.packets.size(), expected) << size;
      const bool border = size == file.section().size() || size == head.size() || size == head.size() + first.size() ||
                          size == head.size() + first.size() + other.size() ||
                          size == head.size() + first.size() + other.size() + second.size();
      EXPECT_EQ(read.reader->stop().kind, border ? ReadStop::Kind::clean : ReadStop::Kind::cut) << size;
      if (!border) {
        EXPECT_EQ(read.reader->stop().what.rfind("cut short at byte " + std::to_string(size) + " in ", 0), 0U)
            << read.reader->stop().what;
      }
    }
  }
}

TEST(PcapngReader, DamageSaysWhere) {
  const PcapngFile file;
  const std::string head = file.section() + file.interface(1) + file.packet(0, 1, "good");
  const std::string at = "damaged at byte " + std::to_string(head.size()) + ": ";
  const auto what = [&](const std::string& bad) {
    const auto read = read_capture(head + bad + file.packet(0, 1, "lost"));
    EXPECT_EQ(read.packets.size(), 1U);
    EXPECT_EQ(read.reader->stop().kind, ReadStop::Kind::damaged);
    return read.reader->stop().what;
  };
  std::string mismatch = file.packet(0, 1, "bad!");
  mismatch[mismatch.size() - 4] = 'x';
  EXPECT_EQ(what(mismatch).rfind(at + "a block of type 0x6 has length 36 at its start", 0), 0U) << what(mismatch);
  std::string other_mismatch = file.block(0xbad, "");
  other_mismatch[8] = 0;
  EXPECT_EQ(what(other_mismatch).rfind(at, 0), 0U) << what(other_mismatch);
  for (const std::uint32_t length : {0U, 8U, 11U, 33U, 0xfffffff0U}) {
    const std::string bad = Bytes().u32(6).u32(length).text(std::string(40, 'x')).str();
    EXPECT_EQ(what(bad).rfind(at + "a block of type 0x6 claims a length of", 0), 0U) << what(bad);
  }
  EXPECT_EQ(what(file.packet(7, 1, "x")), at + "packet 2 is of interface 7, which the file does not describe");
  EXPECT_EQ(what(file.block(6, "short")), at + "an enhanced packet block is too short");
  const std::string long_capture = file.block(6, Bytes().u32(0).u64(0).u32(5).u32(5).text("1234").str());
  EXPECT_EQ(what(long_capture), at + "packet 2 claims 5 captured bytes in a block that holds 4");
  const std::string version = file.block(0x0a0d0d0a, Bytes().u32(0x1a2b3c4d).u16(2).u16(0).u64(0).str());
  EXPECT_NE(what(version).find("version 2"), std::string::npos);
  EXPECT_NE(what(file.block(0x0a0d0d0a, "no magic here and no version")).find("byte-order magic"), std::string::npos);
}

TEST(PcapngReader, BrokenOptionsCostOnlyThemselves) {
  const PcapngFile file;
  const std::string nano = file.option(9, "\x09");
  for (const std::string& broken : {Bytes().u16(9).u16(60000).u8(3).str(), Bytes().u16(14).u16(2).u16(1).pad().str(),
                                    std::string("\x09\x00", 2), file.option(9, "")}) {
    const auto read = read_capture(file.section() + file.interface(1, nano + broken) + file.packet(0, 5, "a"));
    ASSERT_EQ(read.packets.size(), 1U);
    EXPECT_EQ(read.packets[0].ns, 5);
  }
}

}  // namespace
}  // namespace handlens
