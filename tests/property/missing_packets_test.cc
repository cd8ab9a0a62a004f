// Captures that end early or miss a packet: what is said is less, never something else.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/property/conversation.h"
#include "tests/support/own_captures.h"

namespace handlens::property {
namespace {

class MissingPackets : public ::testing::TestWithParam<std::string> {
 protected:
  Packets packets_ = testing::read_packets(testing::capture_path(GetParam()));
  Analysis whole_ = testing::analyze_packets(packets_);
};

std::string line_of(const Event& event) {
  return std::to_string(event.frame) + ' ' + std::string(to_text(event.kind)) + ' ' + std::to_string(event.size) + ' ' +
         std::string(to_text(event.likely)) + (event.from == Direction::forward ? " >" : " <");
}

// What was reported of the packets up to `last`.
std::vector<std::string> lines_up_to(const FlowReport& report, std::uint64_t last) {
  std::vector<std::string> lines;
  for (const Event& event : report.events) {
    if (event.frame <= last) lines.push_back(line_of(event));
  }
  return lines;
}

TEST_P(MissingPackets, ACaptureCutAfterAnyPacketSaysTheBeginning) {
  for (std::size_t count = 0; count <= packets_.size(); ++count) {
    const Packets part(packets_.begin(), packets_.begin() + static_cast<std::ptrdiff_t>(count));
    const Analysis cut = testing::analyze_packets(part);
    ASSERT_LE(cut.flows.size(), whole_.flows.size());
    for (std::size_t i = 0; i < cut.flows.size(); ++i) {
      const FlowReport& less = cut.flows[i].report;
      const FlowReport& more = whole_.flows[i].report;
      ASSERT_EQ(less.id, more.id);
      // The end of the capture adds to the end (a cut record, a hole that nothing fills any more), and changes nothing.
      const std::vector<std::string> seen = lines_up_to(less, count);
      std::vector<std::string> expected = lines_up_to(more, less.last.number - 1);
      ASSERT_GE(seen.size(), expected.size()) << "after packet " << count;
      ASSERT_TRUE(std::equal(expected.begin(), expected.end(), seen.begin()))
          << "after packet " << count << ": " << ::testing::PrintToString(seen)
          << "\nwhole: " << ::testing::PrintToString(expected);
    }
  }
}

// Messages whose kind is known from their own bytes, not from what came before them.
bool speaks_for_itself(EventKind kind) {
  switch (kind) {
    case EventKind::client_hello:
    case EventKind::server_hello:
    case EventKind::hello_retry_request:
    case EventKind::certificate:
    case EventKind::certificate_status:
    case EventKind::server_key_exchange:
    case EventKind::certificate_request:
    case EventKind::server_hello_done:
    case EventKind::client_key_exchange:
    case EventKind::new_session_ticket:
    case EventKind::alert:
      return true;
    default:
      return false;
  }
}
std::vector<std::string> readable_messages(const FlowReport& report, Direction from) {
  std::vector<std::string> lines;
  for (const Event& event : report.events) {
    if (event.from != from || !speaks_for_itself(event.kind)) continue;
    lines.push_back(std::string(to_text(event.kind)) + ' ' + std::to_string(event.size));
  }
  return lines;
}
bool is_subsequence(const std::vector<std::string>& part, const std::vector<std::string>& all) {
  auto at = all.begin();
  for (const std::string& line : part) {
    at = std::find(at, all.end(), line);
    if (at == all.end()) return false;
    ++at;
  }
  return true;
}
std::string client_of(const FlowReport& report) {
  return to_text(report.client.ip) + ' ' + std::to_string(report.client.port);
}

bool says_bytes_are_missing(const FlowReport& report) {
  return report.facts(Side::client).lost_bytes + report.facts(Side::server).lost_bytes > 0;
}

// Captures in which every connection is one flow, said by lab programs or written down: with a packet missing, the
// endpoints' pair still names the connection.
TEST_P(MissingPackets, OneLostPacketInventsNothing) {
  if (whole_.flows.size() != 1)
    GTEST_SKIP() << "not one connection: which flow lost the packet would have to be guessed";
  const AnalyzedFlow& whole = whole_.flows.front();
  const TcpFacts& tcp = whole.report.tcp;
  if (tcp.sides[0].overlaps_conflicting + tcp.sides[1].overlaps_conflicting > 0)
    GTEST_SKIP() << "two packets claim the same bytes: without the first, the second is read";
  const bool is_reopened = !tcp.rst.empty() && tcp.ack && tcp.rst.front().frame < tcp.ack->number;
  for (std::size_t lost = 0; lost < packets_.size(); ++lost) {
    Packets rest = packets_;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(lost));
    const Analysis analysis = testing::analyze_packets(rest);
    if (analysis.flows.empty()) continue;
    // What was refused and tried again is one flow by its SYN; without that SYN it is a remainder and a flow.
    if (is_reopened && analysis.flows.size() == 2) continue;
    ASSERT_EQ(analysis.flows.size(), 1u) << "without packet " << lost + 1;
    const AnalyzedFlow& flow = analysis.flows.front();
    // The packet that is missing may be the one with the alert; then it is said that something is missing.
    if (whole.outcome.status == Status::failed && flow.outcome.status == Status::ok) {
      EXPECT_TRUE(says_bytes_are_missing(flow.report)) << "without packet " << lost + 1;
    }
    // A SYN says who is the client; without one, ports and hellos do, and they may be missing as well.
    if (flow.report.client_by != ClientBy::port && !whole.report.tcp.simultaneous_open) {
      EXPECT_EQ(client_of(flow.report), client_of(whole.report)) << "without packet " << lost + 1;
    }
    const bool same_client = client_of(flow.report) == client_of(whole.report);
    for (const bool client : {true, false}) {
      const auto direction = [client](const FlowReport& report, bool same) {
        return client == same ? report.client_direction : opposite(report.client_direction);
      };
      const auto part = readable_messages(flow.report, direction(flow.report, same_client));
      const auto all = readable_messages(whole.report, direction(whole.report, true));
      EXPECT_TRUE(is_subsequence(part, all))
          << "without packet " << lost + 1 << (client ? " client: " : " server: ") << ::testing::PrintToString(part)
          << "\nwhole: " << ::testing::PrintToString(all);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Captures, MissingPackets, ::testing::ValuesIn(testing::own_captures()),
                         [](const auto& test) { return testing::test_name(test.param); });

}  // namespace
}  // namespace handlens::property
