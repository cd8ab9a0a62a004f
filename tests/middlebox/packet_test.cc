#include "tools/middlebox/packet.h"

#include <gtest/gtest.h>

#include "tests/middlebox/frames.h"

namespace handlens::middlebox {

using testing::from_client;
using testing::from_server;

TEST(MiddleboxPacket, ReadsWhatTheBuilderWrote) {
  for (const bool v6 : {false, true}) {
    const Bytes frame =
        from_client({.seq = 5, .ack = 9, .payload = "abc", .ttl = 33, .id = 77, .window = 1234, .v6 = v6, .tos = 0x28});
    const Packet packet = parse(frame);
    EXPECT_TRUE(packet.ip && packet.tcp);
    EXPECT_FALSE(packet.neighbour);
    EXPECT_EQ(packet.v6(), v6);
    EXPECT_EQ(packet.seq, testing::kClientIsn + 5);
    EXPECT_EQ(packet.ack, testing::kServerIsn + 9);
    EXPECT_EQ(packet.ttl, 33);
    EXPECT_EQ(packet.tos, 0x28);
    EXPECT_EQ(packet.window, 1234);
    EXPECT_EQ(packet.source_port, 40000);
    EXPECT_EQ(packet.payload_size(), 3U);
    EXPECT_EQ(packet.length(), 3U);
    EXPECT_TRUE(checksums_are_right(frame));
    if (!v6) {
      EXPECT_EQ(packet.id, 77);
    }
  }
}

TEST(MiddleboxPacket, EveryCutFrameIsReadWithoutHarm) {
  for (const bool v6 : {false, true}) {
    const Bytes frame = from_client({.payload = "abc", .options = builder::usual_syn_options(), .v6 = v6});
    for (std::size_t size = 0; size < frame.size(); ++size) {
      EXPECT_FALSE(parse(View(frame).first(size)).tcp) << size;
    }
  }
}

TEST(MiddleboxPacket, TheLinksOwnIsToldApart) {
  Bytes arp(60);
  arp[12] = 8;
  arp[13] = 6;
  EXPECT_TRUE(parse(arp).neighbour);
  EXPECT_FALSE(parse(arp).ip);
}

TEST(MiddleboxPacket, FragmentsAreNoTcp) {
  Bytes frame = from_client({.payload = "abcdefgh"});
  frame[kEthernetSize + 6] = 0x20;  // more fragments
  EXPECT_TRUE(parse(frame).ip);
  EXPECT_FALSE(parse(frame).tcp);
}

TEST(MiddleboxPacket, BuildsTheSameBytesAsTheBuilder) {
  for (const bool v6 : {false, true}) {
    const Bytes options = builder::option_mss(1400);
    const Bytes expected =
        from_server({.flags = kRst | kAck, .payload = "bye", .ttl = 9, .id = 3, .options = options, .v6 = v6});
    const Packet packet = parse(expected);
    TcpFields fields;
    fields.source_mac = source_mac(expected);
    fields.destination_mac = destination_mac(expected);
    fields.source = packet.source;
    fields.destination = packet.destination;
    fields.source_port = packet.source_port;
    fields.destination_port = packet.destination_port;
    fields.seq = packet.seq;
    fields.ack = packet.ack;
    fields.flags = packet.flags;
    fields.window = packet.window;
    fields.ttl = 9;
    fields.id = 3;
    fields.options = options;
    fields.payload = {'b', 'y', 'e'};
    EXPECT_EQ(build_tcp(fields), expected);
  }
}

TEST(MiddleboxPacket, ChangesKeepTheChecksumsRight) {
  Bytes frame = from_client({.flags = kSyn, .seq = 0, .options = builder::usual_syn_options(1460)});
  set_ttl(frame, 17);
  set_seq(frame, 42);
  set_ack(frame, 43);
  set_id(frame, 44);
  EXPECT_FALSE(checksums_are_right(frame));
  fix_checksums(frame);
  EXPECT_TRUE(checksums_are_right(frame));
  const Packet packet = parse(frame);
  EXPECT_EQ(packet.ttl, 17);
  EXPECT_EQ(packet.seq, 42U);
  EXPECT_EQ(packet.ack, 43U);
  EXPECT_EQ(packet.id, 44);
}

TEST(MiddleboxPacket, TheMssIsLoweredAndNeverRaised) {
  const Bytes before = from_client({.flags = kSyn, .options = builder::usual_syn_options(1460)});
  Bytes frame = before;
  clamp_mss(frame, 1460);
  EXPECT_EQ(frame, before);
  clamp_mss(frame, 1300);
  fix_checksums(frame);
  EXPECT_EQ(frame, from_client({.flags = kSyn, .options = builder::usual_syn_options(1300)}));
}

TEST(MiddleboxPacket, StrippedOptionsBecomeNops) {
  const Bytes before =
      builder::concat({builder::option_timestamps(1, 2), builder::option_sack_permitted(), builder::option_mss(9)});
  Bytes frame = from_client({.flags = kSyn, .options = before});
  strip_options(frame, {8, 4});
  const std::size_t at = kEthernetSize + kIpv4Size + kTcpSize;
  EXPECT_EQ(Bytes(frame.begin() + at, frame.begin() + at + 12), Bytes(12, 1));
  EXPECT_EQ(frame[at + 12], 2);
}

TEST(MiddleboxPacket, BrokenOptionsEndTheWalk) {
  Bytes frame = from_client({.flags = kSyn, .options = {8, 200, 1, 1}});
  const Bytes before = frame;
  strip_options(frame, {8});
  EXPECT_EQ(frame, before);
}

TEST(MiddleboxPacket, IcmpErrorsQuoteTheirTrigger) {
  for (const bool v6 : {false, true}) {
    const Bytes trigger = from_client({.payload = std::string(1400, 'x'), .v6 = v6});
    IcmpFields fields{.from = *address_from(v6 ? "2001:db8::1" : "203.0.113.9")};
    fields.type = v6 ? 1 : 3;
    fields.code = v6 ? 1 : 13;
    const Bytes error = build_icmp_error(trigger, fields);
    EXPECT_TRUE(checksums_are_right(error));
    const Packet packet = parse(error);
    EXPECT_EQ(packet.source, fields.from);
    EXPECT_EQ(packet.destination, parse(trigger).source);
    EXPECT_EQ(packet.protocol, v6 ? 58 : 1);
    const std::size_t quote = packet.payload_at + 8;
    EXPECT_EQ(error.size() - quote, v6 ? 1280U - 48U : 28U);
    EXPECT_TRUE(
        std::equal(error.begin() + static_cast<std::ptrdiff_t>(quote), error.end(), trigger.begin() + kEthernetSize));
  }
}

}  // namespace handlens::middlebox
