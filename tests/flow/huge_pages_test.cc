#include "src/flow/huge_pages.h"

#include <gtest/gtest.h>

#include <array>

namespace handlens {
namespace {

template <std::size_t size>
struct Record {
  std::uint64_t number = 7;
  std::array<std::uint8_t, size - 8> rest{};
};

template <class Kind>
class RecordArenaOf : public ::testing::Test {};
using Kinds = ::testing::Types<Record<40>, Record<64>>;  // one fills a huge page without a rest, the other does not
TYPED_TEST_SUITE(RecordArenaOf, Kinds);

TYPED_TEST(RecordArenaOf, RecordsNeverMove) {
  RecordArena<TypeParam> arena;
  std::vector<TypeParam*> places;
  constexpr std::uint32_t kMany = 350'000;  // beyond the small chunks, and a block of the larger kind
  for (std::uint32_t i = 0; i < kMany; ++i) {
    TypeParam& record = arena.add();
    ASSERT_EQ(record.number, 7u);
    record.number = i;
    places.push_back(&record);
  }
  ASSERT_EQ(arena.size(), kMany);
  for (std::uint32_t i = 0; i < kMany; ++i) {
    ASSERT_EQ(&arena.at(i), places[i]);
    ASSERT_EQ(arena.at(i).number, i);
  }
}

TEST(HugeAllocator, SmallAndLargeBlocks) {
  for (const std::size_t size : {std::size_t{1}, kHugePage / 8 - 1, kHugePage / 8, kHugePage}) {
    std::vector<std::uint64_t, HugeAllocator<std::uint64_t>> values(size, 5);
    values.back() = 6;
    EXPECT_EQ(values.front(), size == 1 ? 6u : 5u);
    const bool is_large = size * sizeof(std::uint64_t) >= kHugePage && !kIsSanitized;
    EXPECT_TRUE(!is_large || reinterpret_cast<std::uintptr_t>(values.data()) % kHugePage == 0);
  }
}

}  // namespace
}  // namespace handlens
