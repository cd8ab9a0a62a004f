// What the tests of the link layers ask of every link.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "tests/support/frame_bytes.h"
#include "tools/builder/link_builder.h"

namespace handlens::testing_links {

using testing_frames::Bytes;
using testing_frames::dissect_cut;
using testing_frames::ipv4;
using testing_frames::ipv6;
using testing_frames::join;
using testing_frames::tcp;
using testing_frames::text;

using Words = std::vector<std::string>;

// The last frames live on here, so that a test may look at what it dissected out of a temporary.
inline DissectedPacket dissect(const Bytes& frame, std::uint16_t link = link_type::ethernet) {
  static std::deque<Bytes> kept;
  if (kept.size() == 64) kept.pop_front();
  kept.push_back(frame);
  kept.back().shrink_to_fit();
  return testing_frames::dissect(kept.back(), link);
}

inline Words layers(const DissectedPacket& out) {
  Words words;
  for (std::size_t i = 0; i < out.packet.link.encapsulation_count; ++i) {
    words.emplace_back(to_text(out.packet.link.encapsulations[i]));
  }
  return words;
}
inline Bytes identity(const DissectedPacket& out) {
  const LinkFacts& link = out.packet.link;
  return {link.identity.begin(), link.identity.begin() + link.identity_length};
}

// A TCP packet with four bytes of payload.
inline Bytes packet4() { return ipv4(tcp({}, text("four"))); }
inline Bytes packet6() { return ipv6(tcp({}, text("four"))); }

inline void expect_tcp(const DissectedPacket& out, const Words& expected) {
  EXPECT_EQ(out.kind, PacketKind::tcp) << to_text(out.reason);
  EXPECT_EQ(layers(out), expected);
  if (out.kind != PacketKind::tcp) return;
  EXPECT_EQ(Bytes(out.packet.payload.begin(), out.packet.payload.end()), text("four"));
  EXPECT_EQ(out.packet.payload_length, 4u);
  EXPECT_EQ(out.packet.tcp.source_port, 40000);
}

// Cut anywhere in the `header` bytes before IP: the link's own reason. Cut behind: not the link's.
inline void expect_cut_everywhere(const Bytes& frame, std::uint16_t link, std::size_t header) {
  for (std::size_t captured = 0; captured < frame.size(); ++captured) {
    SCOPED_TRACE(captured);
    const DissectedPacket out = dissect_cut(frame, captured, link);
    if (captured < header) {
      EXPECT_EQ(out.reason, Undecodable::short_link_header);
    } else if (captured < header + 20) {
      EXPECT_EQ(out.reason, Undecodable::short_ip_header);
    } else if (captured < header + 40) {
      EXPECT_EQ(out.reason, Undecodable::short_tcp_header);
    } else {
      EXPECT_EQ(out.kind, PacketKind::tcp);
      EXPECT_EQ(out.packet.payload_length, 4u);
    }
  }
}

// The frame fills the list of layers up before `frame` begins: one more is too many.
inline Bytes behind_eight_tags(std::uint16_t type, const Bytes& payload) {
  Bytes inner = payload;
  for (int i = 0; i < 8; ++i) {
    inner = testing_frames::tag(0, type, inner);
    type = 0x8100;
  }
  return testing_frames::ethernet(inner, 0x8100);
}

}  // namespace handlens::testing_links
