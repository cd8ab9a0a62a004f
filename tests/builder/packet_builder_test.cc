#include "tools/builder/packet_builder.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tools/builder/tls_builder.h"

namespace handlens::builder {
namespace {

// The worked example of RFC 1071 section 3: the sum of these words is ddf2.
TEST(InternetChecksum, IsTheOneOfTheRfc) {
  EXPECT_EQ(internet_checksum(from_hex("0001f203f4f5f6f7")), 0x220d);
  EXPECT_EQ(internet_checksum({}), 0xffff);
  EXPECT_EQ(internet_checksum({0xff}), 0x00ff);  // an odd byte is the high half of its word
}

TEST(PacketBuilder, ChecksumsOfBothHeadersSumToZero) {
  Capture capture(LinkType::raw);
  Conversation talk(capture, {.port = 1234}, {.ip = "198.51.100.7"});
  talk.from_client({.flags = kPsh | kAck, .payload = from_text("odd")});
  const Bytes packet = capture.frames().at(0).bytes;
  ASSERT_EQ(packet.size(), 43U);
  EXPECT_EQ(internet_checksum(slice(packet, 0, 20)), 0);
  const Bytes pseudo = concat({slice(packet, 12, 8), from_hex("0006 0017"), slice(packet, 20, 100)});
  EXPECT_EQ(internet_checksum(pseudo), 0);
}

TEST(PacketBuilder, CountsSequenceNumbersAcrossTheWrap) {
  Capture capture(LinkType::raw);
  Conversation talk(capture, {.port = 1234, .isn = 0xffffffff}, {.ip = "198.51.100.7", .isn = 7});
  talk.open().client_data(filler(10)).from_server({});
  const Bytes data = capture.frames().at(3).bytes, answer = capture.frames().at(4).bytes;
  EXPECT_EQ(slice(data, 24, 8), from_hex("00000000 00000008"));
  EXPECT_EQ(slice(answer, 24, 8), from_hex("00000008 0000000a"));
}

TEST(PacketBuilder, AForgedSegmentMovesNoCounter) {
  Capture capture(LinkType::raw);
  Conversation talk(capture, {.port = 1234, .ip_id = 100}, {.ip = "198.51.100.7"});
  talk.from_client({.flags = kRst, .payload = filler(3), .ip_id = 9, .foreign = true}).from_client({});
  EXPECT_EQ(slice(capture.frames().at(0).bytes, 4, 2), from_hex("0009"));
  EXPECT_EQ(slice(capture.frames().at(1).bytes, 4, 2), from_hex("0064"));
  EXPECT_EQ(slice(capture.frames().at(1).bytes, 24, 4), from_hex("000003e8"));
}

TEST(PacketBuilder, FragmentsAddUpToTheDatagram) {
  Capture capture(LinkType::raw);
  Conversation talk(capture, {.port = 1234}, {.ip = "198.51.100.7"});
  const Bytes packet = talk.ip_from_client({.payload = filler(100)});
  Bytes joined;
  const std::vector<Bytes> fragments = fragment_ipv4(packet, 48);
  ASSERT_EQ(fragments.size(), 3U);
  for (const Bytes& fragment : fragments) {
    EXPECT_EQ(internet_checksum(slice(fragment, 0, 20)), 0);
    append(joined, slice(fragment, 20, 100));
  }
  EXPECT_EQ(joined, slice(packet, 20, 200));
  EXPECT_EQ(slice(fragments[0], 6, 2), from_hex("2000"));
  EXPECT_EQ(slice(fragments[2], 6, 2), from_hex("000c"));
}

TEST(CaptureWriter, WritesBothByteOrdersAndResolutions) {
  const std::vector<Frame> frames = {{.time = seconds(1) + 2'003, .bytes = {0xaa, 0xbb}, .original = 9}};
  const Bytes little = pcap_file(LinkType::raw, frames), big = pcap_file(LinkType::raw, frames, {true, true, 1});
  EXPECT_EQ(slice(little, 0, 4), from_hex("d4c3b2a1"));
  EXPECT_EQ(slice(little, 24, 50), from_hex("01000000 02000000 02000000 09000000 aabb"));
  EXPECT_EQ(slice(big, 0, 4), from_hex("a1b23c4d"));
  EXPECT_EQ(slice(big, 24, 50), from_hex("00000001 000007d3 00000001 00000009 aa"));
}

TEST(CaptureWriter, PcapngTicksFollowTheInterface) {
  PcapngWriter file;
  file.section(true).interface({.tsresol = std::uint8_t{0x80 | 1}});
  const std::size_t before = file.bytes().size();
  file.packet({.time = seconds(3) + milliseconds(500), .bytes = {1}});
  EXPECT_EQ(slice(file.bytes(), before + 12, 8), from_hex("00000000 00000007"));  // seven halves of a second
  EXPECT_EQ(file.bytes().size() % 4, 0U);
}

TEST(TlsBuilder, LengthsNestFromRecordToExtension) {
  const Bytes hello = record(kHandshakeRecord, client_hello({.padding = 3}), kTls10);
  ASSERT_GT(hello.size(), 100U);
  const std::size_t body = hello.size() - 9;
  EXPECT_EQ(slice(hello, 0, 6), concat({from_hex("160301"), ByteWriter().u16(body + 4).u8(1).bytes()}));
  EXPECT_EQ(slice(hello, 6, 3), ByteWriter().u24(body).bytes());
  EXPECT_EQ(slice(hello, hello.size() - 7, 7), from_hex("0015 0003 000000"));
}

TEST(TlsBuilder, RecordsCutAMessageWithoutLoss) {
  const Bytes message = handshake_message(11, filler(70));
  const Bytes cut = records(kHandshakeRecord, message, 32);
  EXPECT_EQ(cut.size(), message.size() + 3 * 5);
  EXPECT_EQ(slice(cut, 37, 5), from_hex("1603030020"));
}

TEST(TlsBuilder, Sslv2HelloHasItsOwnLengths) {
  EXPECT_EQ(slice(sslv2_client_hello(kTls10, {0x00002f}), 0, 14), from_hex("801c 01 0301 0003 0000 0010 00002f"));
}

}  // namespace
}  // namespace handlens::builder
