// One conversation says the same over every link: the record differs in `encapsulation` and in hardware addresses
// alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "tests/property/conversation.h"
#include "tools/builder/link_builder.h"

namespace handlens::property {
namespace {

using builder::LinkFields;
using builder::LinkType;

struct Link {
  std::string name;
  LinkType type = LinkType::ethernet;
  std::function<Bytes(const LinkFields&, const Bytes& ip_packet)> wrap;
  std::vector<std::string> encapsulation;
};

Bytes ethernet(const LinkFields& link, const Bytes& packet) { return builder::ethernet_frame(packet, link); }
builder::WlanFields wlan(const LinkFields& link) { return {.to_ds = link.outgoing, .from_ds = !link.outgoing}; }

// The link types that a Capture writes by itself.
Link of_type(const std::string& name, LinkType type, const std::vector<std::string>& encapsulation) {
  const auto wrap = [type](const LinkFields& link, const Bytes& packet) { return link_frame(type, link, packet); };
  return {name, type, wrap, encapsulation};
}

std::vector<Link> links() {
  using namespace builder;
  std::vector<Link> out = {of_type("ppp", LinkType::ppp, {"ppp"}),
                           of_type("ppp_serial", LinkType::ppp_hdlc, {"ppp"}),
                           of_type("ppp_ether", LinkType::ppp_ether, {"pppoe", "ppp"}),
                           of_type("ppp_pppd", LinkType::ppp_pppd, {"ppp"}),
                           of_type("chdlc", LinkType::c_hdlc, {"chdlc"}),
                           of_type("frame_relay", LinkType::frame_relay, {"frame-relay"}),
                           of_type("wlan", LinkType::ieee80211, {"ieee80211"}),
                           of_type("radiotap", LinkType::radiotap, {"radiotap", "ieee80211"}),
                           of_type("ppi", LinkType::ppi, {"ppi", "ieee80211"}),
                           of_type("prism", LinkType::prism, {"prism", "ieee80211"}),
                           of_type("avs", LinkType::avs, {"avs", "ieee80211"}),
                           of_type("nflog", LinkType::nflog, {"nflog"}),
                           of_type("pktap", LinkType::pktap, {"pktap"}),
                           of_type("atm", LinkType::atm_rfc1483, {"atm"}),
                           of_type("token_ring", LinkType::token_ring, {"token-ring"}),
                           of_type("fddi", LinkType::fddi, {"fddi"}),
                           of_type("ipoib", LinkType::ipoib, {"infiniband"}),
                           of_type("netanalyzer", LinkType::netanalyzer, {"netanalyzer"})};
  out.push_back({"pppoe",
                 LinkType::ethernet,
                 [](const LinkFields& link, const Bytes& packet) { return wrap_pppoe(link, packet, 77); },
                 {"pppoe", "ppp"}});
  out.push_back({"radiotap_fcs_qos",
                 LinkType::radiotap,
                 [](const LinkFields& link, const Bytes& packet) {
                   WlanFields fields = wlan(link);
                   fields.qos = fields.fcs = true;
                   fields.padding = 2;
                   return wrap_radiotap(wrap_80211(link, packet, fields), 0x30);
                 },
                 {"radiotap", "ieee80211"}});
  out.push_back({"ppi_wds",
                 LinkType::ppi,
                 [](const LinkFields& link, const Bytes& packet) {
                   return wrap_ppi(wrap_80211(link, packet, {.from_ds = true, .bridge_tunnel = true, .fcs = true}), 105,
                                   1);
                 },
                 {"ppi", "ieee80211"}});
  const auto on_ethernet = [&out](const std::string& name, Bytes (*wrap)(const Bytes&),
                                  const std::vector<std::string>& encapsulation) {
    out.push_back({name, LinkType::ethernet,
                   [wrap](const LinkFields& link, const Bytes& packet) { return wrap(ethernet(link, packet)); },
                   encapsulation});
  };
  on_ethernet("backbone", [](const Bytes& frame) { return wrap_8021ah(frame); }, {"802.1ah"});
  on_ethernet("vntag", [](const Bytes& frame) { return wrap_vntag(frame); }, {"vntag"});
  on_ethernet("cmd", [](const Bytes& frame) { return wrap_cmd(frame); }, {"cmd"});
  on_ethernet("hsr", [](const Bytes& frame) { return wrap_hsr(frame); }, {"hsr"});
  on_ethernet("macsec", [](const Bytes& frame) { return wrap_macsec(frame); }, {"macsec"});
  on_ethernet("stack", [](const Bytes& frame) { return wrap_8021ah(wrap_vntag(wrap_cmd(frame))); },
              {"802.1ah", "vntag", "cmd"});
  return out;
}

constexpr std::size_t kEthernetHeader = 14;

// The addresses of the plain Ethernet frame; the client's ends in 1.
LinkFields addresses_of(const OwnedPacket& packet) {
  return {.source_mac = builder::slice(packet.bytes, 6, 6),
          .destination_mac = builder::slice(packet.bytes, 0, 6),
          .outgoing = packet.bytes[11] == 1};
}
Bytes ip_of(const OwnedPacket& packet) { return builder::slice(packet.bytes, kEthernetHeader, packet.bytes.size()); }

// `snap`: so many bytes of each IP packet were captured.
Packets over(const Link& link, const Packets& plain, std::size_t snap = 65535) {
  Packets out;
  for (const OwnedPacket& packet : plain) {
    const Bytes ip = ip_of(packet);
    OwnedPacket wrapped = packet;
    wrapped.bytes = link.wrap(addresses_of(packet), ip);
    wrapped.wire_length = static_cast<std::uint32_t>(wrapped.bytes.size());
    wrapped.link = static_cast<std::uint16_t>(link.type);
    if (snap < ip.size()) {
      const auto at = std::search(wrapped.bytes.begin(), wrapped.bytes.end(), ip.begin(), ip.end());
      wrapped.bytes.resize(static_cast<std::size_t>(at - wrapped.bytes.begin()) + snap);
    }
    wrapped.bytes.shrink_to_fit();
    out.push_back(std::move(wrapped));
  }
  return out;
}

// Without the encapsulation and the hardware addresses.
std::string without_link(const std::string& record) {
  std::istringstream lines(record);
  std::string out;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("encapsulation ")) inside = true;
    if (!inside && !line.starts_with("mac ")) out += line + '\n';
    if (line == "}") inside = false;
  }
  return out;
}

std::string record_of(const Packets& packets) {
  const Analysis analysis = testing::analyze_packets(packets);
  if (analysis.flows.size() != 1) return "flows: " + std::to_string(analysis.flows.size());
  PlacelessText text;
  RecordMemo memo;
  visit_flow_and_tcp(analysis.flows[0], memo, text);
  visit_judgement(analysis.flows[0], text);
  return without_link(text.take()) + essence(analysis.flows[0]);
}

std::vector<std::string> encapsulation_of(const Packets& packets) {
  const Analysis analysis = testing::analyze_packets(packets);
  std::vector<std::string> out;
  if (analysis.flows.empty()) return out;
  const LinkFacts& link = analysis.flows[0].report.link;
  for (std::size_t i = 0; i < link.encapsulation_count; ++i) out.emplace_back(to_text(link.encapsulations[i]));
  return out;
}

class LinkLayers : public ::testing::TestWithParam<Link> {};

TEST_P(LinkLayers, OneConversationSaysTheSame) {
  for (const std::string name : {"tls12_full.pcap", "tls13_hrr.pcap", "smtp_starttls.pcap", "alpn_mismatch.pcap"}) {
    const Packets plain = play(script_of(name)).packets;
    const Packets wrapped = over(GetParam(), plain);
    EXPECT_EQ(record_of(wrapped), record_of(plain)) << name;
    EXPECT_EQ(encapsulation_of(wrapped), GetParam().encapsulation);
  }
}

TEST_P(LinkLayers, CutBySnapLength) {
  const Packets plain = play(script_of("tls12_full.pcap")).packets;
  const Link ethernet_alone{"", LinkType::ethernet, ethernet, {}};
  for (const std::size_t snap : {40u, 96u, 200u}) {
    EXPECT_EQ(record_of(over(GetParam(), plain, snap)), record_of(over(ethernet_alone, plain, snap))) << snap;
  }
}

INSTANTIATE_TEST_SUITE_P(Links, LinkLayers, ::testing::ValuesIn(links()),
                         [](const auto& test) { return test.param.name; });

// Several packets in one frame are those packets one after another.
TEST(Amsdu, SaysWhatItsPacketsSay) {
  for (const std::string& name : conversations()) {
    const Packets plain = play(script_of(name)).packets;
    for (const std::size_t most : {1u, 2u, 3u, 7u}) {
      Packets aggregated;
      for (std::size_t at = 0; at < plain.size(); at += most) {
        std::vector<std::pair<LinkFields, Bytes>> packets;
        for (std::size_t i = at; i < std::min(at + most, plain.size()); ++i) {
          packets.emplace_back(addresses_of(plain[i]), ip_of(plain[i]));
        }
        OwnedPacket frame = plain[at];
        frame.bytes = builder::wrap_radiotap(builder::wrap_80211_amsdu(packets, {.fcs = true}), 0x10);
        frame.wire_length = static_cast<std::uint32_t>(frame.bytes.size());
        frame.link = static_cast<std::uint16_t>(LinkType::radiotap);
        aggregated.push_back(std::move(frame));
      }
      const Analysis analysis = testing::analyze_packets(aggregated), expected = testing::analyze_packets(plain);
      ASSERT_EQ(analysis.flows.size(), 1u);
      EXPECT_EQ(essence(analysis.flows[0]), essence(expected.flows[0])) << name << ", " << most << " in a frame";
      EXPECT_EQ(analysis.counters.packets, aggregated.size());
      for (const Side side : {Side::client, Side::server}) {
        EXPECT_EQ(analysis.flows[0].report.facts(side).packets, expected.flows[0].report.facts(side).packets);
        EXPECT_EQ(analysis.flows[0].report.facts(side).mac, expected.flows[0].report.facts(side).mac);
      }
    }
  }
}

// A fragmented datagram among the packets of a frame.
TEST(Amsdu, FragmentsInside) {
  const Packets plain = play(script_of("tls12_full.pcap")).packets;
  Packets aggregated;
  for (const OwnedPacket& packet : plain) {
    std::vector<std::pair<LinkFields, Bytes>> parts;
    Bytes whole = ip_of(packet);
    whole[6] = 0;  // may be fragmented
    for (const Bytes& part : builder::fragment_ipv4(whole, 200)) parts.emplace_back(addresses_of(packet), part);
    OwnedPacket frame = packet;
    frame.bytes = builder::wrap_80211_amsdu(parts);
    frame.wire_length = static_cast<std::uint32_t>(frame.bytes.size());
    frame.link = static_cast<std::uint16_t>(LinkType::ieee80211);
    aggregated.push_back(std::move(frame));
  }
  const Analysis analysis = testing::analyze_packets(aggregated);
  ASSERT_EQ(analysis.flows.size(), 1u);
  EXPECT_EQ(essence(analysis.flows[0]), essence(plain));
}

TEST(Amsdu, TooManyPacketsAreCounted) {
  const Packets plain = play(script_of("tls12_full.pcap")).packets;
  std::vector<std::pair<LinkFields, Bytes>> packets(65, {addresses_of(plain[0]), ip_of(plain[0])});
  OwnedPacket frame = plain[0];
  frame.bytes = builder::wrap_80211_amsdu(packets);
  frame.wire_length = static_cast<std::uint32_t>(frame.bytes.size());
  frame.link = static_cast<std::uint16_t>(LinkType::ieee80211);
  const Analysis analysis = testing::analyze_packets({frame});
  EXPECT_EQ(analysis.counters.packets, 1u);
  EXPECT_EQ(analysis.counters.undecodable[static_cast<std::size_t>(Undecodable::nesting_limit)], 1u);
  ASSERT_EQ(analysis.flows.size(), 1u);
  EXPECT_EQ(analysis.flows[0].report.facts(Side::client).packets, 64u);
}

}  // namespace
}  // namespace handlens::property
