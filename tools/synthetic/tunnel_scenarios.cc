#include <algorithm>
#include <functional>

#include "tools/builder/tunnel_builder.h"
#include "tools/synthetic/one_connection.h"
#include "tools/synthetic/scenarios.h"

namespace handlens::synthetic {
namespace {

using namespace handlens::builder;

// The connection's IP packets, as frames of raw IP.
Capture bare(const std::string& name = "www.example.com") {
  Capture capture(LinkType::raw);
  Conversation talk(capture, client(), server());
  talk.open().client_data(hello(name));
  exchange(talk);
  return capture;
}
bool is_from_client(const Bytes& ip_packet) { return slice(ip_packet, 12, 4) == ip_address("192.0.2.10"); }

LinkFields host_link(bool from_client) {
  LinkFields link;
  if (!from_client) std::swap(link.source_mac, link.destination_mac);
  return link;
}
LinkFields tunnel_link(bool from_client) {
  const Bytes near = from_hex("0200000000a1"), far = from_hex("0200000000b1");
  return {.source_mac = from_client ? near : far, .destination_mac = from_client ? far : near};
}
TunnelEnds ends(bool from_client) {
  const TunnelEnds out = {.source = "203.0.113.1", .destination = "203.0.113.2"};
  return from_client ? out : reversed(out);
}

// From an IP packet to the frames that carry it, usually one.
using Wrap = std::function<std::vector<Bytes>(const Bytes& ip_packet, bool from_client)>;
void add(std::vector<Frame>& frames, const Capture& connection, const Wrap& wrap) {
  for (const Frame& frame : connection.frames()) {
    const std::vector<Bytes> wrapped = wrap(frame.bytes, is_from_client(frame.bytes));
    for (std::size_t i = 0; i < wrapped.size(); ++i) {
      frames.push_back({.time = frame.time + microseconds(static_cast<std::int64_t>(i)), .bytes = wrapped[i]});
    }
  }
}
Bytes file_of(std::vector<Frame> frames) {
  std::stable_sort(frames.begin(), frames.end(), [](const Frame& a, const Frame& b) { return a.time < b.time; });
  for (Frame& frame : frames) frame.original = static_cast<std::uint32_t>(frame.bytes.size());
  return pcap_file(LinkType::ethernet, frames);
}

// Two networks that use the same addresses and ports at the same time. The way back starts at another endpoint.
Bytes tunnel_vxlan() {
  const auto in_network = [](std::uint32_t vni) -> Wrap {
    return [vni](const Bytes& packet, bool from_client) -> std::vector<Bytes> {
      TunnelEnds way = ends(from_client);
      if (!from_client) way.source = "203.0.113.77";
      const Bytes inside = ethernet_frame(packet, host_link(from_client));
      return {ethernet_frame(wrap_vxlan(inside, way, vni), tunnel_link(from_client))};
    };
  };
  std::vector<Frame> frames;
  add(frames, bare(), in_network(5001));
  Capture other = bare("other.example.com");
  for (Frame& frame : other.frames()) frame.time += microseconds(300);
  add(frames, other, in_network(5002));
  return file_of(std::move(frames));
}

// One connection through a GRE tunnel with a key, then one as a switch mirrors it, its VLAN tag still on.
Bytes tunnel_gre_erspan() {
  std::vector<Frame> frames;
  add(frames, bare(), [](const Bytes& packet, bool from_client) -> std::vector<Bytes> {
    const Bytes tunnel = wrap_gre(packet, ends(from_client), {.key = 0x2a, .checksum = true});
    return {ethernet_frame(tunnel, tunnel_link(from_client))};
  });
  Capture mirrored = bare("other.example.com");
  for (Frame& frame : mirrored.frames()) frame.time += seconds(1);
  std::uint32_t sequence = 0;
  add(frames, mirrored, [&](const Bytes& packet, bool from_client) -> std::vector<Bytes> {
    LinkFields link = host_link(from_client);
    link.vlans = {{.id = 30}};
    return {ethernet_frame(wrap_erspan2(ethernet_frame(packet, link), ends(true), ++sequence), tunnel_link(true))};
  });
  return file_of(std::move(frames));
}

// A phone's connection between two nodes of a mobile network: each direction has its own TEID, the way down an
// extension header, and what is too long for the network in between comes in fragments.
Bytes tunnel_gtpu() {
  std::vector<Frame> frames;
  std::uint16_t id = 0;
  add(frames, bare(), [&](const Bytes& packet, bool from_client) {
    TunnelEnds way = ends(from_client);
    way.id = ++id;
    const Bytes tunnel = from_client ? wrap_gtpu(packet, way, 0x0a000001)
                                     : wrap_gtpu(packet, way, 0x0b000002, {{0x85, from_hex("0009")}});
    std::vector<Bytes> wrapped;
    for (const Bytes& part : fragment_ipv4(tunnel, 560))
      wrapped.push_back(ethernet_frame(part, tunnel_link(from_client)));
    return wrapped;
  });
  return file_of(std::move(frames));
}

// Ethernet over MPLS with a control word; each direction has labels of its own.
Bytes mpls_pseudowire() {
  std::vector<Frame> frames;
  add(frames, bare(), [](const Bytes& packet, bool from_client) -> std::vector<Bytes> {
    const std::vector<std::uint32_t> labels =
        from_client ? std::vector<std::uint32_t>{100, 3001} : std::vector<std::uint32_t>{200, 3002};
    const Bytes inside = ethernet_frame(packet, host_link(from_client));
    return {ethernet_frame(wrap_mpls(inside, labels, true), kTypeMpls, tunnel_link(from_client))};
  });
  return file_of(std::move(frames));
}

// The ClientHello does not fit: a router inside the network says so, and another one, on the way of the tunnel's
// packets, says it of the packet outside. Then it is sent again in two segments.
Bytes icmp_fragmentation_needed_in_vxlan() {
  Capture capture;
  Capture elsewhere;
  Conversation talk(elsewhere, client(), server());
  const auto frame = [](const Bytes& packet, bool from_client) {
    const Bytes inside = ethernet_frame(packet, host_link(from_client));
    return wrap_vxlan(inside, ends(from_client), 5001);
  };
  const auto add_packet = [&](const Bytes& packet, bool from_client) {
    capture.add_frame(ethernet_frame(frame(packet, from_client), tunnel_link(from_client)));
  };
  const auto client_sends = [&](const Segment& segment) { add_packet(talk.ip_from_client(segment), true); };
  const auto server_sends = [&](const Segment& segment) { add_packet(talk.ip_from_server(segment), false); };
  client_sends({.flags = kSyn, .options = usual_syn_options()});
  capture.wait(milliseconds(10));
  server_sends({.flags = kSyn | kAck, .options = usual_syn_options()});
  client_sends({});
  const Bytes whole = hello();
  const Bytes too_long = talk.ip_from_client({.flags = kPsh | kAck, .payload = whole});
  add_packet(too_long, true);
  capture.wait(milliseconds(1));
  capture.add_ip(
      icmp_error({.router = "203.0.113.9", .code = 4, .quoted = frame(too_long, true), .quote = 128, .mtu = 350}),
      tunnel_link(false));
  capture.wait(milliseconds(1));
  add_packet(icmp_error({.router = "192.0.2.1", .code = 4, .quoted = too_long, .mtu = 300}), false);
  capture.wait(milliseconds(1));
  client_sends({.flags = kAck, .payload = slice(whole, 0, 100), .seq = 1});
  client_sends({.flags = kPsh | kAck, .payload = slice(whole, 100, whole.size()), .seq = 101});
  capture.wait(milliseconds(10));
  server_sends({.flags = kPsh | kAck,
                .payload = concat({record(kHandshakeRecord, server_hello({})), change_cipher_spec_record(),
                                   encrypted_record(23), encrypted_record(100), encrypted_record(53)})});
  client_sends({.flags = kPsh | kAck, .payload = concat({change_cipher_spec_record(), encrypted_record(53)})});
  client_sends({.flags = kPsh | kAck, .payload = encrypted_record(120)});
  capture.wait(milliseconds(10));
  server_sends({.flags = kPsh | kAck, .payload = encrypted_record(200)});
  client_sends({.flags = kFin | kAck});
  capture.wait(milliseconds(10));
  server_sends({.flags = kFin | kAck});
  client_sends({});
  return capture.pcap();
}

}  // namespace

std::vector<Scenario> tunnel_scenarios() {
  return {{"tunnel_vxlan.pcap", tunnel_vxlan},
          {"tunnel_gre_erspan.pcap", tunnel_gre_erspan},
          {"tunnel_gtpu.pcap", tunnel_gtpu},
          {"mpls_pseudowire.pcap", mpls_pseudowire},
          {"icmp_fragmentation_needed_in_vxlan.pcap", icmp_fragmentation_needed_in_vxlan}};
}

}  // namespace handlens::synthetic
