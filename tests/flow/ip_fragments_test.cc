#include "src/flow/ip_fragments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "tests/support/frame_bytes.h"
#include "tools/builder/tunnel_builder.h"

namespace handlens {
namespace {

using namespace testing_frames;

constexpr std::int64_t kMillisecond = 1'000'000;

// A table with its output and a clock that ticks a millisecond a packet.
struct Bench {
  explicit Bench(const FragmentLimits& limits = {}) : table(limits) {}

  FragmentResult add(const Bytes& packet, std::size_t captured = 0, std::uint16_t link = link_type::raw) {
    const Bytes cut(packet.begin(),
                    packet.begin() + static_cast<std::ptrdiff_t>(captured == 0 ? packet.size() : captured));
    const DissectedPacket dissected = dissect(cut, link, packet.size());
    EXPECT_EQ(dissected.kind, PacketKind::fragment);
    ++stamp.number;
    stamp.time.ns += kMillisecond;
    reason = Undecodable::none;
    return table.add(dissected, stamp, datagram, reason);
  }
  DissectedPacket dissected() {
    DissectedPacket out;
    dissect_ip_into(datagram.bytes, datagram.wire_length, out);
    return out;
  }

  FragmentTable table;
  ReassembledDatagram datagram;
  PacketStamp stamp;
  Undecodable reason = Undecodable::none;
};

struct Cut {
  std::size_t begin;
  std::size_t end;
};
Bytes slice(const Bytes& whole, Cut cut) {
  return {whole.begin() + static_cast<std::ptrdiff_t>(cut.begin), whole.begin() + static_cast<std::ptrdiff_t>(cut.end)};
}
Bytes fragment4(const Bytes& payload, Cut cut, std::uint16_t id = 7) {
  return ipv4(slice(payload, cut), {.id = id,
                                    .dont_fragment = false,
                                    .more = cut.end < payload.size(),
                                    .offset = static_cast<std::uint32_t>(cut.begin)});
}
Bytes fragment6(const Bytes& payload, Cut cut, std::uint32_t id = 7) {
  return ipv6(
      join({extension(44), fragment_header(6, static_cast<std::uint32_t>(cut.begin), cut.end < payload.size(), id),
            slice(payload, cut)}),
      {.next = 0});
}

const Bytes kSegment = tcp({.seq = 77}, ramp(180));  // 200 bytes

TEST(IpFragments, InOrder) {
  Bench bench;
  EXPECT_EQ(bench.add(fragment4(kSegment, {0, 80})), FragmentResult::stored);
  EXPECT_EQ(bench.add(fragment4(kSegment, {80, 160})), FragmentResult::stored);
  EXPECT_EQ(bench.add(fragment4(kSegment, {160, 200})), FragmentResult::complete);
  EXPECT_EQ(bench.datagram.bytes, ipv4(kSegment, {.id = 7, .dont_fragment = false}));
  EXPECT_EQ(bench.datagram.wire_length, 220u);
  const DissectedPacket out = bench.dissected();
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(out.packet.tcp.seq, 77u);
  EXPECT_EQ(out.packet.payload_length, 180u);
  EXPECT_EQ(bench.table.open_datagrams(), 0u);
  EXPECT_EQ(bench.table.held_bytes(), 0u);
  EXPECT_EQ(bench.table.finish(), 0u);
}

TEST(IpFragments, EveryOrderGivesTheSameDatagramInBothVersions) {
  std::vector<Cut> cuts = {{0, 40}, {40, 48}, {48, 120}, {120, 160}, {160, 200}};
  std::sort(cuts.begin(), cuts.end(), [](Cut a, Cut b) { return a.begin < b.begin; });
  do {
    Bench four;
    Bench six;
    for (std::size_t i = 0; i < cuts.size(); ++i) {
      const FragmentResult expected = i + 1 == cuts.size() ? FragmentResult::complete : FragmentResult::stored;
      ASSERT_EQ(four.add(fragment4(kSegment, cuts[i])), expected);
      ASSERT_EQ(six.add(fragment6(kSegment, cuts[i])), expected);
    }
    ASSERT_EQ(four.datagram.bytes, ipv4(kSegment, {.id = 7, .dont_fragment = false}));
    ASSERT_EQ(six.datagram.bytes, ipv6(join({extension(6), kSegment}), {.next = 0}));
    ASSERT_EQ(six.dissected().kind, PacketKind::tcp);
  } while (std::next_permutation(cuts.begin(), cuts.end(), [](Cut a, Cut b) { return a.begin < b.begin; }));
}

TEST(IpFragments, TheFixedIpv6HeaderIsRelinkedToo) {
  Bench bench;
  const auto plain = [](Cut cut) {
    return ipv6(
        join({fragment_header(6, static_cast<std::uint32_t>(cut.begin), cut.end < 200, 1), slice(kSegment, cut)}),
        {.next = 44});
  };
  EXPECT_EQ(bench.add(plain({96, 200})), FragmentResult::stored);
  EXPECT_EQ(bench.add(plain({0, 96})), FragmentResult::complete);
  EXPECT_EQ(bench.datagram.bytes, ipv6(kSegment));
}

TEST(IpFragments, DuplicatesAreCountedAndHarmless) {
  Bench bench;
  EXPECT_EQ(bench.add(fragment4(kSegment, {0, 80})), FragmentResult::stored);
  EXPECT_EQ(bench.add(fragment4(kSegment, {0, 80})), FragmentResult::stored);
  EXPECT_EQ(bench.add(fragment4(kSegment, {8, 64})), FragmentResult::stored);
  EXPECT_EQ(bench.add(fragment4(kSegment, {80, 200})), FragmentResult::complete);
  EXPECT_EQ(bench.table.counters().duplicates, 2u);
  EXPECT_EQ(bench.table.counters().overlaps_same, 0u);
  EXPECT_EQ(bench.table.counters().overlaps_conflicting, 0u);
  EXPECT_EQ(bench.datagram.bytes, ipv4(kSegment, {.id = 7, .dont_fragment = false}));
}

TEST(IpFragments, FirstBytesWinAndConflictsAreCounted) {
  const Bytes forged = tcp({.seq = 77}, Bytes(180, 0xff));
  Bench bench;
  EXPECT_EQ(bench.add(fragment4(kSegment, {40, 120})), FragmentResult::stored);
  EXPECT_EQ(bench.add(fragment4(kSegment, {96, 128})), FragmentResult::stored);
  EXPECT_EQ(bench.table.counters().overlaps_same, 1u);
  // Covers [0, 160): only [0, 40) and [128, 160) are new.
  EXPECT_EQ(bench.add(fragment4(forged, {0, 160})), FragmentResult::stored);
  EXPECT_EQ(bench.table.counters().overlaps_conflicting, 1u);
  EXPECT_EQ(bench.add(fragment4(kSegment, {160, 200})), FragmentResult::complete);
  const Bytes expected = join(
      {slice(forged, {0, 40}), slice(kSegment, {40, 128}), slice(forged, {128, 160}), slice(kSegment, {160, 200})});
  EXPECT_EQ(bench.datagram.bytes, ipv4(expected, {.id = 7, .dont_fragment = false}));
}

TEST(IpFragments, AnyOverlapsMatchAByteWiseModel) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    Bench bench;
    Bytes model(200);
    std::vector<bool> known(200, false);
    bool done = false;
    for (int i = 0; i < 200 && !done; ++i) {
      const std::size_t begin = random() % 25 * 8;
      const std::size_t end = std::min<std::size_t>(200, begin + (1 + random() % 6) * 8);
      const Bytes source = ramp(200, random() % 3);
      const FragmentResult result = bench.add(fragment4(source, {begin, end}));
      for (std::size_t at = begin; at < end; ++at) {
        if (!known[at]) model[at] = source[at];
        known[at] = true;
      }
      done = std::all_of(known.begin(), known.end(), [](bool k) { return k; });
      ASSERT_EQ(result, done ? FragmentResult::complete : FragmentResult::stored);
    }
    ASSERT_TRUE(done);
    ASSERT_EQ(bench.datagram.bytes, ipv4(model, {.id = 7, .dont_fragment = false}));
  }
}

TEST(IpFragments, KeysKeepDatagramsApart) {
  Bench bench;
  EXPECT_EQ(bench.add(fragment4(kSegment, {0, 80}, 1)), FragmentResult::stored);
  EXPECT_EQ(bench.add(fragment4(kSegment, {80, 200}, 2)), FragmentResult::stored);
  EXPECT_EQ(bench.add(fragment6(kSegment, {80, 200}, 1)), FragmentResult::stored);
  EXPECT_EQ(bench.add(ethernet(tag(4, 0x0800, fragment4(kSegment, {80, 200}, 1)), 0x8100), 0, link_type::ethernet),
            FragmentResult::stored);
  EXPECT_EQ(bench.add(ipv4(slice(kSegment, {80, 200}), {.id = 1, .dont_fragment = false, .offset = 80, .protocol = 1})),
            FragmentResult::stored);
  EXPECT_EQ(bench.table.open_datagrams(), 5u);
  EXPECT_EQ(bench.add(fragment4(kSegment, {80, 200}, 1)), FragmentResult::complete);
  EXPECT_EQ(bench.table.finish(), 4u);
  EXPECT_EQ(bench.table.open_datagrams(), 0u);
  EXPECT_EQ(bench.table.held_bytes(), 0u);
}

TEST(IpFragments, TunnelsKeepDatagramsApart) {
  Bench bench;
  const auto in_network = [](std::uint32_t vni, Cut cut) {
    return builder::ethernet_frame(builder::wrap_vxlan(ethernet(fragment4(kSegment, cut)), {}, vni));
  };
  EXPECT_EQ(bench.add(in_network(1, {0, 80}), 0, link_type::ethernet), FragmentResult::stored);
  EXPECT_EQ(bench.add(in_network(2, {80, 200}), 0, link_type::ethernet), FragmentResult::stored);
  EXPECT_EQ(bench.add(in_network(1, {80, 200}), 0, link_type::ethernet), FragmentResult::complete);
  EXPECT_EQ(bench.add(in_network(2, {0, 80}), 0, link_type::ethernet), FragmentResult::complete);
}

TEST(IpFragments, RefusedFragments) {
  Bench bench;
  const auto expect_refused = [&bench](const Bytes& packet) {
    EXPECT_EQ(bench.add(packet), FragmentResult::dropped);
    EXPECT_EQ(bench.reason, Undecodable::bad_ip_length);
  };
  expect_refused(ipv4(Bytes(13), {.more = true}));  // not a multiple of eight
  expect_refused(ipv4({}, {.offset = 80}));         // empty
  EXPECT_EQ(bench.table.open_datagrams(), 0u);
  EXPECT_EQ(bench.add(fragment4(kSegment, {80, 200})), FragmentResult::stored);  // sets the end
  expect_refused(fragment4(tcp({}, Bytes(280)), {160, 240}));                    // past it
  expect_refused(fragment4(tcp({}, Bytes(140)), {80, 160}));                     // another end
  EXPECT_EQ(bench.add(fragment4(kSegment, {0, 80})), FragmentResult::complete);
}

TEST(IpFragments, AnEndBeforeBytesAlreadySeenIsRefused) {
  Bench bench;
  EXPECT_EQ(bench.add(fragment4(kSegment, {80, 160})), FragmentResult::stored);
  EXPECT_EQ(bench.add(fragment4(tcp({}, Bytes(100)), {40, 120})), FragmentResult::dropped);
  EXPECT_EQ(bench.reason, Undecodable::bad_ip_length);
}

TEST(IpFragments, AHeaderThatLeavesNoRoomIsRefused) {
  Bench bench;
  const Bytes payload = ramp(65535);
  EXPECT_EQ(bench.add(fragment4(payload, {32768, 65535})), FragmentResult::stored);
  EXPECT_EQ(bench.add(fragment4(payload, {0, 32768})), FragmentResult::dropped);
  EXPECT_EQ(bench.reason, Undecodable::bad_ip_length);
  EXPECT_EQ(bench.table.open_datagrams(), 0u);
  const Bytes longest = ramp(65515);
  EXPECT_EQ(bench.add(fragment4(longest, {32768, 65515})), FragmentResult::stored);
  EXPECT_EQ(bench.add(fragment4(longest, {0, 32768})), FragmentResult::complete);
  EXPECT_EQ(bench.datagram.wire_length, 65535u);
}

TEST(IpFragments, SnappedFragmentsGiveTheBytesUpToTheHole) {
  Bench bench;
  EXPECT_EQ(bench.add(fragment4(kSegment, {0, 80}), 70), FragmentResult::stored);  // 50 of 80 bytes
  EXPECT_EQ(bench.add(fragment4(kSegment, {80, 200}), 70), FragmentResult::complete);
  EXPECT_EQ(bench.datagram.bytes.size(), 70u);
  EXPECT_EQ(bench.datagram.wire_length, 220u);
  const DissectedPacket out = bench.dissected();
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(out.packet.payload_length, 180u);
  EXPECT_EQ(Bytes(out.packet.payload.begin(), out.packet.payload.end()), ramp(30));
}

TEST(IpFragments, SnappedAtTheVeryEnd) {
  Bench bench;
  EXPECT_EQ(bench.add(fragment6(kSegment, {0, 80})), FragmentResult::stored);
  EXPECT_EQ(bench.add(fragment6(kSegment, {80, 200}), 48 + 8 + 100), FragmentResult::complete);
  EXPECT_EQ(bench.datagram.bytes.size(), 48u + 180u);
  EXPECT_EQ(bench.dissected().packet.payload_length, 180u);
}

TEST(IpFragments, AgeInPacketTime) {
  Bench bench({.timeout_ns = 30 * 1000 * kMillisecond});
  EXPECT_EQ(bench.add(fragment4(kSegment, {0, 80})), FragmentResult::stored);
  bench.stamp.time.ns -= 1000 * kMillisecond;  // a clock set back ages nothing
  EXPECT_EQ(bench.add(fragment4(kSegment, {0, 80}, 8)), FragmentResult::stored);
  bench.stamp.time.ns += 31'000 * kMillisecond - 2 * kMillisecond;
  EXPECT_EQ(bench.add(fragment4(kSegment, {80, 160})), FragmentResult::stored);
  bench.stamp.time.ns += 2 * kMillisecond;
  EXPECT_EQ(bench.add(fragment4(kSegment, {160, 200})), FragmentResult::stored);  // its first parts are gone
  EXPECT_EQ(bench.table.counters().incomplete, 2u);
  EXPECT_EQ(bench.table.finish(), 3u);
}

TEST(IpFragments, TimesAtBothEndsOfTheRange) {
  Bench bench;
  bench.stamp.time.ns = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(bench.add(fragment4(kSegment, {0, 80})), FragmentResult::stored);
  bench.stamp.time.ns = std::numeric_limits<std::int64_t>::max() - kMillisecond;
  EXPECT_EQ(bench.add(fragment4(kSegment, {80, 200})), FragmentResult::stored);
  EXPECT_EQ(bench.table.counters().incomplete, 1u);
}

TEST(IpFragments, TooManyDatagramsEvictTheOldest) {
  Bench bench({.datagrams = 3});
  for (std::uint16_t id = 1; id <= 4; ++id) {
    EXPECT_EQ(bench.add(fragment4(kSegment, {0, 80}, id)), FragmentResult::stored);
  }
  EXPECT_EQ(bench.table.open_datagrams(), 3u);
  EXPECT_EQ(bench.table.counters().evicted, 1u);
  EXPECT_EQ(bench.add(fragment4(kSegment, {80, 200}, 2)), FragmentResult::complete);
  EXPECT_EQ(bench.add(fragment4(kSegment, {80, 200}, 1)), FragmentResult::stored);
}

TEST(IpFragments, TooManyBytesEvictTheOldestNeverTheirOwn) {
  Bench bench({.bytes = 4096});
  const Bytes payload = ramp(3000);
  EXPECT_EQ(bench.add(fragment4(payload, {0, 2000}, 1)), FragmentResult::stored);
  EXPECT_EQ(bench.add(fragment4(payload, {0, 2000}, 2)), FragmentResult::stored);
  EXPECT_EQ(bench.add(fragment4(payload, {2000, 2992}, 1)), FragmentResult::stored);  // 1 is the oldest, 2 must go
  EXPECT_EQ(bench.table.counters().evicted, 1u);
  EXPECT_LE(bench.table.held_bytes(), 4096u);
  EXPECT_EQ(bench.add(fragment4(payload, {2992, 3000}, 1)), FragmentResult::complete);
  const Bytes large = ramp(6000);
  EXPECT_EQ(bench.add(fragment4(large, {0, 5000}, 3)), FragmentResult::dropped);
  EXPECT_EQ(bench.reason, Undecodable::fragment_limit);
  EXPECT_EQ(bench.table.held_bytes(), 0u);
}

TEST(IpFragments, AFloodStaysInsideItsBounds) {
  Bench bench({.datagrams = 50, .bytes = 100'000});
  std::mt19937 random(3);
  const Bytes payload = ramp(60000);
  for (int i = 0; i < 20000; ++i) {
    const std::size_t begin = random() % 7000 * 8;
    (void)bench.add(fragment4(payload, {begin, begin + 8}, static_cast<std::uint16_t>(random() % 60)));
    ASSERT_LE(bench.table.open_datagrams(), 50u);
    ASSERT_LE(bench.table.held_bytes(), 100'000u);
  }
}

TEST(IpFragments, TooManyHolesInOneDatagram) {
  Bench bench;
  const Bytes payload = ramp(65000);
  FragmentResult result = FragmentResult::stored;
  std::size_t begin = 0;
  for (; result == FragmentResult::stored && begin < 64000; begin += 16) {
    result = bench.add(fragment4(payload, {begin, begin + 8}));
  }
  EXPECT_EQ(result, FragmentResult::dropped);
  EXPECT_EQ(bench.reason, Undecodable::fragment_limit);
}

}  // namespace
}  // namespace handlens
