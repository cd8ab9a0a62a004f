#include "dissectors/prism.h"

#include "tests/dissectors/link_bytes.h"

namespace handlens {
namespace {

using namespace testing_links;
using builder::wrap_80211;
using builder::wrap_avs;
using builder::wrap_prism;

TEST(Prism, BothByteOrders) {
  Bytes frame = wrap_prism(wrap_80211({}, packet4()));
  expect_tcp(dissect(frame, link_type::prism), {"prism", "ieee80211"});
  std::swap(frame[0], frame[3]);
  std::swap(frame[4], frame[7]);
  expect_tcp(dissect(frame, link_type::prism), {"prism", "ieee80211"});
}

TEST(Prism, AvsUnderItsOwnTypeAndUnderPrisms) {
  const Bytes frame = wrap_avs(wrap_80211({}, packet4()));
  expect_tcp(dissect(frame, link_type::avs), {"avs", "ieee80211"});
  expect_tcp(dissect(frame, link_type::prism), {"avs", "ieee80211"});
}

TEST(Prism, AnotherCodeOrLength) {
  Bytes frame = wrap_prism(wrap_80211({}, packet4()));
  EXPECT_EQ(dissect(frame, link_type::avs).reason, Undecodable::bad_link_header);
  frame[4] = 7;
  EXPECT_EQ(dissect(frame, link_type::prism).reason, Undecodable::bad_link_header);
  frame[6] = 1;
  EXPECT_EQ(dissect(frame, link_type::prism).reason, Undecodable::bad_link_header);
  frame[0] = 0x45;
  EXPECT_EQ(dissect(frame, link_type::prism).reason, Undecodable::bad_link_header);
}

TEST(Prism, CutAtEveryLength) {
  expect_cut_everywhere(wrap_prism(wrap_80211({}, packet4())), link_type::prism, 144 + 32);
  expect_cut_everywhere(wrap_avs(wrap_80211({}, packet4())), link_type::avs, 64 + 32);
}

}  // namespace
}  // namespace handlens
