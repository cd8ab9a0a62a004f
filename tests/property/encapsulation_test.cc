// One conversation in every link and tunnel: the same record, but for what names the way it came.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/property/conversation.h"
#include "tools/builder/tunnel_builder.h"

namespace handlens::property {
namespace {

using builder::ethernet_frame;
using builder::LinkFields;
using builder::TunnelEnds;

// What of the record must be the same: all of the flow and TCP objects but for the encapsulation (and the tags and MAC
// addresses, which some links do not have), and what conversation.h calls the essence.
class WayLess final : public RecordVisitor {
 public:
  explicit WayLess(PlacelessText& out) : out_(out) {}
  void begin_object(Key key) override { out_.begin_object(key); }
  void end_object() override { out_.end_object(); }
  void begin_array(Key key) override {
    const bool is_way = key == "encapsulation" || key == "vlans";
    if (hidden_ > 0 || is_way) {
      ++hidden_;
    } else {
      out_.begin_array(key);
    }
  }
  void end_array() override {
    if (hidden_ > 0) {
      --hidden_;
    } else {
      out_.end_array();
    }
  }
  void text(Key key, std::string_view raw) override {
    if (hidden_ == 0) out_.text(key, raw);
  }
  void word(Key key, std::string_view clean) override {
    if (hidden_ == 0 && key != "mac") out_.word(key, clean);
  }
  void number(Key key, std::uint64_t value) override {
    if (hidden_ == 0 && key != "vlan") out_.number(key, value);
  }
  void signed_number(Key key, std::int64_t value) override { out_.signed_number(key, value); }
  void boolean(Key key, bool value) override { out_.boolean(key, value); }
  void seconds(Key key, std::int64_t nanoseconds) override { out_.seconds(key, nanoseconds); }

 private:
  PlacelessText& out_;
  int hidden_ = 0;
};

std::string record_of(const AnalyzedFlow& flow) {
  PlacelessText text;
  WayLess visitor(text);
  static RecordMemo memo;
  visit_flow_and_tcp(flow, memo, visitor);
  return text.take() + essence(flow);
}

// From an IP packet to the frame on the wire.
using Wrap = std::function<Bytes(const Bytes& ip_packet, bool from_client)>;
struct Way {
  std::string name;  // also the words of flow.encapsulation, outermost first
  Wrap wrap;
  std::uint16_t link = link_type::ethernet;
};

TunnelEnds ends(bool from_client) { return from_client ? TunnelEnds{} : builder::reversed({}); }
Bytes frame_of(const Bytes& packet, bool from_client) {
  const Bytes client = builder::from_hex("020000000001"), server = builder::from_hex("020000000002");
  return ethernet_frame(
      packet, {.source_mac = from_client ? client : server, .destination_mac = from_client ? server : client});
}
// A tunnel whose packet goes into a plain Ethernet frame.
Way over_ip(std::string name, Wrap tunnel) {
  return {std::move(name),
          [tunnel](const Bytes& packet, bool from_client) { return ethernet_frame(tunnel(packet, from_client)); }};
}
// One that carries Ethernet frames.
Way of_frames(std::string name, Wrap tunnel) {
  return over_ip(std::move(name), [tunnel](const Bytes& packet, bool from_client) {
    return tunnel(frame_of(packet, from_client), from_client);
  });
}
Way of_link(std::string name, builder::LinkType link, const LinkFields& fields = {}) {
  return {std::move(name), [=](const Bytes& packet, bool) { return builder::link_frame(link, fields, packet); },
          static_cast<std::uint16_t>(link)};
}

std::vector<Way> links() {
  using builder::LinkType;
  return {of_link("", LinkType::ethernet),
          of_link("null", LinkType::null),
          of_link("loop", LinkType::loop),
          of_link("raw", LinkType::raw),
          of_link("sll", LinkType::linux_sll),
          of_link("sll2", LinkType::linux_sll2),
          of_link("vlan", LinkType::ethernet, {.vlans = {{.id = 7}}}),
          of_link("qinq vlan", LinkType::ethernet, {.vlans = {{.id = 7, .type = 0x88a8}, {.id = 8}}})};
}

std::vector<Way> ip_tunnels() {
  using namespace builder;
  std::vector<Way> ways;
  ways.push_back({"mpls", [](const Bytes& p, bool c) {
                    return ethernet_frame(wrap_mpls(p, {c ? 100u : 200u, 17}), kTypeMpls);
                  }});
  ways.push_back(over_ip("gre", [](const Bytes& p, bool c) { return wrap_gre(p, ends(c)); }));
  ways.push_back(over_ip("gre", [](const Bytes& p, bool c) {
    return wrap_gre(p, ends(c), {.key = 5u, .sequence = 6u, .checksum = true});
  }));
  ways.push_back(over_ip("gre wccp", [](const Bytes& p, bool c) { return wrap_wccp(p, ends(c)); }));
  ways.push_back(
      over_ip("gre mpls", [](const Bytes& p, bool c) { return wrap_gre(wrap_mpls(p), kTypeMpls, ends(c)); }));
  ways.push_back(over_ip("gtp", [](const Bytes& p, bool c) { return wrap_gtpu(p, ends(c), c ? 1 : 2); }));
  ways.push_back(over_ip("gtp", [](const Bytes& p, bool c) { return wrap_gtpu(p, ends(c), 1, {{0x85, {0x10, 9}}}); }));
  ways.push_back(over_ip("geneve", [](const Bytes& p, bool c) { return wrap_geneve(p, ether_type_of(p), ends(c)); }));
  ways.push_back(over_ip("vxlan-gpe", [](const Bytes& p, bool c) {
    return wrap_vxlan_gpe(p, p[0] >> 4 == 6 ? GpeNext::ipv6 : GpeNext::ipv4, ends(c));
  }));
  ways.push_back(over_ip("l2tpv3", [](const Bytes& p, bool c) { return wrap_l2tpv3(p, ends(c)); }));
  if (is_supported_link_type(link_type::ppp)) {
    ways.push_back(over_ip("l2tp ppp", [](const Bytes& p, bool c) { return wrap_l2tp(ppp_frame(p), ends(c)); }));
    ways.push_back(over_ip("gre ppp", [](const Bytes& p, bool c) { return wrap_pptp(ppp_frame(p, false), ends(c)); }));
  }
  return ways;
}

std::vector<Way> frame_tunnels() {
  using namespace builder;
  std::vector<Way> ways;
  for (const bool control_word : {false, true}) {
    ways.push_back({"mpls pseudowire", [control_word](const Bytes& p, bool c) {
                      return ethernet_frame(wrap_mpls(frame_of(p, c), {c ? 100u : 200u}, control_word), kTypeMpls);
                    }});
  }
  ways.push_back(of_frames("gre", [](const Bytes& f, bool c) { return wrap_gre(f, kTypeBridging, ends(c)); }));
  ways.push_back(of_frames("gre", [](const Bytes& f, bool c) { return wrap_nvgre(f, ends(c), 0x5000, c ? 1 : 2); }));
  ways.push_back(of_frames("gre erspan", [](const Bytes& f, bool) { return wrap_erspan1(f); }));
  ways.push_back(of_frames("gre erspan", [](const Bytes& f, bool) { return wrap_erspan2(f); }));
  ways.push_back(of_frames("gre erspan", [](const Bytes& f, bool) { return wrap_erspan3(f, {}, true); }));
  ways.push_back(of_frames("vxlan", [](const Bytes& f, bool c) { return wrap_vxlan(f, ends(c), 77); }));
  ways.push_back(of_frames("vxlan", [](const Bytes& f, bool c) { return wrap_vxlan(f, ends(c), 77, 7777); }));
  ways.push_back(of_frames("geneve", [](const Bytes& f, bool c) {
    return wrap_geneve(f, kTypeBridging, ends(c), 77, geneve_option(0x102, 1, filler(8)));
  }));
  ways.push_back(of_frames("l2tpv3", [](const Bytes& f, bool c) { return wrap_l2tpv3(f, ends(c), 8, true); }));
  ways.push_back(of_frames("capwap", [](const Bytes& f, bool c) { return wrap_capwap(f, ends(c)); }));
  ways.push_back(of_frames("gre erspan vxlan", [](const Bytes& f, bool c) {
    return wrap_erspan2(ethernet_frame(wrap_vxlan(f, ends(c), 3)));
  }));
  return ways;
}

std::vector<Way> ipv4_tunnels() {
  using namespace builder;
  const TunnelEnds v6 = {.source = "2001:db8:f::1", .destination = "2001:db8:f::2"};
  return {over_ip("ipip", [](const Bytes& p, bool c) { return wrap_ipip(p, ends(c)); }),
          over_ip("4in6", [=](const Bytes& p, bool c) { return wrap_ipip(p, c ? v6 : reversed(v6)); }),
          over_ip("ah", [](const Bytes& p, bool) { return wrap_ah(p); })};
}
std::vector<Way> ipv6_tunnels() {
  using namespace builder;
  const TunnelEnds v6 = {.source = "2001:db8:f::1", .destination = "2001:db8:f::2"};
  return {over_ip("6in4", [](const Bytes& p, bool c) { return wrap_6in4(p, ends(c)); }),
          over_ip("6in6", [=](const Bytes& p, bool c) { return wrap_ipip(p, c ? v6 : reversed(v6)); }),
          over_ip("teredo",
                  [](const Bytes& p, bool c) { return wrap_teredo(p, ends(c), c ? 50001 : 3544, c ? 3544 : 50001); })};
}

// The conversation's packets, without their link: each with who sent it.
struct Told {
  std::vector<std::pair<Bytes, bool>> packets;
  std::vector<std::int64_t> times;
};
Told tell(const Script& script, const PlayOptions& options) {
  Told told;
  for (const OwnedPacket& packet : play(script, options).packets) {
    const bool from_client = packet.bytes[11] == 1;  // last byte of the source MAC address
    told.packets.emplace_back(Bytes(packet.bytes.begin() + 14, packet.bytes.end()), from_client);
    told.times.push_back(packet.time);
  }
  return told;
}

Packets wrapped(const Told& told, const Way& way) {
  Packets out;
  for (std::size_t i = 0; i < told.packets.size(); ++i) {
    const auto& [packet, from_client] = told.packets[i];
    OwnedPacket owned{.bytes = way.wrap(packet, from_client), .link = way.link, .time = told.times[i]};
    owned.wire_length = static_cast<std::uint32_t>(owned.bytes.size());
    out.push_back(std::move(owned));
  }
  return out;
}

void expect_same_record(const Told& told, const std::vector<Way>& ways) {
  const Analysis plain = testing::analyze_packets(wrapped(told, links().front()));
  ASSERT_EQ(plain.flows.size(), 1u);
  const std::string expected = record_of(plain.flows.front());
  for (const Way& way : ways) {
    const Analysis analysis = testing::analyze_packets(wrapped(told, way));
    SCOPED_TRACE(way.name);
    ASSERT_EQ(analysis.flows.size(), 1u);
    EXPECT_EQ(record_of(analysis.flows.front()), expected);
    const LinkFacts& link = analysis.flows.front().report.link;
    std::string words;
    for (std::size_t i = 0; i < link.encapsulation_count; ++i) {
      words.append(i == 0 ? "" : " ").append(to_text(link.encapsulations[i]));
    }
    EXPECT_EQ(words, way.name);
    EXPECT_EQ(analysis.counters.not_tcp, 0u);
  }
}

std::vector<Way> joined(std::initializer_list<std::vector<Way>> lists) {
  std::vector<Way> all;
  for (const std::vector<Way>& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

TEST(Encapsulation, Ipv4GivesTheSameRecordInEveryLinkAndTunnel) {
  for (const char* name : {"tls12_full.pcap", "tls13_hrr.pcap"}) {
    const Told told = tell(script_of(name), {});
    expect_same_record(told, joined({links(), ip_tunnels(), frame_tunnels(), ipv4_tunnels()}));
  }
}

TEST(Encapsulation, Ipv6GivesTheSameRecordInEveryLinkAndTunnel) {
  PlayOptions options;
  options.client_ip = "2001:db8::10";
  options.server_ip = "2001:db8:1::7";
  const Told told = tell(script_of("tls12_full.pcap"), options);
  expect_same_record(told, joined({links(), ip_tunnels(), frame_tunnels(), ipv6_tunnels()}));
}

}  // namespace
}  // namespace handlens::property
