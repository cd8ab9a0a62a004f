#include "src/flow/huge_pages.h"

#include <gtest/gtest.h>

#include <array>

namespace handlens {
namespace {

struct alignas(64) Record {
  std::uint32_t number = 7;
  std::array<std::uint8_t, 60> rest{};
};

TEST(RecordArena, RecordsNeverMove) {
  RecordArena<Record> arena;
  std::vector<Record*> places;
  constexpr std::uint32_t kMany = 150'000;  // beyond the small chunks
  for (std::uint32_t i = 0; i < kMany; ++i) {
    Record& record = arena.add();
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
    const bool is_large = size * sizeof(std::uint64_t) >= kHugePage;
    EXPECT_TRUE(!is_large || reinterpret_cast<std::uintptr_t>(values.data()) % kHugePage == 0);
  }
}

}  // namespace
}  // namespace handlens
