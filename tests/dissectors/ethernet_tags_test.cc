#include "dissectors/ethernet_tags.h"

#include "tests/dissectors/link_bytes.h"

namespace handlens {
namespace {

using namespace testing_links;
using testing_frames::ethernet;

TEST(EthernetTags, EachLeadsToTcp) {
  const Bytes frame = ethernet(packet4());
  expect_tcp(dissect(builder::wrap_vntag(frame)), {"vntag"});
  expect_tcp(dissect(builder::wrap_etag(frame)), {"etag"});
  expect_tcp(dissect(builder::wrap_cmd(frame)), {"cmd"});
  expect_tcp(dissect(builder::wrap_hsr(frame)), {"hsr"});
  expect_tcp(dissect(builder::wrap_8021ah(frame)), {"802.1ah"});
  expect_tcp(dissect(builder::wrap_vntag(builder::wrap_cmd(ethernet(packet6(), 0x86dd)))), {"vntag", "cmd"});
  const Bytes tagged = ethernet(testing_frames::tag(5, 0x0800, packet4()), 0x8100);
  const DissectedPacket out = dissect(builder::wrap_8021ah(tagged));
  expect_tcp(out, {"802.1ah", "vlan"});
  EXPECT_EQ(out.packet.link.vlans[0], 5);
}

TEST(EthernetTags, TheServiceIsTheIdentityAndTheCustomersAddressesCount) {
  const DissectedPacket out = dissect(builder::wrap_8021ah(ethernet(packet4()), 0xabcdef));
  EXPECT_EQ(identity(out), (Bytes{static_cast<std::uint8_t>(Encapsulation::provider_backbone), 0xab, 0xcd, 0xef}));
  EXPECT_EQ(to_text(out.packet.link.source_mac), "02:00:00:00:00:01");
}

TEST(EthernetTags, WhatDiffersBetweenDirectionsIsNoIdentity) {
  const Bytes frame = ethernet(packet4());
  EXPECT_EQ(identity(dissect(builder::wrap_vntag(frame, 5, 9))), Bytes{});
  EXPECT_EQ(identity(dissect(builder::wrap_etag(frame, 5, 9))), Bytes{});
  EXPECT_EQ(identity(dissect(builder::wrap_cmd(frame, 5))), Bytes{});
}

TEST(EthernetTags, AnLlcLengthBehindATag) {
  const Bytes llc = builder::llc_snap(packet4());
  expect_tcp(dissect(builder::wrap_vntag(ethernet(llc, static_cast<std::uint16_t>(llc.size())))), {"vntag"});
}

TEST(EthernetTags, MetadataOfAnotherKind) {
  Bytes frame = builder::wrap_cmd(ethernet(packet4()));
  frame[14] = 2;
  EXPECT_EQ(dissect(frame).reason, Undecodable::bad_link_header);
  frame[14] = 1;
  frame[15] = 2;
  EXPECT_EQ(dissect(frame).reason, Undecodable::bad_link_header);
}

TEST(EthernetTags, CutAtEveryLength) {
  const Bytes frame = ethernet(packet4());
  expect_cut_everywhere(builder::wrap_vntag(frame), link_type::ethernet, 20);
  expect_cut_everywhere(builder::wrap_etag(frame), link_type::ethernet, 22);
  expect_cut_everywhere(builder::wrap_cmd(frame), link_type::ethernet, 22);
  expect_cut_everywhere(builder::wrap_hsr(frame), link_type::ethernet, 20);
  expect_cut_everywhere(builder::wrap_8021ah(frame), link_type::ethernet, 32);
}

TEST(EthernetTags, EightAreReadANinthIsTooMany) {
  Bytes frame = ethernet(packet4());
  for (int depth = 1; depth <= 30; ++depth) {
    frame = depth % 2 == 0 ? builder::wrap_vntag(frame) : builder::wrap_8021ah(frame);
    EXPECT_EQ(dissect(frame).reason, depth <= 8 ? Undecodable::none : Undecodable::nesting_limit) << depth;
  }
}

}  // namespace
}  // namespace handlens
