#include "src/output/community_id.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "tests/support/report_builder.h"

namespace handlens {
namespace {

using testing::ipv4;

TEST(CommunityId, TheSpecificationsExampleBothWays) {
  const Endpoint a{ipv4(128, 232, 110, 120), 34855}, b{ipv4(66, 35, 250, 204), 80};
  EXPECT_EQ(community_id(a, b), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
  EXPECT_EQ(community_id(b, a), community_id(a, b));
}

TEST(CommunityId, EqualAddressesAreOrderedByPort) {
  const Endpoint a{ipv4(127, 0, 0, 1), 40000}, b{ipv4(127, 0, 0, 1), 443};
  EXPECT_EQ(community_id(a, b), community_id(b, a));
}

TEST(CommunityId, Ipv6UsesSixteenBytes) {
  Endpoint a, b;
  a.ip.v6 = b.ip.v6 = true;
  a.ip.bytes[15] = 1;
  b.ip.bytes[15] = 2;
  Endpoint c = a, d = b;
  c.ip.v6 = d.ip.v6 = false;
  EXPECT_NE(community_id(a, b), community_id(c, d));
}

std::string connection_key(const FlowReport& report) {
  std::array<char, kConnectionKeyRoom> text{};
  return {text.data(),
          static_cast<std::size_t>(put_connection_key(report.tcp.sides[0].isn, report.tcp.sides[1].isn, text.data()) -
                                   text.data())};
}

TEST(ConnectionKey, NamesOneConnection) {
  AnalyzedFlow flow = testing::opened_flow();
  EXPECT_EQ(connection_key(flow.report), "#5f3c1e02-00a1b2c3");
  flow.report.tcp.sides[1].isn.reset();
  EXPECT_EQ(connection_key(flow.report), "#5f3c1e02-?");
  flow.report.tcp.sides[0].isn.reset();
  EXPECT_EQ(connection_key(flow.report), "");
}

}  // namespace
}  // namespace handlens
