// One capture in several files: split where a ring of files splits it, or captured a second time.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "src/app/judge.h"
#include "src/engine/limits.h"
#include "tests/property/conversation.h"
#include "tests/support/own_captures.h"

namespace handlens::property {
namespace {

std::string judgement(const AnalyzedFlow& flow) {
  std::string out = std::to_string(flow.report.client.port) + ' ' + std::string(to_text(flow.outcome.status)) + ' ' +
                    std::string(to_text(flow.outcome.stage)) + ' ' + std::string(to_text(flow.outcome.ended_by)) + ' ' +
                    std::string(to_text(flow.outcome.cause)) + ' ' + flow.outcome.primary;
  for (const Side side : {Side::client, Side::server})
    out += ' ' + std::to_string(flow.report.facts(side).retransmissions);
  return out;
}
std::vector<std::string> judgements(const Analysis& analysis) {
  std::vector<std::string> out;
  for (const AnalyzedFlow& flow : analysis.flows) out.push_back(judgement(flow));
  return out;
}

class SeveralFiles : public ::testing::TestWithParam<std::string> {
 protected:
  Packets packets_ = testing::read_packets(testing::capture_path(GetParam()));
  Analysis whole_ = testing::analyze_packets(packets_);
};

// Packets that look as if they came from another distance than the first ones with their address.
std::size_t odd_packets(const Analysis& analysis) {
  std::size_t odd = 0;
  for (const AnalyzedFlow& flow : analysis.flows) {
    for (const PacketNote& packet : flow.report.packets) {
      const auto first = std::find_if(flow.report.packets.begin(), flow.report.packets.end(),
                                      [&packet](const PacketNote& n) { return n.from == packet.from; });
      odd += packet.ttl != first->ttl ? 1u : 0u;
    }
  }
  return odd;
}
std::set<std::uint16_t> blamed_on_devices(const Analysis& analysis) {
  std::set<std::uint16_t> ports;
  for (const AnalyzedFlow& flow : analysis.flows) {
    const bool has_forged = std::any_of(flow.rst_verdicts.begin(), flow.rst_verdicts.end(),
                                        [](const RstVerdict& v) { return v.cause == Cause::middlebox; });
    if (has_forged || flow.outcome.cause == Cause::middlebox)
      ports.insert({flow.report.client.port, flow.report.server.port});
  }
  return ports;
}

// Where the second file begins with a packet from another distance, that may be another place: less is said then.
TEST_P(SeveralFiles, SplitAnywhereItIsOneCapture) {
  const std::size_t step = std::max<std::size_t>(1, packets_.size() / 12);
  const std::set<std::uint16_t> blamed = blamed_on_devices(whole_);
  std::size_t parted = 0;
  for (std::size_t cut = 1; cut < packets_.size(); cut += step) {
    SCOPED_TRACE("second file from packet " + std::to_string(cut + 1));
    Packets split = packets_;
    for (std::size_t i = cut; i < split.size(); ++i) split[i].file = 1;
    const Analysis analysis = testing::analyze_packets(split);
    if (analysis.flows.size() == whole_.flows.size()) {
      EXPECT_EQ(judgements(analysis), judgements(whole_));
    } else {
      ++parted;
      for (const std::uint16_t port : blamed_on_devices(analysis)) EXPECT_TRUE(blamed.contains(port)) << port;
    }
  }
  EXPECT_LE(parted, odd_packets(whole_));
}

bool is_unanswered_without_id(const AnalyzedFlow& flow) {
  return flow.report.facts(Side::server).packets == 0 && !flow.report.facts(Side::client).ip_id;
}

// Whatever the second place's clock shows.
TEST_P(SeveralFiles, CapturedTwiceItIsEachConnectionTwice) {
  const auto opens = [](const AnalyzedFlow& flow) { return flow.report.tcp.syn.has_value(); };
  if (!std::all_of(whole_.flows.begin(), whole_.flows.end(), opens))
    GTEST_SKIP() << "a connection that was not seen to open is not known again";
  const std::vector<std::string> once = judgements(whole_);
  std::vector<std::string> expected = once;
  expected.insert(expected.end(), once.begin(), once.end());
  std::sort(expected.begin(), expected.end());
  for (const std::int64_t skew :
       {-3'600'000'000'000, std::int64_t{0}, std::int64_t{8'000'000}, std::int64_t{5'000'000'000}}) {
    // Without a timestamp and an IP-ID nothing tells an unanswered SYN seconds later from its retransmission.
    if (skew > 1'000'000'000 && std::any_of(whole_.flows.begin(), whole_.flows.end(), is_unanswered_without_id))
      continue;
    Packets twice = packets_;
    for (testing::OwnedPacket packet : packets_) {
      packet.file = 1;
      packet.time += skew;
      twice.push_back(packet);
    }
    std::vector<std::string> got = judgements(testing::analyze_packets(twice));
    std::sort(got.begin(), got.end());
    EXPECT_EQ(got, expected) << "clock " << skew << " ns off";
  }
}

// Captures of the lab that were taken at both ends. Left out: where a device did act and the whole says nothing of it.
std::vector<std::string> taken_at_both_ends() {
  const std::set<std::string> devices = {"lab_idle_expiry_both.pcap", "lab_split_proxy_refused.pcap"};
  const std::vector<std::string> all = testing::own_captures();
  std::vector<std::string> names;
  for (const std::string& name : all) {
    if (!devices.contains(name) &&
        std::binary_search(all.begin(), all.end(), name.substr(0, name.find('.')) + "_at_server.pcap"))
      names.push_back(name);
  }
  return names;
}

// In files: the client's packets up to `cut`, the server's from `begin` on, and the client's other packets if
// `is_split`. A file is read when its first packet's turn comes.
Packets both_ends(const Packets& client, std::size_t cut, const Packets& server, std::size_t begin, bool is_split) {
  Packets out(client.begin(), client.begin() + static_cast<std::ptrdiff_t>(cut));
  for (std::size_t i = begin; i < server.size(); ++i) {
    out.push_back(server[i]);
    out.back().file = 1;
  }
  for (std::size_t i = cut; is_split && i < client.size(); ++i) {
    out.push_back(client[i]);
    out.back().file = 2;
  }
  return out;
}

// What an end did is not laid at a device's door because the other end's packets came to stand beside it.
class BothEnds : public ::testing::TestWithParam<std::string> {};

TEST_P(BothEnds, CutAnywhereNobodyElseIsBlamed) {
  const std::string name = GetParam().substr(0, GetParam().find('.'));
  const Packets client = testing::read_packets(testing::capture_path(GetParam())),
                server = testing::read_packets(testing::capture_path(name + "_at_server.pcap"));
  const std::set<std::uint16_t> blamed =
      blamed_on_devices(testing::judge_packets(both_ends(client, client.size(), server, 0, false)));
  const std::size_t step = std::max<std::size_t>(1, client.size() / 12);
  for (std::size_t cut = 1; cut < client.size(); cut += step) {
    SCOPED_TRACE("cut before packet " + std::to_string(cut + 1));
    const std::size_t begin = server.size() * cut / client.size();
    for (const Packets& packets :
         {both_ends(client, cut, server, 0, true), both_ends(client, client.size(), server, begin, false),
          both_ends(client, cut, server, begin, false)}) {
      for (const std::uint16_t port : blamed_on_devices(testing::judge_packets(packets)))
        EXPECT_TRUE(blamed.contains(port)) << port;
    }
  }
}

TEST(TwoPlaces, EachReceivedAResetThatTheOtherNeverSent) {
  const Packets client = testing::read_packets(testing::capture_path("lab_founding_story.pcap")),
                server = testing::read_packets(testing::capture_path("lab_founding_story_at_server.pcap"));
  for (const bool is_server_first : {false, true}) {
    const Packets &first = is_server_first ? server : client, &second = is_server_first ? client : server;
    for (const AnalyzedFlow& flow : testing::judge_packets(both_ends(first, first.size(), second, 0, false)).flows) {
      EXPECT_EQ(flow.outcome.cause, Cause::middlebox);
      EXPECT_EQ(flow.outcome.confidence, Confidence::certain);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Captures, SeveralFiles, ::testing::ValuesIn(testing::own_captures()),
                         [](const auto& test) { return testing::test_name(test.param); });

INSTANTIATE_TEST_SUITE_P(Captures, BothEnds, ::testing::ValuesIn(taken_at_both_ends()),
                         [](const auto& test) { return testing::test_name(test.param); });

}  // namespace
}  // namespace handlens::property
