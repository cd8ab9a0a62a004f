// One capture in several files: split where a ring of files splits it, or captured a second time.
#include <gtest/gtest.h>

#include <algorithm>

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

TEST_P(SeveralFiles, SplitAnywhereItIsOneCapture) {
  const std::size_t step = std::max<std::size_t>(1, packets_.size() / 12);
  for (std::size_t cut = 1; cut < packets_.size(); cut += step) {
    Packets split = packets_;
    for (std::size_t i = cut; i < split.size(); ++i) split[i].file = 1;
    EXPECT_EQ(judgements(testing::analyze_packets(split)), judgements(whole_)) << "second file from packet " << cut + 1;
  }
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
  for (const std::int64_t skew : {-3'600'000'000'000, std::int64_t{0}, std::int64_t{8'000'000}}) {
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

INSTANTIATE_TEST_SUITE_P(Captures, SeveralFiles, ::testing::ValuesIn(testing::own_captures()),
                         [](const auto& test) { return testing::test_name(test.param); });

}  // namespace
}  // namespace handlens::property
