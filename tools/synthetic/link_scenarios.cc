#include "tools/builder/link_builder.h"
#include "tools/synthetic/one_connection.h"
#include "tools/synthetic/scenarios.h"

namespace handlens::synthetic {
namespace {

using namespace handlens::builder;

Capture one_connection(LinkType link, std::uint16_t port = 52000) {
  Capture capture(link);
  Conversation talk(capture, client(port), server());
  talk.open().client_data(hello());
  exchange(talk);
  return capture;
}

Bytes link_sll() { return one_connection(LinkType::linux_sll).pcap(); }
Bytes link_sll2() { return one_connection(LinkType::linux_sll2).pcap(); }
Bytes link_null() { return one_connection(LinkType::null).pcap(); }
Bytes link_loop() { return one_connection(LinkType::loop).pcap(); }
Bytes link_raw() { return one_connection(LinkType::raw).pcap(); }
Bytes link_nflog() { return one_connection(LinkType::nflog).pcap(); }
Bytes link_chdlc() { return one_connection(LinkType::c_hdlc).pcap(); }

// What a plain Ethernet frame of one_connection carries, and between whom.
Bytes packet_of(const Frame& frame) { return slice(frame.bytes, 14, frame.bytes.size()); }
LinkFields addresses_of(const Frame& frame) {
  return {.source_mac = slice(frame.bytes, 6, 6),
          .destination_mac = slice(frame.bytes, 0, 6),
          .outgoing = frame.bytes[11] == 1};
}

// An access line: PPPoE in a VLAN. The session's discovery and its LCP echo are no TCP.
Bytes link_pppoe() {
  Capture capture;
  capture.add_frame(from_hex("ffffffffffff 020000000001 8863 11090000 0004 01010000")).wait(milliseconds(1));
  capture.add_frame(from_hex("020000000002 020000000001 8864 11000001 000a c021 09010008 00000000"));
  const Capture plain = one_connection(LinkType::ethernet);
  for (const Frame& frame : plain.frames()) {
    const LinkFields link = addresses_of(frame);
    capture.at(frame.time - kStart + milliseconds(10));
    const Bytes session = wrap_pppoe_session(packet_of(frame), 0x0017);
    capture.add_frame(ethernet_frame(concat({from_hex("0007 8864"), session}), 0x8100, link));
  }
  return capture.pcap();
}

// A monitor interface: what one side sends without waiting goes as one A-MSDU, with check sequences. Among it a beacon,
// a protected frame, and a damaged copy of the first frame, none of which may disturb.
Bytes link_radiotap_amsdu() {
  Capture capture(LinkType::radiotap);
  const std::vector<Frame> frames = one_connection(LinkType::ethernet).frames();
  const Bytes beacon = from_hex("80000000 ffffffffffff 0200000000ff 0200000000ff 3000 0000000000000000 6400 0100 0000");
  capture.add_frame(wrap_radiotap(concat({beacon, frame_check_sequence(beacon)}), 0x10)).wait(milliseconds(1));
  const WlanFields is_protected{.qos = true, .fcs = true, .flags = 0x40};
  capture.add_frame(wrap_radiotap(wrap_80211(addresses_of(frames[0]), packet_of(frames[0]), is_protected), 0x10));
  Bytes damaged = wrap_80211(addresses_of(frames[0]), packet_of(frames[0]), {.qos = true, .fcs = true});
  damaged[26 + 8 + 20 + 1] ^= 0x55;  // the source port
  capture.add_frame(wrap_radiotap(damaged, 0x50));
  for (std::size_t at = 0; at < frames.size();) {
    const LinkFields link = addresses_of(frames[at]);
    const WlanFields fields{.to_ds = link.outgoing, .from_ds = !link.outgoing, .qos = true, .fcs = true};
    std::vector<std::pair<LinkFields, Bytes>> packets;
    const std::size_t first = at;
    for (; at < frames.size() && addresses_of(frames[at]).outgoing == link.outgoing; ++at) {
      packets.emplace_back(link, packet_of(frames[at]));
    }
    capture.at(frames[first].time - kStart + milliseconds(10));
    const Bytes frame =
        packets.size() == 1 ? wrap_80211(link, packets[0].second, fields) : wrap_80211_amsdu(packets, fields);
    capture.add_frame(wrap_radiotap(frame, 0x10));
  }
  return capture.pcap();
}

Bytes pcap_nanoseconds_big_endian() {
  return one_connection(LinkType::ethernet).pcap({.nanoseconds = true, .big_endian = true});
}
// Enough for the headers, too little for a ClientHello.
Bytes snaplen_96() { return one_connection(LinkType::ethernet).pcap({.snaplen = 96}); }

Bytes vlan_qinq() {
  Capture capture;
  Conversation talk(capture, client(), server(), {{.id = 100, .type = 0x88a8}, {.id = 42}});
  talk.open().client_data(hello());
  exchange(talk);
  return capture.pcap();
}

// The ClientHello's datagram in fragments that arrive last one first.
Bytes ipv4_fragments() {
  Capture capture;
  Conversation talk(capture, client(), server());
  talk.open();
  const std::vector<Bytes> parts =
      fragment_ipv4(talk.ip_from_client({.flags = kPsh | kAck, .payload = hello(), .dont_fragment = false}), 96);
  for (std::size_t i = parts.size(); i-- > 0;) capture.add_ip(parts[i], talk.link_from_client()).wait(microseconds(10));
  exchange(talk);
  return capture.pcap();
}

Host client6() { return {.ip = "2001:db8::10", .port = 52000, .isn = 1000, .ttl = 64}; }
Host server6() { return {.ip = "2001:db8:1::7", .port = 443, .isn = 5000, .ttl = 57}; }

Bytes ipv6_fragments() {
  Capture capture;
  Conversation talk(capture, client6(), server6());
  talk.open();
  const std::vector<Bytes> parts =
      fragment_ipv6(talk.ip_from_client({.flags = kPsh | kAck, .payload = hello()}), 120, 0xabcdef01);
  for (const Bytes& part : parts) capture.add_ip(part, talk.link_from_client()).wait(microseconds(10));
  exchange(talk);
  return capture.pcap();
}

// The client's SYN and ClientHello travel behind hop-by-hop and destination options (PadN, RFC 8200 section 4.2).
Bytes ipv6_extension_headers() {
  const std::vector<std::pair<std::uint8_t, Bytes>> headers = {{0, from_hex("010400000000")},
                                                               {60, from_hex("010400000000")}};
  Capture capture;
  Conversation talk(capture, client6(), server6());
  talk.from_client({.flags = kSyn, .options = usual_syn_options(1440), .extension_headers = headers})
      .wait(milliseconds(10));
  talk.from_server({.flags = kSyn | kAck, .options = usual_syn_options(1440)}).wait(microseconds(40)).from_client({});
  talk.from_client({.flags = kPsh | kAck, .payload = hello(), .extension_headers = headers});
  exchange(talk);
  return capture.pcap();
}

// Two sections of different byte order, each with interfaces of its own: Ethernet in microseconds, then raw IP in 2^-20
// s.
Bytes pcapng_two_sections() {
  Capture first = one_connection(LinkType::ethernet, 52001);
  Capture second = one_connection(LinkType::raw, 52002);
  for (Frame& frame : second.frames()) frame.time += seconds(2);
  PcapngWriter file;
  file.section(false, "first host").interface({.name = "eth0"}).packets(first.frames());
  file.section(true, "second host")
      .interface({.link = LinkType::raw, .tsresol = std::uint8_t{0x80 | 20}, .name = "tun0"});
  return file.packets(second.frames()).bytes();
}

Bytes pcapng_big_endian() {
  PcapngWriter file;
  file.section(true).interface({.tsresol = std::uint8_t{9}, .name = "eth0"});
  file.block(0x0bad, filler(10));  // a block type nobody knows is to be skipped
  return file.packets(one_connection(LinkType::ethernet).frames()).bytes();
}

// Two interfaces of one section, the two directions of one connection on one each.
Bytes pcapng_two_interfaces() {
  const Capture capture = one_connection(LinkType::ethernet);
  PcapngWriter file;
  file.section().interface({.name = "inside"}).interface({.tsresol = std::uint8_t{9}, .name = "outside"});
  for (const Frame& frame : capture.frames()) {
    const bool from_client = frame.bytes[11] == 1;  // last byte of the source MAC address
    file.packet(frame, from_client ? 0 : 1, from_client ? 2 : 1);
  }
  return file.bytes();
}

// The last record promises more bytes than the file has, as when a disk is full.
Bytes truncated_file() {
  Bytes file = one_connection(LinkType::ethernet).pcap();
  file.resize(file.size() - 20);
  return file;
}

Bytes empty_capture() { return Capture().pcap(); }

// What is not TCP must not disturb: ARP, an unknown EtherType, UDP, a frame too short for its header.
Bytes noise() {
  Capture capture;
  Conversation talk(capture, client(), server());
  talk.open();
  capture.add_frame(
      from_hex("ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 c000020a 000000000000 c0000201"));
  capture.add_frame(from_hex("ffffffffffff 020000000001 88b5 00112233"));
  capture.add_ip(
      ip_packet({.source = ip_address("192.0.2.10"), .destination = ip_address("192.0.2.53"), .protocol = 17},
                from_hex("c3500035000c0000 deadbeef")));
  capture.add_frame(from_hex("020000000002 020000000001 0800 4500"));
  talk.client_data(hello());
  exchange(talk);
  return capture.pcap();
}

}  // namespace

std::vector<Scenario> link_scenarios() {
  return {{"link_sll.pcap", link_sll},
          {"link_sll2.pcap", link_sll2},
          {"link_null.pcap", link_null},
          {"link_loop.pcap", link_loop},
          {"link_raw.pcap", link_raw},
          {"link_pppoe.pcap", link_pppoe},
          {"link_chdlc.pcap", link_chdlc},
          {"link_nflog.pcap", link_nflog},
          {"link_radiotap_amsdu.pcap", link_radiotap_amsdu},
          {"pcap_nanoseconds_big_endian.pcap", pcap_nanoseconds_big_endian},
          {"snaplen_96.pcap", snaplen_96},
          {"vlan_qinq.pcap", vlan_qinq},
          {"ipv4_fragments.pcap", ipv4_fragments},
          {"ipv6_fragments.pcap", ipv6_fragments},
          {"ipv6_extension_headers.pcap", ipv6_extension_headers},
          {"pcapng_two_sections.pcapng", pcapng_two_sections},
          {"pcapng_big_endian.pcapng", pcapng_big_endian},
          {"pcapng_two_interfaces.pcapng", pcapng_two_interfaces},
          {"truncated_file.pcap", truncated_file},
          {"empty_capture.pcap", empty_capture},
          {"noise.pcap", noise}};
}

}  // namespace handlens::synthetic
