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
  ASSERT_NE(places.twin_of(here), nullptr);
  EXPECT_EQ(places.twin_of(here)->id, there.id);
  EXPECT_EQ(places.twin_of(there)->id, here.id);
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
  EXPECT_EQ(places.twin_of(here), nullptr) << "too little to say that both are one";
}
TEST(CapturePlaces, AnotherConnectionIsNone) {
  EXPECT_EQ(places_of({in_file(1, 1), in_file(2, 2)}, 2).count(), 1u) << "another number";
  EXPECT_EQ(places_of({in_file(1, 1), in_file(2, 1, 51001)}, 2).count(), 1u) << "another port";
  FlowBrief answered_otherwise = in_file(2, 1);
  answered_otherwise.isn[1] = 99;
  EXPECT_EQ(places_of({in_file(1, 1), answered_otherwise}, 2).count(), 1u);
}
TEST(CapturePlaces, TwoOfThemAreNoAnswer) {
  const FlowBrief here = in_file(1, 1);
  const CapturePlaces places = places_of({here, in_file(2, 1), in_file(3, 1)}, 3);
  EXPECT_EQ(places.count(), 3u);
  EXPECT_EQ(places.twin_of(here), nullptr);
}
TEST(CapturePlaces, AFileEndsWithItsNewestFlow) {
  FlowBrief early = in_file(1, 1), late = in_file(1, 2);
  early.end_ns = 5;
  late.end_ns = 9;
  const CapturePlaces places = places_of({early, late, in_file(2, 3)}, 2);
  EXPECT_EQ(places.file_end(early), 9);
}

}  // namespace
}  // namespace handlens
