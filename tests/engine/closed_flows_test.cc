#include "src/engine/closed_flows.h"

#include <gtest/gtest.h>

namespace handlens {
namespace {

TEST(ClosedFlows, AreDueInOrderOncePacketsEnoughHavePassed) {
  ClosedFlows closed(100);
  EXPECT_EQ(closed.next_due(), UINT64_MAX);
  EXPECT_EQ(closed.ahead(0), nullptr);
  std::uint64_t next = 1;
  std::uint64_t taken = 0;
  for (std::uint64_t packet = 1; packet <= 5000; ++packet) {
    while (closed.next_due() <= packet) {
      const ClosedFlows::Entry entry = closed.take();
      EXPECT_EQ(entry.packet + 101, packet);
      EXPECT_EQ(entry.packet, next);
      EXPECT_EQ(entry.slot, entry.packet % 50);
      ++next;
      ++taken;
    }
    closed.add({packet, static_cast<FlowTable::Slot>(packet % 50)});
  }
  EXPECT_EQ(taken, 4899u);
  ASSERT_NE(closed.ahead(100), nullptr);
  EXPECT_EQ(closed.ahead(100)->packet, 5000u);
  EXPECT_EQ(closed.ahead(101), nullptr);
}

TEST(ClosedFlows, PacketsOfOneFlowBehindEachOtherAreOneEntry) {
  ClosedFlows closed(10);
  for (std::uint64_t packet = 1; packet <= 1000; ++packet) closed.add({packet, 7});
  EXPECT_EQ(closed.next_due(), 1011u);
  EXPECT_EQ(closed.take().packet, 1000u);
  EXPECT_EQ(closed.next_due(), UINT64_MAX);
}

TEST(ClosedFlows, MayLingerForEver) {
  ClosedFlows closed(UINT64_MAX);
  closed.add({5, 1});
  EXPECT_EQ(closed.next_due(), UINT64_MAX);
}

}  // namespace
}  // namespace handlens
