// Which files of an input were taken at one place.
#include "src/findings/capture_places.h"

#include <gtest/gtest.h>

#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using Ids = std::vector<std::size_t>;

// A connection in the file (1, 2 ...) of files of 100 packets each.
FlowBrief in_file(std::size_t file, std::uint32_t isn, std::uint16_t port = 51000) {
  static std::uint64_t id = 0;
  FlowBrief b;
  b.id = ++id;
  b.first_frame = (file - 1) * 100 + 1;
  b.client = testing::ipv4(192, 0, 2, 5);
  b.server = testing::ipv4(203, 0, 113, 10);
  b.client_port = port;
  b.server_port = 443;
  b.has_isn[0] = b.has_isn[1] = true;
  b.isn[0] = isn;
  b.isn[1] = isn + 7;
  return b;
}
CapturePlaces places_of(const std::vector<FlowBrief>& briefs, std::size_t files) {
  std::vector<InputFile> input(files);
  for (InputFile& file : input) file.packets = 100;
  if (!input.empty()) input.front().last_ns = 9;
  return {briefs, input};
}

TEST(CapturePlaces, OneFileIsOnePlace) {
  const CapturePlaces places = places_of({in_file(1, 1), in_file(1, 1)}, 1);
  EXPECT_EQ(places.count(), 1u);
  EXPECT_EQ(places.place_of(77), 0u);
}
TEST(CapturePlaces, ARingOfFilesIsOnePlace) {
  const CapturePlaces places = places_of({in_file(1, 1), in_file(2, 2), in_file(3, 3)}, 3);
  EXPECT_EQ(places.count(), 1u);
  EXPECT_EQ(places.files_of(0), (Ids{1, 2, 3}));
}
TEST(CapturePlaces, FilesThatShareAConnectionAreApart) {
  const FlowBrief here = in_file(1, 1), there = in_file(2, 1);
  const CapturePlaces places = places_of({here, in_file(1, 2), there}, 2);
  EXPECT_EQ(places.count(), 2u);
  EXPECT_EQ(places.files_of(1), (Ids{2}));
  ASSERT_EQ(places.twins_of(here).size(), 1u);
  EXPECT_EQ(places.twins_of(here)[0]->id, there.id);
  ASSERT_EQ(places.twins_of(there).size(), 1u);
  EXPECT_EQ(places.twins_of(there)[0]->id, here.id);
  const auto parts = places.split({here, there});
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].front().id, here.id);
  EXPECT_EQ(parts[1].front().id, there.id);
}
TEST(CapturePlaces, TwoRingsAreTwoPlaces) {
  const CapturePlaces places = places_of({in_file(1, 1), in_file(2, 1), in_file(3, 3), in_file(4, 3)}, 4);
  EXPECT_EQ(places.count(), 2u);
  EXPECT_EQ(places.files_of(0), (Ids{1, 3}));
  EXPECT_EQ(places.files_of(1), (Ids{2, 4}));
}
TEST(CapturePlaces, ARefusedConnectionIsKnownByItsSyn) {
  FlowBrief here = in_file(1, 1), there = in_file(2, 1);
  here.has_isn[1] = there.has_isn[1] = false;
  const CapturePlaces places = places_of({here, there}, 2);
  EXPECT_EQ(places.count(), 2u);
  EXPECT_TRUE(places.twins_of(here).empty()) << "too little to say that both are one";
}
TEST(CapturePlaces, AnotherConnectionIsNone) {
  EXPECT_EQ(places_of({in_file(1, 1), in_file(2, 2)}, 2).count(), 1u) << "another number";
  EXPECT_EQ(places_of({in_file(1, 1), in_file(2, 1, 51001)}, 2).count(), 1u) << "another port";
  FlowBrief answered_otherwise = in_file(2, 1);
  answered_otherwise.isn[1] = 99;
  EXPECT_EQ(places_of({in_file(1, 1), answered_otherwise}, 2).count(), 1u);
}
TEST(CapturePlaces, ThreeFilesMayHoldOne) {
  const FlowBrief here = in_file(1, 1);
  const CapturePlaces places = places_of({here, in_file(2, 1), in_file(3, 1)}, 3);
  EXPECT_EQ(places.count(), 3u);
  EXPECT_EQ(places.twins_of(here).size(), 2u);
}
TEST(CapturePlaces, TooManyAreNoAnswer) {
  const FlowBrief here = in_file(1, 1);
  std::vector<FlowBrief> briefs = {here};
  for (std::size_t file = 2; file <= CapturePlaces::kMostTwins + 1; ++file) briefs.push_back(in_file(file, 1));
  EXPECT_TRUE(places_of(briefs, briefs.size()).twins_of(here).empty());
}
TEST(CapturePlaces, AFileEndsWithItsNewestPacket) {
  const FlowBrief flow = in_file(1, 1), other = in_file(2, 3);
  const CapturePlaces places = places_of({flow, other}, 2);
  EXPECT_EQ(places.file_end(flow), 9);
  EXPECT_EQ(places.file_end(other), INT64_MIN) << "nothing is known of it";
}

// A connection that the second file saw only from the middle on.
FlowBrief from_the_middle(FlowBrief b) {
  b.has_isn[0] = b.has_isn[1] = false;
  return b;
}
FlowBrief seen(FlowBrief b, std::uint8_t ttl_of_client, std::int64_t start_ns, std::int64_t end_ns) {
  b.ttl_min[0] = b.ttl_max[0] = ttl_of_client;
  b.start_ns = start_ns;
  b.end_ns = end_ns;
  return b;
}
constexpr std::int64_t kS = 1'000'000'000;

TEST(CapturePlaces, FromTheMiddleItIsKnownByItsTtl) {
  const FlowBrief here = seen(in_file(1, 1), 64, 0, kS);
  EXPECT_EQ(places_of({here, from_the_middle(seen(in_file(2, 1), 55, 2 * kS, 3 * kS))}, 2).count(), 2u);
  EXPECT_EQ(places_of({here, from_the_middle(seen(in_file(2, 1), 64, 2 * kS, 3 * kS))}, 2).count(), 1u) << "goes on";
  FlowBrief swapped = from_the_middle(seen(in_file(2, 1), 50, 2 * kS, 3 * kS));
  std::swap(swapped.client, swapped.server);
  std::swap(swapped.client_port, swapped.server_port);
  std::swap(swapped.ttl_min[0], swapped.ttl_min[1]);
  std::swap(swapped.ttl_max[0], swapped.ttl_max[1]);
  EXPECT_EQ(places_of({here, swapped}, 2).count(), 2u) << "nobody knows who opened it";
}
TEST(CapturePlaces, FromTheMiddleItIsKnownByItsTimes) {
  const FlowBrief here = seen(in_file(1, 1), 64, 0, 5 * kS);
  EXPECT_EQ(places_of({here, from_the_middle(seen(in_file(2, 1), 64, 2 * kS, 3 * kS))}, 2).count(), 2u);
}
TEST(CapturePlaces, AFileGoesWhereItsHostsLookAlike) {
  FlowBrief a = seen(in_file(1, 1), 64, 0, kS), b = seen(in_file(2, 1), 55, 0, kS);
  FlowBrief c = seen(in_file(3, 2), 55, 2 * kS, 3 * kS), d = seen(in_file(4, 2), 64, 2 * kS, 3 * kS);
  const CapturePlaces places = places_of({a, b, c, d}, 4);
  EXPECT_EQ(places.files_of(0), (Ids{1, 4}));
  EXPECT_EQ(places.files_of(1), (Ids{2, 3}));
}

}  // namespace
}  // namespace handlens
