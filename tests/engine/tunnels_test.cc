// Connections inside tunnels: which packets belong together, and which must never meet.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "src/engine/engine.h"
#include "tests/support/engine_run.h"
#include "tools/builder/link_builder.h"
#include "tools/builder/tls_builder.h"
#include "tools/builder/tunnel_builder.h"

namespace handlens {
namespace {

using builder::Bytes;
using builder::Capture;
using builder::Conversation;
using builder::ethernet_frame;
using builder::kAck;
using builder::kPsh;
using builder::kSyn;
using builder::TunnelEnds;
using testing::Analysis;
using testing::analyze_capture;

const TunnelEnds kOut = {}, kBack = builder::reversed({});

Bytes hello(const std::string& name) {
  builder::ClientHelloFields fields;
  fields.server_name = name;
  return builder::record(builder::kHandshakeRecord, builder::client_hello(fields), builder::kTls10);
}
std::string name_in(const AnalyzedFlow& flow) {
  if (!flow.report.tls.client_hello) return "";
  return flow.report.tls.client_hello->hello.server_name.value_or("");
}
std::vector<std::string> kinds(const AnalyzedFlow& flow) {
  std::vector<std::string> out;
  for (const Event& event : flow.report.events) out.emplace_back(to_text(event.kind));
  return out;
}
std::uint64_t undecodable(const Analysis& analysis, Undecodable reason) {
  return analysis.counters.undecodable[static_cast<std::size_t>(reason)];
}

// The frame of an IP packet that goes from the client to the server, or back.
using Wrap = std::function<Bytes(const Bytes& ip_packet, bool from_client)>;

// One connection whose packets travel in tunnels. Every one has the same addresses, ports and numbers.
class Tunnelled {
 public:
  Tunnelled(Capture& capture, Wrap wrap, std::uint32_t isn = 1000)
      : capture_(capture),
        talk_(elsewhere_, {.ip = "10.0.0.1", .port = 50000, .isn = isn}, {.ip = "10.0.0.2", .isn = isn + 0x1234'5678}),
        wrap_(std::move(wrap)) {}
  void client(const builder::Segment& segment) { add(talk_.ip_from_client(segment), true); }
  void server(const builder::Segment& segment) { add(talk_.ip_from_server(segment), false); }
  void open() {
    client({.flags = kSyn, .options = builder::usual_syn_options()});
    server({.flags = kSyn | kAck, .options = builder::usual_syn_options()});
    client({});
  }
  void add(const Bytes& ip_packet, bool from_client) {
    capture_.add_frame(wrap_(ip_packet, from_client)).wait(builder::microseconds(50));
  }
  Conversation& talk() { return talk_; }

 private:
  Capture& capture_;
  Capture elsewhere_;
  Conversation talk_;
  Wrap wrap_;
};

void expect_two_flows(const Wrap& one, const Wrap& other, std::uint32_t other_isn = 1000) {
  Capture capture;
  Tunnelled first(capture, one), second(capture, other, other_isn);
  first.open();
  second.open();
  first.client({.flags = kPsh | kAck, .payload = hello("one.example")});
  second.client({.flags = kPsh | kAck, .payload = hello("two.example")});
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 2u);
  EXPECT_EQ(name_in(analysis.flows[0]), "one.example");
  EXPECT_EQ(name_in(analysis.flows[1]), "two.example");
}
Analysis expect_one_flow(const Wrap& wrap) {
  Capture capture;
  Tunnelled only(capture, wrap);
  only.open();
  only.client({.flags = kPsh | kAck, .payload = hello("one.example")});
  only.server({});
  Analysis analysis = analyze_capture(capture);
  EXPECT_EQ(analysis.flows.size(), 1u);
  if (!analysis.flows.empty()) {
    EXPECT_EQ(name_in(analysis.flows[0]), "one.example");
    EXPECT_EQ(analysis.flows[0].report.facts(Side::client).packets, 3u);
    EXPECT_EQ(analysis.flows[0].report.facts(Side::server).packets, 2u);
  }
  return analysis;
}

Wrap vxlan(std::uint32_t vni) {
  return [vni](const Bytes& packet, bool from_client) {
    return ethernet_frame(builder::wrap_vxlan(ethernet_frame(packet), from_client ? kOut : kBack, vni));
  };
}
Wrap gre(builder::GreOptions options) {
  return [options](const Bytes& packet, bool from_client) {
    return ethernet_frame(builder::wrap_gre(packet, from_client ? kOut : kBack, options));
  };
}

TEST(Tunnels, NetworksWithTheSameAddressesStayApart) {
  expect_two_flows(vxlan(1), vxlan(2));
  expect_two_flows(gre({.key = 1u}), gre({.key = 2u}));
  expect_two_flows(gre({.key = 1u}), gre({}));
  expect_two_flows(gre({}), vxlan(1));
  expect_two_flows(gre({}), [](const Bytes& packet, bool) { return ethernet_frame(packet); });
  const auto ipip = [](TunnelEnds ends) {
    return [ends](const Bytes& packet, bool from_client) {
      return ethernet_frame(builder::wrap_ipip(packet, from_client ? ends : builder::reversed(ends)));
    };
  };
  expect_two_flows(ipip({.destination = "203.0.113.2"}), ipip({.destination = "203.0.113.3"}));
  const auto nvgre = [](std::uint32_t vsid) {
    return [vsid](const Bytes& packet, bool from_client) {
      return ethernet_frame(builder::wrap_nvgre(ethernet_frame(packet), from_client ? kOut : kBack, vsid));
    };
  };
  expect_two_flows(nvgre(0x5000), nvgre(0x5001));
}

TEST(Tunnels, TagsInsideATunnelCount) {
  const auto tagged = [](std::uint16_t id) {
    return [id](const Bytes& packet, bool) {
      return ethernet_frame(builder::wrap_vxlan(ethernet_frame(packet, {.vlans = {{.id = id}}}), kOut, 7));
    };
  };
  expect_two_flows(tagged(10), tagged(20));
}

// The same id of a VLAN, outside of a tunnel and inside.
TEST(Tunnels, OnWhichSideOfATunnelATagStandsCounts) {
  const auto inside = [](const Bytes& packet, bool from_client) {
    return ethernet_frame(
        builder::wrap_vxlan(ethernet_frame(packet, {.vlans = {{.id = 5}}}), from_client ? kOut : kBack, 9));
  };
  const auto outside = [](const Bytes& packet, bool from_client) {
    return ethernet_frame(builder::wrap_vxlan(ethernet_frame(packet), from_client ? kOut : kBack, 9),
                          {.vlans = {{.id = 5}}});
  };
  expect_two_flows(inside, outside);
  expect_one_flow(inside);
  expect_one_flow(outside);
}

// RFC 2516 §4: the same session number of two subscribers.
TEST(Tunnels, SessionsOfTwoSubscribersStayApart) {
  const auto subscriber = [](const char* mac) {
    return [client = builder::from_hex(mac)](const Bytes& packet, bool from_client) {
      const Bytes server = builder::from_hex("0200000000ff");
      return builder::wrap_pppoe(
          {.source_mac = from_client ? client : server, .destination_mac = from_client ? server : client}, packet, 7);
    };
  };
  expect_two_flows(subscriber("020000000001"), subscriber("020000000002"));
  expect_one_flow(subscriber("020000000001"));
}

// Tunnels whose numbers each direction has of its own; `network` names the pair of them.
std::vector<std::function<Wrap(std::uint16_t network)>> labelled_tunnels() {
  const auto ends = [](bool from_client) { return from_client ? kOut : kBack; };
  const auto label = [](std::uint16_t network, bool from_client) {
    return static_cast<std::uint16_t>(100 + network * 2 + (from_client ? 0 : 1));
  };
  return {[=](std::uint16_t network) -> Wrap {
            return [=](const Bytes& p, bool c) {
              return ethernet_frame(builder::wrap_mpls(p, {17, label(network, c)}), builder::kTypeMpls);
            };
          },
          [=](std::uint16_t network) -> Wrap {
            return [=](const Bytes& p, bool c) {
              return ethernet_frame(builder::wrap_gtpu(p, ends(c), label(network, c)));
            };
          },
          [=](std::uint16_t network) -> Wrap {
            return [=](const Bytes& p, bool c) {
              return ethernet_frame(
                  builder::wrap_l2tp(builder::ppp_frame(p), ends(c), {.tunnel = 1, .session = label(network, c)}));
            };
          },
          [=](std::uint16_t network) -> Wrap {
            return [=](const Bytes& p, bool c) {
              return ethernet_frame(builder::wrap_pptp(builder::ppp_frame(p, false), ends(c), label(network, c)));
            };
          }};
}

TEST(Tunnels, TwoNetworksThatOnlyLabelsTellApartStayApart) {
  for (const auto& tunnel : labelled_tunnels()) {
    expect_two_flows(tunnel(1), tunnel(2), 0x8000'0000);
    expect_one_flow(tunnel(1));
  }
}

// Numbers of each direction's own do not part the two directions where there is no SYN either.
TEST(Tunnels, LabelsDoNotPartAConnectionInTheMiddle) {
  for (const auto& tunnel : labelled_tunnels()) {
    Capture capture;
    Tunnelled only(capture, tunnel(1));
    only.client({.flags = kPsh | kAck, .payload = Bytes(20, 'x')});
    only.server({.flags = kPsh | kAck, .payload = Bytes(20, 'y')});
    EXPECT_EQ(analyze_capture(capture).flows.size(), 1u);
  }
}

// A new route, or a phone that moved on, between any two packets; also next to another network's connection.
TEST(Tunnels, LabelsThatChangeOnTheWayPartNothing) {
  for (const auto& tunnel : labelled_tunnels()) {
    for (const bool alone : {true, false}) {
      Capture capture;
      std::uint16_t way = 10;
      Tunnelled moving(
          capture, [&](const Bytes& p, bool c) { return tunnel(++way)(p, c); }, 0x8000'0000);
      Tunnelled other(capture, tunnel(1));
      if (!alone) other.open();
      moving.open();
      for (int i = 0; i < 20; ++i) {
        moving.client({.flags = kPsh | kAck, .payload = Bytes(20, 'x')});
        if (!alone) other.client({.flags = kPsh | kAck, .payload = Bytes(20, 'x')});
        moving.server({.flags = kPsh | kAck, .payload = Bytes(20, 'y')});
      }
      const Analysis analysis = analyze_capture(capture);
      ASSERT_EQ(analysis.flows.size(), alone ? 1u : 2u);
      const FlowReport& report = analysis.flows.back().report;
      EXPECT_EQ(report.facts(Side::client).packets, 22u);
      EXPECT_EQ(report.facts(Side::server).packets, 21u);
    }
  }
}

TEST(TunnelsIcmp, AnErrorAboutALabelledPacketGoesByItsNumber) {
  for (const auto& tunnel : labelled_tunnels()) {
    Capture capture;
    Tunnelled first(capture, tunnel(1)), second(capture, tunnel(2), 0x8000'0000);
    const Bytes syn = first.talk().ip_from_client({.flags = kSyn});
    first.add(syn, true);
    const Bytes other = second.talk().ip_from_client({.flags = kSyn});
    second.add(other, true);
    second.add(builder::icmp_error({.router = "10.0.0.254", .quoted = other}), false);
    const Analysis analysis = analyze_capture(capture);
    ASSERT_EQ(analysis.flows.size(), 2u);
    EXPECT_EQ(kinds(analysis.flows[0]), (std::vector<std::string>{"syn"}));
    EXPECT_EQ(kinds(analysis.flows[1]), (std::vector<std::string>{"syn", "icmp-unreachable"}));
  }
}

TEST(Tunnels, WhatDiffersBetweenDirectionsIsNoIdentity) {
  expect_one_flow([](const Bytes& packet, bool from_client) {
    return ethernet_frame(builder::wrap_gtpu(packet, from_client ? kOut : kBack, from_client ? 0x1000 : 0x2000));
  });
  // The way back may start at another endpoint of the same network.
  const TunnelEnds other = {.source = "203.0.113.77", .destination = "203.0.113.1"};
  expect_one_flow([&](const Bytes& packet, bool from_client) {
    return ethernet_frame(builder::wrap_vxlan(ethernet_frame(packet), from_client ? kOut : other, 5));
  });
  expect_one_flow([&](const Bytes& packet, bool from_client) {
    return ethernet_frame(
        builder::wrap_geneve(ethernet_frame(packet), builder::kTypeBridging, from_client ? kOut : other, 5));
  });
  expect_one_flow([](const Bytes& packet, bool from_client) {
    return ethernet_frame(builder::wrap_nvgre(ethernet_frame(packet), kOut, 0x5000, from_client ? 1 : 2));
  });
  expect_one_flow([](const Bytes& packet, bool from_client) {
    return ethernet_frame(builder::wrap_mpls(packet, {from_client ? 100u : 200u}), builder::kTypeMpls);
  });
  std::uint32_t sequence = 0;
  expect_one_flow([&](const Bytes& packet, bool) {
    return ethernet_frame(builder::wrap_erspan2(ethernet_frame(packet), kOut, ++sequence));
  });
  expect_one_flow([](const Bytes& packet, bool from_client) {  // redirected packets go one way only
    return from_client ? ethernet_frame(builder::wrap_wccp(packet)) : ethernet_frame(packet);
  });
}

Wrap with_tags(std::uint16_t out, std::uint16_t back) {
  return [=](const Bytes& packet, bool from_client) {
    return ethernet_frame(packet, {.vlans = {{.id = from_client ? out : back}}});
  };
}
Wrap one_way(const Wrap& tunnel, bool client) {
  return [=](const Bytes& packet, bool from_client) {
    return from_client == client ? tunnel(packet, from_client) : ethernet_frame(packet);
  };
}
Wrap each_way(const Wrap& out, const Wrap& back) {
  return [=](const Bytes& packet, bool from_client) { return (from_client ? out : back)(packet, from_client); };
}

// What usually tells networks apart, with another number each way: the answer names its SYN.
TEST(Tunnels, AnAnswerThroughAnotherNetworkIsJoinedToItsSyn) {
  const Wrap ipip = [](const Bytes& packet, bool) { return ethernet_frame(builder::wrap_ipip(packet)); };
  const std::vector<Wrap> wraps = {each_way(vxlan(1), vxlan(2)),
                                   each_way(gre({.key = 1u}), gre({.key = 2u})),
                                   each_way(gre({.key = 1u}), gre({})),
                                   each_way(gre({}), vxlan(7)),
                                   with_tags(10, 20),
                                   one_way(vxlan(1), true),
                                   one_way(vxlan(1), false),
                                   one_way(ipip, true)};
  for (std::size_t i = 0; i < wraps.size(); ++i) {
    SCOPED_TRACE(i);
    const Analysis analysis = expect_one_flow(wraps[i]);
    ASSERT_EQ(analysis.flows.size(), 1u);
    EXPECT_FALSE(analysis.flows[0].report.one_sided);
  }
}

// Each of two networks with the same addresses and numbers has its own SYN: no answer is borrowed.
TEST(Tunnels, AnAnswerIsItsOwnNetworksFirst) {
  for (const bool reversed : {false, true}) {
    Capture capture;
    Tunnelled first(capture, vxlan(1)), second(capture, vxlan(2));
    first.client({.flags = kSyn});
    second.client({.flags = kSyn});
    (reversed ? second : first).server({.flags = kSyn | kAck});
    (reversed ? first : second).server({.flags = kSyn | kAck});
    const Analysis analysis = analyze_capture(capture);
    ASSERT_EQ(analysis.flows.size(), 2u);
    for (const AnalyzedFlow& flow : analysis.flows) EXPECT_TRUE(flow.report.tcp.syn_ack);
  }
}

TEST(Tunnels, AnAnswerToAnotherSynIsNotJoined) {
  Capture capture, elsewhere;
  Tunnelled first(capture, vxlan(1)), second(capture, vxlan(2));
  first.client({.flags = kSyn});
  Conversation other(elsewhere, {.ip = "10.0.0.1", .port = 50000, .isn = 77}, {.ip = "10.0.0.2"});
  second.add(other.ip_from_server({.flags = kSyn | kAck}), false);
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 2u);
  for (const AnalyzedFlow& flow : analysis.flows) EXPECT_TRUE(flow.report.one_sided);
}

// Without the answer in the capture nothing joins the halves, and nothing of them is certain.
TEST(Tunnels, HalvesThatCannotBeJoinedAreNotCertain) {
  Capture capture;
  Tunnelled only(capture, each_way(vxlan(1), vxlan(2)));
  only.client({.flags = kSyn});
  only.client({.flags = kPsh | kAck, .payload = Bytes(20, 'x')});
  only.server({.flags = kPsh | kAck, .payload = Bytes(20, 'y')});
  only.client({.flags = kAck | builder::kFin});
  only.server({.flags = kAck | builder::kFin});
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 2u);
  for (const AnalyzedFlow& flow : analysis.flows) {
    EXPECT_TRUE(flow.report.one_sided);
    EXPECT_NE(flow.outcome.confidence, Confidence::certain);
  }
}

TEST(Tunnels, MacAddressesAreTheInnermostOnes) {
  const Analysis analysis = expect_one_flow([](const Bytes& packet, bool from_client) {
    const Bytes client = builder::from_hex("020000000011"), server = builder::from_hex("020000000022");
    const Bytes frame = ethernet_frame(
        packet, {.source_mac = from_client ? client : server, .destination_mac = from_client ? server : client});
    return ethernet_frame(builder::wrap_vxlan(frame, from_client ? kOut : kBack, 5));
  });
  ASSERT_TRUE(analysis.flows.at(0).report.facts(Side::client).mac.has_value());
  EXPECT_EQ(to_text(*analysis.flows[0].report.facts(Side::client).mac), "02:00:00:00:00:11");
  EXPECT_EQ(to_text(*analysis.flows[0].report.facts(Side::server).mac), "02:00:00:00:00:22");
}

// A hello whose datagram is cut into fragments, in a tunnel whose packets are cut again, and so on.
Analysis fragmented_so_deep(std::size_t depth) {
  Capture capture;
  Tunnelled only(capture, [depth](const Bytes& packet, bool from_client) {
    Bytes wrapped = packet;
    for (std::size_t i = 1; i < depth; ++i) wrapped = builder::wrap_ipip(wrapped, from_client ? kOut : kBack);
    return ethernet_frame(wrapped);
  });
  only.open();
  std::vector<Bytes> packets = {only.talk().ip_from_client({.flags = kPsh | kAck, .payload = hello("one.example")})};
  std::uint16_t id = 1;
  constexpr std::size_t kUnit = 16;  // less than an IP header: every piece is cut again
  for (std::size_t i = 0; i < depth; ++i) {
    std::vector<Bytes> next;
    for (const Bytes& packet : packets) {
      const TunnelEnds ends = {.id = ++id};
      for (Bytes& part : builder::fragment_ipv4(i == 0 ? packet : builder::wrap_ipip(packet, ends), kUnit)) {
        next.push_back(std::move(part));
      }
    }
    packets = std::move(next);
  }
  for (const Bytes& packet : packets) capture.add_frame(ethernet_frame(packet)).wait(builder::microseconds(10));
  return analyze_capture(capture);
}

TEST(Tunnels, FragmentsInsideFragmentsAreReassembledUpToALimit) {
  for (std::size_t depth = 1; depth <= 3; ++depth) {
    const Analysis analysis = fragmented_so_deep(depth);
    SCOPED_TRACE(depth);
    ASSERT_EQ(analysis.flows.size(), 1u);
    EXPECT_EQ(name_in(analysis.flows[0]), "one.example");
    EXPECT_EQ(undecodable(analysis, Undecodable::fragment_incomplete), 0u);
  }
  const Analysis analysis = fragmented_so_deep(4);
  EXPECT_GT(undecodable(analysis, Undecodable::nesting_limit), 0u);
  ASSERT_EQ(analysis.flows.size(), 1u);
  EXPECT_EQ(name_in(analysis.flows[0]), "");
}

// The same fragments, with the same identification, in two networks at once.
TEST(Tunnels, FragmentsOfTwoNetworksDoNotMix) {
  Capture capture;
  Tunnelled first(capture, vxlan(1)), second(capture, vxlan(2));
  first.open();
  second.open();
  const auto one =
      builder::fragment_ipv4(first.talk().ip_from_client({.flags = kPsh | kAck, .payload = hello("one.example")}), 96);
  const auto two =
      builder::fragment_ipv4(second.talk().ip_from_client({.flags = kPsh | kAck, .payload = hello("two.example")}), 96);
  ASSERT_EQ(one.size(), two.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    first.add(one[i], true);
    second.add(two[i], true);
  }
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 2u);
  EXPECT_EQ(name_in(analysis.flows[0]), "one.example");
  EXPECT_EQ(name_in(analysis.flows[1]), "two.example");
}

TEST(TunnelsIcmp, AnErrorInsideATunnelBelongsToThatNetwork) {
  for (const bool same : {true, false}) {
    Capture capture;
    Tunnelled only(capture, vxlan(1)), other(capture, vxlan(2));
    const Bytes syn = only.talk().ip_from_client({.flags = kSyn});
    only.add(syn, true);
    const Bytes error = builder::icmp_error({.router = "10.0.0.254", .type = 3, .code = 4, .quoted = syn, .mtu = 1400});
    (same ? only : other).add(error, false);
    const Analysis analysis = analyze_capture(capture);
    ASSERT_EQ(analysis.flows.size(), 1u);
    EXPECT_EQ(analysis.counters.icmp_unmatched, same ? 0u : 1u);
    ASSERT_EQ(kinds(analysis.flows[0]).size(), same ? 2u : 1u);
    if (!same) continue;
    const Event& event = analysis.flows[0].report.events[1];
    EXPECT_EQ(event.kind, EventKind::icmp_unreachable);
    EXPECT_EQ(event.size, 1400u);
  }
}

TEST(TunnelsIcmp, AnErrorAboutAJoinedDirectionBelongsToItsFlow) {
  Capture capture;
  Tunnelled only(capture, each_way(vxlan(1), vxlan(2)));
  only.open();
  const Bytes answer = only.talk().ip_from_server({});
  only.add(answer, false);
  only.add(builder::icmp_error({.router = "10.0.0.254", .type = 3, .code = 4, .quoted = answer, .mtu = 1400}), false);
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 1u);
  EXPECT_EQ(analysis.counters.icmp_unmatched, 0u);
}

TEST(TunnelsIcmp, AnErrorAboutATunnelPacketIsFollowedToTheFlowInside) {
  const std::vector<std::pair<Wrap, Wrap>> tunnels = {
      {vxlan(1), vxlan(2)}, {gre({.key = 1u}), gre({.key = 2u})}, {gre({}), vxlan(1)}};
  for (const auto& [tunnel, another] : tunnels) {
    Capture capture;
    Tunnelled only(capture, tunnel);
    const Bytes syn = only.talk().ip_from_client({.flags = kSyn});
    only.add(syn, true);
    for (const Wrap& quoted_tunnel : {tunnel, another}) {
      const Bytes frame = quoted_tunnel(syn, true);
      const Bytes quoted(frame.begin() + 14, frame.end());
      for (const std::size_t quote : {28u, 400u}) {
        capture.add_ip(
            builder::icmp_error({.router = "203.0.113.9", .type = 11, .code = 0, .quoted = quoted, .quote = quote}));
      }
    }
    const Analysis analysis = analyze_capture(capture);
    ASSERT_EQ(analysis.flows.size(), 1u);
    EXPECT_EQ(kinds(analysis.flows[0]), (std::vector<std::string>{"syn", "icmp-unreachable"}));
    EXPECT_EQ(analysis.counters.icmp_unmatched, 1u);  // the other tunnel's
    EXPECT_EQ(analysis.counters.not_tcp, 2u);         // quotes that end before the segment
  }
}

// RFC 5927: whoever makes an error up has to guess the sequence number.
TEST(TunnelsIcmp, AQuoteOfWhatWasNeverSentIsUnmatched) {
  for (const bool answered : {false, true}) {
    Capture capture;
    Conversation talk(capture, {.port = 50000, .isn = 0xfffffff0}, {.ip = "198.51.100.7"});
    const auto quote = [&](std::int64_t seq) {
      Capture elsewhere;
      Conversation forged(elsewhere, {.port = 50000, .isn = 0xfffffff0}, {.ip = "198.51.100.7"});
      capture.add_ip(
          builder::icmp_error({.router = "203.0.113.1", .quoted = forged.ip_from_client({.seq = seq, .ack = 0})}));
    };
    if (answered) {
      talk.open().client_data(Bytes(100'000, 'x'));
    } else {
      talk.from_client({.flags = kSyn});
    }
    for (const std::int64_t seq : {0, 1, 50'000, 4'000'000}) quote(seq);
    for (const std::int64_t seq : {10'000'000, 2'000'000'000, -10'000'000, -2'000'000'000}) quote(seq);
    const Analysis analysis = analyze_capture(capture);
    ASSERT_EQ(analysis.flows.size(), 1u);
    EXPECT_EQ(analysis.counters.icmp_unmatched, 4u) << answered;
  }
}

}  // namespace
}  // namespace handlens
