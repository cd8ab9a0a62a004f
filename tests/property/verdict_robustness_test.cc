// A capture is seldom whole and its clock seldom fine. Whoever is blamed on a spoilt copy of a capture was blamed on
// the whole one: less may be said, nobody else may be named, and a device on the path never with more confidence.
//
// The captures are those of which pcaps/VERDICTS.tsv knows the truth; the ordinary ones must stay without a device.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "src/app/judge.h"
#include "src/engine/limits.h"
#include "tests/support/engine_run.h"
#include "tests/support/own_captures.h"

namespace handlens::property {
namespace {

using testing::OwnedPacket;
using testing::Packets;

constexpr std::size_t kEveryPacket = 64;  // of captures up to this size each packet is lost in turn
constexpr std::size_t kSample = 24;       // of larger ones so many, evenly spread

// What is said of one flow.
struct Verdict {
  Cause cause = Cause::unknown;
  Confidence confidence = Confidence::undetermined;
  Status status = Status::incomplete;
  std::string said;  // with the evidence, for the report of a failure
};
// By the pair of endpoints: which of them is the client may be less clear in a spoilt capture.
using Verdicts = std::map<std::string, std::vector<Verdict>>;

std::string key_of(const FlowReport& flow) {
  const auto text = [](const Endpoint& e) { return to_text(e.ip) + ' ' + std::to_string(e.port); };
  const std::string client = text(flow.client), server = text(flow.server);
  return std::min(client, server) + " - " + std::max(client, server);
}

std::string words_of(const AnalyzedFlow& flow) {
  std::ostringstream out;
  const Outcome& o = flow.outcome;
  out << to_text(o.status) << ", " << to_text(o.cause) << ' ' << to_text(o.confidence) << " [" << o.primary << "] "
      << o.sentence;
  for (const Finding& finding : flow.findings) {
    for (const Evidence& e : finding.evidence) {
      out << "\n      " << e.rule << " (" << to_text(e.weight) << ", " << e.speaks_for << "): " << e.text;
    }
  }
  return out.str();
}

Verdicts judge(const Packets& packets) {
  Verdicts out;
  for (const AnalyzedFlow& flow : testing::judge_packets(packets).flows) {
    const Outcome& o = flow.outcome;
    out[key_of(flow.report)].push_back({o.cause, o.confidence, o.status, words_of(flow)});
  }
  return out;
}

bool is_party(Cause cause) { return cause == Cause::client || cause == Cause::server || cause == Cause::middlebox; }
bool is_sure(const Verdict& v) { return v.confidence <= Confidence::likely; }

// Why `now` may not be said where `before` was; "" if it may.
std::string objection(const Verdict& before, const Verdict& now) {
  if (now.cause == Cause::none && now.status == Status::failed) return "a failure that nobody caused";
  if (now.cause == Cause::middlebox && before.cause != Cause::middlebox) return "a device is blamed that was not there";
  if (is_party(now.cause) && (is_party(before.cause) || before.cause == Cause::path) && now.cause != before.cause)
    return "somebody else is blamed";
  if (is_party(now.cause) && before.cause == Cause::unknown) return "somebody is blamed where nobody was";
  if (is_party(now.cause) && now.confidence < before.confidence) return "it is surer than the whole capture";
  return "";
}

// A copy of the capture that lost something, and what was done to it.
struct Spoilt {
  std::string how;
  Packets packets;
};

std::vector<std::size_t> chosen(std::size_t size) {
  std::vector<std::size_t> out;
  const std::size_t count = size <= kEveryPacket ? size : kSample;
  for (std::size_t i = 0; i < count; ++i) out.push_back(i * size / count);
  return out;
}

void lose_one(const Packets& whole, std::vector<Spoilt>& out) {
  for (const std::size_t lost : chosen(whole.size())) {
    Packets rest = whole;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(lost));
    out.push_back({"without packet " + std::to_string(lost + 1), std::move(rest)});
  }
}

void lose_beginning(const Packets& whole, std::vector<Spoilt>& out) {
  for (std::size_t k = 1; k <= 4 && k < whole.size(); ++k) {
    out.push_back({"without the first " + std::to_string(k),
                   Packets(whole.begin() + static_cast<std::ptrdiff_t>(k), whole.end())});
  }
}

void round_times(const Packets& whole, std::vector<Spoilt>& out) {
  Packets rounded = whole;
  for (OwnedPacket& p : rounded) p.time = (p.time + 500'000) / 1'000'000 * 1'000'000;
  out.push_back({"with times in milliseconds", std::move(rounded)});
}

// The clock was set while the capture ran.
void set_clock_back(const Packets& whole, std::vector<Spoilt>& out) {
  constexpr std::int64_t kBack = 300'000'000;  // ns
  Packets spoilt = whole;
  for (std::size_t i = spoilt.size() / 2; i < spoilt.size(); ++i) spoilt[i].time -= kBack;
  out.push_back({"with a clock that goes back", std::move(spoilt)});
}

void double_frames(const Packets& whole, std::vector<Spoilt>& out) {
  Packets twice;
  for (const OwnedPacket& p : whole) {
    twice.push_back(p);
    twice.push_back(p);
    twice.back().time += 20'000;
  }
  std::stable_sort(twice.begin(), twice.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  out.push_back({"with every frame twice", std::move(twice)});
}

// One TCP packet as far as needed here; nothing of what is not one.
struct Seen {
  IpAddress from, to;
  std::uint16_t from_port = 0, to_port = 0;
  std::uint32_t seq = 0, length = 0;
  std::uint16_t flags = 0;
  std::size_t payload_at = 0;  // in the frame
};
std::optional<Seen> look(const OwnedPacket& p) {
  const DissectedPacket d = dissect_packet(p.link, p.bytes, p.wire_length);
  if (d.kind != PacketKind::tcp) return std::nullopt;
  Seen s;
  s.from = d.packet.ip.source;
  s.to = d.packet.ip.destination;
  s.from_port = d.packet.tcp.source_port;
  s.to_port = d.packet.tcp.destination_port;
  s.seq = d.packet.tcp.seq;
  s.flags = d.packet.tcp.flags;
  s.length = d.packet.payload_length;
  if (!d.packet.payload.empty()) {
    s.payload_at = static_cast<std::size_t>(d.packet.payload.data() - p.bytes.data());
  }
  return s;
}

// The port that was asked first is the server's.
void lose_one_side(const Packets& whole, std::vector<Spoilt>& out) {
  std::set<std::pair<IpAddress, std::uint16_t>> servers;
  for (const OwnedPacket& p : whole) {
    const std::optional<Seen> s = look(p);
    if (s && (s->flags & (tcp_flag::syn | tcp_flag::ack)) == tcp_flag::syn) servers.insert({s->to, s->to_port});
  }
  for (const bool server : {false, true}) {
    Packets rest;
    for (const OwnedPacket& p : whole) {
      const std::optional<Seen> s = look(p);
      const bool is_servers = s && servers.contains({s->from, s->from_port});
      if (!s || is_servers != server) rest.push_back(p);
    }
    out.push_back({server ? "without the server's side" : "without the client's side", std::move(rest)});
  }
}

bool is_same_direction(const Seen& a, const Seen& b) {
  return a.from == b.from && a.from_port == b.from_port && a.to == b.to && a.to_port == b.to_port;
}

// The two frames as one that the network card has joined. Only where the place of the IP length is plain.
std::optional<OwnedPacket> joined(const OwnedPacket& a, const Seen& first, const OwnedPacket& b, const Seen& second) {
  constexpr std::size_t kIp = 14;  // behind the Ethernet header
  const bool plain = a.link == link_type::ethernet && a.bytes.size() > kIp + 40 && a.bytes[12] == 0x08 &&
                     a.bytes[13] == 0x00 && a.bytes.size() == a.wire_length && b.bytes.size() == b.wire_length;
  if (!plain || first.payload_at == 0 || second.payload_at == 0) return std::nullopt;
  OwnedPacket out = a;
  out.bytes.resize(first.payload_at + first.length);
  const auto rest = b.bytes.begin() + static_cast<std::ptrdiff_t>(second.payload_at);
  out.bytes.insert(out.bytes.end(), rest, rest + static_cast<std::ptrdiff_t>(second.length));
  const std::size_t ip_length = out.bytes.size() - kIp;
  if (ip_length > 0xffff) return std::nullopt;
  out.bytes[kIp + 2] = static_cast<std::uint8_t>(ip_length >> 8);
  out.bytes[kIp + 3] = static_cast<std::uint8_t>(ip_length & 0xff);
  const std::size_t header = static_cast<std::size_t>(out.bytes[kIp] & 0x0f) * 4;
  out.bytes[kIp + header + 13] |= static_cast<std::uint8_t>(second.flags & 0xff);
  out.wire_length = static_cast<std::uint32_t>(out.bytes.size());
  return out;
}

void join_segments(const Packets& whole, std::vector<Spoilt>& out) {
  for (std::size_t i = 0; i + 1 < whole.size(); ++i) {
    const std::optional<Seen> a = look(whole[i]), b = look(whole[i + 1]);
    if (!a || !b || a->length == 0 || b->length == 0) continue;
    constexpr std::uint16_t kApart = tcp_flag::syn | tcp_flag::rst | tcp_flag::fin;
    if (!is_same_direction(*a, *b) || a->seq + a->length != b->seq || ((a->flags | b->flags) & kApart) != 0) continue;
    const std::optional<OwnedPacket> both = joined(whole[i], *a, whole[i + 1], *b);
    if (!both) continue;
    Packets rest = whole;
    rest[i] = *both;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i + 1));
    out.push_back(
        {"with packets " + std::to_string(i + 1) + " and " + std::to_string(i + 2) + " as one", std::move(rest)});
  }
}

// Two packets of one side, close together, are captured in another order than they were sent. Not two resets: nothing
// but the order tells which of those was first.
void exchange_neighbours(const Packets& whole, std::vector<Spoilt>& out) {
  constexpr std::int64_t kClose = 5'000'000;  // ns
  for (const std::size_t i : chosen(whole.size())) {
    const std::optional<Seen> a = look(whole[i]);
    for (std::size_t j = i + 1; a && j < whole.size() && whole[j].time - whole[i].time <= kClose; ++j) {
      const std::optional<Seen> b = look(whole[j]);
      if (!b || !is_same_direction(*a, *b) || (a->flags & b->flags & tcp_flag::rst) != 0) continue;
      Packets exchanged = whole;
      std::swap(exchanged[i], exchanged[j]);
      std::swap(exchanged[i].time, exchanged[j].time);
      out.push_back({"with packets " + std::to_string(i + 1) + " and " + std::to_string(j + 1) + " exchanged",
                     std::move(exchanged)});
      break;
    }
  }
}

std::vector<Spoilt> spoilt(const Packets& whole) {
  std::vector<Spoilt> out;
  lose_one(whole, out);
  exchange_neighbours(whole, out);
  lose_beginning(whole, out);
  lose_one_side(whole, out);
  round_times(whole, out);
  set_clock_back(whole, out);
  double_frames(whole, out);
  join_segments(whole, out);
  return out;
}

std::set<std::string> captures_with_a_verdict() {
  std::set<std::string> names;
  std::ifstream table(HANDLENS_SOURCE_DIR "/pcaps/VERDICTS.tsv");
  for (std::string line; std::getline(table, line);) {
    const std::string name = line.substr(0, line.find('\t'));
    if (!name.empty() && name.front() != '#' && name != "capture") names.insert(name);
  }
  return names;
}

std::string name_of(const ::testing::TestParamInfo<std::string>& test) {
  return test.param.substr(0, test.param.find('.')) + (test.param.ends_with("ng") ? "_ng" : "");
}

class VerdictRobustness : public ::testing::TestWithParam<std::string> {};

TEST_P(VerdictRobustness, NobodyElseIsBlamed) {
  const Packets whole = testing::read_packets(testing::capture_path(GetParam()));
  const Verdicts before = judge(whole);
  for (const Spoilt& copy : spoilt(whole)) {
    for (const auto& [key, verdicts] : judge(copy.packets)) {
      const auto known = before.find(key);
      ASSERT_NE(known, before.end()) << copy.how << ": a new flow " << key;
      for (const Verdict& now : verdicts) {
        std::string why;
        for (const Verdict& old : known->second) {
          why = objection(old, now);
          if (why.empty()) break;
        }
        if (why.empty()) continue;
        ADD_FAILURE() << why << " " << copy.how << ", " << key << "\n  before: " << known->second.front().said
                      << "\n  now:    " << now.said;
      }
    }
  }
}

std::set<std::string> captures_with_a_truth() {
  std::set<std::string> names;
  std::ifstream table(HANDLENS_SOURCE_DIR "/pcaps/TRUTH.tsv");
  for (std::string line; std::getline(table, line);) {
    const std::string name = line.substr(0, line.find('\t'));
    if (name.ends_with(".pcap")) names.insert(name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Captures, VerdictRobustness, ::testing::ValuesIn(captures_with_a_verdict()), name_of);
INSTANTIATE_TEST_SUITE_P(OfTheLab, VerdictRobustness, ::testing::ValuesIn(captures_with_a_truth()), name_of);

// Of the lab's captures, those in which a device did act.
std::set<std::string> captures_with_a_device() {
  std::set<std::string> names;
  std::ifstream table(HANDLENS_SOURCE_DIR "/pcaps/TRUTH.tsv");
  for (std::string line; std::getline(table, line);) {
    if (!line.starts_with('#') && line.find("\tmiddlebox\t") != std::string::npos) {
      names.insert(line.substr(0, line.find('\t')));
    }
  }
  return names;
}

// The other captures hold ordinary connections, but for those in which a device did act (tests/verdicts).
std::vector<std::string> ordinary_captures() {
  const std::set<std::string> others = {
      "rst_injected_after_client_hello.pcap", "icmp_admin_prohibited.pcap", "icmpv6_admin_prohibited.pcap",
      "prohibited_by_router.pcap", "client_hello_blackholed.pcap", "reset_52_alert_too_soon.pcap",
      // devices whose resets came when the handshake was long done, or were outlived
      "lab_idle_expiry_on_next_packet.pcap", "lab_idle_expiry_both.pcap", "lab_idle_expiry_both_at_server.pcap",
      "lab_rst_out_of_window.pcap", "lab_rst_too_late.pcap"};
  const std::set<std::string> known = captures_with_a_verdict(), devices = captures_with_a_device();
  std::vector<std::string> names;
  for (const std::string& name : testing::own_captures()) {
    if (!known.contains(name) && !others.contains(name) && !devices.contains(name)) names.push_back(name);
  }
  return names;
}

class OrdinaryRobustness : public ::testing::TestWithParam<std::string> {};

TEST_P(OrdinaryRobustness, NoDeviceIsBlamed) {
  const Packets whole = testing::read_packets(testing::capture_path(GetParam()));
  for (const Spoilt& copy : spoilt(whole)) {
    for (const auto& [key, verdicts] : judge(copy.packets)) {
      for (const Verdict& now : verdicts) {
        if (now.cause != Cause::middlebox || !is_sure(now)) continue;
        ADD_FAILURE() << copy.how << ", " << key << ": " << now.said;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Captures, OrdinaryRobustness, ::testing::ValuesIn(ordinary_captures()), name_of);

}  // namespace
}  // namespace handlens::property
