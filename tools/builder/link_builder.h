// Frames of links beside Ethernet: an IP packet or an Ethernet frame in, the bytes of a frame out.
// Byte orders are those of the links: what a link writes in the capturing host's order is little-endian unless asked.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "tools/builder/packet_builder.h"

namespace handlens::builder {

[[nodiscard]] Bytes little_endian(std::uint64_t value, unsigned size);
[[nodiscard]] Bytes frame_check_sequence(const Bytes& frame);  // CRC-32 as IEEE 802 sends it

// PPP. Without `framed` address and control are left out, with `short_protocol` the protocol's first byte, too.
struct PppFields {
  bool framed = true;
  bool short_protocol = false;
};
[[nodiscard]] Bytes wrap_ppp(const Bytes& ip_packet, const PppFields& fields = {});
// From the PPPoE header on, as LINKTYPE_PPP_ETHER has it; and the same in an Ethernet frame.
[[nodiscard]] Bytes wrap_pppoe_session(const Bytes& ip_packet, std::uint16_t session = 1);
[[nodiscard]] Bytes wrap_pppoe(const LinkFields& link, const Bytes& ip_packet, std::uint16_t session = 1);
[[nodiscard]] Bytes wrap_chdlc(const Bytes& ip_packet);
[[nodiscard]] Bytes wrap_frame_relay(const Bytes& ip_packet, std::uint16_t circuit = 100);

// 802.11. `to_ds` and `from_ds`, both: four addresses.
struct WlanFields {
  bool to_ds = true, from_ds = false;
  bool qos = false, ht_control = false, bridge_tunnel = false;
  bool fcs = false;          // at the end
  std::uint8_t padding = 0;  // bytes behind the 802.11 header
  std::uint8_t flags = 0;    // more of frame control's second byte: 0x08 retry, 0x40 protected, ...
  std::uint16_t sequence = 0x0120;
};
// What stands in an 802.11 body: LLC, SNAP, and the packet.
[[nodiscard]] Bytes llc_snap(const Bytes& ip_packet, bool bridge_tunnel = false);
[[nodiscard]] Bytes wrap_80211(const LinkFields& link, const Bytes& ip_packet, const WlanFields& fields = {});
// One A-MSDU; the first packet's addresses are the frame's.
[[nodiscard]] Bytes wrap_80211_amsdu(const std::vector<std::pair<LinkFields, Bytes>>& ip_packets,
                                     WlanFields fields = {});
// Headers before an 802.11 frame. Radiotap's flags: 0x10 FCS at the end, 0x20 padded header, 0x40 bad FCS.
[[nodiscard]] Bytes wrap_radiotap(const Bytes& wlan_frame, std::uint8_t flags = 0);
[[nodiscard]] Bytes wrap_ppi(const Bytes& frame, std::uint32_t link = 105, std::uint16_t wlan_flags = 0);
[[nodiscard]] Bytes wrap_prism(const Bytes& wlan_frame);
[[nodiscard]] Bytes wrap_avs(const Bytes& wlan_frame);

[[nodiscard]] Bytes wrap_nflog(const LinkFields& link, const Bytes& ip_packet, bool big_endian = false);
[[nodiscard]] Bytes wrap_pktap(const Bytes& frame, std::uint32_t link);
[[nodiscard]] Bytes wrap_atm_llc(const Bytes& ip_packet);
[[nodiscard]] Bytes wrap_atm_ppp(const Bytes& ip_packet);
[[nodiscard]] Bytes wrap_token_ring(const LinkFields& link, const Bytes& ip_packet);
[[nodiscard]] Bytes wrap_fddi(const LinkFields& link, const Bytes& ip_packet);
[[nodiscard]] Bytes wrap_ipoib(const Bytes& ip_packet);
[[nodiscard]] Bytes wrap_netanalyzer(const Bytes& ethernet);

// Ethernet frame in, Ethernet frame with one more tag out.
[[nodiscard]] Bytes wrap_8021ah(const Bytes& ethernet, std::uint32_t service = 0x123456);
[[nodiscard]] Bytes wrap_vntag(const Bytes& ethernet, std::uint16_t destination = 5, std::uint16_t source = 9);
[[nodiscard]] Bytes wrap_etag(const Bytes& ethernet, std::uint16_t destination = 5, std::uint16_t source = 9);
[[nodiscard]] Bytes wrap_cmd(const Bytes& ethernet, std::uint16_t group = 16);
[[nodiscard]] Bytes wrap_hsr(const Bytes& ethernet, std::uint16_t sequence = 1);
// Authenticated, not encrypted; the check value is a filler.
[[nodiscard]] Bytes wrap_macsec(const Bytes& ethernet, bool with_sci = true);

// The frame of a link type of this file; throws std::invalid_argument for others. 802.11: to the access point if
// `fields.outgoing`, else from it.
[[nodiscard]] Bytes link_frame_of(LinkType link, const LinkFields& fields, const Bytes& ip_packet);

}  // namespace handlens::builder
