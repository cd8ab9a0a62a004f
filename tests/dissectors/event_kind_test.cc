#include "dissectors/event_kind.h"

#include <gtest/gtest.h>

#include <set>

namespace handlens {
namespace {

TEST(EventKind, EveryKindHasItsOwnKebabCaseWord) {
  std::set<std::string_view> seen;
  for (int i = 0; i < static_cast<int>(EventKind::count_); ++i) {
    const std::string_view word = to_text(static_cast<EventKind>(i));
    EXPECT_NE(word, "unknown") << i;
    EXPECT_EQ(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos) << word;
    EXPECT_TRUE(seen.insert(word).second) << word;
  }
  EXPECT_EQ(to_text(EventKind::count_), "unknown");
}

TEST(EventKind, WordsOfTheRecordContract) {
  EXPECT_EQ(to_text(EventKind::syn_ack), "syn-ack");
  EXPECT_EQ(to_text(EventKind::client_hello), "client-hello");
  EXPECT_EQ(to_text(EventKind::end_of_early_data), "end-of-early-data");
  EXPECT_EQ(to_text(EventKind::icmp_unreachable), "icmp-unreachable");
  EXPECT_EQ(to_text(EventKind::next_protocol), "next-protocol");
  EXPECT_EQ(to_text(EventKind::gap), "gap");
  EXPECT_EQ(to_text(EventKind::limit_reached), "limit-reached");
}

}  // namespace
}  // namespace handlens
